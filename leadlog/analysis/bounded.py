"""An HTTP transport that ends a reply without end, which would fill the memory unseen."""

import zlib
from typing import Final

import httpx

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""So much of a reply is read, as it comes and as it is unpacked."""

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32
_OF_THE_WAY: Final = ("content-encoding", "content-length", "transfer-encoding")
"""Headers that describe how a body came, and not the body that is handed on."""


class UnreadableReply(Exception):  # noqa: N818  # it ends as a kind of failure, and is no error
    """A reply is too long to be read, or packed in a way that was not asked for."""


class BoundedTransport(httpx.BaseTransport):
    """Reads whole replies, up to a bound.

    It unpacks them itself, once: what httpx unpacks at a time has no bound, least of all when a
    reply says that it is packed twice.
    """

    def __init__(self) -> None:
        # A client rather than a transport, because it minds the environment's proxies.
        self._client = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return its reply.

        Raises:
            UnreadableReply: when it is too long, or packed in a way that was not asked for.
            httpx.TransportError: when there was none.
        """
        request.headers["Accept-Encoding"] = "gzip"
        response = self._client.send(request, stream=True)
        try:
            body = _unpacked(_read(response), response.headers.get("Content-Encoding", ""))
        finally:
            response.close()
        headers = [
            (name, value)
            for name, value in response.headers.multi_items()
            if name not in _OF_THE_WAY
        ]
        return httpx.Response(response.status_code, headers=headers, content=body)


def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise UnreadableReply
    return bytes(body)


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding.strip().lower() in ("", "identity"):
        return body
    try:
        unpacked = zlib.decompressobj(_GZIP_OR_ZLIB).decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise UnreadableReply from error
    if len(unpacked) > MAX_BODY_BYTES:
        raise UnreadableReply
    return unpacked
