"""A closed date is that of the settings: what its figures were computed with is checked as well."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock
from tampering import problems, rechain, unguarded

import leadlog
from leadlog import canonical, closing, tables
from leadlog.storage.reading import SqliteReader

DAY = "2026-03-10"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def path(database: Path, clock: FakeClock) -> Path:
    """A log with one closed date, of which there is no report."""
    clock.set(f"{DAY}T08:00:00Z")
    with leadlog.open(database, create=True, clock=clock, timezone="Europe/Berlin") as log:
        log.add_user("site-form")
        for number in range(6):
            log.submit(user="site-form", name="A", email=f"a{number}@example.org")
            clock.advance(9_000)
        clock.advance(86_400)
        log.snapshot(DAY)
    return database


def forge(path: Path, change: Change) -> list[str]:
    """Compute the snapshot anew from other premises, all its hashes too; return what is named."""
    columns = ("id", "created_at", *closing.SnapshotRow._fields)
    with unguarded(path) as connection:
        query = f"SELECT {', '.join(columns)} FROM daily_analysis_snapshots"
        row = dict(zip(columns, connection.execute(query).fetchone(), strict=True))
        premises = {**row, **json.loads(row["metrics"])}
        change(premises)
        row |= {key: premises[key] for key in ("created_at", "starts_at", "ends_at")}
        row |= {key: premises[key] for key in ("snapshot_date", "tzdata_version")}
        row["metrics"] = canonical.dumps({key: premises[key] for key in json.loads(row["metrics"])})
        stored = closing.SnapshotRow(*(row[name] for name in closing.SnapshotRow._fields))
        row["metrics"] = closing.recompute(SqliteReader(connection, FakeClock()), stored)
        row["sha256"] = canonical.sha256(row["metrics"])
        marks = ", ".join(f"{name} = ?" for name in columns)
        connection.execute(f"UPDATE daily_analysis_snapshots SET {marks}", tuple(row.values()))
        rechain(connection, tables.SNAPSHOTS)
    return [f"{found.column}: {found.message}" for found in problems(path)]


def test_an_honest_snapshot_forged_as_it_is_has_no_problem(path: Path) -> None:
    assert forge(path, lambda _: None) == []


def test_a_date_with_corrections_before_and_after_it_was_closed_has_no_problem(
    database: Path, clock: FakeClock
) -> None:
    clock.set(f"{DAY}T08:00:00Z")
    with leadlog.open(database, create=True, clock=clock) as log:
        log.add_user("site-form")
        for number in range(3):
            log.submit(user="site-form", name="A", email=f"a{number}@example.org")
        log.correct(1, "failure", reason="spam")
        log.correct(2, "failure", reason="spam")
        log.correct(2, "success", reason="no spam after all")
        clock.advance(86_400)
        snapshot = log.snapshot(DAY)
        log.correct(3, "failure", reason="spam")

    assert snapshot.metrics["successes"] == 2
    assert problems(database) == []


def test_another_threshold_is_named(path: Path) -> None:
    def change(premises: dict[str, Any]) -> None:
        premises["thresholds"]["burst_attempts_per_minute"] = 1

    assert forge(path, change) == [
        "metrics: The snapshot of 2026-03-10 was computed with a threshold that was never set."
    ]


def test_another_time_zone_is_named(path: Path) -> None:
    def change(premises: dict[str, Any]) -> None:
        premises["timezone"] = "Europe/Paris"

    assert forge(path, change) == [
        "metrics: The snapshot of 2026-03-10 is that of another time zone than the database's."
    ]


@pytest.mark.parametrize("version", ["", "1999a"])
@pytest.mark.parametrize(
    ("column", "value"),
    [("starts_at", f"{DAY}T06:00:00.000000Z"), ("ends_at", f"{DAY}T12:00:00.000000Z")],
)
def test_other_bounds_are_named(path: Path, version: str, column: str, value: str) -> None:
    def change(premises: dict[str, Any]) -> None:
        premises[column] = value
        premises["tzdata_version"] = version or premises["tzdata_version"]

    found = forge(path, change)

    assert f"{column}: The snapshot of {DAY} has other bounds than its date." in found


@pytest.mark.parametrize("version", ["", "1999a"])
@pytest.mark.parametrize("gone", [slice(1, None), slice(3, 9), slice(0, 1), slice(-1, None)])
def test_other_hours_are_named(path: Path, version: str, gone: slice) -> None:
    def change(premises: dict[str, Any]) -> None:
        del premises["by_hour"][gone]
        premises["tzdata_version"] = version or premises["tzdata_version"]

    found = forge(path, change)

    assert f"metrics: The snapshot of {DAY} counts other hours than its date has." in found


def test_an_hour_in_two_parts_is_named(path: Path) -> None:
    def change(premises: dict[str, Any]) -> None:
        premises["by_hour"].insert(9, {"hour": f"{DAY}T08:30+01:00"})
        premises["tzdata_version"] = "1999a"

    found = forge(path, change)

    assert f"metrics: The snapshot of {DAY} counts other hours than its date has." in found


def test_a_date_that_was_closed_before_it_was_over_is_named(path: Path) -> None:
    def change(premises: dict[str, Any]) -> None:
        premises["created_at"] = f"{DAY}T22:59:59.999999Z"

    assert forge(path, change) == [
        "created_at: The snapshot of 2026-03-10 was stored before its date was over."
    ]


def test_a_date_whose_end_the_clock_went_back_behind_is_not_closed(
    database: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(f"{DAY}T23:00:00Z")
    compute = closing._compute_row

    def compute_and_turn_the_clock_back(*arguments: Any) -> closing.SnapshotRow:
        row = compute(*arguments)
        clock.set(f"{DAY}T23:30:00Z")
        return row

    with leadlog.open(database, create=True, clock=clock) as log:
        clock.advance(7_200)
        monkeypatch.setattr(closing, "_compute_row", compute_and_turn_the_clock_back)

        snapshot = log.snapshot(DAY)

        assert not snapshot.is_final
        assert rows.content(database, tables.SNAPSHOTS) == []
