"""What verification holds in memory does not grow with what it reads of closed dates."""

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeClock
from tampering import problems

import leadlog
from leadlog.storage import audit_rows, day_rows
from leadlog.storage.audit import SqliteAudit
from leadlog.storage.reading import SqliteReader
from leadlog.stream import RawLine

AT_ONCE = 100
BATCHES = 30
DATES = 30
BYTES_OF_TWO_BATCHES = 300_000
BYTES_OF_TEN_DATES = 40_000

MostHeld = Callable[[Path, type, str], tuple[int, int]]


def build(path: Path, clock: FakeClock, *, dates: int, attempts: int) -> None:
    """Fill a database with closed dates of so many attempts each."""
    content = json.dumps({"user": "partner", "outcome": "failure"}).encode()
    lines = [RawLine(content, len(content))] * attempts
    with leadlog.open(path, create=True, clock=clock) as log:
        log.add_user("partner")
        for _ in range(dates):
            date = log.today()
            list(log.append_stream("record", [lines]))
            clock.advance(86_400)
            log.snapshot(date)


@pytest.fixture
def most_held(monkeypatch: pytest.MonkeyPatch) -> MostHeld:
    """Return what verifies a database, and tells how often a reading of its gave more, and how
    many bytes more than before it were held meanwhile.
    """

    def measure(path: Path, owner: type, name: str) -> tuple[int, int]:
        read, held = getattr(owner, name), []

        def watched(*given: Any) -> Iterator[Any]:
            held.append(tracemalloc.get_traced_memory()[0])
            for each in read(*given):
                yield each
                gc.collect()
                held.append(tracemalloc.get_traced_memory()[0])

        monkeypatch.setattr(owner, name, watched)
        # What threads hold meanwhile is not what is measured.
        monkeypatch.setattr(SqliteAudit, "start", lambda _self, _date: None)
        tracemalloc.start()
        try:
            assert problems(path) == []
        finally:
            tracemalloc.stop()
        return len(held) - 1, max(held) - held[0]

    return measure


@pytest.mark.parametrize(
    ("owner", "name"), [(SqliteAudit, "attempts"), (SqliteReader, "day_rows")], ids=["log", "again"]
)
def test_the_attempts_of_a_closed_date_are_not_kept(
    database: Path,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    most_held: MostHeld,
    owner: type,
    name: str,
) -> None:
    build(database, clock, dates=1, attempts=BATCHES * AT_ONCE)
    monkeypatch.setattr(audit_rows, "_ROWS_A_BATCH", AT_ONCE)
    monkeypatch.setattr(day_rows, "_BATCH", AT_ONCE)

    batches, held = most_held(database, owner, name)

    assert batches == BATCHES
    assert held < BYTES_OF_TWO_BATCHES


def test_closed_dates_are_not_kept_once_they_are_checked(
    database: Path, clock: FakeClock, most_held: MostHeld
) -> None:
    build(database, clock, dates=DATES, attempts=1)

    dates, held = most_held(database, SqliteAudit, "snapshots")

    assert dates >= DATES  # they are read once to compute them again, and once for their counts
    assert held < BYTES_OF_TEN_DATES
