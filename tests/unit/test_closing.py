"""Closing dates: once, for good, and derivable from the log for ever."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import documents
import pytest
import rows
from fakes import FakeClock

import leadlog
from leadlog import closing, days, tables
from leadlog.clock import Zone
from leadlog.closing import SnapshotRow
from leadlog.days import Day
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.model import CATEGORIES, Receipt
from leadlog.repository import Transaction
from leadlog.snapshot import nearest_rank
from leadlog.storage.reading import SqliteReader
from leadlog.storage.sqlite import SqliteStore

T = TypeVar("T")

DATE = "2026-03-10"
NEXT = "2026-03-11"
TWO_WEEKS = documents.ROOT / "examples" / "two-weeks.ndjson"


def submit(log: leadlog.Leadlog, email: str = "ada@example.org") -> Receipt:
    return log.submit(user="site-form", name="Ada", email=email)


def record(log: leadlog.Leadlog, occurred_at: str, **more: Any) -> Receipt:
    person = {"user": "site-form", "name": "Ada", "email": "ada@example.org"}
    return log.record({**person, "outcome": "success", "occurred_at": occurred_at, **more})


def stored(log: leadlog.Leadlog, date: str) -> SnapshotRow:
    found = log._store.read(lambda reader: reader.snapshot_row(date))
    assert found is not None
    return found


def computed_again(log: leadlog.Leadlog, date: str) -> str:
    row = stored(log, date)
    return log._store.read(lambda reader: closing.recompute(reader, row))


def kept(database: Path) -> list[tuple[rows.Value | bytes, ...]]:
    return rows.content(database, tables.SNAPSHOTS)


@pytest.fixture
def tomorrow(clock: FakeClock) -> Callable[[], None]:
    """Call it to make it noon of the next day."""
    return lambda: clock.set(f"{NEXT}T12:00:00Z")


def test_a_date_that_is_over_is_stored(
    log: leadlog.Leadlog, database: Path, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()

    snapshot = log.snapshot(DATE)

    assert (snapshot.date, snapshot.is_final, snapshot.metrics["attempts"]) == (DATE, True, 1)
    assert [row[2] for row in kept(database)] == [DATE]


def test_what_is_stored_is_what_is_shown(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    submit(log)
    tomorrow()

    snapshot = log.snapshot(DATE)

    row = stored(log, DATE)
    assert json.loads(row.metrics) == snapshot.metrics
    assert row.sha256 == snapshot.sha256 == hashlib.sha256(row.metrics.encode()).hexdigest()
    assert row[1:6] == ("2026-03-10T00:00:00.000000Z", "2026-03-11T00:00:00.000000Z", 2, 1, 1)
    assert (row.last_log_id, row.last_correction_id) == (2, 0)
    assert row.log_digest == snapshot.metrics["log_digest"]
    assert row.tzdata_version == days.tzdata_version()


def test_closing_twice_gives_the_same_bytes_and_one_row(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()
    first = log.snapshot(DATE)
    before = kept(database)
    clock.advance(3600)

    again = log.snapshot(DATE)

    assert again == first
    assert kept(database) == before


def test_a_running_date_is_provisional_and_not_stored(log: leadlog.Leadlog, database: Path) -> None:
    submit(log)

    snapshot = log.snapshot(DATE)

    assert (snapshot.is_final, snapshot.metrics["attempts"]) == (False, 1)
    assert kept(database) == []


def test_a_running_date_goes_on_counting(log: leadlog.Leadlog) -> None:
    submit(log)
    log.snapshot(DATE)
    submit(log, "bob@example.org")

    assert log.snapshot(DATE).metrics["attempts"] == 2


def test_a_future_date_is_refused(log: leadlog.Leadlog, database: Path) -> None:
    with pytest.raises(LeadlogError) as caught:
        log.snapshot(NEXT)

    assert caught.value.kind == "usage"
    assert caught.value.message == f"The date {NEXT} lies in the future."
    assert kept(database) == []


@pytest.mark.parametrize("date", ["9999-12-31", "0001-01-01", "1969-12-30"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/New_York"])
def test_dates_beyond_all_time_are_refused(
    date: str, zone: str, database: Path, clock: FakeClock
) -> None:
    with (
        leadlog.open(database, create=True, clock=clock, timezone=zone) as log,
        pytest.raises(LeadlogError) as caught,
    ):
        log.snapshot(date)

    assert caught.value.kind == "usage"
    assert kept(database) == []


def test_the_first_instant_there_is_can_be_closed(database: Path, clock: FakeClock) -> None:
    with leadlog.open(database, create=True, clock=clock, timezone="America/New_York") as log:
        log.add_user("site-form")
        record(log, "1970-01-01T00:00:00Z")

        snapshot = log.snapshot("1969-12-31")

        assert snapshot.metrics["by_hour"][19] == {
            "hour": "1969-12-31T19:00-05:00",
            "attempts": 1,
            "successes": 1,
            "failures": 0,
        }
        assert computed_again(log, "1969-12-31") == stored(log, "1969-12-31").metrics


def test_an_empty_day_is_closed_with_zeros(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    tomorrow()

    snapshot = log.snapshot(DATE)

    assert snapshot.is_final
    assert stored(log, DATE)[3:6] == (0, 0, 0)
    assert snapshot.metrics["success_rate"] is None
    assert computed_again(log, DATE) == stored(log, DATE).metrics


def test_closed_dates_are_read_one_at_a_time(
    log: leadlog.Leadlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for date in ("2026-03-05", "2026-03-06", "2026-03-07"):
        log.snapshot(date)
    asked: list[str] = []
    one = SqliteReader.snapshot_row

    def noted(reader: SqliteReader, day: str) -> SnapshotRow | None:
        asked.append(day)
        return one(reader, day)

    monkeypatch.setattr(SqliteReader, "snapshot_row", noted)
    first = next(log.stored_snapshots("2026-03-05", "2026-03-07"))

    assert (first.date, asked) == ("2026-03-05", ["2026-03-05"])


def test_dates_may_be_closed_in_any_order(log: leadlog.Leadlog, database: Path) -> None:
    for date in ("2026-03-07", "2026-03-05", "2026-03-06"):
        log.snapshot(date)

    assert [s.date for s in log.stored_snapshots("2026-03-05", "2026-03-06")] == [
        "2026-03-05",
        "2026-03-06",
    ]
    assert rows.unsound(database) == []


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("UTC", "2026-03-10T23:59:59.999999Z", "2026-03-11T00:00:00Z"),
        ("Europe/Berlin", "2026-03-10T22:59:59.999999Z", "2026-03-10T23:00:00Z"),
        ("Asia/Kolkata", "2026-03-10T18:29:59.999999Z", "2026-03-10T18:30:00Z"),
        ("Asia/Kathmandu", "2026-03-10T18:14:59.999999Z", "2026-03-10T18:15:00Z"),
        ("America/Los_Angeles", "2026-03-11T06:59:59.999999Z", "2026-03-11T07:00:00Z"),
        ("Pacific/Kiritimati", "2026-03-10T09:59:59.999999Z", "2026-03-10T10:00:00Z"),
    ],
)
def test_a_date_ends_at_local_midnight(
    zone: str, before: str, after: str, database: Path, clock: FakeClock
) -> None:
    with leadlog.open(database, create=True, clock=clock, timezone=zone) as log:
        log.add_user("site-form")
        clock.set(before)
        submit(log, "before@example.org")
        was_over = log.snapshot(DATE).is_final
        clock.set(after)
        submit(log, "after@example.org")

        closed = log.snapshot(DATE)

        assert (was_over, closed.is_final) == (False, True)
        assert (closed.metrics["first_attempt"], closed.metrics["last_attempt"]) == (1, 1)
        assert closed.metrics["by_hour"][-1]["attempts"] == 1
        running = log.snapshot(NEXT).metrics
        assert (running["first_attempt"], running["by_hour"][0]["attempts"]) == (2, 1)


def test_a_skipped_date_is_closed_empty(database: Path, clock: FakeClock) -> None:
    clock.set("2012-01-02T00:00:00Z")
    with leadlog.open(database, create=True, clock=clock, timezone="Pacific/Apia") as log:
        log.add_user("site-form")
        record(log, "2011-12-30T09:59:59Z")
        record(log, "2011-12-30T10:00:00Z")

        closed = [log.snapshot(f"2011-12-{n}").metrics for n in (29, 30, 31)]

    assert [metrics["attempts"] for metrics in closed] == [1, 0, 1]
    assert [len(metrics["by_hour"]) for metrics in closed] == [24, 0, 24]


def test_what_comes_late_counts_for_the_current_date(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    tomorrow()
    log.snapshot(DATE)
    before = stored(log, DATE)

    receipt = record(log, f"{DATE}T15:00:00Z")

    assert receipt.log_date == NEXT
    assert stored(log, DATE) == before
    running = log.snapshot(NEXT).metrics
    assert running["late"] == [{"for_date": DATE, "attempts": 1}]
    assert (running["attempts"], running["outside"]) == (1, 1)


def test_a_closed_date_names_what_came_late_for_it(
    log: leadlog.Leadlog, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    tomorrow()
    log.snapshot(DATE)
    record(log, f"{DATE}T15:00:00Z")
    record(log, f"{DATE}T16:00:00Z")
    clock.set("2026-03-12T12:00:00Z")
    record(log, f"{DATE}T17:00:00Z")

    closed = log.snapshot(DATE)

    assert closed.arrived_late == ((NEXT, 2), ("2026-03-12", 1))
    assert closed.metrics["attempts"] == 0


def test_what_comes_late_for_an_open_date_counts_for_that(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    tomorrow()

    record(log, f"{DATE}T15:00:00Z")

    closed = log.snapshot(DATE)
    assert (closed.metrics["attempts"], closed.metrics["late"]) == (1, [])
    assert closed.arrived_late == ()


def test_a_clock_set_back_onto_a_closed_date_adds_nothing_to_it(
    log: leadlog.Leadlog, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()
    log.snapshot(DATE)
    before = stored(log, DATE)
    clock.set(f"{DATE}T18:00:00Z")

    receipt = submit(log, "bob@example.org")

    assert receipt.log_date == NEXT
    assert stored(log, DATE) == before
    assert log.snapshot(DATE).is_final
    assert computed_again(log, DATE) == before.metrics


def test_a_clock_set_back_passes_over_several_closed_dates(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    clock.set("2026-03-13T12:00:00Z")
    for date in (DATE, NEXT, "2026-03-12"):
        log.snapshot(date)
    clock.set(f"{DATE}T18:00:00Z")

    assert submit(log).log_date == "2026-03-13"


def test_a_correction_made_before_closing_counts(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()
    log.correct(1, "failure", category="upstream", reason="the CRM lost it")

    metrics = log.snapshot(DATE).metrics

    assert (metrics["successes"], metrics["failures"], metrics["leads"]) == (0, 1, 0)
    assert metrics["failures_by_category"]["upstream"] == 1
    assert metrics["last_correction"] == 1
    assert metrics["corrections"] == []


def test_the_newest_correction_counts(log: leadlog.Leadlog, tomorrow: Callable[[], None]) -> None:
    submit(log)
    log.correct(1, "failure", category="upstream", reason="the CRM lost it")
    log.correct(1, "failure", category="timeout", reason="no, it never answered")
    log.correct(1, "success", reason="no, it is there")
    tomorrow()

    metrics = log.snapshot(DATE).metrics

    assert (metrics["successes"], metrics["leads"]) == (1, 1)
    assert sum(metrics["failures_by_category"].values()) == 0


def test_a_correction_made_after_closing_leaves_the_date_alone(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()
    log.snapshot(DATE)
    before = stored(log, DATE)

    log.correct(1, "failure", category="upstream", reason="the CRM lost it")

    assert stored(log, DATE) == before
    assert log.snapshot(DATE).metrics["successes"] == 1
    assert log.snapshot(NEXT).metrics["corrections"] == [
        {"for_date": DATE, "from": "success", "to": "upstream", "attempts": 1}
    ]


def test_a_correction_made_on_the_attempts_own_date_counts_and_is_listed(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    log.correct(1, "failure", category="upstream", reason="the CRM lost it")
    tomorrow()

    metrics = log.snapshot(DATE).metrics

    assert metrics["failures"] == 1
    assert metrics["corrections"] == [
        {"for_date": DATE, "from": "success", "to": "upstream", "attempts": 1}
    ]


def test_a_correction_says_what_stood_before_it(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    record(log, f"{DATE}T11:00:00Z", outcome="failure", category="timeout")
    log.correct(1, "failure", category="upstream", reason="the CRM said so")
    log.correct(1, "success", reason="it is there")
    tomorrow()

    corrections = log.snapshot(DATE).metrics["corrections"]

    assert [(entry["from"], entry["to"]) for entry in corrections] == [
        ("timeout", "upstream"),
        ("upstream", "success"),
    ]


def test_the_digest_covers_the_attempts_and_then_their_corrections(
    log: leadlog.Leadlog, database: Path, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    submit(log, "bob@example.org")
    tomorrow()
    submit(log, "eve@example.org")
    for attempt in (2, 3, 1):
        log.correct(attempt, "failure", reason="spam")

    digest = log.snapshot(DATE).metrics["log_digest"]

    attempts = [row[-1] for row in rows.content(database, tables.ATTEMPTS)]
    corrections = [row[-1] for row in rows.content(database, tables.CORRECTIONS)]
    by_hand = [attempts[0], attempts[1], corrections[0], corrections[2]]
    assert digest == hashlib.sha256("".join(map(str, by_hand)).encode()).hexdigest()


def busy_day(log: leadlog.Leadlog, clock: FakeClock) -> None:
    """A date with successes, failures, late ones and corrections."""
    log.snapshot("2026-03-09")
    record(log, "2026-03-09T11:00:00Z", duration_ms=12)
    submit(log)
    submit(log)
    clock.advance(60)
    log.submit(user="nobody", name="Ada")
    record(log, f"{DATE}T08:15:00Z", outcome="failure", category="timeout", duration_ms=900)
    submit(log, "bob@example.org")
    log.correct(5, "success", reason="it is there")
    log.correct(2, "failure", category="upstream", reason="the CRM lost it")


def test_computing_again_gives_the_stored_bytes(
    log: leadlog.Leadlog, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    busy_day(log, clock)
    tomorrow()
    log.snapshot(DATE)

    assert computed_again(log, DATE) == stored(log, DATE).metrics


def test_computing_again_later_gives_the_stored_bytes(
    log: leadlog.Leadlog, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    busy_day(log, clock)
    tomorrow()
    log.snapshot(DATE)

    submit(log, "more@example.org")
    record(log, f"{DATE}T09:00:00Z")
    log.correct(6, "failure", reason="spam")
    log.correct(2, "success", reason="no, it is there")
    log.add_user("another")

    assert computed_again(log, DATE) == stored(log, DATE).metrics


def test_computing_again_after_the_zones_rules_changed_gives_the_stored_bytes(
    database: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with leadlog.open(database, create=True, clock=clock, timezone="Europe/Berlin") as log:
        log.add_user("site-form")
        busy_day(log, clock)
        clock.set(f"{NEXT}T12:00:00Z")
        closed = log.snapshot(DATE)

    def moved(zone: Zone, date: str) -> Day:
        return Day(
            date, zone.name, "2026-03-09T21:00:00.000000Z", "2026-03-10T21:00:00.000000Z", ()
        )

    monkeypatch.setattr(days, "day_in", moved)
    monkeypatch.setattr(Zone, "bounds", lambda *_: (0, 1))

    with leadlog.open(database, clock=clock) as log:
        assert log.snapshot(DATE) == closed
        assert computed_again(log, DATE) == stored(log, DATE).metrics
        assert log.trace(DATE, "/by_hour/13/attempts").value == 4


def test_computing_again_uses_the_thresholds_of_then(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    busy_day(log, clock)
    tomorrow()
    log.snapshot(DATE)
    connection = rows.connect(database)
    rows.append(connection, tables.SETTINGS, (rows.AT, closing.BURST_SETTING, "1"))
    connection.close()

    with leadlog.open(database, clock=clock) as again:
        assert computed_again(again, DATE) == stored(again, DATE).metrics
        assert again.snapshot(NEXT).metrics["thresholds"] == {closing.BURST_SETTING: 1}


def test_computing_again_shows_a_row_that_was_changed(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    busy_day(log, clock)
    tomorrow()
    log.snapshot(DATE)
    connection = rows.connect(database)
    connection.execute("DROP TRIGGER lead_submission_logs_no_update")
    connection.execute("UPDATE lead_submission_logs SET source = 'other' WHERE id = 2")
    connection.close()

    assert computed_again(log, DATE) != stored(log, DATE).metrics


class InterruptedStore(SqliteStore):
    """A store in which something happens between the reading and the writing of a closing."""

    def __init__(
        self, path: Path, clock: FakeClock, events: Sequence[Callable[[], object]]
    ) -> None:
        super().__init__(str(path), clock, 1.0)
        self.events = iter(events)
        self.writes = 0

    def write(
        self,
        work: Callable[[Transaction], T],
        *,
        more_follows: bool = False,
        stopped: Callable[[], bool] | None = None,
    ) -> T:
        next(self.events, lambda: None)()
        self.writes += 1
        return super().write(work, more_follows=more_follows, stopped=stopped)


def closed_amid(
    database: Path, clock: FakeClock, *events: Callable[[], object]
) -> tuple[closing.Snapshot, int]:
    """Close DATE while `events` happen, one before each write; return how often it was tried."""
    store = InterruptedStore(database, clock, events)
    try:
        return closing.snapshot(store, Zone("UTC"), DATE), store.writes
    finally:
        store.close()


def test_an_attempt_that_comes_while_closing_is_counted(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()

    snapshot, tries = closed_amid(
        database,
        clock,
        lambda: record(log, f"{DATE}T15:00:00Z"),
        lambda: record(log, f"{DATE}T16:00:00Z"),
    )

    assert (snapshot.metrics["attempts"], snapshot.metrics["last_attempt"], tries) == (3, 3, 3)
    assert computed_again(log, DATE) == stored(log, DATE).metrics


def test_a_correction_that_comes_while_closing_is_counted(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()

    snapshot, tries = closed_amid(database, clock, lambda: log.correct(1, "failure", reason="spam"))

    assert (snapshot.metrics["failures"], snapshot.metrics["last_correction"], tries) == (1, 1, 2)


def test_a_correction_made_on_the_date_while_it_is_closed_is_listed(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    record(log, "2026-03-08T15:00:00Z")
    tomorrow()

    def corrected_with_a_slow_clock() -> None:
        clock.set(f"{DATE}T23:59:59Z")
        log.correct(1, "failure", reason="spam")
        tomorrow()

    snapshot, tries = closed_amid(database, clock, corrected_with_a_slow_clock)

    assert [entry["for_date"] for entry in snapshot.metrics["corrections"]] == ["2026-03-08"]
    assert tries == 2


def test_what_comes_for_other_dates_while_closing_disturbs_nothing(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    record(log, "2026-03-08T15:00:00Z")
    tomorrow()

    def elsewhere() -> None:
        submit(log)
        record(log, "2026-03-08T15:00:00Z")
        log.correct(1, "failure", reason="spam")

    snapshot, tries = closed_amid(database, clock, elsewhere)

    assert (snapshot.metrics["attempts"], snapshot.metrics["last_correction"], tries) == (0, 0, 1)
    assert computed_again(log, DATE) == stored(log, DATE).metrics


def test_whoever_is_second_to_close_a_date_gets_what_is_stored(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()

    snapshot, tries = closed_amid(database, clock, lambda: log.snapshot(DATE))

    assert snapshot == log.snapshot(DATE)
    assert (len(kept(database)), tries) == (1, 1)


def test_a_clock_set_back_while_closing_closes_no_running_date(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()

    def set_back() -> None:
        record(log, f"{DATE}T15:00:00Z")
        clock.set(f"{DATE}T18:00:00Z")

    snapshot, _ = closed_amid(database, clock, set_back)

    assert not snapshot.is_final
    assert kept(database) == []


def test_closed_dates_are_chained_and_append_only(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, tomorrow: Callable[[], None]
) -> None:
    busy_day(log, clock)
    tomorrow()
    log.snapshot(DATE)
    log.snapshot("2026-03-08")

    assert [row[2] for row in kept(database)] == ["2026-03-09", DATE, "2026-03-08"]
    assert rows.unsound(database) == []


def test_the_median_is_of_the_closed_dates_before_that_had_attempts(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    outcomes = {"07": "sf", "08": "", "09": "s", "10": "sfff"}
    for number, given in outcomes.items():
        for letter in given:
            outcome = {"s": "success", "f": "failure"}[letter]
            record(log, f"2026-03-{number}T09:00:00Z", outcome=outcome)
    clock.set("2026-03-12T12:00:00Z")
    for number in outcomes:
        log.snapshot(f"2026-03-{number}")

    assert log.median_success_rate("2026-03-07") is None
    assert log.median_success_rate("2026-03-09") == 0.5
    assert log.median_success_rate("2026-03-10") == 0.75
    assert log.median_success_rate("2026-03-11") == 0.5
    assert log.median_success_rate("2026-03-11", days_back=2) == 0.625


def test_a_date_that_was_never_closed_has_nothing_to_trace(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()

    with pytest.raises(LeadlogError) as caught:
        log.trace(DATE, "/attempts")

    assert caught.value.kind == "not_found"
    assert caught.value.hint == f"Close it with: leadlog snapshot --date {DATE}"


def test_a_closed_date_is_traced_as_it_was_closed(
    log: leadlog.Leadlog, tomorrow: Callable[[], None]
) -> None:
    submit(log)
    tomorrow()
    log.snapshot(DATE)
    log.correct(1, "failure", reason="spam")

    assert log.trace(DATE, "/successes").attempts == (1,)
    assert log.trace(DATE, "/failures").attempts == ()


@pytest.mark.parametrize(
    "pointer",
    [
        *("", "attempts", "/", "/nothing", "/date", "/thresholds", "/late/0", "/attempts/0"),
        *("/by_hour", "/by_hour/0", "/by_hour/0/hour", "/by_hour/24/attempts"),
        *("/by_hour/00/attempts", "/by_hour/-1/attempts", "/by_hour/\u0661/attempts"),
        f"/by_hour/{'9' * 5000}",
    ],
)
def test_a_pointer_to_no_figure_is_refused(log: leadlog.Leadlog, pointer: str) -> None:
    submit(log)

    with pytest.raises(LeadlogError) as caught:
        log.trace(DATE, pointer)

    assert caught.value.kind == "usage"


@pytest.fixture(scope="module")
def two_weeks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[leadlog.Leadlog]:
    """The sample, recorded into a fresh log."""
    database = tmp_path_factory.mktemp("two-weeks") / "leads.db"
    clock = FakeClock("2025-11-20T12:00:00Z")
    with leadlog.open(
        database, create=True, clock=clock, timezone="Europe/Berlin", limit=Limit(100, 60)
    ) as log:
        for line in TWO_WEEKS.read_text(encoding="utf-8").splitlines():
            log.record(json.loads(line), create_users=True)
        yield log


def given_on(date: str) -> list[dict[str, Any]]:
    lines = TWO_WEEKS.read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["occurred_at"][:10] == date]


def counted(given: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    attempts = Counter(line.get(key) for line in given)
    successes = Counter(line.get(key) for line in given if line["outcome"] == "success")
    order = sorted(attempts, key=lambda name: (-attempts[name], name is not None, name or ""))
    return [
        {
            "name": name,
            "attempts": attempts[name],
            "successes": successes[name],
            "failures": attempts[name] - successes[name],
            "success_rate": round(successes[name] / attempts[name], 6),
        }
        for name in order
    ]


FORTNIGHT = [f"2025-11-{number:02}" for number in range(3, 17)]


@pytest.mark.parametrize("date", FORTNIGHT)
def test_the_samples_figures_are_those_counted_otherwise(
    two_weeks: leadlog.Leadlog, date: str
) -> None:
    given = given_on(date)
    categories = Counter(line.get("category") for line in given)
    kinds = Counter((line.get("category"), line.get("code")) for line in given)
    moments = [datetime.fromisoformat(line["occurred_at"]) for line in given]
    per_minute = Counter(moment.replace(second=0) for moment in moments)
    busiest = min(per_minute, key=lambda minute: (-per_minute[minute], minute))
    durations = sorted(line["duration_ms"] for line in given if "duration_ms" in line)

    metrics = two_weeks.snapshot(date).metrics

    del categories[None], kinds[None, None]
    successes = sum(line["outcome"] == "success" for line in given)
    assert metrics["attempts"] == len(given)
    assert metrics["successes"] == metrics["leads"] == successes
    assert metrics["success_rate"] == round(successes / len(given), 6)
    assert metrics["users"] == len({line["user"] for line in given})
    assert metrics["failures_by_category"] == dict.fromkeys(CATEGORIES, 0) | categories
    found = {(e["category"], e["code"]): e["attempts"] for e in metrics["failures_by_code"]}
    assert found == kinds
    for key in ("source", "page", "user"):
        assert metrics[f"by_{key}"] == counted(given, key)
    per_hour = Counter(moment.hour for moment in moments)
    assert [entry["attempts"] for entry in metrics["by_hour"]] == [per_hour[n] for n in range(24)]
    assert metrics["peak_minute"]["attempts"] == per_minute[busiest]
    starts = datetime.fromisoformat(metrics["peak_minute"]["starts_at"])
    assert starts == busiest.astimezone(starts.tzinfo)
    assert metrics["burst_minutes"] == sum(count >= 20 for count in per_minute.values())
    assert metrics["duration_ms"]["count"] == len(durations)
    for percent in (50, 95, 99):
        place = nearest_rank(len(durations), percent)
        expected = durations[place] if durations else None
        assert metrics["duration_ms"][f"p{percent}"] == expected
    assert metrics["outside"] == 0


def test_the_samples_dates_hold_all_its_attempts(two_weeks: leadlog.Leadlog) -> None:
    closed = [two_weeks.snapshot(date).metrics["attempts"] for date in FORTNIGHT]

    assert sum(closed) == len(TWO_WEEKS.read_text(encoding="utf-8").splitlines())
    day_before = datetime.fromisoformat(FORTNIGHT[0]) - timedelta(days=1)
    assert two_weeks.snapshot(day_before.date().isoformat()).metrics["attempts"] == 0
