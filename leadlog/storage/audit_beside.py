"""What runs beside the rest of verification, and what takes over where it fails.

A large file is looked through by processes of their own (`audit_workers`), the attempts too, a
small one by threads. What a process that died left undone is done by verification's own process,
with the SQLite that Python has.
"""

import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from leadlog.storage.audit_process import ATTEMPTS, DATES
from leadlog.storage.audit_tasks import BESIDE
from leadlog.storage.audit_workers import Workers
from leadlog.storage.background import Background
from leadlog.storage.connection import connect
from leadlog.verification.days import Counted
from leadlog.verification.log_pass import Passed
from leadlog.verification.problems import Problem
from leadlog.verification.source import Outcome

LARGE_BYTES: Final = 64 * 1024 * 1024
"""From this size on a process of its own is worth its start."""


class Beside:
    """Tasks that were started and go on by themselves.

    Of a large file the pass over all attempts and the computation of closed dates are two more.

    Args:
        tasks: keys of `audit_tasks.BESIDE`.
        path: the file.
        date: the log date to look at, or None for all.
        has_closed: whether there are closed dates.
        file: which file it must be, as `which_file` told before it was opened.
    """

    def __init__(
        self, tasks: Sequence[str], path: str, date: str | None, *, has_closed: bool, file: object
    ) -> None:
        self._path = path
        self._file = file
        self._date = date
        self._workers: Workers | None = None
        self._here: dict[str, Background[Outcome]] = {}
        if os.path.getsize(path) >= LARGE_BYTES and sys.executable:
            more = [] if date is not None else [ATTEMPTS, DATES] if has_closed else [ATTEMPTS]
            begun = [*more, *sorted(tasks, key=tuple(BESIDE).index)]
            self._workers = Workers(begun, path, date, min(len(begun), _cores()))
        else:
            for task in tasks:
                self._begin_here(task)

    def passed(self, progress: Callable[[int], None]) -> Passed | None:
        """Wait for the pass over all attempts, and return what it found.

        Args:
            progress: told how many attempts more were read.

        Returns:
            None if it was not begun, or its process died.
        """
        found = self._found(ATTEMPTS, progress)
        if found is None:
            return None
        problems, checked, counted = found
        days = {date: Counted(*each) for date, each in counted.items()}
        return Passed(_problems(problems), checked, days)

    def computed_alike(self, progress: Callable[[int], None]) -> Collection[int]:
        """Wait for the computation of closed dates; return the snapshots that it gives again.

        Args:
            progress: told how many attempts more were read.
        """
        found = self._found(DATES, progress)
        return () if found is None else frozenset(found[0])

    def result(self, task: str) -> Outcome:
        """Wait for a task and return what it found.

        Raises:
            sqlite3.Error: when SQLite can't go through the file.
        """
        found = self._found(task)
        if found is not None:
            problems, checked = found
            return Outcome(_problems(problems), checked)
        if task not in self._here:
            self._begin_here(task)
        return self._here[task].result()

    def stop(self) -> None:
        """End them, whether done or not."""
        if self._workers is not None:
            self._workers.stop()
        for task in self._here.values():
            task.stop()

    def _found(
        self, task: str, progress: Callable[[int], None] = lambda _: None
    ) -> list[Any] | None:
        """Return what a process found, unless another file lies there by now."""
        if self._workers is None:
            return None
        found = self._workers.result(task, progress)
        return found if which_file(self._path) == self._file else None

    def _begin_here(self, task: str) -> None:
        opened = partial(connect, self._path, writable=False)
        self._here[task] = Background(opened, partial(BESIDE[task], date=self._date))


def which_file(path: str) -> object:
    """Return what tells a file from another one that takes its place, or None if there is none."""
    with suppress(OSError):
        status = os.stat(path)
        return status.st_dev, status.st_ino
    return None


def _problems(rows: Iterable[Sequence[Any]]) -> list[Problem]:
    return [Problem(*row) for row in rows]


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
