"""What runs beside the rest of verification: damage, broken rules, all chains but the longest.

A large file is looked through by processes of their own, which map it into memory: the search of
random places in it then takes two thirds of the time. What can't be read of a mapped file kills the
process (SIGBUS), so a map is for a process that may die; its task is then done here, without a map.
"""

import gc
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from typing import Final

from leadlog import tables
from leadlog.storage import audit_rules, audit_scans, audit_schema
from leadlog.storage.audit_rows import Rows
from leadlog.storage.background import Background
from leadlog.storage.connection import connect
from leadlog.text import safe
from leadlog.verification import chains
from leadlog.verification.problems import Findings, Problem
from leadlog.verification.source import Outcome

_CACHE_KIB: Final = 32 * 1024
LARGE_BYTES: Final = 64 * 1024 * 1024
"""From this size on a process of its own is worth its start."""
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


_TASKS: Final[dict[str, Callable[..., Outcome]]] = {
    "file": unsound,
    "rules": broken,
    "chains": linked,
}


class Beside:
    """Tasks that were started and go on by themselves.

    Args:
        tasks: keys of `_TASKS`.
        path: the file.
        date: the log date to look at, or None for all.
    """

    def __init__(self, tasks: Sequence[str], path: str, date: str | None) -> None:
        self._path = path
        self._date = date
        self._processes: dict[str, _Process] = {}
        self._here: dict[str, Background[Outcome]] = {}
        if os.path.getsize(path) >= LARGE_BYTES and sys.executable:
            count = max(1, min(len(tasks), _cores() - 1))  # one is left for what goes on meanwhile
            for share in (tasks[start::count] for start in range(count)):
                process = _Process(share, path, date)
                self._processes |= dict.fromkeys(share, process)
        for task in tasks:
            if task not in self._processes:
                self._begin_here(task)

    def result(self, task: str) -> Outcome:
        """Wait for a task and return what it found.

        Raises:
            sqlite3.Error: when SQLite can't go through the file.
        """
        process = self._processes.get(task)
        outcome = None if process is None else process.outcomes().get(task)
        if outcome is not None:
            return outcome
        if task not in self._here:
            self._begin_here(task)
        return self._here[task].result()

    def stop(self) -> None:
        """End them, whether done or not."""
        for process in self._processes.values():
            process.stop()
        for task in self._here.values():
            task.stop()

    def _begin_here(self, task: str) -> None:
        opened = partial(connect, self._path, writable=False)
        self._here[task] = Background(opened, partial(_TASKS[task], date=self._date))


class _Process:
    """A process that does tasks one after the other, for as long as it lives."""

    def __init__(self, tasks: Sequence[str], path: str, date: str | None) -> None:
        self._found: dict[str, Outcome] | None = None
        given = [",".join(tasks), path, *([date] if date else [])]
        self._process: subprocess.Popen[bytes] | None = None
        with suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter, and no shell
                [sys.executable, "-P", "-m", __name__, *given],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def outcomes(self) -> dict[str, Outcome]:
        """Wait for its end and return what came of the tasks that it did."""
        if self._found is None:
            output, _ = (b"", None) if self._process is None else self._process.communicate()
            self._found = dict(_read_outcomes(output))
        return self._found

    def stop(self) -> None:
        """End it, whether done or not."""
        if self._process is not None:
            with self._process:
                self._process.kill()


def _read_outcomes(output: bytes) -> Iterator[tuple[str, Outcome]]:
    """Yield what a process wrote: a line for each task, ended by a line feed when it was done."""
    for line in output.split(b"\n")[:-1]:
        task, problems, checked = json.loads(line)
        yield task, Outcome([Problem(*one) for one in problems], checked)


def _cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not everywhere
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _main(tasks: str, path: str, date: str | None = None) -> None:
    gc.disable()  # rows make no cycles, and it would look through every batch of them
    # What waits for this has the longest way to go; where cores are few, it goes first.
    os.nice(_NICENESS)
    for task in tasks.split(","):
        with closing(connect(path, writable=False)) as connection:
            connection.execute(f"PRAGMA mmap_size = {_MAP_BYTES}")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            sys.stdout.write(json.dumps((task, *_TASKS[task](connection, date))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    _main(*sys.argv[1:])
