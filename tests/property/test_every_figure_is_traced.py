"""Behind every figure of every snapshot stand exactly the attempts that make it.

Days are made at random, closed, and every leaf of what `snapshot --json` prints is walked. What a
figure must rest on is worked out here from the attempts' details, not by the code under test.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import rows
from fakes import FakeClock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import leadlog
from leadlog import tables
from leadlog.closing import BURST_SETTING
from leadlog.errors import LeadlogError
from leadlog.listings import AttemptDetail
from leadlog.model import CATEGORIES
from leadlog.stream import RawLine
from leadlog.tracing import Trace

BURST = 3
NO_FIGURES = {"date", "status", "timezone", "starts_at", "ends_at", "metrics_version"} | {
    *("last_correction", "log_digest", "sha256", "name", "category", "code", "hour", "for_date"),
    *("from", "to", BURST_SETTING),
}
PLACES = [
    ("UTC", "2026-03-10"),
    ("Europe/Berlin", "2026-10-25"),
    ("Europe/Berlin", "2026-03-29"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Asia/Kathmandu", "2026-03-10"),
]

Given = dict[str, Any]
Wanted = Callable[[AttemptDetail], bool]


class Case:
    """A closed date, its attempts by the public API, and its snapshot as it is printed."""

    def __init__(self, log: leadlog.Leadlog, date_: str) -> None:
        self.log, self.date = log, date_
        self.shown = log.snapshot(date_).as_dict()
        everything = [log.attempt(n) for n in range(1, log.last_attempt_id() + 1)]
        self.attempts = [attempt for attempt in everything if attempt.log_date == date_]
        # Corrections of other dates' attempts stand in this date's snapshot too.
        self.corrected = [attempt for attempt in everything if attempt.corrections]
        self.zone = ZoneInfo(log.zone.name)

    def ids(self, wanted: Wanted) -> list[int]:
        return [attempt.attempt for attempt in self.attempts if wanted(attempt)]

    def local(self, attempt: AttemptDetail) -> datetime:
        return datetime.fromisoformat(attempt.occurred_at).astimezone(self.zone)

    def is_inside(self, attempt: AttemptDetail) -> bool:
        return self.local(attempt).date().isoformat() == self.date

    def minute(self, attempt: AttemptDetail) -> str:
        return f"{attempt.occurred_at[:16]}:00.000000Z"

    def resolve(self, pointer: str) -> Any:
        value: Any = self.shown
        for token in pointer[1:].split("/"):
            value = value[int(token)] if isinstance(value, list) else value[token]
        return value


def leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{pointer}/{key}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from leaves(item, f"{pointer}/{place}")
    else:
        yield pointer, value


def of_outcome(figure: str) -> Wanted:
    outcome = {"successes": "success", "failures": "failure"}.get(figure)
    return lambda attempt: outcome is None or attempt.outcome == outcome


def name_of(attempt: AttemptDetail, kind: str) -> str | None:
    return {"source": attempt.source, "page": attempt.page, "user": attempt.user}[kind]


def expected(case: Case, pointer: str) -> list[int]:
    """Return the attempts that must stand behind a count."""
    head, *rest = pointer[1:].split("/")
    if not rest:
        tests: dict[str, Wanted] = {
            "leads": lambda a: a.lead is not None and a.outcome == "success",
            "outside": lambda a: not case.is_inside(a),
        }
        return case.ids(tests.get(head) or of_outcome(head))
    last = rest[-1]
    if head == "failures_by_category":
        return case.ids(lambda a: a.failure is not None and a.failure.category == last)
    if head == "duration_ms":
        return case.ids(lambda a: a.duration_ms is not None)
    if head.endswith("_other"):
        kind = head.removeprefix("by_").removesuffix("_other")
        listed = {entry["name"] for entry in case.shown[f"by_{kind}"]}
        return case.ids(lambda a: name_of(a, kind) not in listed and of_outcome(last)(a))
    entry = case.shown[head][int(rest[0])]
    if head == "failures_by_code":
        kind_ = (entry["category"], entry["code"])
        return case.ids(lambda a: a.failure is not None and a.failure[:2] == kind_)
    if head == "by_hour":
        named = datetime.fromisoformat(entry["hour"])
        return case.ids(
            lambda a: (
                case.is_inside(a)
                and case.local(a).isoformat()[:13] == entry["hour"][:13]
                and case.local(a).utcoffset() == named.utcoffset()
                and of_outcome(last)(a)
            )
        )
    if head == "late":
        return case.ids(lambda a: a.late_for == entry["for_date"])
    if head == "corrections":
        return [a.attempt for a in case.corrected if was_corrected(a, entry, case.date)]
    if head in ("duplicates_by_source", "rate_limited_by_page"):
        category, kind = head.split("_by_")
        name = category.removesuffix("s") if category == "duplicates" else category
        return case.ids(
            lambda a: (
                a.failure is not None
                and a.failure.category == name
                and name_of(a, kind) == entry["name"]
            )
        )
    kind = head.removeprefix("by_")
    return case.ids(lambda a: name_of(a, kind) == entry["name"] and of_outcome(last)(a))


def was_corrected(attempt: AttemptDetail, entry: dict[str, Any], made_on: str) -> bool:
    failures = [attempt.logged.failure, *(each.failure for each in attempt.corrections)]
    kinds = [failure.category if failure else "success" for failure in failures]
    return attempt.log_date == entry["for_date"] and any(
        correction.log_date == made_on and (before, after) == (entry["from"], entry["to"])
        for correction, before, after in zip(attempt.corrections, kinds, kinds[1:], strict=False)
    )


def check_ratio(case: Case, pointer: str, value: Any, found: Trace) -> None:
    base = pointer.removesuffix("success_rate")
    assert found.sources == (f"{base}successes", f"{base}attempts")
    for source in found.sources:
        assert case.log.trace(case.date, source).rule == "count"
    part, whole = map(case.resolve, found.sources)
    assert value == (round(part / whole, 6) if whole else None)
    assert list(found.attempts) == expected(case, f"{base}attempts")


def check_distinct(case: Case, pointer: str, value: Any, found: Trace) -> None:
    behind = [attempt for attempt in case.attempts if attempt.attempt in found.attempts]
    head, last = pointer.split("/")[1], pointer.rsplit("/", maxsplit=1)[-1]
    if head == "burst_minutes":
        inside = [attempt for attempt in case.attempts if case.is_inside(attempt)]
        counts = Counter(map(case.minute, inside))
        bursts = {minute for minute, count in counts.items() if count >= BURST}
        assert value == len(bursts)
        assert list(found.attempts) == [a.attempt for a in inside if case.minute(a) in bursts]
    elif last == "names":
        kind = head.removeprefix("by_").removesuffix("_other")
        assert value == len({name_of(attempt, kind) for attempt in behind})
        assert list(found.attempts) == expected(case, f"/{head}/attempts")
    else:
        assert value == len({attempt.user for attempt in behind})
        whole = pointer.removesuffix("users") + "attempts"
        assert list(found.attempts) == expected(case, whole)


def check_peak(case: Case, pointer: str, value: Any, found: Trace) -> None:
    head, last = pointer.split("/")[1], pointer.rsplit("/", maxsplit=1)[-1]
    if last in ("first_attempt", "last_attempt"):
        ids = expected(case, pointer.removesuffix(last) + "attempts")
        extreme = ids[:1] if last == "first_attempt" else ids[-1:]
        assert list(found.attempts) == extreme == ([] if value is None else [value])
    elif head == "peak_minute":
        inside = [attempt for attempt in case.attempts if case.is_inside(attempt)]
        counts = Counter(map(case.minute, inside))
        top = min(counts, key=lambda minute: (-counts[minute], minute))
        assert value == (counts[top] if last == "attempts" else top)
        assert list(found.attempts) == [a.attempt for a in inside if case.minute(a) == top]
    else:
        assert pointer == "/duration_ms/max"
        durations = [a.duration_ms for a in case.attempts if a.duration_ms is not None]
        assert value == max(durations, default=None)
        assert list(found.attempts) == case.ids(
            lambda a: a.duration_ms is not None and a.duration_ms == value
        )


def check_percentile(case: Case, pointer: str, value: Any, found: Trace) -> None:
    percent = int(pointer.removeprefix("/duration_ms/p"))
    durations = {a.attempt: a.duration_ms for a in case.attempts if a.duration_ms is not None}
    assert found.sources == ("/duration_ms/count",)
    if not durations:
        assert (value, found.attempts) == (None, ())
        return
    (attempt,) = found.attempts
    assert durations[attempt] == value
    upto = sum(duration <= value for duration in durations.values())
    below = sum(duration < value for duration in durations.values())
    assert below * 100 < percent * len(durations) <= upto * 100


CHECKS = {
    "ratio": check_ratio,
    "distinct": check_distinct,
    "peak": check_peak,
    "percentile": check_percentile,
}


def check_every_leaf(case: Case) -> Counter[str]:
    """Return how many figures followed by each rule."""
    rules: Counter[str] = Counter()
    for pointer, value in leaves(case.shown):
        last = pointer.rsplit("/", 1)[1]
        if last in NO_FIGURES and pointer != "/peak_minute/starts_at":
            with pytest.raises(LeadlogError) as caught:
                case.log.trace(case.date, pointer)
            assert caught.value.kind == "usage"
            continue
        if pointer == "/peak_minute" and value is None:
            continue
        found = case.log.trace(case.date, pointer)
        assert (found.pointer, found.value) == (pointer, value)
        assert list(found.attempts) == sorted(set(found.attempts))
        if found.rule == "count":
            assert found.sources == ()
            assert len(found.attempts) == value, pointer
            assert list(found.attempts) == expected(case, pointer), pointer
        else:
            CHECKS[found.rule](case, pointer, value, found)
        rules[found.rule] += 1
    return rules


any_record = st.fixed_dictionaries(
    {
        "user": st.sampled_from(["ann", "ben", "eve", "nobody"]),
        "outcome": st.sampled_from(["success", "success", "failure"]),
        "category": st.sampled_from(CATEGORIES),
        "minute": st.sampled_from([0, 1, 61, 119, 120, 121, 150, 180, 725, 1380, -30, -1500]),
    },
    optional={
        "source": st.sampled_from(["web", "feed", "partner"]),
        "page": st.sampled_from(["/", "/a", "/b"]),
        "code": st.sampled_from(["one", "two"]),
        "duration_ms": st.integers(0, 20),
    },
)
malformed = st.just({"minute": 0, "malformed": True})
any_given = st.one_of(any_record, any_record, any_record, malformed)
any_correction = st.tuples(
    st.integers(1, 40), st.sampled_from(["success", "failure"]), st.sampled_from(CATEGORIES)
)


def lines_of(given_: list[Given], start: datetime) -> list[RawLine]:
    """Write records as a stream has them; those before the date's start come late for it."""
    lines = []
    for number, each in enumerate(given_):
        record = {key: value for key, value in each.items() if key not in ("minute", "malformed")}
        record |= {"name": "Ada", "email": f"p{number}@example.org"}
        record["occurred_at"] = (start + timedelta(minutes=each["minute"])).isoformat()
        if record.get("outcome") == "success":
            record = {key: record[key] for key in record.keys() - {"category", "code"}}
        content = b'{"user": ' if "malformed" in each else json.dumps(record).encode()
        lines.append(RawLine(content, len(content)))
    return lines


def append(log: leadlog.Leadlog, given_: list[Given], start: datetime) -> None:
    if given_:
        list(log.append_stream("record", [lines_of(given_, start)]))


def correct(log: leadlog.Leadlog, corrections: list[tuple[int, str, str]]) -> None:
    last = log.last_attempt_id()
    for attempt, outcome, category in corrections:
        if attempt <= last:
            try:
                kind = category if outcome == "failure" else None
                log.correct(attempt, outcome, category=kind, reason="said so")
            except LeadlogError as error:
                assert "already" in error.message  # noqa: PT017  # a no-op is no correction


def walk(
    place: tuple[str, str],
    before: list[Given],
    given_: list[Given],
    on_the_day: list[tuple[int, str, str]],
    afterwards: list[tuple[int, str, str]],
) -> Counter[str]:
    zone, date_ = place
    day_before = (date.fromisoformat(date_) - timedelta(days=1)).isoformat()
    with tempfile.TemporaryDirectory() as folder:
        path, clock = Path(folder) / "leads.db", FakeClock(f"{day_before}T23:59:00+14:00")
        leadlog.open(path, create=True, clock=clock, timezone=zone).close()
        with closing(rows.connect(path)) as connection:
            rows.append(connection, tables.SETTINGS, (rows.AT, BURST_SETTING, str(BURST)))
        with leadlog.open(path, clock=clock) as log:
            for user in ("ann", "ben", "eve"):
                log.add_user(user)
            start_us, end_us = log.zone.bounds(date_)
            start = log.zone.local(start_us)
            clock.us = start_us - 60_000_000
            append(log, [each | {"minute": -30} for each in before], start)
            clock.us = start_us
            log.snapshot(day_before)
            log.snapshot((date.fromisoformat(date_) - timedelta(days=2)).isoformat())
            clock.us = end_us - 1
            append(log, given_, start.astimezone(ZoneInfo("UTC")))
            correct(log, on_the_day)
            clock.us = end_us
            append(log, [{"minute": 1441, "malformed": True}], start)
            correct(log, afterwards)
            return check_every_leaf(Case(log, date_))


# Hypothesis reports an example that makes a database as slow the first time modules are loaded.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(PLACES),
    st.lists(any_record, max_size=4),
    st.lists(any_given, max_size=30),
    st.lists(any_correction, max_size=6),
    st.lists(any_correction, max_size=4),
)
def test_every_figure_leads_to_the_attempts_behind_it(
    place: tuple[str, str],
    before: list[Given],
    given_: list[Given],
    on_the_day: list[tuple[int, str, str]],
    afterwards: list[tuple[int, str, str]],
) -> None:
    walk(place, before, given_, on_the_day, afterwards)


def test_a_day_with_everything_has_figures_of_every_rule() -> None:
    given_ = [
        {
            "user": ("ann", "ben", "eve", "nobody")[n % 4],
            "outcome": ("success", "failure")[n % 2],
            "category": CATEGORIES[n // 2 % len(CATEGORIES)],
            "minute": n % 5 * 60 if n % 11 else -30,
            "page": f"/p{n}" if n < 104 else "/p0",
            "source": ("web", "feed")[n // 7 % 2],
            "duration_ms": n % 17,
        }
        for n in range(112)
    ]
    given_ += [{"minute": 0, "malformed": True}] * 2
    before = [given_[0], given_[1]]
    on_the_day = [(n, "failure", "upstream") for n in (1, 3, 5)] + [(2, "success", "internal")]

    rules = walk(PLACES[1], before, given_, on_the_day, [(7, "failure", "timeout")])

    assert set(rules) == {"count", "distinct", "ratio", "peak", "percentile"}
    assert sum(rules.values()) > 500


def test_an_empty_days_figures_rest_on_nothing() -> None:
    rules = walk(PLACES[0], [], [], [], [])

    assert rules["percentile"] == 3
