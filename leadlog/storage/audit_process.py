"""A process that does tasks of verification on a large file, each when it is told to.

It maps the file into memory: the search of random places in it then takes two thirds of the time.
What can't be read of a mapped file kills it (SIGBUS), and so does what its SQLite finds damaged.

It reads the name of a task from each line of its stdin, and writes a line of JSON when that is
done, the name and what came of it, and before that how far it is.
"""

import gc
import json
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from queue import SimpleQueue
from threading import Thread
from typing import Final

from leadlog.storage.audit_engine import connect
from leadlog.storage.audit_tasks import BESIDE, computed_alike, passed_over

ATTEMPTS: Final = "attempts"
DATES: Final = "dates"
PROGRESS: Final = "progress"
_ROWS_A_LINE: Final = 20_000
_MAP_BYTES: Final = 2**40  # SQLite takes as much of it as it was built for, 2 GiB as a rule


class _Progress:
    """Tells of attempts that were read, some thousands at once."""

    def __init__(self) -> None:
        self._rows = 0

    def add(self, rows: int) -> None:
        self._rows += rows
        if self._rows >= _ROWS_A_LINE:
            self.tell()

    def tell(self) -> None:
        _write(PROGRESS, self._rows)
        self._rows = 0


def _write(*line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def told() -> Iterator[str]:
    """Yield each line of stdin, and end this process once its parent has closed that.

    However the parent came to its end, and whatever this process does by then: nobody needs it.
    """
    lines: SimpleQueue[str] = SimpleQueue()

    def listen() -> None:
        # Not `sys.stdin.read`, whose lock Python waits a second for and then aborts, at its end.
        begun = b""
        while read := os.read(sys.stdin.fileno(), 4096):
            *ended, begun = (begun + read).split(b"\n")
            for line in ended:
                lines.put(line.decode())
        os._exit(0)

    Thread(target=listen, daemon=True).start()
    while True:
        yield lines.get()


def _main(path: str, date: str | None = None) -> None:
    for task in told():
        # Rows make no cycles, and it would look through every batch of them.
        (gc.enable if task == DATES else gc.disable)()
        with closing(connect(path)) as connection:
            connection.execute(f"PRAGMA mmap_size = {_MAP_BYTES}")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            _write(task, *_do(task, connection, date))


def _do(task: str, connection: sqlite3.Connection, date: str | None) -> Sequence[object]:
    if task not in (ATTEMPTS, DATES):
        return BESIDE[task](connection, date)
    progress = _Progress()
    found: Sequence[object]
    if task == ATTEMPTS:
        found = passed_over(connection, date, progress.add)
    else:
        found = (computed_alike(connection, date, progress.add),)
    progress.tell()
    return found


if __name__ == "__main__":
    _main(*sys.argv[1:])
