"""How a write keeps others out."""

import sqlite3
from contextlib import closing
from pathlib import Path

import rows

import leadlog
from leadlog.repository import Transaction


def test_a_write_holds_the_write_lock_before_it_reads(log: leadlog.Leadlog, database: Path) -> None:
    # Without it, a writer that passes by the gate makes the first insert fail at once.
    def work(_tx: Transaction) -> str:
        with closing(rows.connect(database)) as other:
            other.execute("PRAGMA busy_timeout = 0")
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                return str(error)
        return "got the lock too"

    assert log._store.write(work) == "database is locked"
