"""A process that does tasks of verification on a large file, one after the other, while it lives.

It maps the file into memory: the search of random places in it then takes two thirds of the time.
What can't be read of a mapped file kills it (SIGBUS), and so does what its SQLite finds damaged.

It writes a line of JSON for each task, its name and what came of it, and before that how far it is.
"""

import gc
import json
import os
import sys
from contextlib import closing
from threading import Thread
from typing import Final

from leadlog.storage.audit_engine import connect
from leadlog.storage.audit_tasks import BESIDE, computed_alike, passed_over

ATTEMPTS: Final = "attempts"
DATES: Final = "dates"
PROGRESS: Final = "progress"
_ROWS_A_LINE: Final = 20_000
_NICENESS: Final = 5
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


def end_with_parent() -> None:
    """End this process once its parent has closed its stdin, however that came to its end."""

    def wait() -> None:
        # Not `sys.stdin.read`, whose lock Python waits a second for and then aborts, at its end.
        while os.read(sys.stdin.fileno(), 1):
            pass
        os._exit(1)

    Thread(target=wait, daemon=True).start()


def _main(tasks: str, path: str, date: str | None = None) -> None:
    end_with_parent()
    if tasks != DATES:
        gc.disable()  # rows make no cycles, and it would look through every batch of them
    if tasks != ATTEMPTS:  # which has the longest way to go; where cores are few, it goes first
        os.nice(_NICENESS)
    for task in tasks.split(","):
        with closing(connect(path)) as connection:
            connection.execute(f"PRAGMA mmap_size = {_MAP_BYTES}")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            progress = _Progress()
            if task == ATTEMPTS:
                passed = passed_over(connection, date, progress.add)
                progress.tell()
                _write(task, *passed)
            elif task == DATES:
                alike = computed_alike(connection, date, progress.add)
                progress.tell()
                _write(task, alike)
            else:
                _write(task, *BESIDE[task](connection, date))


if __name__ == "__main__":
    _main(*sys.argv[1:])
