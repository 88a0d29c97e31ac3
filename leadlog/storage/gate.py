"""The queue in front of the database: one writer at a time, across processes.

SQLite's own busy handler polls and is unfair (32 writers: p99 331 ms, worst 2 s). A kernel lock on
a file beside the database brings that to 26 ms and is freed within a millisecond when its holder
is killed. It is advisory: who writes without it is still kept apart by SQLite's locks.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final

from leadlog.clock import Clock
from leadlog.errors import LeadlogError

_FIRST_PAUSE_SECONDS: Final = 0.0005
_LONGEST_PAUSE_SECONDS: Final = 0.002


class Gate:
    """An exclusive lock on `<database>.lock`, used as a context manager.

    Args:
        path: the real path of the database.
        clock: for the deadline and for pauses between tries.
        wait_seconds: how long to wait for other writers.
    """

    def __init__(self, path: str, clock: Clock, wait_seconds: float) -> None:
        self._path = f"{path}.lock"
        self._clock = clock
        self._wait_seconds = wait_seconds
        self._file: int | None = None

    def __enter__(self) -> None:
        """Wait for the gate; see `entered`."""
        self._enter(None, self._wait_seconds)

    @contextmanager
    def entered(
        self, stopped: Callable[[], bool] | None = None, wait_seconds: float | None = None
    ) -> Iterator[None]:
        """Wait for the gate, and leave it at the end.

        Args:
            stopped: asked while waiting; when it says yes, the wait ends.
            wait_seconds: how long to wait, unless as long as always.

        Raises:
            LeadlogError: kind `busy`, when other writers hold it past the deadline; `interrupted`,
                when `stopped` said yes; `unusable`, when the lock file can't be made.
        """
        self._enter(stopped, self._wait_seconds if wait_seconds is None else wait_seconds)
        try:
            yield
        finally:
            self._leave()

    def _enter(self, stopped: Callable[[], bool] | None, wait_seconds: float) -> None:
        file = self._file if self._file is not None else self._open()
        self._file = file
        deadline = self._clock.monotonic() + wait_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if stopped is not None and stopped():
                    message = "The wait for other writers was interrupted."
                    raise LeadlogError("interrupted", message, "Nothing was recorded.") from None
                if self._clock.monotonic() >= deadline:
                    message = f"Other writers kept the database busy for {wait_seconds:g} s."
                    hint = "Nothing was recorded. Try again, or wait longer with --wait SECONDS."
                    raise LeadlogError("busy", message, hint) from None
                self._clock.sleep(pause)
                pause = min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
            else:
                return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the next writer in."""
        self._leave()

    def _leave(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Give the file handle back; the lock file stays, for whoever waits on it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(self._path, flags, 0o600)
        except OSError as error:
            message = f"The lock file {self._path} can't be opened: {error.strerror}."
            hint = "Writers need write access to the folder of the database."
            raise LeadlogError("unusable", message, hint) from None
