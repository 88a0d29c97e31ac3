"""Work that SQLite does by itself, beside what we do: one thread with a connection of its own."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Background(Generic[T]):
    """Runs `work` on a connection in a thread; SQLite lets other threads go on meanwhile.

    Args:
        connect: makes the connection.
        work: what to do with it.
    """

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], work: Callable[[sqlite3.Connection], T]
    ) -> None:
        self._connect = connect
        self._work = work
        self._connection: sqlite3.Connection | None = None
        self._result: list[T] = []
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> T:
        """Wait for the work and return its result.

        Raises:
            BaseException: what the work raised.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def stop(self) -> None:
        """End it, whether done or not."""
        while self._thread.is_alive():
            if self._connection is not None:
                with suppress(sqlite3.Error):  # it may have ended just now
                    self._connection.interrupt()
            self._thread.join(0.02)

    def _run(self) -> None:
        try:
            with closing(self._connect()) as connection:
                self._connection = connection
                connection.execute("BEGIN")
                self._result.append(self._work(connection))
        except BaseException as error:  # noqa: BLE001  # raised again where the result is asked for
            self._error = error
