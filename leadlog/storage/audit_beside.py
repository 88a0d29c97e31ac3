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
from collections.abc import Callable
from contextlib import closing
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

CACHE_KIB: Final = 32 * 1024
LARGE_BYTES: Final = 64 * 1024 * 1024
"""From this size on a process of its own is worth its start."""
_NICENESS: Final = 5
_MAP_BYTES: Final = 2**40  # SQLite takes as much of it as it was built for, 2 GiB as a rule


def unsound(connection: sqlite3.Connection, date: str | None = None) -> Outcome:
    """Return what is wrong with the file itself, and with references between tables.

    That is of the whole file, whatever the date.
    """
    del date
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
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
    """A task that was started and goes on by itself.

    Args:
        task: a key of `_TASKS`.
        path: the file.
        date: the log date to look at, or None for all.
    """

    def __init__(self, task: str, path: str, date: str | None) -> None:
        self._connect = partial(connect, path, writable=False)
        self._work = partial(_TASKS[task], date=date)
        self._process: subprocess.Popen[bytes] | None = None
        self._here: Background[Outcome] | None = None
        if os.path.getsize(path) >= LARGE_BYTES:
            self._process = _start_process(task, path, date)
        if self._process is None:
            self._here = Background(self._connect, self._work)

    def result(self) -> Outcome:
        """Wait for the task and return what it found.

        Raises:
            sqlite3.Error: when SQLite can't go through the file.
        """
        if self._process is not None:
            output, _ = self._process.communicate()
            if self._process.returncode == 0:
                found = json.loads(output)
                return Outcome([Problem(*one) for one in found["problems"]], found["checked"])
        if self._here is None:
            self._here = Background(self._connect, self._work)
        return self._here.result()

    def stop(self) -> None:
        """End it, whether done or not."""
        if self._process is not None:
            with self._process:
                self._process.kill()
        if self._here is not None:
            self._here.stop()


def _start_process(task: str, path: str, date: str | None) -> subprocess.Popen[bytes] | None:
    """Start a process for a task, or return None where there is no interpreter to start."""
    if not sys.executable:
        return None
    command = [sys.executable, "-P", "-m", __name__, task, path, *([date] if date else [])]
    try:
        return subprocess.Popen(  # noqa: S603  # our own interpreter, and no shell
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None


def _main(task: str, path: str, date: str | None = None) -> None:
    gc.disable()  # rows make no cycles, and it would look through every batch of them
    # What waits for this has the longest way to go; where cores are few, it goes first.
    os.nice(_NICENESS)
    with closing(connect(path, writable=False)) as connection:
        connection.execute(f"PRAGMA mmap_size = {_MAP_BYTES}")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        json.dump(_TASKS[task](connection, date)._asdict(), sys.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
