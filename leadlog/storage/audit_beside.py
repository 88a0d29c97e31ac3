"""What runs beside the rest of verification: damage, broken rules, all chains but the longest.

A large file is looked through by processes of their own, the attempts too. They map it into memory:
the search of random places in it then takes two thirds of the time; and they use a faster SQLite.
What can't be read of a mapped file kills the process (SIGBUS), and so does what that SQLite finds
damaged; the task is then done by verification's own process, with the SQLite that Python has.
"""

import gc
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import Any, Final

from leadlog import tables
from leadlog.clock import SystemClock
from leadlog.storage import audit_rules, audit_scans, audit_schema
from leadlog.storage.audit_queries import Queries
from leadlog.storage.audit_rows import Rows
from leadlog.storage.background import Background
from leadlog.storage.connection import connect
from leadlog.storage.reading import SqliteReader
from leadlog.text import safe
from leadlog.verification import chains
from leadlog.verification.days import Counted
from leadlog.verification.log_pass import Passed, pass_over
from leadlog.verification.problems import Findings, Problem
from leadlog.verification.settings import Settings
from leadlog.verification.snapshots import recompute_snapshot
from leadlog.verification.source import Outcome

_CACHE_KIB: Final = 32 * 1024
LARGE_BYTES: Final = 64 * 1024 * 1024
"""From this size on a process of its own is worth its start."""
_ROWS_A_LINE: Final = 20_000
_NICENESS: Final = 5
_MAP_BYTES: Final = 2**40  # SQLite takes as much of it as it was built for, 2 GiB as a rule


def unsound(connection: sqlite3.Connection, date: str | None = None) -> Outcome:
    """Return what is wrong with the file itself, and with references between tables.

    That is of the whole file, whatever the date.
    """
    del date
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    findings = Findings()
    for (text,) in connection.execute("PRAGMA integrity_check"):
        if text != "ok":
            message = f"SQLite finds the file unsound: {safe(text)}."
            findings.add("file", None, None, "unsound", message)
    # That leads and contacts refer to attempts that are there is one of the rules.
    referring = [table for table in tables.CHAINED if table != tables.LEADS]
    for table in (*referring, "user_rate_limits"):
        for _, id_, parent, _ in connection.execute(f"PRAGMA foreign_key_check({table})"):
            message = f"{table} row {id_} refers to a row of {parent} that is not there."
            findings.add("file", None, None, "unsound", message)
    return Outcome(list(findings.all()), {})


def broken(connection: sqlite3.Connection, date: str | None) -> Outcome:
    """Return the rows that break a rule, of one log date or of all, but attempts and contacts."""
    return Outcome(audit_scans.broken(connection, audit_rules.OTHERS, date), {})


def linked(connection: sqlite3.Connection, date: str | None = None) -> Outcome:
    """Check the chains of all tables but that of the attempts, from end to end."""
    del date
    _, columns = audit_schema.reference()
    rows, findings = Rows(connection, columns), Findings()
    query = "SELECT value FROM settings WHERE key = 'database_id' ORDER BY id LIMIT 1"
    try:
        found = connection.execute(query).fetchone()
    except sqlite3.Error:
        found = None  # which the pass over the settings names
    shorter = {name: rows.linked(name, None) for name in tables.CHAINED if name != tables.ATTEMPTS}
    checked = chains.check_tables(shorter, None if found is None else str(found[0]), findings)
    return Outcome(list(findings.all()), checked)


def passed_over(
    connection: sqlite3.Connection, date: str | None, progress: Callable[[int], None]
) -> Passed:
    """Check the attempts, with all that one reading of them proves."""
    _, columns = audit_schema.reference()
    queries = Queries(connection, columns)
    queries.report_progress(progress)
    given = queries.settings(), queries.thresholds, queries.secret()
    return pass_over(queries, Settings(*given, Findings()), date)  # others look at the settings


def computed_alike(
    connection: sqlite3.Connection, date: str | None, progress: Callable[[int], None]
) -> list[int]:
    """Return the snapshots whose figures a fresh computation gives byte for byte."""
    _, columns = audit_schema.reference()
    queries, reader = Queries(connection, columns), SqliteReader(connection, SystemClock())
    alike = []
    for stored in queries.snapshots(date):
        with suppress(Exception):  # whatever it is, it is looked at again
            if recompute_snapshot(reader, stored) == stored.metrics:
                alike.append(stored.id)
        progress(stored.attempts)
    return alike


_TASKS: Final[dict[str, Callable[..., Outcome]]] = {
    "file": unsound,
    "rules": broken,
    "chains": linked,
}
_ATTEMPTS: Final = "attempts"
_DATES: Final = "dates"
_PROGRESS: Final = "progress"


class Beside:
    """Tasks that were started and go on by themselves.

    Of a large file the pass over all attempts and the computation of closed dates are two more.

    Args:
        tasks: keys of `_TASKS`.
        path: the file.
        date: the log date to look at, or None for all.
        has_closed: whether there are closed dates.
    """

    def __init__(
        self, tasks: Sequence[str], path: str, date: str | None, *, has_closed: bool = False
    ) -> None:
        self._path = path
        self._date = date
        self._pass: _Process | None = None
        self._dates: _Process | None = None
        self._processes: dict[str, _Process] = {}
        self._here: dict[str, Background[Outcome]] = {}
        if os.path.getsize(path) >= LARGE_BYTES and sys.executable:
            if date is None:
                self._pass = _Process((_ATTEMPTS,), path, date)
                self._dates = _Process((_DATES,), path, date) if has_closed else None
            count = max(1, min(len(tasks), _cores() - 1))  # the pass takes one
            for share in (tasks[start::count] for start in range(count)):
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
        found = {} if self._pass is None else self._pass.results(progress)
        if _ATTEMPTS not in found:
            return None
        problems, checked, successes, break_rules, counted = found[_ATTEMPTS]
        days = {date: Counted(*each) for date, each in counted.items()}
        return Passed(_problems(problems), checked, successes, break_rules, days)

    def computed_alike(self, progress: Callable[[int], None]) -> Collection[int]:
        """Wait for the computation of closed dates; return the snapshots that it gives again.

        Args:
            progress: told how many attempts more were read.
        """
        found = {} if self._dates is None else self._dates.results(progress)
        return frozenset(found[_DATES][0]) if _DATES in found else ()

    def result(self, task: str) -> Outcome:
        """Wait for a task and return what it found.

        Raises:
            sqlite3.Error: when SQLite can't go through the file.
        """
        found = self._processes[task].results() if task in self._processes else {}
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

    def _begin_here(self, task: str) -> None:
        opened = partial(connect, self._path, writable=False)
        self._here[task] = Background(opened, partial(_TASKS[task], date=self._date))


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
                [sys.executable, "-P", "-m", __name__, *given],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def results(self, progress: Callable[[int], None] = lambda _: None) -> dict[str, list[Any]]:
        """Wait for its end and return what came of the tasks that it did."""
        if self._results is None:
            self._results = {}
            for name, *result in self._lines():
                if name == _PROGRESS:
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


def _problems(rows: Iterable[Sequence[Any]]) -> list[Problem]:
    return [Problem(*row) for row in rows]


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Progress:
    """Tells of attempts that were read, some thousands at once."""

    def __init__(self) -> None:
        self._rows = 0

    def add(self, rows: int) -> None:
        self._rows += rows
        if self._rows >= _ROWS_A_LINE:
            self.tell()

    def tell(self) -> None:
        _write(_PROGRESS, self._rows)
        self._rows = 0


def _write(*line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _main(tasks: str, path: str, date: str | None = None) -> None:
    from leadlog.storage import audit_engine

    gc.disable()  # rows make no cycles, and it would look through every batch of them
    if tasks != _ATTEMPTS:  # which has the longest way to go; where cores are few, it goes first
        os.nice(_NICENESS)
    for task in tasks.split(","):
        with closing(audit_engine.connect(path)) as connection:
            connection.execute(f"PRAGMA mmap_size = {_MAP_BYTES}")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            progress = _Progress()
            if task == _ATTEMPTS:
                passed = passed_over(connection, date, progress.add)
                progress.tell()
                _write(task, *passed)
            elif task == _DATES:
                alike = computed_alike(connection, date, progress.add)
                progress.tell()
                _write(task, alike)
            else:
                _write(task, *_TASKS[task](connection, date))


if __name__ == "__main__":
    _main(*sys.argv[1:])
