"""A number is shown as what it is: no id as a count, no share of what it is no part of."""

import pytest
from sample_days import TUESDAY, Try, on

from leadlog.analysis import statements
from leadlog.analysis.fitting import fault
from leadlog.analysis.templates import InvalidTemplate, Placeholder

INPUTS = on(
    TUESDAY,
    [
        Try(),
        Try(source="feed", page=None, user="partner"),
        Try(category="upstream", code="crm_500"),
        Try(category="rate_limited", code="limit_exceeded"),
        Try(category="duplicate", code="duplicate"),
    ],
    corrections=[(TUESDAY, "failure", "success", 3)],
)


def why(pointer: str, format_: str | None = None, other: str | None = None) -> str | None:
    return fault(INPUTS, Placeholder(pointer, format_, other))


@pytest.mark.parametrize(
    "pointer",
    [
        "/snapshot/first_attempt",
        "/snapshot/last_attempt",
        "/snapshot/last_correction",
        "/snapshot/metrics_version",
        "/snapshot/failures_by_code/0/first_attempt",
        "/snapshot/failures_by_code/0/last_attempt",
    ],
)
@pytest.mark.parametrize("format_", [None, "count"])
def test_an_id_and_a_version_are_no_counts(pointer: str, format_: str | None) -> None:
    assert why(pointer, format_) == f"{pointer} is no count"


@pytest.mark.parametrize("pointer", ["/snapshot/log_digest", "/baseline/days/0/sha256"])
@pytest.mark.parametrize("format_", [None, "name"])
def test_a_hash_is_no_name(pointer: str, format_: str | None) -> None:
    assert why(pointer, format_) == f"{pointer} is no name"


@pytest.mark.parametrize(
    "pointer", ["/snapshot/by_hour/14/hour", "/snapshot/starts_at", "/snapshot/ends_at"]
)
def test_an_instant_is_shown_as_a_time_and_not_as_a_name(pointer: str) -> None:
    assert why(pointer) is None
    assert why(pointer, "time") is None
    assert why(pointer, "name") == f"{pointer} is no name"


@pytest.mark.parametrize("pointer", ["/snapshot/by_source/0/name", "/snapshot/date"])
def test_a_name_is_no_time_whatever_it_looks_like(pointer: str) -> None:
    assert why(pointer) is None
    assert why(pointer, "time") == f"{pointer} is no time"


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("/snapshot/failures", "/snapshot/attempts"),
        ("/snapshot/leads", "/snapshot/attempts"),
        ("/snapshot/failures_by_category/upstream", "/snapshot/failures"),
        ("/snapshot/failures_by_code/0/attempts", "/snapshot/failures"),
        ("/snapshot/by_source/0/failures", "/snapshot/by_source/0/attempts"),
        ("/snapshot/by_hour/10/failures", "/snapshot/failures"),
        ("/snapshot/peak_minute/attempts", "/snapshot/attempts"),
        ("/snapshot/duplicates_by_source/0/attempts", "/snapshot/failures_by_category/duplicate"),
        ("/snapshot/failures_by_code/0/users", "/snapshot/users"),
        ("/baseline/by_source/0/days_seen", "/baseline/days_with_attempts"),
    ],
)
def test_a_share_is_one_of_the_same_kind(part: str, whole: str) -> None:
    assert why(part, "ratio", whole) is None


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ("/snapshot/users", "/snapshot/attempts"),
        ("/snapshot/failures", "/snapshot/users"),
        ("/snapshot/duration_ms/p50", "/snapshot/attempts"),
        ("/snapshot/failures", "/snapshot/duration_ms/p95"),
        ("/snapshot/burst_minutes", "/snapshot/attempts"),
        ("/snapshot/failures", "/snapshot/thresholds/burst_attempts_per_minute"),
        ("/snapshot/leads", "/baseline/attempts/median"),
        ("/baseline/failures/median", "/baseline/attempts/median"),
        ("/baseline/failures/median", "/snapshot/attempts"),
        ("/snapshot/success_rate", "/snapshot/success_rate"),
        ("/snapshot/by_source_other/names", "/snapshot/attempts"),
        ("/baseline/by_source/0/days_seen", "/snapshot/attempts"),
    ],
)
def test_a_share_of_what_it_is_no_part_of_is_refused(part: str, whole: str) -> None:
    assert why(part, "ratio", whole) == f"{part} is no part of {whole}"


def place(group: str, name: str) -> int:
    entries = INPUTS["baseline"][group]
    return [entry.get("name", entry.get("code")) for entry in entries].index(name)


@pytest.mark.parametrize("kind", ["median", "weekday_median"])
def test_a_difference_is_one_to_what_is_usual_for_the_same(kind: str) -> None:
    feed = [one["name"] for one in INPUTS["snapshot"]["by_source"]].index("feed")
    codes = [one["code"] for one in INPUTS["snapshot"]["failures_by_code"]]
    pairs = [
        ("attempts", "attempts"),
        ("success_rate", "success_rate"),
        ("failures_by_category/duplicate", "failures_by_category/duplicate"),
        ("peak_minute/attempts", "peak_minute"),
        (f"by_source/{feed}/failures", f"by_source/{place('by_source', 'feed')}/failures"),
        (
            f"failures_by_code/{codes.index('duplicate')}/attempts",
            f"failures_by_code/{place('failures_by_code', 'duplicate')}/attempts",
        ),
    ]
    for pointer, usual in pairs:
        assert why(f"/snapshot/{pointer}", "difference", f"/baseline/{usual}/{kind}") is None


def test_a_difference_to_anything_else_is_refused() -> None:
    web = [one["name"] for one in INPUTS["snapshot"]["by_source"]].index("web")
    feed = place("by_source", "feed")
    pairs = [
        ("/snapshot/attempts", "/snapshot/failures"),
        ("/snapshot/attempts", "/baseline/failures/median"),
        ("/snapshot/attempts", "/baseline/attempts/spread"),
        ("/snapshot/attempts", "/baseline/days_with_attempts"),
        ("/baseline/attempts/median", "/snapshot/attempts"),
        ("/baseline/attempts/median", "/baseline/attempts/weekday_median"),
        (f"/snapshot/by_source/{web}/failures", f"/baseline/by_source/{feed}/failures/median"),
        (f"/snapshot/by_source/{web}/failures", f"/baseline/by_source/{feed}/attempts/median"),
        ("/snapshot/attempts", "/snapshot/duration_ms/p95"),
    ]
    for pointer, other in pairs:
        told = why(pointer, "difference", other)
        assert told == f"{other} is not what is usual for {pointer}"


def test_a_statement_whose_formats_do_not_fit_is_not_rendered() -> None:
    with pytest.raises(InvalidTemplate, match="no count"):
        statements.render(INPUTS, "{{/snapshot/last_attempt}} attempts were made.")
