"""What runs beside the rest of verification, and what takes over where it fails.

A large file is looked through by processes of their own (`audit_process`), the attempts too, a
small one by threads. What a process that died left undone is done by verification's own process,
with the SQLite that Python has.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from leadlog.storage import audit_process
from leadlog.storage.audit_process import ATTEMPTS, DATES, PROGRESS
from leadlog.storage.audit_tasks import BESIDE
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
        self._pass: _Process | None = None
        self._dates: _Process | None = None
        self._processes: dict[str, _Process] = {}
        self._here: dict[str, Background[Outcome]] = {}
        if os.path.getsize(path) >= LARGE_BYTES and sys.executable:
            if date is None:
                self._pass = _Process((ATTEMPTS,), path, date)
                self._dates = _Process((DATES,), path, date) if has_closed else None
            for share in _shares(tasks):
                self._processes |= dict.fromkeys(share, _Process(share, path, date))
        for task in tasks:
            if task not in self._processes:
                self._begin_here(task)

    def passed(self, progress: Callable[[int], None]) -> Passed | None:
        """Wait for the pass over all attempts, and return what it found.

        Args:
            progress: told how many attempts more were read.

        Returns:
            None if it was not begun, or its process died.
        """
        found = self._results(self._pass, progress)
        if ATTEMPTS not in found:
            return None
        problems, checked, counted = found[ATTEMPTS]
        days = {date: Counted(*each) for date, each in counted.items()}
        return Passed(_problems(problems), checked, days)

    def computed_alike(self, progress: Callable[[int], None]) -> Collection[int]:
        """Wait for the computation of closed dates; return the snapshots that it gives again.

        Args:
            progress: told how many attempts more were read.
        """
        found = self._results(self._dates, progress)
        return frozenset(found[DATES][0]) if DATES in found else ()

    def result(self, task: str) -> Outcome:
        """Wait for a task and return what it found.

        Raises:
            sqlite3.Error: when SQLite can't go through the file.
        """
        found = self._results(self._processes.get(task))
        if task in found:
            problems, checked = found[task]
            return Outcome(_problems(problems), checked)
        if task not in self._here:
            self._begin_here(task)
        return self._here[task].result()

    def stop(self) -> None:
        """End them, whether done or not."""
        for process in (self._pass, self._dates, *self._processes.values()):
            if process is not None:
                process.stop()
        for task in self._here.values():
            task.stop()

    def _results(
        self, process: "_Process | None", progress: Callable[[int], None] = lambda _: None
    ) -> dict[str, list[Any]]:
        """Return what a process found, unless another file lies there by now."""
        if process is None:
            return {}
        found = process.results(progress)
        return found if which_file(self._path) == self._file else {}

    def _begin_here(self, task: str) -> None:
        opened = partial(connect, self._path, writable=False)
        self._here[task] = Background(opened, partial(BESIDE[task], date=self._date))


class _Process:
    """A process that does tasks one after the other, for as long as it lives.

    It writes a line of JSON for each: its name, and what came of it. A line without its end is that
    of a process which died.
    """

    def __init__(self, tasks: Sequence[str], path: str, date: str | None) -> None:
        self._results: dict[str, list[Any]] | None = None
        given = [",".join(tasks), path, *([date] if date else [])]
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter, and no shell
                [sys.executable, "-P", "-m", audit_process.__name__, *given],
                stdin=subprocess.PIPE,  # nothing is written; it ends when this is closed
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def results(self, progress: Callable[[int], None]) -> dict[str, list[Any]]:
        """Wait for its end and return what came of the tasks that it did."""
        if self._results is None:
            self._results = {}
            for name, *result in self._lines():
                if name == PROGRESS:
                    progress(*result)
                else:
                    self._results[name] = result
        return self._results

    def _lines(self) -> Iterator[list[Any]]:
        if self._process is not None and self._process.stdout is not None:
            with self._process:
                for line in self._process.stdout:
                    if line.endswith(b"\n"):
                        yield json.loads(line)

    def stop(self) -> None:
        """End it, whether done or not."""
        if self._process is not None:
            with self._process:
                self._process.kill()


def which_file(path: str) -> object:
    """Return what tells a file from another one that takes its place, or None if there is none."""
    with suppress(OSError):
        status = os.stat(path)
        return status.st_dev, status.st_ino
    return None


def _problems(rows: Iterable[Sequence[Any]]) -> list[Problem]:
    return [Problem(*row) for row in rows]


def _shares(tasks: Sequence[str]) -> list[tuple[str, ...]]:
    """Share tasks out among processes.

    At least among two, so that no core waits for the last of them; more compete for its caches.
    """
    count = min(len(tasks), max(2, _cores() - 1))
    longest_first = tuple(sorted(tasks, key=tuple(BESIDE).index))
    return [longest_first[start::count] for start in range(count)]


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
