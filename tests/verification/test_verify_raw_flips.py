"""A flip of any bit of a row, in the file's own bytes, is named; or nothing that is held changed.

The other tests change what rows hold. Here the bytes that say how long a row is, which types its
values have and where it goes on are changed too, as a dying disk does.
"""

import random
import signal
import sqlite3
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path

import pages
import pytest
import rows
from fakes import FakeClock
from tampering import honest

from leadlog import service, tables
from leadlog.errors import LeadlogError

TABLES = (*tables.CHAINED, "contacts", "user_rate_limits", "secrets")
ENDS = {
    "contacts": "payload || salt",
    "user_rate_limits": "updated_at",
    "secrets": "secret",
}
"""What a row's record ends with, where that is no hash."""

STARTS = {
    tables.SNAPSHOTS: "created_at || snapshot_date || starts_at",
    tables.REPORTS: "created_at || report_date || substr(inputs, 1, 9)",
}
"""What the first of the rows that go on in other pages begin with."""

BITS = (0x01, 0x10, 0x80, 0xFF)
SECONDS = 30
MOST_BYTES_OF_A_PAGE = 300


@contextmanager
def not_longer_than(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in what takes longer."""

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def places(path: Path, table: str) -> Sequence[int]:
    """Return where the bytes of a row in the middle of a table lie; of a long one its two ends."""
    raw = path.read_bytes()
    end = ENDS.get(table, "prev_hash || hash")
    with closing(sqlite3.connect(path)) as connection:
        query = f"SELECT CAST({end} AS BLOB) FROM {table} WHERE {end} IS NOT NULL"
        marks = [row[0] for row in connection.execute(query)]
        mark = marks[len(marks) // 2]
        for record in pages.records_with(raw, mark):
            if raw[record.start : record.stop].endswith(mark):
                return record
        query = f"SELECT CAST({STARTS[table]} AS BLOB) FROM {table} WHERE id = 1"
        (start,) = connection.execute(query).fetchone()
    (begin,) = pages.records_with(raw, start)
    stop = raw.index(mark) + len(mark)
    last_page = range(stop - 1 - (stop - 1) % pages.page_size(raw), stop)
    return [
        *begin[:MOST_BYTES_OF_A_PAGE],
        *begin[-4:],  # where the record goes on
        *last_page[:4],
        *last_page[-MOST_BYTES_OF_A_PAGE:],
    ]


def held(path: Path) -> dict[str, object]:
    """Return all that a log holds."""
    return {table: rows.content(path, table) for table in TABLES}


@lru_cache(maxsize=1)
def held_by_the_honest_log() -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.db"
        path.write_bytes(honest())
        return held(path)


def fault(path: Path, place: int, bits: int) -> str | None:
    """Flip bits of one byte of the honest file; return what is wrong with how `verify` answers."""
    damaged = bytearray(honest())
    damaged[place] ^= bits
    for beside in path.parent.glob(f"{path.name}-*"):
        beside.unlink()
    path.write_bytes(damaged)
    try:
        with not_longer_than(SECONDS):
            verdict = service.verify(path, clock=FakeClock())
    except LeadlogError as error:
        return None if error.kind == "unusable" else f"{error.kind}: {error.message}"
    except Exception:  # noqa: BLE001  # whatever it is, it is a crash
        return traceback.format_exc()
    if verdict.problems:
        return None
    try:
        return None if held(path) == held_by_the_honest_log() else "not named"
    except sqlite3.Error as error:
        return f"not named, and unreadable: {error}"


@pytest.fixture
def path(database: Path) -> Path:
    """A copy of the honest log, to be damaged."""
    database.write_bytes(honest())
    return database


def test_a_row_is_found_where_its_bytes_are(path: Path) -> None:
    raw = honest()

    for table in TABLES:
        found = places(path, table)
        assert 30 < len(found) <= 2 * MOST_BYTES_OF_A_PAGE + 8, table
        assert max(found) < len(raw)


def test_a_flipped_bit_of_a_row_is_named_wherever_it_is(path: Path) -> None:
    chosen = random.Random(20260310)
    flips = [
        (table, chosen.choice(places(path, table)), chosen.choice(BITS))
        for table in chosen.choices(TABLES, k=40)
    ]

    faults = {flip: fault(path, *flip[1:]) for flip in flips}

    assert {flip: found for flip, found in faults.items() if found is not None} == {}


@pytest.mark.torture
@pytest.mark.parametrize("table", TABLES)
def test_every_byte_of_a_row_is_named_when_it_flips(path: Path, table: str) -> None:
    faults = {
        (place, bits): fault(path, place, bits) for place in places(path, table) for bits in BITS
    }

    assert {flip: found for flip, found in faults.items() if found is not None} == {}
