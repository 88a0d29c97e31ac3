"""Rows put into a SQLite file from outside, chained as leadlog would chain them."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from leadlog import chain, tables
from leadlog.storage.connection import insert_statement

Value = str | int | None

AT = "2026-03-10T12:00:00.000000Z"
_HASH = "0" * 64

SAMPLES: dict[str, tuple[Value, ...]] = {
    tables.CORRECTIONS: (
        AT,
        1,
        "failure",
        "rejected",
        "rejected",
        None,
        "said so",
        "why",
        "2026-03-10",
    ),
    tables.ERASURES: (AT, None, 2, None, 2, 1, "asked for it", "2026-03-10"),
    tables.SNAPSHOTS: (AT, "2026-03-01", AT, AT, 0, 0, 0, "{}", _HASH, _HASH, 0, 0, "2026a"),
    tables.REPORTS: (
        *(AT, "2026-03-01", 1, 0, "{}", _HASH, "builtin"),
        *(None, None, None, None, "{}", "[]", None, None, 5),
    ),
    tables.RUNS: (AT, "run-1", "2026-03-01", "builtin", None, "started", None),
}
"""One row, without its id, for each table that no write of leadlog's own fills yet."""


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def next_values(
    connection: sqlite3.Connection, table: str, columns: Sequence[Value]
) -> tuple[Value, ...]:
    """Return a whole row for `table`: the next id, `columns`, and both hashes."""
    last = connection.execute(f"SELECT id, hash FROM {table} ORDER BY id DESC LIMIT 1").fetchone()
    if last is None:
        query = "SELECT value FROM settings WHERE key = 'database_id'"
        (database_id,) = connection.execute(query).fetchone()
        last = (0, chain.genesis(database_id, table))
    values = (last[0] + 1, *columns)
    return (*values, last[1], chain.row_hash(table, values, last[1]))


def append(connection: sqlite3.Connection, table: str, columns: Sequence[Value]) -> int:
    """Append one row to an append-only table; return its id."""
    values = next_values(connection, table, columns)
    connection.execute(insert_statement(table), values)
    return int(values[0] or 0)


def close_date(path: Path, day: str) -> None:
    """Give a date a snapshot, which closes it."""
    sample = SAMPLES[tables.SNAPSHOTS]
    with closing(connect(path)) as connection:
        append(connection, tables.SNAPSHOTS, (sample[0], day, *sample[2:]))


def correct(path: Path, attempt: int, outcome: str) -> None:
    """Append a correction of an attempt."""
    failure = ("rejected", "rejected", None, "said so") if outcome == "failure" else (None,) * 4
    with closing(connect(path)) as connection:
        append(
            connection, tables.CORRECTIONS, (AT, attempt, outcome, *failure, "why", "2026-03-10")
        )


def content(path: Path, table: str) -> list[tuple[Value | bytes, ...]]:
    """Return everything a table holds, in order."""
    with closing(connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()


def unsound(path: Path) -> list[str]:
    """Return what breaks the rules of every chain and of attempts and leads; best be empty."""
    problems = []
    with closing(connect(path)) as connection:
        query = "SELECT value FROM settings WHERE key = 'database_id'"
        (database_id,) = connection.execute(query).fetchone()
        for table, columns in tables.CHAINED.items():
            prev_hash = chain.genesis(database_id, table)
            query = f"SELECT {', '.join(columns)}, prev_hash, hash FROM {table} ORDER BY id"
            for number, row in enumerate(connection.execute(query), 1):
                if row[0] != number:
                    problems.append(f"{table}: id {row[0]} where {number} was due")
                if row[-2] != prev_hash or row[-1] != chain.row_hash(table, row[:-2], prev_hash):
                    problems.append(f"{table}: the chain breaks at {row[0]}")
                prev_hash = row[-1]
        rules = {
            "success without lead": "SELECT id FROM lead_submission_logs WHERE outcome = 'success'"
            " AND id NOT IN (SELECT log_id FROM leads)",
            "lead without success": "SELECT id FROM leads WHERE log_id NOT IN"
            " (SELECT id FROM lead_submission_logs WHERE outcome = 'success')",
            "attempt without contact": "SELECT id FROM lead_submission_logs"
            " WHERE id NOT IN (SELECT log_id FROM contacts)",
            "limit state unlike the log": "SELECT s.user_id FROM user_rate_limits AS s"
            " WHERE s.last_log_id IS NOT (SELECT max(l.id) FROM lead_submission_logs AS l"
            "   WHERE l.user_id = s.user_id AND l.policy_id IS NOT NULL)",
        }
        for what, query in rules.items():
            problems += [f"{what}: {id_}" for (id_,) in connection.execute(query)]
    return problems
