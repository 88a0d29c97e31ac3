"""The kinds of store there are, and what the contract's tests begin with."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pytest
import rows
from fakes import FakeClock

import leadlog
from leadlog import tables
from leadlog.repository import Store, Transaction
from leadlog.rows import Appended, AttemptRow
from leadlog.storage.sqlite import SqliteStore

AT = "2026-03-10T12:00:00.000000Z"
DAY = "2026-03-10"
KEY = "k" * 64
ALIKE_KEY = "k" * 63 + "x"
"""Another contact's, which begins alike."""
SUCCESS = AttemptRow(
    created_at=AT,
    user_id=2,
    origin="submit",
    occurred_at=AT,
    log_date=DAY,
    late_for=None,
    outcome="success",
    failure_category=None,
    failure_code=None,
    failure_field=None,
    failure_message=None,
    source="cli",
    page="/pricing",
    request_id=None,
    request_digest=None,
    duplicate_of=None,
    admitted=1,
    policy_id=1,
    used=1,
    logical_us=1_000_000,
    duration_ms=None,
    context=None,
)
FAILURE = SUCCESS._replace(
    outcome="failure", failure_category="validation", failure_code="missing_name"
)


class Engine(Protocol):
    """What these tests need to know of a kind of store."""

    def open(self) -> Store:
        """Open the test's database; several stores may be open on it at once."""

    def close_date(self, day: str) -> None:
        """Append the snapshot that closes a date."""

    def rows(self, table: str) -> list[tuple[str | int | None, ...]]:
        """Return an append-only table: its columns in schema order, then both hashes."""


class SqliteEngine:
    """The engine of today."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self._path = folder / "leads.db"
        self._clock = clock
        leadlog.open(self._path, create=True, clock=clock).close()

    def open(self) -> Store:
        return SqliteStore(str(self._path), self._clock, 1.0)

    def close_date(self, day: str) -> None:
        rows.close_date(self._path, day)

    def rows(self, table: str) -> list[tuple[str | int | None, ...]]:
        columns = ", ".join((*tables.CHAINED[table], "prev_hash", "hash"))
        with closing(rows.connect(self._path)) as connection:
            return connection.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()


@pytest.fixture(params=[SqliteEngine], ids=["sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Engine:
    made: Engine = request.param(tmp_path, clock)
    return made


@pytest.fixture
def store(engine: Engine) -> Iterator[Store]:
    """An open store with one user, whose id is 2."""
    opened = engine.open()
    opened.write(lambda tx: tx.append_user("site-form", AT, DAY))
    yield opened
    opened.close()


def append(row: AttemptRow, key: str | None = KEY) -> Callable[[Transaction], Appended]:
    return lambda tx: tx.append_attempt(row, key, '{"name":"Ada"}')
