"""Running what may never end, and no longer waiting for it."""

import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Done(NamedTuple, Generic[T]):
    """The work ended with this value."""

    value: T


class Crashed(NamedTuple):
    """The work raised this."""

    error: BaseException


def run(work: Callable[[], T], seconds: float) -> Done[T] | Crashed | None:
    """Run the work in a thread for at most so many seconds of real time; None if it took longer.

    A timeout of the work's own would not do: a server that sends a byte now and then never lets a
    read time out. A thread that is given up can't be ended; see `leadlog.cli.script`. What the
    work prints goes nowhere, nor do its warnings.
    """
    results: SimpleQueue[Done[T] | Crashed] = SimpleQueue()

    def body() -> None:
        try:
            results.put(Done(work()))
        except BaseException as error:  # noqa: BLE001  # it is handed to the caller
            results.put(Crashed(error))

    thread = threading.Thread(target=body, name="leadlog-deadline", daemon=True)
    with _silence_of(thread), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        thread.start()
        try:
            return results.get(timeout=seconds)
        except Empty:
            return None


@contextmanager
def _silence_of(thread: threading.Thread) -> Iterator[None]:
    streams = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Muted(sys.stdout, thread), _Muted(sys.stderr, thread)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = streams


class _Muted:
    """A stream that drops what one thread writes; a spinner in another still turns."""

    def __init__(self, stream: Any, thread: threading.Thread) -> None:
        self._stream = stream
        self._thread = thread

    def write(self, text: str) -> int:
        if threading.current_thread() is self._thread:
            return len(text)
        written: int = self._stream.write(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
