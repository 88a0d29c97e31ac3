"""A log with a bit of everything, and ways to change it that no trigger stops."""

import json
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from fakes import FakeClock

import leadlog
from leadlog import chain, service, tables
from leadlog.analysis.analyst import Analyst
from leadlog.analysis.engine import Reply
from leadlog.limits import Limit
from leadlog.verification import Problem

DAY = "2026-03-10"


class Modelled(Analyst):
    """Writes what the built-in analyst writes, and has all that is stored of a model."""

    name = "model"
    model: str | None = "m"

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        return (
            super()
            .write(inputs)
            ._replace(prompt="prompt", raw="reply", parameters={"n": 1}, tokens=7, cost="0.1")
        )


def build(path: Path, clock: FakeClock) -> None:
    """Fill a database so that every table has rows, and every column a value somewhere."""
    with leadlog.open(path, create=True, clock=clock) as log:
        log.add_user("site-form", Limit(3, 60))
        log.add_user("partner")
        log.set_limit("partner", Limit(5, 3600), "a slow feed")
        emails = ("ada@example.org", "ADA@example.org", "bob@", "cleo@example.org")
        for number, email in enumerate(emails):
            log.submit(user="site-form", name="A", email=email, page="/p", request_id=f"r-{number}")
            clock.advance(1)
        log.submit(user="nobody", name="Eve", email="eve@example.org")
        stated = {"user": "partner", "name": "Dan", "email": "dan@example.org"}
        log.record({**stated, "duration_ms": 12, "context": {"try": 2}, "request_id": "p-1"})
        log.record({**stated, "category": "upstream", "error": "the CRM refused"})
        clock.advance(-5)
        log.submit(user="partner", name="Fay", email="fay@example.org", page="/q")
        clock.advance(86_400)
        log.snapshot(DAY)
        late = {"occurred_at": f"{DAY}T13:00:00Z", "outcome": "failure", "category": "timeout"}
        log.record({**stated, **late})
        log.correct(8, "failure", category="rejected", reason="the CRM said so later")
        log.forget(log.plan_erasure(attempt=6), "asked for")
        log.submit(user="site-form", name="Gus", email="gus@example.org", page="/p")
        log.report(DAY, Modelled())
        log.report(DAY, Modelled(), new=True)


@lru_cache(maxsize=1)
def honest() -> bytes:
    """Return the file of such a log."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.db"
        build(path, FakeClock())
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return path.read_bytes()


@contextmanager
def unguarded(path: Path) -> Iterator[sqlite3.Connection]:
    """Take the triggers down and put them back as they were; the constraints are ignored too."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("ignore_check_constraints = ON", "synchronous = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        query = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        triggers = connection.execute(query).fetchall()
        connection.execute("BEGIN")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("COMMIT")


def execute(path: Path, *statements: str) -> None:
    """Change a database behind the triggers' back."""
    with unguarded(path) as connection:
        for statement in statements:
            connection.execute(statement)


def rechain(connection: sqlite3.Connection, table: str) -> None:
    """Compute a table's chain anew from whatever its rows hold."""
    columns = tables.CHAINED[table]
    query = "SELECT value FROM settings WHERE key = 'database_id'"
    (database_id,) = connection.execute(query).fetchone()
    prev_hash = chain.genesis(database_id, table)
    for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall():
        hash_ = chain.row_hash(table, row, prev_hash)
        update = f"UPDATE {table} SET prev_hash = ?, hash = ? WHERE id = ?"
        connection.execute(update, (prev_hash, hash_, row[0]))
        prev_hash = hash_


def problems(path: Path, **options: object) -> list[Problem]:
    verdict = service.verify(path, clock=FakeClock(), **options)  # type: ignore[arg-type]
    assert verdict.ok == (not verdict.problems)
    json.dumps(verdict.heads)
    return list(verdict.problems)


def kinds(path: Path, **options: object) -> set[tuple[str, int | None, str]]:
    """Return table, row and kind of each problem."""
    return {(found.table, found.id, found.kind) for found in problems(path, **options)}
