"""What becomes of one attempt (the order of checks, the limit, time, requests, duplicates)."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

import leadlog
import leadlog.decision
from leadlog import tables
from leadlog.decision import elapsed
from leadlog.errors import LeadlogError
from leadlog.intake import prepare
from leadlog.limits import Limit
from leadlog.listings import AttemptDetail
from leadlog.model import Failure, RateLimit, Receipt

ADA: dict[str, Any] = {"user": "site-form", "name": "Ada Lovelace", "email": "ada@example.org"}
BOB: dict[str, Any] = {"user": "site-form", "name": "Bob Martin", "email": "bob@example.org"}
JOSE: dict[str, Any] = {
    "user": "site-form",
    "name": "Jos\u00e9 \u00c1lvarez",
    "email": "jose@example.org",
}


def person(number: int) -> dict[str, Any]:
    return {"user": "site-form", "name": f"P {number}", "email": f"p{number}@example.org"}


def kind(receipt: Receipt) -> tuple[str, str] | None:
    """Return a receipt's failure category and code, or None for a success."""
    return None if receipt.failure is None else (receipt.failure.category, receipt.failure.code)


def column(database: Path, attempt: int, name: str) -> Any:
    with closing(rows.connect(database)) as connection:
        query = f"SELECT {name} FROM lead_submission_logs WHERE id = ?"
        return connection.execute(query, (attempt,)).fetchone()[0]


@pytest.fixture
def tight(log: leadlog.Leadlog) -> leadlog.Leadlog:
    """The log, with a limit of two attempts in ten seconds for `site-form`."""
    log.set_limit("site-form", Limit(2, 10))
    return log


@pytest.fixture
def again(database: Path, clock: FakeClock, log: leadlog.Leadlog) -> Iterator[leadlog.Leadlog]:
    """The same database as `log`, opened a second time."""
    assert log.last_attempt_id() == 0
    with leadlog.open(database, clock=clock) as opened:
        yield opened


# Success


def test_a_good_record_is_a_success_with_a_lead(log: leadlog.Leadlog) -> None:
    receipt = log.submit(**ADA, page="/pricing", request_id="r-1")

    assert receipt == Receipt(
        attempt=1,
        outcome="success",
        lead=1,
        user="site-form",
        log_date="2026-03-10",
        created_at="2026-03-10T12:00:00.000000Z",
        request_id="r-1",
        replayed=False,
        failure=None,
        duplicate_of=None,
        rate_limit=RateLimit(100, 60, 1, 99, 0),
        hash=log.attempt(1).hash,
    )


def test_the_source_is_cli_unless_given(log: leadlog.Leadlog) -> None:
    log.submit(**ADA)
    log.submit(**BOB, source="fair")

    assert [log.attempt(id_).source for id_ in (1, 2)] == ["cli", "fair"]


def test_a_page_loses_its_query_and_fragment(log: leadlog.Leadlog) -> None:
    log.submit(**ADA, page="/pricing?email=ada@example.org#top")

    assert log.attempt(1).page == "/pricing"


# The order of checks


def test_the_user_is_looked_for_before_the_request_id(log: leadlog.Leadlog) -> None:
    log.submit(**ADA, request_id="r-1")

    receipt = log.submit(**{**BOB, "user": "nobody"}, request_id="r-1")

    assert kind(receipt) == ("unknown_user", "unknown_user")


def test_a_request_id_is_looked_up_before_the_limit(tight: leadlog.Leadlog) -> None:
    first = tight.submit(**ADA, request_id="r-1")
    tight.submit(**BOB)
    assert kind(tight.submit(**person(3))) == ("rate_limited", "limit_exceeded")

    replay = tight.submit(**ADA, request_id="r-1")
    conflict = tight.submit(**BOB, request_id="r-1")

    assert replay == first._replace(replayed=True)
    assert kind(conflict) == ("conflict", "request_id_reused")


def test_the_limit_is_asked_before_validation(tight: leadlog.Leadlog) -> None:
    tight.submit(**ADA)
    tight.submit(**BOB)

    receipt = tight.submit(user="site-form", name="", email="")

    assert kind(receipt) == ("rate_limited", "limit_exceeded")


def test_validation_comes_before_the_search_for_duplicates(log: leadlog.Leadlog) -> None:
    log.submit(**ADA)

    receipt = log.submit(**{**ADA, "name": ""})

    assert kind(receipt) == ("validation", "missing_name")


def test_a_malformed_record_is_malformed_whoever_sent_it(log: leadlog.Leadlog) -> None:
    from leadlog.parsing import parse_line

    item = prepare("submit", parse_line(b'{"user": "site-form", '), log._store.secret)

    decided = log._store.write(lambda tx: leadlog.decision.decide_attempt(tx, item, log.zone))

    assert kind(decided.receipt) == ("malformed", "invalid_json")
    assert decided.receipt.user == "unknown"
    assert decided.receipt.rate_limit is None


# Every failure of a submission is a row


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({**ADA, "name": None}, ("validation", "missing_name")),
        ({**ADA, "email": ""}, ("validation", "missing_email")),
        ({**ADA, "email": "ada"}, ("validation", "invalid_email")),
        ({**ADA, "user": "nobody"}, ("unknown_user", "unknown_user")),
        ({**ADA, "user": None}, ("unknown_user", "missing_user")),
        ({**ADA, "user": ""}, ("unknown_user", "missing_user")),
        ({**ADA, "user": "unknown"}, ("unknown_user", "unknown_user")),
        ({**ADA, "user": "sité"}, ("unknown_user", "unknown_user")),
        ({**ADA, "user": 7}, ("unknown_user", "unknown_user")),
        ({**ADA, "request_id": "not one"}, ("validation", "invalid_request_id")),
        ({**ADA, "colour": "red"}, ("validation", "unknown_key")),
    ],
)
def test_a_refused_submission_is_a_row(
    log: leadlog.Leadlog, record: dict[str, Any], expected: tuple[str, str]
) -> None:
    receipt = log.append("submit", record).receipt

    stored = log.attempt(receipt.attempt)
    assert kind(receipt) == expected
    assert (stored.outcome, stored.failure) == ("failure", receipt.failure)
    assert receipt.lead is None


def test_a_refused_submission_of_nobody_is_logged_under_the_reserved_user(
    log: leadlog.Leadlog,
) -> None:
    receipt = log.submit(**{**ADA, "user": "nobody"})

    assert (receipt.user, log.attempt(1).user) == ("unknown", "unknown")


def test_the_reserved_user_has_no_limit(database: Path, clock: FakeClock) -> None:
    with leadlog.open(database, create=True, clock=clock, limit=Limit(1, 60)) as log:
        receipts = [log.submit(**{**ADA, "user": "nobody"}) for _ in range(5)]

    assert {kind(receipt) for receipt in receipts} == {("unknown_user", "unknown_user")}
    assert {receipt.rate_limit for receipt in receipts} == {None}


def test_the_nearest_handle_is_suggested_for_an_unknown_one(log: leadlog.Leadlog) -> None:
    receipt = log.submit(**{**ADA, "user": "site-from"})

    assert receipt.failure is not None
    assert receipt.failure.message.endswith("did you mean site-form?")


def test_the_reserved_handle_is_never_suggested(log: leadlog.Leadlog) -> None:
    receipt = log.submit(**{**ADA, "user": "unknow"})

    assert receipt.failure is not None
    assert "unknown?" not in receipt.failure.message


def test_a_claimed_handle_is_kept_in_the_contact_only(log: leadlog.Leadlog, database: Path) -> None:
    claimed = "ada.private@example.org"

    log.submit(**{**ADA, "user": claimed})

    contact = log.attempt(1).contact
    assert contact is not None
    assert contact["user"] == claimed
    assert claimed not in repr(rows.content(database, tables.ATTEMPTS))


def test_a_registered_handle_is_not_repeated_in_the_contact(log: leadlog.Leadlog) -> None:
    log.submit(**ADA)

    contact = log.attempt(1).contact
    assert contact == {"name": "Ada Lovelace", "email": "ada@example.org"}


# Request ids


def test_a_retry_gets_the_same_receipt_and_adds_no_row(log: leadlog.Leadlog) -> None:
    first = log.submit(**ADA, request_id="r-1")
    log.submit(**BOB)

    second = log.submit(**ADA, request_id="r-1")

    assert second == first._replace(replayed=True)
    assert log.last_attempt_id() == 2


def test_a_retry_after_the_limit_changed_gets_the_limit_of_the_first(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    log.set_limit("site-form", Limit(2, 10))
    log.submit(**BOB)
    clock.advance(3)
    first = log.submit(**ADA, request_id="r-1")
    log.set_limit("site-form", Limit(50, 3600))
    clock.advance(100)

    second = log.submit(**ADA, request_id="r-1")

    assert first.rate_limit == RateLimit(2, 10, 2, 0, 7)
    assert second == first._replace(replayed=True)


def test_a_retry_of_a_duplicate_gets_the_duplicates_receipt(log: leadlog.Leadlog) -> None:
    log.submit(**ADA)
    first = log.submit(**ADA, request_id="r-1")

    second = log.submit(**ADA, request_id="r-1")

    assert kind(first) == ("duplicate", "duplicate_lead")
    assert second == first._replace(replayed=True)
    assert log.last_attempt_id() == 2


def test_a_retry_works_from_another_process_after_reopening(
    log: leadlog.Leadlog, again: leadlog.Leadlog
) -> None:
    first = log.submit(**ADA, request_id="r-1")

    second = again.submit(**ADA, request_id="r-1")

    assert second == first._replace(replayed=True)


def test_the_order_of_keys_does_not_make_another_request(log: leadlog.Leadlog) -> None:
    first = log.append("submit", {**ADA, "request_id": "r-1"}).receipt
    record = dict(reversed({**ADA, "request_id": "r-1"}.items()))

    second = log.append("submit", record).receipt

    assert second == first._replace(replayed=True)


def test_other_content_under_a_bound_id_is_a_conflict(log: leadlog.Leadlog) -> None:
    log.submit(**ADA, request_id="r-1")

    receipt = log.submit(**ADA, request_id="r-1", phone="1")

    assert kind(receipt) == ("conflict", "request_id_reused")
    assert receipt.failure is not None
    assert "attempt 1" in receipt.failure.message


def test_another_command_under_a_bound_id_is_a_conflict(log: leadlog.Leadlog) -> None:
    log.submit(**ADA, request_id="r-1")

    receipt = log.record({**ADA, "request_id": "r-1"})

    assert kind(receipt) == ("conflict", "request_id_reused")


def test_the_same_id_of_another_user_is_another_request(log: leadlog.Leadlog) -> None:
    log.add_user("partner")
    log.submit(**ADA, request_id="r-1")

    receipt = log.submit(**{**ADA, "user": "partner"}, request_id="r-1")

    assert (receipt.ok, receipt.replayed) == (True, False)


@pytest.mark.parametrize(
    "refused",
    [
        {**ADA, "email": "ada"},
        {**ADA, "user": "nobody"},
        {**ADA, "user": None},
    ],
    ids=["validation", "unknown_user", "missing_user"],
)
def test_a_failure_before_the_decision_binds_no_request_id(
    log: leadlog.Leadlog, refused: dict[str, Any]
) -> None:
    failed = log.append("submit", {**refused, "request_id": "r-1"}).receipt

    receipt = log.submit(**ADA, request_id="r-1")

    assert not failed.ok
    assert (receipt.ok, receipt.replayed, receipt.attempt) == (True, False, 2)


def test_a_refusal_by_the_limit_binds_no_request_id(
    tight: leadlog.Leadlog, clock: FakeClock
) -> None:
    tight.submit(**person(1))
    tight.submit(**person(2))
    refused = tight.submit(**ADA, request_id="r-1")
    clock.advance(10)

    receipt = tight.submit(**ADA, request_id="r-1")

    assert kind(refused) == ("rate_limited", "limit_exceeded")
    assert (receipt.ok, receipt.replayed, receipt.attempt) == (True, False, 4)


def test_a_conflict_binds_nothing(log: leadlog.Leadlog) -> None:
    first = log.submit(**ADA, request_id="r-1")
    log.submit(**BOB, request_id="r-1")

    again = log.submit(**BOB, request_id="r-1")

    assert (kind(again), again.attempt) == (("conflict", "request_id_reused"), 3)
    assert log.submit(**ADA, request_id="r-1") == first._replace(replayed=True)


def test_an_unbound_attempt_has_no_digest(log: leadlog.Leadlog, database: Path) -> None:
    log.append("submit", {**ADA, "email": "ada", "request_id": "r-1"})

    assert column(database, 1, "request_digest") is None
    assert column(database, 1, "request_id") == "r-1"


# The limit


def test_the_limit_admits_exactly_as_many_as_it_says(tight: leadlog.Leadlog) -> None:
    receipts = [tight.submit(**person(number)) for number in range(4)]

    assert [receipt.ok for receipt in receipts] == [True, True, False, False]
    assert [receipt.rate_limit for receipt in receipts] == [
        RateLimit(2, 10, 1, 1, 0),
        RateLimit(2, 10, 2, 0, 10),
        RateLimit(2, 10, 2, 0, 10),
        RateLimit(2, 10, 2, 0, 10),
    ]


def test_an_attempt_leaves_the_window_to_the_microsecond(
    tight: leadlog.Leadlog, clock: FakeClock
) -> None:
    tight.submit(**person(1))
    tight.submit(**person(2))

    clock.us += 10_000_000 - 1
    last_refused = tight.submit(**person(3))
    clock.us += 1
    first_admitted = tight.submit(**person(4))

    assert last_refused.rate_limit == RateLimit(2, 10, 2, 0, 1)
    assert (last_refused.ok, first_admitted.ok) == (False, True)


def test_waiting_as_long_as_told_is_enough_and_a_second_less_is_not(
    tight: leadlog.Leadlog, clock: FakeClock
) -> None:
    tight.submit(**person(1))
    clock.advance(2.5)
    tight.submit(**person(2))
    refused = tight.submit(**person(3))
    assert refused.rate_limit is not None
    wait = refused.rate_limit.retry_after
    assert wait == 8

    clock.advance(wait - 1)
    early = tight.submit(**person(3))
    clock.advance(1)
    due = tight.submit(**person(3))

    assert (early.ok, due.ok) == (False, True)


def test_refused_attempts_do_not_count(tight: leadlog.Leadlog, clock: FakeClock) -> None:
    tight.submit(**person(1))
    tight.submit(**person(2))
    clock.advance(9)
    for number in range(5):
        tight.submit(**person(number))
    clock.advance(1)

    assert tight.submit(**person(9)).ok


def test_admitted_failures_count(tight: leadlog.Leadlog) -> None:
    tight.submit(**{**ADA, "email": "ada"})
    tight.submit(**ADA)

    receipt = tight.submit(**BOB)

    assert kind(receipt) == ("rate_limited", "limit_exceeded")


def test_recorded_attempts_do_not_count(tight: leadlog.Leadlog) -> None:
    for number in range(5):
        tight.record(person(number))

    receipt = tight.submit(**ADA)

    assert receipt.rate_limit == RateLimit(2, 10, 1, 1, 0)


def test_each_user_has_its_own_window(tight: leadlog.Leadlog) -> None:
    tight.add_user("partner")
    tight.submit(**person(1))
    tight.submit(**person(2))

    receipt = tight.submit(**{**ADA, "user": "partner"})

    assert receipt.ok


def test_a_lowered_limit_counts_what_was_admitted_before(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    log.set_limit("site-form", Limit(5, 10))
    for number in range(5):
        log.submit(**person(number))
        clock.advance(1)

    log.set_limit("site-form", Limit(2, 10))
    receipt = log.submit(**ADA)

    assert receipt.rate_limit == RateLimit(2, 10, 5, 0, 8)


def test_after_a_lowered_limit_waiting_as_told_is_enough(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    log.set_limit("site-form", Limit(5, 10))
    for number in range(5):
        log.submit(**person(number))
        clock.advance(1)
    log.set_limit("site-form", Limit(2, 10))

    clock.advance(7)
    early = log.submit(**ADA)
    clock.advance(1)
    due = log.submit(**ADA)

    assert (early.ok, due.ok) == (False, True)


def test_a_limit_of_zero_blocks_for_ever(log: leadlog.Leadlog, clock: FakeClock) -> None:
    log.set_limit("site-form", Limit(0, 86400))
    clock.advance(400 * 86400)

    receipt = log.submit(**ADA)

    assert kind(receipt) == ("rate_limited", "blocked")
    assert receipt.rate_limit == RateLimit(0, 86400, 0, 0, None)


def test_a_refused_attempt_makes_no_lead_and_is_not_admitted(
    tight: leadlog.Leadlog, database: Path
) -> None:
    for number in range(3):
        tight.submit(**person(number))

    admitted = [column(database, id_, "admitted") for id_ in (1, 2, 3)]
    assert admitted == [1, 1, 0]
    assert len(list(tight.leads())) == 2


def test_limit_status_tells_what_the_next_attempt_will_find(
    tight: leadlog.Leadlog, clock: FakeClock
) -> None:
    tight.submit(**person(1))
    clock.advance(4)
    tight.submit(**person(2))

    [status] = tight.limit_status("site-form")
    receipt = tight.submit(**person(3))

    assert receipt.rate_limit is not None
    assert status[3:6] == receipt.rate_limit[2:5] == (2, 0, 6)


@given(
    st.lists(st.integers(0, 12_000_000), min_size=1, max_size=40),
    st.integers(1, 5),
    st.integers(1, 10),
)
@settings(max_examples=25, deadline=None)
def test_no_window_ever_holds_more_than_the_limit_and_none_is_refused_below_it(
    tmp_path_factory: pytest.TempPathFactory, pauses_us: list[int], most: int, seconds: int
) -> None:
    clock = FakeClock()
    path = tmp_path_factory.mktemp("window") / "leads.db"
    admitted: list[int] = []
    with leadlog.open(path, create=True, clock=clock) as log:
        log.add_user("site-form", Limit(most, seconds))
        for number, pause_us in enumerate(pauses_us):
            clock.us += pause_us
            before = [us for us in admitted if us > clock.us - seconds * 1_000_000]

            receipt = log.submit(**person(number))

            assert receipt.ok == (len(before) < most)
            if receipt.ok:
                admitted.append(clock.us)


# Time


def test_elapsed_time_continues_with_the_wall_clock() -> None:
    assert elapsed(1_000, 50, 1_007) == 57


def test_a_step_back_is_no_elapsed_time() -> None:
    assert elapsed(1_000, 50, 3) == 50


def test_the_first_attempts_logical_time_is_the_wall_clock() -> None:
    assert elapsed(0, 0, 1_000) == 1_000


def test_a_clock_set_back_grants_no_second_quota(tight: leadlog.Leadlog, clock: FakeClock) -> None:
    tight.submit(**person(1))
    tight.submit(**person(2))

    clock.advance(-7200)
    receipts = [tight.submit(**person(number)) for number in range(3, 6)]

    assert [receipt.ok for receipt in receipts] == [False, False, False]


def test_a_clock_set_back_locks_nobody_out(tight: leadlog.Leadlog, clock: FakeClock) -> None:
    tight.submit(**person(1))
    tight.submit(**person(2))
    clock.advance(-7200)
    refused = tight.submit(**person(3))

    clock.advance(10)
    receipt = tight.submit(**person(4))

    assert refused.rate_limit is not None
    assert refused.rate_limit.retry_after == 10
    assert receipt.ok


def test_a_clock_set_back_is_noticed_across_two_open_logs(
    tight: leadlog.Leadlog, again: leadlog.Leadlog, clock: FakeClock
) -> None:
    tight.submit(**person(1))
    again.submit(**person(2))
    clock.advance(-7200)

    refused = [each.submit(**person(3)) for each in (tight, again)]
    clock.advance(10)
    admitted = again.submit(**person(4))

    assert [receipt.ok for receipt in refused] == [False, False]
    assert admitted.ok


def test_a_clock_set_back_is_noticed_after_reopening(
    tight: leadlog.Leadlog, clock: FakeClock, database: Path
) -> None:
    tight.submit(**person(1))
    tight.submit(**person(2))
    tight.close()
    clock.advance(-7200)

    with leadlog.open(database, clock=clock) as reopened:
        refused = reopened.submit(**person(3))
        clock.advance(10)
        admitted = reopened.submit(**person(4))

    assert (refused.ok, admitted.ok) == (False, True)


def test_limit_status_holds_when_the_clock_was_set_back(
    tight: leadlog.Leadlog, clock: FakeClock
) -> None:
    tight.submit(**person(1))
    tight.submit(**person(2))

    clock.advance(-7200)

    [status] = tight.limit_status("site-form")
    assert (status.used, status.retry_after) == (2, 10)


def test_a_clock_set_forward_counts_as_time_that_passed(
    tight: leadlog.Leadlog, clock: FakeClock
) -> None:
    tight.submit(**person(1))
    tight.submit(**person(2))

    clock.advance(7200)

    assert tight.submit(**person(3)).ok


def test_logical_time_never_goes_back(
    log: leadlog.Leadlog, clock: FakeClock, database: Path
) -> None:
    for step in (0, 5, -3600, 1, 7200, -1):
        clock.advance(step)
        log.submit(**ADA)

    start = column(database, 1, "logical_us")
    steps = [column(database, id_, "logical_us") - start for id_ in range(1, 7)]
    assert steps == [0, 5_000_000, 5_000_000, 6_000_000, 7_206_000_000, 7_206_000_000]


def test_created_at_is_the_wall_clock_even_when_it_was_set_back(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    log.submit(**ADA)
    clock.advance(-7200)

    receipt = log.submit(**BOB)

    assert receipt.created_at == "2026-03-10T10:00:00.000000Z"


def test_a_step_back_beyond_a_second_is_noted(log: leadlog.Leadlog, clock: FakeClock) -> None:
    log.submit(**ADA)
    clock.advance(-7200)

    log.submit(**BOB)

    assert log.attempt(2).context == {"clock_step": {"back_ms": 7_200_000}}


@pytest.mark.parametrize("seconds", [-1, -0.5, 0, 7200])
def test_a_lesser_step_is_not_noted(log: leadlog.Leadlog, clock: FakeClock, seconds: float) -> None:
    log.submit(**ADA)
    clock.advance(seconds)

    log.submit(**BOB)

    assert log.attempt(2).context is None


def test_a_noted_step_leaves_the_given_context_alone(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    log.submit(**ADA)
    clock.advance(-60)

    log.record({**BOB, "context": {"clock_step": "mine"}})

    assert log.attempt(2).context == {
        "given": {"clock_step": "mine"},
        "clock_step": {"back_ms": 60_000},
    }


# Log dates


def test_an_attempt_counts_for_the_local_date(database: Path, clock: FakeClock) -> None:
    clock.set("2026-03-10T23:30:00Z")

    with leadlog.open(database, create=True, clock=clock, timezone="Europe/Berlin") as log:
        log.add_user("site-form")
        receipt = log.submit(**ADA)

    assert receipt.log_date == "2026-03-11"


def test_a_submission_on_a_closed_date_counts_for_the_next_open_one(
    log: leadlog.Leadlog, database: Path
) -> None:
    rows.close_date(database, "2026-03-10")
    rows.close_date(database, "2026-03-11")

    receipt = log.submit(**ADA)

    assert receipt.log_date == "2026-03-12"
    assert log.attempt(1).late_for is None


def test_a_date_closed_by_somebody_else_is_noticed_in_an_open_log(
    log: leadlog.Leadlog, database: Path
) -> None:
    first = log.submit(**ADA)
    rows.close_date(database, "2026-03-10")

    second = log.submit(**BOB)

    assert (first.log_date, second.log_date) == ("2026-03-10", "2026-03-11")


def test_a_lead_counts_for_its_attempts_date(log: leadlog.Leadlog, database: Path) -> None:
    rows.close_date(database, "2026-03-10")

    log.submit(**ADA)

    assert [lead.lead_date for lead in log.leads()] == ["2026-03-11"]


# What a record states


def recorded(log: leadlog.Leadlog, **statement: Any) -> AttemptDetail:
    return log.attempt(log.record({**ADA, **statement}).attempt)


def test_a_stated_success_makes_a_lead(log: leadlog.Leadlog) -> None:
    receipt = log.record(ADA)

    assert (receipt.outcome, receipt.lead, receipt.rate_limit) == ("success", 1, None)


@pytest.mark.parametrize(
    "category",
    [
        *("malformed", "validation", "unknown_user", "rate_limited", "duplicate"),
        *("conflict", "rejected", "upstream", "timeout", "internal"),
    ],
)
def test_a_stated_failure_of_any_category_is_recorded_as_given(
    log: leadlog.Leadlog, category: str
) -> None:
    record = {**ADA, "category": category, "code": "e_42", "error": "it said no"}

    decided = log.append("record", record)

    assert decided.as_stated
    assert decided.receipt.failure == Failure(category, "e_42", "it said no")
    assert decided.receipt.lead is None


def test_two_stated_successes_for_one_person_are_two_leads(log: leadlog.Leadlog) -> None:
    log.record(ADA)

    receipt = log.record(ADA)

    assert (receipt.ok, receipt.lead) == (True, 2)


def test_a_record_of_an_unknown_user_is_not_as_stated(log: leadlog.Leadlog) -> None:
    decided = log.append("record", {**ADA, "user": "nobody"})

    assert not decided.as_stated
    assert kind(decided.receipt) == ("unknown_user", "unknown_user")


def test_a_record_may_register_its_user(log: leadlog.Leadlog) -> None:
    decided = log.append("record", {**ADA, "user": "partner"}, create_users=True)

    assert decided.as_stated
    assert decided.receipt.user == "partner"
    assert [user.handle for user, _, _ in log.users()] == ["partner", "site-form"]


def test_a_handle_that_can_not_be_registered_stays_unknown(log: leadlog.Leadlog) -> None:
    decided = log.append("record", {**ADA, "user": "no body"}, create_users=True)

    assert kind(decided.receipt) == ("unknown_user", "unknown_user")


def test_a_recorded_request_id_is_bound_even_by_a_failure(log: leadlog.Leadlog) -> None:
    record = {**ADA, "category": "timeout", "request_id": "r-1"}
    first = log.append("record", record)

    second = log.append("record", record)

    assert second.receipt == first.receipt._replace(replayed=True)
    assert second.as_stated


def test_what_was_recorded_blocked_is_recorded_all_the_same(log: leadlog.Leadlog) -> None:
    log.set_limit("site-form", Limit(0, 60))

    assert log.record(ADA).ok


def test_an_attempt_recorded_for_another_day_counts_for_that_day(log: leadlog.Leadlog) -> None:
    stored = recorded(log, occurred_at="2026-03-08T23:59:59.5+01:00")

    assert stored.occurred_at == "2026-03-08T22:59:59.500000Z"
    assert (stored.log_date, stored.late_for) == ("2026-03-08", None)


def test_an_attempt_recorded_for_a_closed_day_counts_for_today_and_says_so(
    log: leadlog.Leadlog, database: Path
) -> None:
    rows.close_date(database, "2026-03-08")

    stored = recorded(log, occurred_at="2026-03-08T12:00:00Z")

    assert (stored.log_date, stored.late_for) == ("2026-03-10", "2026-03-08")


def test_a_late_attempt_counts_for_the_first_open_date_from_today(
    log: leadlog.Leadlog, database: Path
) -> None:
    for day in ("2026-03-08", "2026-03-10", "2026-03-11"):
        rows.close_date(database, day)

    stored = recorded(log, occurred_at="2026-03-08T12:00:00Z")

    assert (stored.log_date, stored.late_for) == ("2026-03-12", "2026-03-08")


def test_a_record_without_a_time_occurred_now(log: leadlog.Leadlog) -> None:
    stored = recorded(log)

    assert stored.occurred_at == stored.created_at
    assert (stored.log_date, stored.late_for) == ("2026-03-10", None)


def test_a_time_five_minutes_ahead_is_taken(log: leadlog.Leadlog) -> None:
    assert recorded(log, occurred_at="2026-03-10T12:05:00Z").outcome == "success"


def test_a_time_further_ahead_fails_validation(log: leadlog.Leadlog) -> None:
    decided = log.append("record", {**ADA, "occurred_at": "2026-03-10T12:05:00.000001Z"})

    assert kind(decided.receipt) == ("validation", "occurred_in_future")
    assert not decided.as_stated
    assert log.attempt(1).occurred_at == "2026-03-10T12:00:00.000000Z"


def test_a_record_that_failed_validation_binds_nothing(log: leadlog.Leadlog) -> None:
    ahead = {**ADA, "request_id": "r-1", "occurred_at": "2027-01-01T00:00:00Z"}
    log.append("record", ahead)

    second = log.append("record", ahead)

    assert (second.receipt.attempt, second.receipt.replayed) == (2, False)


def test_a_given_context_lies_under_given(log: leadlog.Leadlog, database: Path) -> None:
    stored = recorded(log, context={"host": "web-1"}, duration_ms=12)

    assert stored.context == {"given": {"host": "web-1"}}
    assert json.loads(column(database, 1, "context")) == {"given": {"host": "web-1"}}
    assert stored.duration_ms == 12


# Duplicates


def test_a_second_submission_of_a_person_for_a_page_is_a_duplicate(log: leadlog.Leadlog) -> None:
    log.submit(**ADA, page="/pricing")

    receipt = log.submit(**{**ADA, "email": " ADA@Example.org "}, page="/pricing?x=1")

    assert kind(receipt) == ("duplicate", "duplicate_lead")
    assert receipt.duplicate_of == 1


def test_a_duplicate_names_the_original_not_another_duplicate(log: leadlog.Leadlog) -> None:
    log.submit(**ADA)
    log.submit(**ADA)

    assert log.submit(**ADA).duplicate_of == 1


def test_another_page_is_no_duplicate(log: leadlog.Leadlog) -> None:
    log.submit(**ADA, page="/pricing")

    assert log.submit(**ADA, page="/contact").ok
    assert log.submit(**ADA).ok


def test_a_page_that_names_a_person_without_accents_is_the_same_page_again(
    log: leadlog.Leadlog, database: Path
) -> None:
    log.submit(**JOSE, page="/t/jose-alvarez")

    receipt = log.submit(**JOSE, page="/t/jose-alvarez")

    assert receipt.duplicate_of == 1
    assert column(database, 1, "page") == "/t/<name>"


def test_pages_that_are_masked_alike_are_no_duplicates(log: leadlog.Leadlog) -> None:
    log.submit(**JOSE, page="/t/jose-alvarez")

    assert log.submit(**JOSE, page="/t/Jos\u00e9-Alvarez").ok
    assert log.submit(**JOSE, page="/t/jose-alvarez").duplicate_of == 1


def test_another_user_submits_no_duplicate(log: leadlog.Leadlog) -> None:
    log.add_user("partner")
    log.submit(**ADA)

    assert log.submit(**{**ADA, "user": "partner"}).ok


def test_a_failed_attempt_is_no_original(log: leadlog.Leadlog) -> None:
    log.submit(**{**ADA, "name": ""})

    assert log.submit(**ADA).ok


def test_a_lead_that_was_revoked_is_no_original(log: leadlog.Leadlog, database: Path) -> None:
    log.submit(**ADA)
    rows.correct(database, 1, "failure")

    receipt = log.submit(**ADA)

    assert receipt.ok
    assert [(lead.attempt, lead.revoked) for lead in log.leads()] == [(1, True), (2, False)]


def test_a_revoked_lead_that_was_reinstated_is_an_original_again(
    log: leadlog.Leadlog, database: Path
) -> None:
    log.submit(**ADA)
    rows.correct(database, 1, "failure")
    rows.correct(database, 1, "success")

    assert log.submit(**ADA).duplicate_of == 1


def test_a_recorded_success_is_an_original_for_a_submission(log: leadlog.Leadlog) -> None:
    log.record(ADA)

    assert log.submit(**ADA).duplicate_of == 1


# Users and limits


def test_a_handle_can_be_registered_once(log: leadlog.Leadlog) -> None:
    with pytest.raises(LeadlogError, match="exists already") as caught:
        log.add_user("site-form")

    assert caught.value.kind == "usage"


@pytest.mark.parametrize("handle", ["", "-x", "a b", "é", "a" * 129, "a\n"])
def test_a_malformed_handle_can_not_be_registered(log: leadlog.Leadlog, handle: str) -> None:
    with pytest.raises(LeadlogError, match="can't be a handle") as caught:
        log.add_user(handle)

    assert caught.value.kind == "usage"


def test_the_reserved_handle_can_not_be_registered(log: leadlog.Leadlog) -> None:
    with pytest.raises(LeadlogError) as caught:
        log.add_user("unknown")

    assert caught.value.kind == "usage"


def test_a_limit_for_a_user_that_is_not_there_is_not_set(log: leadlog.Leadlog) -> None:
    with pytest.raises(LeadlogError, match="did you mean site-form") as caught:
        log.set_limit("site-from", Limit(1, 1))

    assert caught.value.kind == "not_found"
    assert len(log.limit_history()) == 1


# The rows themselves


def test_everything_that_was_decided_is_sound(
    tight: leadlog.Leadlog, clock: FakeClock, database: Path
) -> None:
    for number in range(20):
        clock.advance(3)
        tight.submit(**person(number // 2), request_id=f"r-{number // 3}")
        tight.record({**ADA, "category": "timeout"})
        tight.submit(**{**ADA, "user": "nobody"})

    assert rows.unsound(database) == []


def test_the_limit_state_is_the_last_decision(tight: leadlog.Leadlog, database: Path) -> None:
    for number in range(4):
        tight.submit(**person(number))
    tight.record(ADA)

    [state] = rows.content(database, "user_rate_limits")
    assert state == (2, 2, 2, 4, "2026-03-10T12:00:00.000000Z")


def test_the_search_for_the_nearest_handle_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    def close(claimed: str, handles: Any, _most: int) -> list[str]:
        compared.append(len(handles))
        assert all(len(text) <= 32 for text in (claimed, *handles))
        return []

    monkeypatch.setattr(leadlog.decision, "get_close_matches", close)
    handles = tuple(f"partner-feed-number-{n:06d}" + "x" * 20 for n in range(500))

    leadlog.decision.nearest_handle("partner-feed-number-bounded" + "x" * 20, handles)

    assert compared == [16]
