"""Closing a date costs what the date holds: no query of it looks through the whole log."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock

import leadlog
from leadlog.storage import day_rows
from leadlog.storage.reading import SqliteReader
from leadlog.storage.writing import Memory, SqliteTransaction

DATE = "2026-03-10"
NEXT = "2026-03-11"


@pytest.fixture
def connection(database: Path, clock: FakeClock) -> Iterator[sqlite3.Connection]:
    """A log of three dates, with a correction and an attempt that came late."""
    with leadlog.open(database, create=True, clock=clock) as log:
        log.add_user("site-form")
        for date in ("2026-03-09", DATE, NEXT):
            clock.set(f"{date}T12:00:00Z")
            for number in range(3):
                log.submit(user="site-form", name="A", email=f"a{number}@example.org", page=date)
        log.correct(4, "failure", reason="spam")
        log.snapshot("2026-03-09")
        log.record({"user": "site-form", "outcome": "failure", "occurred_at": "2026-03-09T09:00Z"})
    with closing(rows.connect(database)) as opened:
        yield opened


def reading(
    connection: sqlite3.Connection, clock: FakeClock, ask: Callable[[SqliteReader], object]
) -> list[str]:
    """Return the plan of every query that a question to the log makes."""
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    ask(SqliteReader(connection, clock))
    connection.set_trace_callback(None)
    return plans(connection, asked)


def plans(connection: sqlite3.Connection, asked: list[str]) -> list[str]:
    assert asked
    return [
        step[3]
        for query in asked
        for step in connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    ]


def scanned(steps: list[str]) -> list[str]:
    """The tables that are gone through from end to end."""
    return [step for step in steps if step.startswith("SCAN") and "CONSTANT ROW" not in step]


def all_rows(reader: SqliteReader) -> list[Any]:
    return [row for batch in reader.day_rows(DATE, 100, 100) for row in batch]


def test_a_dates_attempts_are_found_by_its_index(
    connection: sqlite3.Connection, clock: FakeClock
) -> None:
    steps = reading(connection, clock, all_rows)

    assert scanned(steps) == []
    assert "SEARCH l USING INDEX attempts_by_date (log_date=? AND rowid<?)" in steps
    assert not [step for step in steps if "TEMP B-TREE" in step and "ORDER BY" not in step]


def test_a_dates_attempts_come_by_id_without_being_sorted(connection: sqlite3.Connection) -> None:
    parameters = {"date": DATE, "last_log": 100, "last_correction": 100}

    steps = connection.execute(f"EXPLAIN QUERY PLAN {day_rows._AS_LOGGED}", parameters).fetchall()

    assert [step[3] for step in steps] == [
        "SEARCH l USING INDEX attempts_by_date (log_date=? AND rowid<?)"
    ]


def test_a_dates_corrections_are_found_from_the_corrections(
    connection: sqlite3.Connection,
) -> None:
    parameters = {"date": DATE, "last_log": 100, "last_correction": 100}

    steps = connection.execute(
        f"EXPLAIN QUERY PLAN {day_rows._CORRECTIONS_OF}", parameters
    ).fetchall()

    assert steps[0][3] == "SEARCH c USING INDEX corrections_by_attempt (log_id>? AND log_id<?)"
    assert scanned([step[3] for step in steps]) == []


def test_what_was_made_on_a_date_is_found_by_its_index(
    connection: sqlite3.Connection, clock: FakeClock
) -> None:
    steps = reading(connection, clock, lambda reader: reader.day_facts(NEXT, 100, 100, 20))

    assert [step[: len("SCAN users")] for step in scanned(steps)] == ["SCAN users"]
    assert "SEARCH c USING INDEX corrections_by_date (log_date=? AND rowid<?)" in steps


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader: reader.snapshots_before(NEXT, 7),
        lambda reader: reader.snapshot_row("2026-03-09"),
        lambda reader: reader.closed_dates("2026-03-01", NEXT, newest_first=True, most=2),
        lambda reader: reader.arrived_late("2026-03-09"),
        lambda reader: reader.last_id(),
        lambda reader: reader.last_correction_id(),
        lambda reader: reader.report_ids(NEXT, newest_first=True, most=2),
        lambda reader: reader.runs(NEXT, newest_first=True, most=2),
    ],
    ids=["before", "one", "range", "late", "last_id", "last_correction", "reports", "runs"],
)
def test_nothing_else_is_gone_through(
    connection: sqlite3.Connection, clock: FakeClock, ask: Callable[[SqliteReader], object]
) -> None:
    steps = reading(connection, clock, ask)

    newest = "SCAN lead_submission_logs"  # by descending id, and one row is asked for
    assert set(scanned(steps)) <= {newest, "SCAN tries"}  # these are what was just found


def test_the_newest_attempt_is_one_row_from_the_end(
    connection: sqlite3.Connection, clock: FakeClock
) -> None:
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    SqliteReader(connection, clock).last_id()
    connection.set_trace_callback(None)

    assert [query.endswith("ORDER BY id DESC LIMIT 1") for query in asked] == [True]


def test_whether_a_date_has_grown_is_told_by_what_is_newer(
    connection: sqlite3.Connection, clock: FakeClock
) -> None:
    tx = SqliteTransaction(connection, clock, "id", Memory(connection))
    asked: list[str] = []
    connection.set_trace_callback(asked.append)

    tx.has_grown(DATE, 1, 0)
    tx.is_closed(DATE)

    connection.set_trace_callback(None)
    steps = plans(connection, asked)
    assert scanned(steps) == []
    log = "SEARCH lead_submission_logs USING COVERING INDEX attempts_by_date"
    assert f"{log} (log_date=? AND rowid>?)" in steps
    assert "SEARCH c USING INTEGER PRIMARY KEY (rowid>?)" in steps


def test_what_is_asked_here_has_something_to_find(
    connection: sqlite3.Connection, clock: FakeClock
) -> None:
    reader = SqliteReader(connection, clock)

    assert [(row[0], row[4], row[5]) for row in all_rows(reader)] == [
        (4, "success", "failure"),
        (5, "success", "success"),
        (6, "success", "success"),
    ]
    assert reader.day_facts(NEXT, 100, 100, 20).corrections == [(DATE, "success", "rejected", 4)]
    assert reader.arrived_late("2026-03-09") == [(NEXT, 1)]


def test_verifying_a_date_looks_through_no_table_of_rows_from_end_to_end(
    connection: sqlite3.Connection, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    connect = sqlite3.connect

    def watched(*arguments: Any, **options: Any) -> Any:
        opened = connect(*arguments, **options)
        opened.set_trace_callback(asked.append)
        return opened

    monkeypatch.setattr(sqlite3, "connect", watched)
    leadlog.service.verify(database, date=DATE)

    large = re.compile("SELECT (?!.*FROM erasures).* FROM (lead_submission_logs|leads|contacts)")
    selects = [query for query in asked if large.match(query)]
    assert len(selects) > 10
    assert [(query, scanned(plans(connection, [query]))) for query in selects] == [
        (query, []) for query in selects
    ]
