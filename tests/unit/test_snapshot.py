"""A day's figures, from rows made by hand."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadlog import canonical, closing
from leadlog.clock import Zone
from leadlog.days import Day, day_in
from leadlog.model import CATEGORIES
from leadlog.snapshot import KEYS, DayFold, Facts, Row, figures, nearest_rank, rate

DATE = "2026-03-10"
HANDLES = {1: "unknown", 2: "site-form", 3: "partner", 4: "acme"}
SUCCESS = Row(
    id=0,
    user_id=2,
    source="web",
    page="/pricing",
    logged="success",
    outcome="success",
    category=None,
    code=None,
    minute="2026-03-10T12:00",
    duration_ms=None,
    late_for=None,
    hash="00" * 32,
)
UTC_DAY = day_in(Zone("UTC"), DATE)


def failed(category: str = "duplicate", code: str = "duplicate_lead", **more: Any) -> Row:
    return SUCCESS._replace(
        logged="failure", outcome="failure", category=category, code=code, **more
    )


def success(**more: Any) -> Row:
    return SUCCESS._replace(**more)


def facts(
    corrections: Sequence[tuple[str, str, str, int]] = (),
    hashes: Sequence[str] = (),
    last_correction: int = 0,
    burst: int = 20,
    handles: Mapping[int, str] = HANDLES,
) -> Facts:
    return Facts(handles, corrections, hashes, last_correction, burst)


def summed(
    rows: Iterable[Row], *, day: Day = UTC_DAY, beside: Facts | None = None, batch: int = 5000
) -> dict[str, Any]:
    """The figures of these rows; those without an id get the next one."""
    numbered = [row._replace(id=row.id or number) for number, row in enumerate(rows, 1)]
    fold = DayFold()
    for start in range(0, len(numbered), batch):
        fold.add(numbered[start : start + batch])
    return figures(fold, day, beside or facts())


def named(entries: list[dict[str, Any]]) -> list[tuple[str | None, int]]:
    return [(entry["name"], entry["attempts"]) for entry in entries]


def test_a_day_has_every_key_of_the_design() -> None:
    found = summed([success()])

    assert set(found) == {"date", *KEYS}


def test_a_day_says_what_it_is() -> None:
    found = summed([success()])

    assert [found[key] for key in ("date", "timezone", "starts_at", "ends_at")] == [
        DATE,
        "UTC",
        "2026-03-10T00:00:00.000000Z",
        "2026-03-11T00:00:00.000000Z",
    ]


def test_attempts_are_successes_and_failures() -> None:
    found = summed([success(), failed(), success()])

    assert (found["attempts"], found["successes"], found["failures"]) == (3, 2, 1)


def test_the_first_and_the_last_attempt_are_named() -> None:
    found = summed([success(id=7), failed(id=9), success(id=12)])

    assert (found["first_attempt"], found["last_attempt"]) == (7, 12)


def test_an_empty_day_is_zeros() -> None:
    found = summed([])

    assert [found[key] for key in ("attempts", "successes", "failures", "leads", "users")] == [
        0
    ] * 5
    assert found["failures_by_category"] == dict.fromkeys(CATEGORIES, 0)
    assert [found[key] for key in ("outside", "burst_minutes")] == [0, 0]
    assert {entry["attempts"] for entry in found["by_hour"]} == {0}
    assert found["by_source_other"] == {"names": 0, "attempts": 0, "successes": 0, "failures": 0}


@pytest.mark.parametrize("key", ["success_rate", "first_attempt", "last_attempt", "peak_minute"])
def test_an_empty_day_has_no_such_figure(key: str) -> None:
    found = summed([])

    assert found[key] is None


def test_an_empty_day_has_no_durations() -> None:
    found = summed([])

    assert found["duration_ms"] == {"count": 0, "p50": None, "p95": None, "p99": None, "max": None}


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(0, 0, None), (0, 3, 0.0), (1, 3, 0.333333), (2, 3, 0.666667), (3, 3, 1.0), (5, 6, 0.833333)],
)
def test_a_rate_is_rounded_to_six_decimals(part: int, whole: int, share: float | None) -> None:
    assert rate(part, whole) == share


def test_the_success_rate_is_of_all_attempts() -> None:
    found = summed([success(), success(), failed()])

    assert found["success_rate"] == 0.666667


def test_each_success_is_a_lead() -> None:
    found = summed([success(), success(), failed()])

    assert found["leads"] == 2


def test_a_success_corrected_to_a_failure_is_no_lead() -> None:
    revoked = failed()._replace(logged="success")

    found = summed([success(), revoked])

    assert (found["successes"], found["failures"], found["leads"]) == (1, 1, 1)


def test_a_failure_corrected_to_a_success_makes_no_lead() -> None:
    found = summed([success(logged="failure")])

    assert (found["successes"], found["failures"], found["leads"]) == (1, 0, 0)


def test_users_are_counted_once() -> None:
    found = summed([success(user_id=2), failed(user_id=3), success(user_id=2)])

    assert found["users"] == 2


def test_every_category_is_listed() -> None:
    found = summed([failed("timeout", "timeout")])

    assert list(found["failures_by_category"]) == list(CATEGORIES)
    assert found["failures_by_category"] == dict.fromkeys(CATEGORIES, 0) | {"timeout": 1}


def test_codes_stand_by_number_then_by_name() -> None:
    found = summed(
        [
            failed("upstream", "crm_500"),
            failed("rejected", "spam"),
            failed("validation", "missing_name"),
            failed("validation", "invalid_email"),
            failed("validation", "missing_name"),
        ]
    )

    assert [(entry["code"], entry["attempts"]) for entry in found["failures_by_code"]] == [
        ("missing_name", 2),
        ("spam", 1),
        ("crm_500", 1),
        ("invalid_email", 1),
    ]


def test_the_same_code_in_two_categories_is_two() -> None:
    found = summed([failed("upstream", "refused"), failed("rejected", "refused")])

    assert [entry["category"] for entry in found["failures_by_code"]] == ["rejected", "upstream"]


def test_a_code_names_its_users_and_its_first_and_last_attempt() -> None:
    rows = [
        failed(id=3, user_id=2),
        success(id=4),
        failed(id=6, user_id=3),
        failed(id=8, user_id=2),
        failed("timeout", "timeout", id=9),
    ]

    found = summed(rows, batch=2)

    assert found["failures_by_code"][0] == {
        "category": "duplicate",
        "code": "duplicate_lead",
        "attempts": 3,
        "users": 2,
        "first_attempt": 3,
        "last_attempt": 8,
    }


def test_a_source_has_its_counts_and_its_rate() -> None:
    found = summed([success(source="web"), failed(source="web"), success(source="web")])

    assert found["by_source"] == [
        {
            "name": "web",
            "attempts": 3,
            "successes": 2,
            "failures": 1,
            "success_rate": 0.666667,
        }
    ]


def test_the_largest_names_come_first_and_equals_by_name() -> None:
    found = summed([success(source=name) for name in ("b", "c", "a", "c", "Z")])

    assert named(found["by_source"]) == [("c", 2), ("Z", 1), ("a", 1), ("b", 1)]


def test_no_name_comes_before_its_equals() -> None:
    found = summed([success(page=page) for page in ("/", "", None, "/a", "/a")])

    assert named(found["by_page"]) == [("/a", 2), (None, 1), ("", 1), ("/", 1)]


def test_users_are_named_by_their_handles() -> None:
    found = summed([success(user_id=3), success(user_id=1), success(user_id=4)])

    assert named(found["by_user"]) == [("acme", 1), ("partner", 1), ("unknown", 1)]


def test_a_hundred_names_are_listed_and_the_rest_is_summed_up() -> None:
    rows = [success(source=f"s{n:03}") for n in range(103) for _ in range(2)]
    rows += [failed(source="s102"), failed(source="s101")]

    found = summed(rows)

    assert len(found["by_source"]) == 100
    assert named(found["by_source"])[:3] == [("s101", 3), ("s102", 3), ("s000", 2)]
    assert found["by_source_other"] == {"names": 3, "attempts": 6, "successes": 6, "failures": 0}


def test_the_rest_counts_its_failures() -> None:
    rows = [success(page=f"/{n:03}") for n in range(100) for _ in range(3)]
    rows += [failed(page="/x"), success(page="/x"), failed(page="/y")]

    found = summed(rows)

    assert found["by_page_other"] == {"names": 2, "attempts": 3, "successes": 1, "failures": 2}


def test_listed_names_and_the_rest_are_all_attempts() -> None:
    handles = {number: f"user-{number:03}" for number in range(2, 302)}
    rows = [success(user_id=2 + n % 300) for n in range(450)]

    found = summed(rows, beside=facts(handles=handles))

    listed = sum(entry["attempts"] for entry in found["by_user"])
    assert listed + found["by_user_other"]["attempts"] == found["attempts"] == 450
    assert found["by_user_other"]["names"] == 200


def test_duplicates_are_counted_by_source() -> None:
    rows = [failed(source="web"), failed(source=None), failed(source="web"), success()]
    rows += [failed("timeout", "timeout", source="feed")]

    found = summed(rows)

    assert found["duplicates_by_source"] == [
        {"name": "web", "attempts": 2},
        {"name": None, "attempts": 1},
    ]


def test_refusals_by_the_limit_are_counted_by_page() -> None:
    rows = [failed("rate_limited", "limit_exceeded", page=page) for page in ("/b", "/a", "/b")]
    rows += [failed("rate_limited", "blocked", page="/a"), failed(page="/c")]

    found = summed(rows)

    assert named(found["rate_limited_by_page"]) == [("/a", 2), ("/b", 2)]


def test_no_more_than_a_hundred_names_have_duplicates_listed() -> None:
    found = summed([failed(source=f"s{n}") for n in range(101)])

    assert len(found["duplicates_by_source"]) == 100


def test_every_hour_of_the_day_is_listed() -> None:
    found = summed([success(minute="2026-03-10T09:59"), failed(minute="2026-03-10T10:00")])

    assert len(found["by_hour"]) == 24
    assert found["by_hour"][9:11] == [
        {"hour": "2026-03-10T09:00+00:00", "attempts": 1, "successes": 1, "failures": 0},
        {"hour": "2026-03-10T10:00+00:00", "attempts": 1, "successes": 0, "failures": 1},
    ]


def test_the_first_and_the_last_minute_lie_in_the_day() -> None:
    found = summed([success(minute="2026-03-10T00:00"), success(minute="2026-03-10T23:59")])

    assert [found["by_hour"][n]["attempts"] for n in (0, 23)] == [1, 1]
    assert found["outside"] == 0


def test_the_hour_that_comes_twice_is_counted_twice() -> None:
    day = day_in(Zone("Europe/Berlin"), "2026-10-25")
    minutes = ("2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T01:59")

    found = summed([success(minute=minute) for minute in minutes], day=day)

    counted = {entry["hour"]: entry["attempts"] for entry in found["by_hour"] if entry["attempts"]}
    assert counted == {"2026-10-25T02:00+02:00": 1, "2026-10-25T02:00+01:00": 2}


def test_hours_of_a_zone_with_a_quarter_start_where_its_clock_strikes() -> None:
    day = day_in(Zone("Asia/Kathmandu"), DATE)

    found = summed([success(minute=f"2026-03-10T06:{n}") for n in (14, 15)], day=day)

    counted = {entry["hour"]: entry["attempts"] for entry in found["by_hour"] if entry["attempts"]}
    assert counted == {"2026-03-10T11:00+05:45": 1, "2026-03-10T12:00+05:45": 1}


def test_attempts_whose_time_lies_elsewhere_stand_outside() -> None:
    minutes = ("2026-03-09T23:59", "2026-03-10T00:00", "2026-03-11T00:00")

    found = summed([success(minute=minute) for minute in minutes])

    assert found["outside"] == 2
    assert sum(entry["attempts"] for entry in found["by_hour"]) == 1
    assert found["attempts"] == 3


def test_the_peak_is_the_minute_with_most_attempts() -> None:
    minutes = ("2026-03-10T10:00", "2026-03-10T09:14", "2026-03-10T09:14")

    found = summed([success(minute=minute) for minute in minutes])

    assert found["peak_minute"] == {"starts_at": "2026-03-10T09:14:00.000000Z", "attempts": 2}


def test_of_equal_peaks_the_earliest_counts() -> None:
    minutes = ("2026-03-10T10:00", "2026-03-10T09:14", "2026-03-10T11:00")

    found = summed([success(minute=minute) for minute in minutes])

    assert found["peak_minute"]["starts_at"] == "2026-03-10T09:14:00.000000Z"


def test_a_peak_counts_both_outcomes() -> None:
    rows = [success(), failed(), success(minute="2026-03-10T13:00")]

    found = summed(rows)

    assert found["peak_minute"] == {"starts_at": "2026-03-10T12:00:00.000000Z", "attempts": 2}


def test_minutes_outside_the_day_are_no_peak() -> None:
    rows = [success(minute="2026-03-09T12:00"), success(minute="2026-03-09T12:00"), success()]

    found = summed(rows)

    assert found["peak_minute"] == {"starts_at": "2026-03-10T12:00:00.000000Z", "attempts": 1}


@pytest.mark.parametrize(("threshold", "minutes"), [(2, 2), (3, 1), (4, 0)])
def test_a_burst_is_a_minute_with_at_least_the_threshold(threshold: int, minutes: int) -> None:
    rows = [success(), success(), failed(), *[success(minute="2026-03-10T13:00")] * 2]
    rows += [success(minute="2026-03-09T13:00")] * 5

    found = summed(rows, beside=facts(burst=threshold))

    assert found["burst_minutes"] == minutes
    assert found["thresholds"] == {"burst_attempts_per_minute": threshold}


def test_durations_are_of_the_attempts_that_have_one() -> None:
    durations: list[int | None] = [5, None, 1, 0, 9]

    found = summed([success(duration_ms=duration) for duration in durations])

    assert found["duration_ms"] == {"count": 4, "p50": 1, "p95": 9, "p99": 9, "max": 9}


def test_percentiles_of_one_to_a_hundred_are_themselves() -> None:
    found = summed([success(duration_ms=n) for n in range(100, 0, -1)])

    assert found["duration_ms"] == {"count": 100, "p50": 50, "p95": 95, "p99": 99, "max": 100}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=250), st.sampled_from([50, 95, 99]))
def test_a_percentile_is_the_least_value_that_enough_do_not_pass(
    values: list[int], percent: int
) -> None:
    ordered = sorted(values)

    found = ordered[nearest_rank(len(values), percent)]

    enough = [v for v in ordered if sum(w <= v for w in values) * 100 >= percent * len(values)]
    assert found == min(enough)


def test_late_attempts_stand_by_the_date_they_are_late_for() -> None:
    dates = ["2026-03-08", None, "2026-03-01", "2026-03-08"]

    found = summed([success(late_for=date) for date in dates])

    assert found["late"] == [
        {"for_date": "2026-03-01", "attempts": 1},
        {"for_date": "2026-03-08", "attempts": 2},
    ]


def test_corrections_stand_by_date_and_by_what_they_changed() -> None:
    made = [
        ("2026-03-09", "timeout", "success", 4),
        ("2026-03-08", "success", "rejected", 1),
        ("2026-03-09", "success", "rejected", 5),
        ("2026-03-09", "timeout", "success", 6),
    ]

    found = summed([], beside=facts(made, last_correction=4))

    assert found["corrections"] == [
        {"for_date": "2026-03-08", "from": "success", "to": "rejected", "attempts": 1},
        {"for_date": "2026-03-09", "from": "success", "to": "rejected", "attempts": 1},
        {"for_date": "2026-03-09", "from": "timeout", "to": "success", "attempts": 2},
    ]


def test_an_attempt_corrected_twice_alike_is_one_attempt() -> None:
    made = [
        ("2026-03-09", "success", "rejected", 4),
        ("2026-03-09", "rejected", "success", 4),
        ("2026-03-09", "success", "rejected", 4),
    ]

    found = summed([], beside=facts(made, last_correction=3))

    assert [entry["attempts"] for entry in found["corrections"]] == [1, 1]


def test_the_newest_correction_and_the_version_of_the_figures_are_stated() -> None:
    found = summed([], beside=facts(last_correction=17))

    assert (found["last_correction"], found["metrics_version"]) == (17, 1)


def test_the_digest_covers_the_rows_and_then_their_corrections() -> None:
    hashes = ["aa" * 32, "bb" * 32, "cc" * 32]

    found = summed(
        [success(hash=hashes[0]), failed(hash=hashes[1])], beside=facts(hashes=[hashes[2]])
    )

    assert found["log_digest"] == hashlib.sha256("".join(hashes).encode()).hexdigest()


def test_the_digest_of_nothing_is_that_of_no_bytes() -> None:
    assert summed([])["log_digest"] == hashlib.sha256().hexdigest()


def test_figures_can_be_asked_for_again() -> None:
    fold = DayFold()
    fold.add([success(id=1)])
    beside = facts(hashes=["cc" * 32])

    assert figures(fold, UTC_DAY, beside) == figures(fold, UTC_DAY, beside)


_rows = st.lists(
    st.builds(
        Row,
        id=st.just(0),
        user_id=st.integers(1, 4),
        source=st.sampled_from([None, "web", "feed"]),
        page=st.sampled_from([None, "/", "/a"]),
        logged=st.sampled_from(["success", "failure"]),
        outcome=st.just("success"),
        category=st.none(),
        code=st.none(),
        minute=st.sampled_from(["2026-03-09T12:00", "2026-03-10T12:00", "2026-03-10T13:05"]),
        duration_ms=st.none() | st.integers(0, 99),
        late_for=st.sampled_from([None, "2026-03-01"]),
        hash=st.sampled_from(["aa" * 32, "bb" * 32]),
    ),
    max_size=30,
)


@given(_rows, st.integers(1, 7))
def test_how_rows_come_in_batches_changes_nothing(rows: list[Row], batch: int) -> None:
    assert summed(rows, batch=batch) == summed(rows)


def test_the_hash_is_of_the_canonical_form_without_status_and_itself() -> None:
    metrics = summed([success(page="/ü"), failed(), success()])
    text = canonical.dumps(metrics)
    snapshot = closing.Snapshot(DATE, True, metrics, canonical.sha256(text))

    shown = snapshot.as_dict()

    rest = {key: value for key, value in shown.items() if key not in ("status", "sha256")}
    # RFC 8785 by hand: sorted keys, no spaces, no escapes, whole numbers without a point.
    by_hand = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    by_hand = by_hand.replace(":1.0,", ":1,").replace(":1.0}", ":1}")
    assert shown["sha256"] == hashlib.sha256(by_hand.encode()).hexdigest()
    assert text == by_hand


def test_a_snapshot_is_shown_in_the_order_of_the_design() -> None:
    shown = closing.Snapshot(DATE, False, summed([]), "ab").as_dict()

    assert list(shown) == ["date", "status", *KEYS, "sha256"]
    assert (shown["status"], shown["sha256"]) == ("provisional", "ab")
