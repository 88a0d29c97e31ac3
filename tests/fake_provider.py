"""An HTTP server on loopback that speaks just enough of the OpenAI protocol, and misbehaves."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[["Handler"], None]


class Provider:
    """What was asked of the server, and where it listens."""

    def __init__(self, port: int) -> None:
        self.api_base = f"http://127.0.0.1:{port}/v1"
        self.port = port
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.stopped = threading.Event()

    def requests(self) -> list[Any]:
        return [json.loads(body) for body in self.bodies]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    acts: list[Act]
    provider: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/api/show"):  # litellm asks Ollama what the model is, in passing
            self.answer(b"{}", 404)
            return
        self.provider.bodies.append(body)
        self.provider.headers.append(dict(self.headers.items()))
        act = self.acts.pop(0) if len(self.acts) > 1 else self.acts[0]
        try:
            act(self)
        except OSError:
            self.close_connection = True  # the caller has gone, as it should after its timeout

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as inherited
        """Stay silent."""

    def answer(
        self,
        body: bytes,
        status: int = 200,
        content_type: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        # A kept connection would outlive its test.
        self.send_header("Connection", "close")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


@contextmanager
def provider(*acts: Act) -> Iterator[Provider]:
    """Serve; the acts are played in turn, the last one for ever."""
    played = list(acts)

    class Playing(Handler):
        acts = played

    server = ThreadingHTTPServer(("127.0.0.1", 0), Playing)
    server.daemon_threads = True
    Playing.provider = Provider(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Playing.provider
    finally:
        Playing.provider.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def completion(content: Any, **more: Any) -> bytes:
    """A well-formed chat completion with this content."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": content},
    }
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "local",
        "choices": [choice],
        "usage": {"prompt_tokens": 70, "completion_tokens": 30, "total_tokens": 100},
    }
    return json.dumps(body | more).encode()


def says(content: Any, **more: Any) -> Act:
    return lambda handler: handler.answer(completion(content, **more))


def ollama_says(content: str) -> Act:
    """Answer as Ollama does on its own path."""
    body = {
        "model": "local",
        "created_at": "2026-03-10T12:00:00Z",
        "message": {"role": "assistant", "content": content},
        "done": True,
        "prompt_eval_count": 70,
        "eval_count": 30,
    }
    return lambda handler: handler.answer(json.dumps(body).encode())


def refuses(status: int, headers: dict[str, str] | None = None, text: str = "SECRET-TEXT") -> Act:
    body = json.dumps({"error": {"message": f"{text} sk-live-0123456789", "type": "x"}}).encode()
    return lambda handler: handler.answer(body, status, headers=headers)


def sends(body: bytes, content_type: str = "application/json") -> Act:
    return lambda handler: handler.answer(body, 200, content_type)


def hangs(handler: Handler) -> None:
    handler.provider.stopped.wait(30)


def drips(handler: Handler) -> None:
    """Send a byte now and then, so that no read ever times out."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    while not handler.provider.stopped.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def floods(handler: Handler) -> None:
    """Send without end, as fast as the caller reads."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.end_headers()
    while not handler.provider.stopped.is_set():
        handler.wfile.write(b" " * 1_000_000)


def zips(body: bytes, encoding: str = "gzip") -> Act:
    """Send a body packed as often as its encoding says."""
    packed = body
    for _ in encoding.split(","):
        packed = gzip.compress(packed)
    return lambda handler: handler.answer(packed, headers={"Content-Encoding": encoding})


def drops(handler: Handler) -> None:
    """Close the connection without an answer."""
    handler.close_connection = True
    handler.connection.close()
