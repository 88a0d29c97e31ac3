"""Closing a day makes no writer wait, however large the day is.

Its figures are computed without the gate and outside any write; the write that stores them looks at
what is newer than they are, not at the day's attempts.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fakes import FakeClock

import leadlog
from leadlog.model import Receipt
from leadlog.repository import Transaction
from leadlog.storage import day_rows
from leadlog.storage.sqlite import SqliteStore
from leadlog.stream import RawLine

T = TypeVar("T")

YESTERDAY = "2026-03-09"


def fill(log: leadlog.Leadlog, attempts: int) -> None:
    """Record attempts of yesterday."""
    lines = []
    for number in range(attempts):
        line = {
            "user": "site-form",
            "name": "Ada",
            "email": f"a{number}@example.org",
            "occurred_at": f"{YESTERDAY}T{number % 24:02}:00:00Z",
        }
        content = json.dumps(line).encode()
        lines.append(RawLine(content, len(content)))
    for _ in log.append_stream("record", [lines], create_users=True):
        pass


def test_a_submit_gets_through_at_once_while_the_figures_are_computed(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(log, 3)
    receipts: list[Receipt] = []
    batches = day_rows.batches

    def interrupted(*arguments: Any) -> Iterator[list[Any]]:
        for rows in batches(*arguments):
            with leadlog.open(database, clock=clock, wait_seconds=0) as other:
                receipts.append(other.submit(user="site-form", name="Bob", email="bob@example.org"))
            yield rows

    monkeypatch.setattr(day_rows, "batches", interrupted)

    snapshot = log.snapshot(YESTERDAY)

    assert [receipt.ok for receipt in receipts] == [True]
    assert (snapshot.is_final, snapshot.metrics["attempts"]) == (True, 3)


@pytest.fixture
def steps_of_writes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[int]]:
    """How many steps SQLite took in each write since this was asked last."""
    steps: list[int] = []
    write = SqliteStore.write

    def counted(store: SqliteStore, work: Callable[[Transaction], T], **options: Any) -> T:
        writer = store._writer or store._open_writer()
        steps.append(0)

        def count() -> int:
            steps[-1] += 1
            return 0

        writer.set_progress_handler(count, 1)
        try:
            return write(store, work, **options)
        finally:
            writer.set_progress_handler(None, 1)

    monkeypatch.setattr(SqliteStore, "write", counted)

    def taken() -> list[int]:
        found = list(steps)
        steps.clear()
        return found

    return taken


def test_the_write_that_closes_a_day_takes_as_long_for_a_large_one(
    tmp_path: Path, clock: FakeClock, steps_of_writes: Callable[[], list[int]]
) -> None:
    taken = []

    for attempts in (2, 3000):
        with leadlog.open(tmp_path / f"{attempts}.db", create=True, clock=clock) as log:
            fill(log, attempts)
            steps_of_writes()
            log.snapshot(YESTERDAY)
            taken.append(steps_of_writes())

    small, large = taken
    assert len(small) == 1
    assert 0 < small[0] < 2000
    assert large == small
