"""What every store must do for days that are closed, corrected, erased, explained and replayed."""

from typing import Any

import engines
import pytest
from engines import ALIKE_KEY, AT, DAY, FAILURE, KEY, SUCCESS, Engine, append

import leadlog
from leadlog.chain import Head
from leadlog.closing import SnapshotRow
from leadlog.corrections import CorrectionRow, Standing
from leadlog.erasure import ErasureRow, Place, Target
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.model import Failure
from leadlog.replay import Change
from leadlog.report_rows import ReportRow, RunRow
from leadlog.repository import Store, Transaction
from leadlog.rows import AttemptRow
from leadlog.snapshot import Facts, Row

engine, store = engines.engine, engines.store

BEFORE, NEXT = "2026-03-09", "2026-03-11"
HASH = "0" * 64
CLOSED = SnapshotRow(
    snapshot_date=DAY,
    starts_at="2026-03-10T00:00:00.000000Z",
    ends_at="2026-03-11T00:00:00.000000Z",
    attempts=3,
    successes=2,
    failures=1,
    metrics='{"attempts":3}',
    sha256=HASH,
    log_digest=HASH,
    last_log_id=3,
    last_correction_id=0,
    tzdata_version="2026a",
)
REPORT = ReportRow(
    report_date=DAY,
    version=1,
    provisional=0,
    inputs='{"snapshot":{}}',
    snapshot_sha256=HASH,
    engine="builtin",
    model=None,
    parameters=None,
    prompt=None,
    reply=None,
    analysis="{}",
    withheld="[]",
    tokens=None,
    cost=None,
    duration_ms=5,
)
STARTED = RunRow("1", DAY, "builtin", None, "started", '{"timeout_seconds":1}')


def close(store: Store, *days: str) -> None:
    for day in days:
        store.write(lambda tx, day=day: tx.append_snapshot(AT, CLOSED._replace(snapshot_date=day)))  # type: ignore[misc]


def correct(store: Store, attempt: int, outcome: str = "failure", log_date: str = DAY) -> Head:
    row = CorrectionRow(
        AT, attempt, outcome, "rejected", "out_of_region", None, "said so", "why", log_date
    )
    if outcome == "success":
        row = row._replace(failure_category=None, failure_code=None, failure_message=None)
    return store.write(lambda tx: tx.append_correction(row))


def erase(store: Store, target: Target, last_id: int) -> None:
    row = ErasureRow(AT, *target, last_id, 1, "asked for", DAY)
    ids = [place.log_id for place in left(store, target, last_id)]

    def work(tx: Transaction) -> None:
        tx.append_erasure(row)
        tx.erase_contacts(ids)

    store.write(work)


def left(store: Store, target: Target, last_id: int, most: int = 9) -> list[Place]:
    return store.read(lambda reader: reader.contacts_left(target, last_id, Place(), most))


def contacts(store: Store) -> dict[int, dict[str, Any] | None]:
    found = store.read(lambda reader: reader.attempts(leadlog.Filter(), newest_first=False))
    details = [store.read(lambda reader, id_=one.attempt: reader.attempt(id_)) for one in found]  # type: ignore[misc]
    return {detail.attempt: detail.contact for detail in details if detail is not None}


# Closing


def test_an_open_date_has_no_snapshot(store: Store) -> None:
    assert store.read(lambda reader: reader.snapshot_row(DAY)) is None
    assert store.write(lambda tx: tx.is_closed(DAY)) is False


def test_a_snapshot_is_found_by_its_date_as_it_was_given(store: Store) -> None:
    close(store, DAY)

    assert store.read(lambda reader: reader.snapshot_row(DAY)) == CLOSED
    assert store.write(lambda tx: tx.is_closed(DAY)) is True
    assert store.write(lambda tx: tx.is_closed(NEXT)) is False


def test_a_date_is_closed_once(store: Store) -> None:
    close(store, DAY)

    with pytest.raises(LeadlogError) as caught:
        close(store, DAY)

    assert caught.value.kind == "unusable"


def test_a_date_is_closed_for_the_rest_of_its_transaction(store: Store) -> None:
    def work(tx: Transaction) -> tuple[str, str]:
        before = tx.first_open_date(DAY)
        tx.append_snapshot(AT, CLOSED)
        return before, tx.first_open_date(DAY)

    assert store.write(work) == (DAY, NEXT)


@pytest.mark.parametrize(
    ("newest_first", "most", "found"),
    [
        (False, None, ["2026-03-02", "2026-03-03", "2026-03-05"]),
        (True, None, ["2026-03-05", "2026-03-03", "2026-03-02"]),
        (False, 2, ["2026-03-02", "2026-03-03"]),
        (True, 2, ["2026-03-05", "2026-03-03"]),
    ],
)
def test_closed_dates_of_a_range_come_in_order_and_not_too_many(
    store: Store, newest_first: bool, most: int | None, found: list[str]
) -> None:
    close(store, "2026-03-03", "2026-03-01", "2026-03-05", "2026-03-02", "2026-03-06")

    dates = store.read(
        lambda reader: reader.closed_dates(
            "2026-03-02", "2026-03-05", newest_first=newest_first, most=most
        )
    )

    assert dates == found


def test_the_snapshots_before_a_date_are_the_nearest_ones(store: Store) -> None:
    close(store, "2026-03-03", "2026-03-01", "2026-03-05", "2026-03-02")

    found = store.read(lambda reader: reader.snapshots_before("2026-03-05", 2))

    assert [row.snapshot_date for row in found] == ["2026-03-03", "2026-03-02"]


def grown(store: Store, day: str, last_log_id: int, last_correction_id: int) -> bool:
    return store.write(lambda tx: tx.has_grown(day, last_log_id, last_correction_id))


def test_a_date_grows_by_its_own_attempts_only(store: Store) -> None:
    store.write(append(SUCCESS))
    store.write(append(FAILURE._replace(log_date=NEXT)))

    assert [grown(store, DAY, last, 0) for last in (0, 1, 2)] == [True, False, False]
    assert [grown(store, NEXT, last, 0) for last in (1, 2)] == [True, False]


def test_a_date_grows_by_corrections_of_its_attempts_and_by_those_made_on_it(
    store: Store,
) -> None:
    store.write(append(SUCCESS))
    correct(store, 1, log_date=NEXT)

    assert [grown(store, DAY, 1, last) for last in (0, 1)] == [True, False]
    assert [grown(store, NEXT, 1, last) for last in (0, 1)] == [True, False]
    assert grown(store, BEFORE, 1, 0) is False


def test_what_came_too_late_for_a_date_is_counted_by_the_date_it_counts_for(store: Store) -> None:
    for day, late_for in ((DAY, BEFORE), (NEXT, BEFORE), (NEXT, BEFORE), (NEXT, DAY), (DAY, None)):
        store.write(append(FAILURE._replace(log_date=day, late_for=late_for)))

    assert store.read(lambda reader: reader.arrived_late(BEFORE)) == [(DAY, 1), (NEXT, 2)]


def test_the_newest_dates_are_those_of_attempts_newest_first(store: Store) -> None:
    for day in (BEFORE, NEXT, DAY, NEXT):
        store.write(append(FAILURE._replace(log_date=day)))

    assert store.read(lambda reader: reader.newest_dates(2)) == [NEXT, DAY]
    assert store.read(lambda reader: reader.newest_dates(9)) == [NEXT, DAY, BEFORE]


# A day's figures


def day_rows(store: Store, last_log_id: int = 9, last_correction_id: int = 9) -> list[Row]:
    def question(reader: leadlog.repository.Reader) -> list[Row]:
        batches = reader.day_rows(DAY, last_log_id, last_correction_id)
        return [Row._make(row) for batch in batches for row in batch]

    return store.read(question)


def test_a_days_row_holds_what_its_figures_are_made_of(store: Store) -> None:
    given = FAILURE._replace(duration_ms=7, late_for=BEFORE)
    appended = store.write(append(given))

    assert day_rows(store) == [
        Row(
            *(appended.id, 2, "cli", "/pricing", "failure", "failure"),
            *("validation", "missing_name", "2026-03-10T12:00", 7, BEFORE, appended.hash),
        )
    ]


def test_a_days_rows_are_those_of_the_date_by_id(store: Store) -> None:
    for day in (DAY, NEXT, DAY, BEFORE, DAY):
        store.write(append(FAILURE._replace(log_date=day)))

    assert [row.id for row in day_rows(store)] == [1, 3, 5]
    assert [row.id for row in day_rows(store, last_log_id=4)] == [1, 3]


def test_a_days_rows_stand_as_the_newest_correction_that_counts_says(store: Store) -> None:
    store.write(append(SUCCESS))
    correct(store, 1)
    correct(store, 1, "success")

    outcomes = [day_rows(store, last_correction_id=last)[0][4:8] for last in (0, 1, 2)]

    assert outcomes == [
        ("success", "success", None, None),
        ("success", "failure", "rejected", "out_of_region"),
        ("success", "success", None, None),
    ]


def test_a_days_facts_are_its_corrections_and_the_users(store: Store) -> None:
    store.write(append(SUCCESS))
    store.write(append(SUCCESS._replace(log_date=BEFORE)))
    of_the_day = correct(store, 1, log_date=NEXT)
    correct(store, 2, log_date=DAY)
    correct(store, 2, "success", log_date=DAY)

    facts = store.read(lambda reader: reader.day_facts(DAY, 2, 3, 20))

    made_on_the_day = [(BEFORE, "success", "rejected", 2), (BEFORE, "rejected", "success", 2)]
    handles = {1: "unknown", 2: "site-form"}
    assert facts == Facts(handles, made_on_the_day, [of_the_day.hash], 3, 20)


def test_a_days_facts_leave_out_what_is_newer(store: Store) -> None:
    store.write(append(SUCCESS))
    correct(store, 1)

    facts = store.read(lambda reader: reader.day_facts(DAY, 1, 0, 20))

    assert (facts.corrections, facts.correction_hashes, facts.last_correction) == ([], [], 0)


# Corrections


def test_an_attempt_that_was_never_corrected_stands_as_it_was_logged(store: Store) -> None:
    appended = store.write(append(SUCCESS))

    standing = store.write(lambda tx: tx.find_standing(appended.id))

    assert standing == Standing("success", None, appended.lead_id, '{"name":"Ada"}')
    assert store.write(lambda tx: tx.find_standing(2)) is None


def test_an_attempt_stands_as_its_newest_correction_says(store: Store) -> None:
    store.write(append(SUCCESS))
    correct(store, 1, "success")
    correct(store, 1)

    standing = store.write(lambda tx: tx.find_standing(1))

    failure = Failure("rejected", "out_of_region", "said so", None)
    assert standing is not None
    assert standing[:3] == ("failure", failure, 1)


def test_an_attempt_is_found_with_its_corrections_and_as_it_was_logged(store: Store) -> None:
    store.write(append(SUCCESS))
    head = correct(store, 1)

    found = store.read(lambda reader: reader.attempt(1))

    assert found is not None
    assert (found.outcome, found.logged.outcome) == ("failure", "success")
    assert [(one.correction, one.hash) for one in found.corrections] == [head]


def test_a_success_that_is_corrected_to_a_failure_revokes_its_lead(store: Store) -> None:
    store.write(append(SUCCESS))
    correct(store, 1)

    leads = store.read(lambda reader: reader.leads(leadlog.Filter(), newest_first=False))

    assert [(lead.lead, lead.revoked) for lead in leads] == [(1, True)]
    assert store.write(lambda tx: tx.find_originals(2, KEY, "/pricing")) in ([], ())


def test_corrections_have_dense_ids(store: Store) -> None:
    store.write(append(SUCCESS))
    assert store.read(lambda reader: reader.last_correction_id()) == 0

    ids = [correct(store, 1, outcome).id for outcome in ("failure", "success", "failure")]

    assert ids == [1, 2, 3]
    assert store.read(lambda reader: reader.last_correction_id()) == 3


def test_nothing_can_be_corrected_on_a_closed_date(store: Store) -> None:
    store.write(append(SUCCESS))
    close(store, DAY)

    with pytest.raises(LeadlogError) as caught:
        correct(store, 1)

    assert caught.value.kind == "unusable"
    assert store.read(lambda reader: reader.last_correction_id()) == 0


# Erasures


@pytest.fixture
def four(store: Store) -> Store:
    """Four attempts: two of one person, the first on the date before, then of nobody, of both."""
    store.write(append(FAILURE._replace(log_date=BEFORE)))
    store.write(append(FAILURE, None))
    store.write(append(FAILURE))
    store.write(append(FAILURE, ALIKE_KEY))
    return store


@pytest.mark.parametrize(
    ("target", "ids"),
    [
        (Target(contact_key=KEY), [1, 3]),
        (Target(log_id=2), [2]),
        (Target(before_date=DAY), [1]),
    ],
    ids=["a person", "an attempt", "before a date"],
)
def test_an_erasure_erases_its_targets_and_nothing_else(
    four: Store, target: Target, ids: list[int]
) -> None:
    assert four.read(lambda reader: reader.count_contacts(target, 4)) == len(ids)

    erase(four, target, 4)

    assert [id_ for id_, contact in contacts(four).items() if contact is None] == ids
    assert four.read(lambda reader: reader.count_contacts(target, 4)) == 0


def test_an_erasure_reaches_up_to_its_last_attempt(four: Store) -> None:
    erase(four, Target(contact_key=KEY), 2)

    assert [id_ for id_, contact in contacts(four).items() if contact is None] == [1]


def test_no_contact_is_erased_that_no_erasure_covers(four: Store) -> None:
    with pytest.raises(LeadlogError) as caught:
        four.write(lambda tx: tx.erase_contacts([2]))

    assert caught.value.kind == "unusable"
    assert None not in contacts(four).values()


def test_what_a_targets_contacts_hold_is_read_before_it_is_erased(four: Store) -> None:
    target = Target(contact_key=KEY)

    assert four.read(lambda reader: reader.contact_payloads(target, 4, 9)) == ['{"name":"Ada"}'] * 2
    assert len(four.read(lambda reader: reader.contact_payloads(target, 4, 1))) == 1
    erase(four, target, 4)
    assert four.read(lambda reader: reader.contact_payloads(target, 4, 9)) == []


def test_a_targets_contacts_are_found_with_whose_and_when_they_are(four: Store) -> None:
    found = four.read(lambda reader: reader.find_contacts(Target(contact_key=KEY), [2], 4))
    assert found == (3, 0, (("site-form", 3),), BEFORE, DAY)

    erase(four, Target(log_id=1), 4)

    found = four.read(lambda reader: reader.find_contacts(Target(contact_key=KEY), [2], 4))
    assert found == (2, 1, (("site-form", 2),), DAY, DAY)


def test_what_is_left_of_a_target_is_found_part_by_part(four: Store) -> None:
    target = Target(contact_key=KEY)

    (first,) = left(four, target, 4, most=1)
    (second,) = four.read(lambda reader: reader.contacts_left(target, 4, first, 9))

    assert [first.log_id, second.log_id] == [1, 3]


def test_an_erasure_that_was_recorded_only_is_unfinished(four: Store) -> None:
    target = Target(contact_key=KEY)
    row = ErasureRow(AT, *target, 4, 2, "asked for", DAY)
    four.write(lambda tx: tx.append_erasure(row))
    assert four.read(lambda reader: reader.unfinished_erasures()) == [(target, 4)]

    four.write(lambda tx: tx.erase_contacts([1, 3]))

    assert four.read(lambda reader: reader.unfinished_erasures()) == []


def test_nothing_that_was_erased_is_left_where_nobody_reads(four: Store) -> None:
    erase(four, Target(contact_key=KEY), 4)

    assert four.purge() is True


def test_a_duplicate_of_an_erased_person_is_still_found(store: Store) -> None:
    appended = store.write(append(SUCCESS))
    erase(store, Target(contact_key=KEY), 1)

    found = store.write(lambda tx: tx.find_originals(2, KEY, "/pricing"))

    assert [(one.log_id, one.payload) for one in found] == [(appended.id, None)]


# Reports


def write_report(store: Store, **changed: Any) -> int:
    return store.write(lambda tx: tx.append_report(AT, REPORT._replace(**changed)))


def test_a_report_is_found_by_its_id_as_it_was_given(store: Store) -> None:
    id_ = write_report(store)

    assert store.read(lambda reader: reader.report(id_)) == (id_, AT, REPORT)
    assert store.read(lambda reader: reader.report(id_ + 1)) is None


def test_the_latest_report_of_a_date_is_its_newest_version(store: Store) -> None:
    write_report(store)
    newest = write_report(store, version=2)
    write_report(store, report_date=NEXT)

    found = store.read(lambda reader: reader.latest_report(DAY))

    assert found is not None
    assert (found.id, found.row.version) == (newest, 2)
    assert store.read(lambda reader: reader.latest_report(BEFORE)) is None


def test_versions_are_counted_by_date(store: Store) -> None:
    write_report(store)
    write_report(store, version=2)

    versions = store.write(lambda tx: (tx.last_report_version(DAY), tx.last_report_version(NEXT)))

    assert versions == (2, 0)


def test_a_version_of_a_dates_report_is_written_once(store: Store) -> None:
    write_report(store)

    with pytest.raises(LeadlogError) as caught:
        write_report(store)

    assert caught.value.kind == "unusable"


@pytest.mark.parametrize(
    ("day", "newest_first", "most", "found"),
    [
        (None, False, None, [1, 2, 3]),
        (None, True, None, [3, 2, 1]),
        (None, False, 2, [1, 2]),
        (None, True, 2, [3, 2]),
        (NEXT, False, None, [1, 3]),
        (NEXT, True, 1, [3]),
        (BEFORE, False, None, []),
    ],
)
def test_reports_of_a_date_or_all_come_in_order_and_not_too_many(
    store: Store, day: str | None, newest_first: bool, most: int | None, found: list[int]
) -> None:
    for report_date, version in ((NEXT, 1), (DAY, 1), (NEXT, 2)):
        write_report(store, report_date=report_date, version=version)

    ids = store.read(lambda reader: reader.report_ids(day, newest_first=newest_first, most=most))

    assert ids == found


def step(store: Store, **changed: Any) -> None:
    store.write(lambda tx: tx.append_run(AT, STARTED._replace(**changed)))


def test_every_try_has_an_id_of_its_own(store: Store) -> None:
    first = store.write(lambda tx: tx.next_run_id())
    step(store, run_id=first)

    assert store.write(lambda tx: tx.next_run_id()) != first


def test_a_step_of_a_try_is_found_as_it_was_given(store: Store) -> None:
    step(store)

    found = store.read(lambda reader: reader.runs(None, newest_first=False, most=None))

    assert found == [(1, AT, STARTED)]


@pytest.mark.parametrize(
    ("day", "newest_first", "most", "found"),
    [
        (None, False, None, [1, 4, 2, 3, 5]),
        (None, True, None, [5, 2, 3, 1, 4]),
        (None, False, 2, [1, 4, 2, 3]),
        (None, True, 2, [5, 2, 3]),
        (DAY, False, 1, [1, 4]),
        (DAY, True, 1, [5]),
        (NEXT, False, None, [2, 3]),
        (BEFORE, False, None, []),
    ],
)
def test_tries_of_a_date_or_all_come_step_by_step_and_not_too_many(
    store: Store, day: str | None, newest_first: bool, most: int | None, found: list[int]
) -> None:
    step(store, run_id="1")
    step(store, run_id="2", report_date=NEXT)
    step(store, run_id="2", report_date=NEXT, event="failed")
    step(store, run_id="1", event="succeeded")
    step(store, run_id="5")

    steps = store.read(lambda reader: reader.runs(day, newest_first=newest_first, most=most))

    assert [one.id for one in steps] == found


def test_a_try_is_open_until_its_last_step(store: Store) -> None:
    for run_id in ("1", "2", "3"):
        step(store, run_id=run_id)
    step(store, run_id="1", event="failed")
    step(store, run_id="2", event="abandoned")
    step(store, run_id="4", report_date=NEXT)

    assert [one.row.run_id for one in store.write(lambda tx: tx.open_runs(DAY))] == ["3"]


# Past limit decisions


def decided(user_id: int, logical_us: int, **changed: Any) -> AttemptRow:
    return SUCCESS._replace(user_id=user_id, logical_us=logical_us, **changed)


@pytest.fixture
def decisions(store: Store) -> Store:
    """Six attempts of the users 2 and 3 at 10, 20, … µs: the 3rd undecided, the 5th refused."""
    store.write(lambda tx: tx.append_user("partner", AT, DAY))
    store.write(lambda tx: tx.append_limit(3, Limit(1, 10), "slow", AT, DAY))
    undecided = {"admitted": 0, "policy_id": None, "used": None, "origin": "record"}
    refused = {"outcome": "failure", "failure_category": "rate_limited", "failure_code": "x"}
    for row in (
        decided(2, 10),
        decided(3, 20, policy_id=2),
        decided(2, 30, **undecided),
        decided(2, 40, log_date=NEXT),
        decided(3, 50, log_date=NEXT, policy_id=2, admitted=0, **refused),
        decided(2, 60, log_date=NEXT, **undecided),
    ):
        store.write(append(row))
    return store


def test_every_limit_change_is_read_oldest_first(decisions: Store) -> None:
    changes = decisions.read(lambda reader: reader.all_limit_changes())

    assert [change._replace(created_at="") for change in changes] == [
        Change(1, "", None, Limit(100, 60)),
        Change(2, "", 3, Limit(1, 10)),
    ]


@pytest.mark.parametrize(
    ("after_id", "last_id", "most", "ids"),
    [(0, 6, 9, [1, 2, 3, 4, 5, 6]), (2, 5, 9, [3, 4, 5]), (2, 6, 2, [3, 4]), (6, 6, 9, [])],
)
def test_logged_decisions_come_in_pages_of_all_attempts(
    decisions: Store, after_id: int, last_id: int, most: int, ids: list[int]
) -> None:
    page = decisions.read(lambda reader: reader.logged_decisions(after_id, last_id, most))

    assert [row.attempt for row in page] == ids


def test_a_logged_decision_comes_with_the_time_of_the_attempt_before(decisions: Store) -> None:
    first, _, _, _, refused = decisions.read(lambda reader: reader.logged_decisions(0, 5, 9))

    assert first[-2:] == (None, None)
    assert refused == (
        *(5, 3, "partner", "submit", NEXT, "rate_limited", AT, 50, 0, 2, 1),
        *(AT, 40),
    )


def test_limited_attempts_are_those_that_a_limit_was_asked_about(decisions: Store) -> None:
    everyones = decisions.read(lambda reader: reader.limited_attempts(0, 6, None, 9))
    own = decisions.read(lambda reader: reader.limited_attempts(0, 6, 3, 9))

    assert [row.attempt for row in everyones] == [1, 2, 4, 5]
    assert own == [(2, 3, DAY, 20, 1), (5, 3, NEXT, 50, 0)]


def test_limited_attempts_come_in_pages(decisions: Store) -> None:
    page = decisions.read(lambda reader: reader.limited_attempts(1, 6, None, 2))

    assert [row.attempt for row in page] == [2, 4]


def test_the_decisions_of_a_date_lie_between_two_attempts(decisions: Store) -> None:
    ends = [decisions.read(lambda reader, day=day: reader.decided_on(day)) for day in (DAY, NEXT)]  # type: ignore[misc]

    assert ends == [(1, 2), (4, 5)]
    assert decisions.read(lambda reader: reader.decided_on(BEFORE)) == (0, 0)


def test_the_fullest_window_of_each_user_and_limit_comes_with_the_first_to_find_it_so(
    decisions: Store,
) -> None:
    for row in (
        decided(2, 70, used=7),
        decided(3, 80, policy_id=2),
        decided(2, 90, used=7),
        decided(2, 100, used=2),
        decided(3, 110),
    ):
        decisions.write(append(row))

    uses = decisions.read(lambda reader: reader.limit_uses(DAY, 10))

    assert uses == [(2, 7, 100, 60, 7), (3, 1, 1, 10, 2)]
    assert decisions.read(lambda reader: reader.limit_uses(DAY, 11))[1:] == [
        (3, 1, 100, 60, 11),
        (3, 1, 1, 10, 2),
    ]
    assert decisions.read(lambda reader: reader.limit_uses(BEFORE, 11)) == []


@pytest.mark.parametrize(
    ("after_us", "until_us", "before_id", "count"),
    [(0, 99, 9, 2), (10, 99, 9, 1), (9, 39, 9, 1), (0, 40, 9, 2), (0, 99, 3, 1)],
)
def test_admitted_attempts_are_counted_in_a_stretch_of_logical_time(
    decisions: Store, after_us: int, until_us: int, before_id: int, count: int
) -> None:
    counted = decisions.read(lambda reader: reader.count_admitted(2, after_us, until_us, before_id))

    assert counted == count


@pytest.mark.parametrize(
    ("attempt_id", "admitted"),
    [(1, [1]), (2, [2]), (4, [1, 4]), (5, [2]), (6, [1, 4]), (8, [4]), (9, []), (10, [10])],
)
def test_a_window_holds_its_users_admitted_attempts_up_to_the_one_decided(
    decisions: Store, attempt_id: int, admitted: list[int]
) -> None:
    refused = {"outcome": "failure", "failure_category": "rate_limited", "failure_code": "x"}
    for logical_us in (60, 1_000_010, 1_000_040):
        row = decided(2, logical_us, log_date=NEXT, admitted=0, **refused)
        decisions.write(append(row))
    decisions.write(append(decided(2, 1_000_040, log_date=NEXT)))

    found = decisions.read(lambda reader: reader.admitted_at(attempt_id, 1))

    assert found == admitted


def test_the_policy_before_an_attempt_is_that_of_the_last_decision(decisions: Store) -> None:
    found = [
        decisions.read(lambda reader, id_=id_: reader.policy_before(id_))  # type: ignore[misc]
        for id_ in (1, 2, 3, 4, 5)
    ]

    assert found == [0, 1, 2, 2, 1]


def test_a_question_about_the_past_sees_what_another_store_wrote(
    store: Store, engine: Engine
) -> None:
    other = engine.open()

    close(other, DAY)

    other.close()
    assert store.write(lambda tx: tx.first_open_date(DAY)) == NEXT
    assert store.read(lambda reader: reader.snapshot_row(DAY)) == CLOSED
