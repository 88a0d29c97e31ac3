"""A figure is what stands at its place, shown in a form that fits, under its own name."""

from typing import Any

import pytest
from sample_days import TUESDAY, Try, day, make_inputs, on

from leadlog.analysis.figures import Figure, figure, number, percent
from leadlog.analysis.templates import InvalidTemplate, Placeholder

TRIES = [
    Try(page=None),
    Try(),
    Try(category="rate_limited", code="limit_exceeded"),
    Try(category="upstream", code="crm_500", minute="T14:03"),
]
INPUTS = on(TUESDAY, TRIES)


def put_in(pointer: str, format_: str | None = None, other: str | None = None) -> Figure:
    return figure(INPUTS, Placeholder(pointer, format_, other))


def refusal(pointer: str, format_: str | None = None, other: str | None = None) -> str:
    with pytest.raises(InvalidTemplate) as caught:
        put_in(pointer, format_, other)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (30.5, "30.5"),
        (7, "7"),
        (1234567, "1,234,567"),
        (6.5, "6.5"),
        (1000.25, "1,000.2"),
        (3.0, "3"),
    ],
)
def test_numbers_have_thousands_and_fractions_where_there_are_some(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(("rate", "text"), [(0, "0.0 %"), (0.8571428, "85.7 %"), (1, "100.0 %")])
def test_rates_are_percentages(rate: float, text: str) -> None:
    assert percent(rate) == text


@pytest.mark.parametrize(
    ("pointer", "format_", "text"),
    [
        ("/snapshot/attempts", None, "4"),
        ("/snapshot/attempts", "count", "4"),
        ("/snapshot/success_rate", None, "50.0 %"),
        ("/snapshot/success_rate", "percent", "50.0 %"),
        ("/baseline/success_rate/median", None, "90.3 %"),
        ("/baseline/failures/spread", None, "0"),
        ("/snapshot/failures_by_category/rate_limited", None, "1"),
        ("/baseline/failures_by_category/rate_limited/median", None, "0"),
        ("/snapshot/rate_limited_by_page/0/attempts", None, "1"),
        ("/snapshot/timezone", None, "UTC"),
        ("/snapshot/date", "name", TUESDAY),
        ("/snapshot/by_page/1/name", "name", "(none)"),
        ("/snapshot/failures_by_code/0/code", "name", "limit_exceeded"),
        ("/snapshot/peak_minute/starts_at", None, "10:00"),
        ("/snapshot/by_hour/14/hour", None, "14:00"),
        ("/snapshot/starts_at", "time", "00:00"),
    ],
)
def test_each_value_is_shown_in_the_form_that_fits_it(
    pointer: str, format_: str | None, text: str
) -> None:
    assert put_in(pointer, format_).text == text


@pytest.mark.parametrize(
    ("pointer", "label"),
    [
        ("/snapshot/attempts", f"attempts (on {TUESDAY})"),
        ("/snapshot/failures_by_category/rate_limited", "failures by category, rate limited"),
        ("/snapshot/failures_by_code/1/attempts", "failure crm_500, attempts"),
        ("/snapshot/by_page/0/failures", "page /pricing, failures"),
        ("/snapshot/by_page/1/failures", "page (none), failures"),
        ("/snapshot/by_user/0/success_rate", "user site-form, success rate"),
        ("/snapshot/by_source_other/names", "by source other, names"),
        ("/snapshot/rate_limited_by_page/0/attempts", "rate limited on /pricing, attempts"),
        ("/snapshot/by_hour/14/failures", f"hour {TUESDAY}T14:00+00:00, failures"),
        ("/snapshot/duration_ms/p95", "duration ms, p95"),
        ("/snapshot/thresholds/burst_attempts_per_minute", "thresholds, burst attempts per minute"),
        ("/baseline/attempts/median", f"attempts, median (closed days before {TUESDAY})"),
        ("/baseline/by_source/0/failures/spread", "source feed, failures, spread (closed days"),
    ],
)
def test_a_label_says_what_stands_at_the_pointer(pointer: str, label: str) -> None:
    assert put_in(pointer).label.startswith(label)


@pytest.mark.parametrize(
    "pointer",
    [
        "/snapshot/nothing",
        "/snapshot/attempts/0",
        "/snapshot/by_page/2/name",
        "/snapshot/by_page/00/name",
        "/snapshot/by_page/-1/name",
        "/snapshot/by_page/٠/name",
        "/snapshot/by_page/99999999999999999999/name",
        "/snapshot/by_page/name",
        "/snapshot//attempts",
        "/snapshot/attempts/",
        "/snapshot/~1attempts",
        "/baseline/attempts/mean",
    ],
)
def test_a_pointer_to_nowhere_is_refused(pointer: str) -> None:
    assert refusal(pointer) == f"nothing stands at {pointer} in the inputs"


@pytest.mark.parametrize("pointer", ["/snapshot/by_page", "/snapshot/by_page/0", "/baseline/days"])
@pytest.mark.parametrize("format_", [None, "count", "name"])
def test_a_group_of_values_is_refused(pointer: str, format_: str | None) -> None:
    assert refusal(pointer, format_) == f"{pointer} names a group of values, not one"


@pytest.mark.parametrize(
    ("pointer", "format_", "why"),
    [
        ("/snapshot/timezone", "count", "no number"),
        ("/snapshot/timezone", "percent", "no number"),
        ("/snapshot/timezone", "time", "no time"),
        ("/snapshot/attempts", "time", "no time"),
        ("/snapshot/attempts", "name", "no name"),
        ("/snapshot/by_page/1/name", "count", "no number"),
        ("/snapshot/duration_ms/p50", "percent", "no rate"),
        ("/snapshot/failures_by_category/upstream", "percent", "no rate"),
        ("/snapshot/success_rate", "count", "no count"),
    ],
)
def test_a_format_that_does_not_fit_is_refused(pointer: str, format_: str, why: str) -> None:
    assert refusal(pointer, format_) == f"{pointer} is {why}"


def test_a_name_that_looks_like_a_time_is_none() -> None:
    inputs = on(TUESDAY, [Try(page="a name that says 12+34:56"), Try(page="x" * 27)])

    for place in (0, 1):
        with pytest.raises(InvalidTemplate, match="no time"):
            figure(inputs, Placeholder(f"/snapshot/by_page/{place}/name", "time", None))


def test_true_and_none_are_no_numbers() -> None:
    inputs: dict[str, Any] = {**INPUTS, "snapshot": {**INPUTS["snapshot"], "odd": True, "no": None}}

    for key in ("odd", "no"):
        for place in (
            Placeholder(f"/snapshot/{key}", None, None),
            Placeholder(f"/snapshot/{key}", "ratio", "/snapshot/attempts"),
            Placeholder("/snapshot/attempts", "difference", f"/snapshot/{key}"),
        ):
            with pytest.raises(InvalidTemplate, match="no number"):
                figure(inputs, place)


def test_a_ratio_is_a_part_of_a_whole() -> None:
    made = put_in("/snapshot/failures", "ratio", "/snapshot/attempts")

    assert made.pointer == "/snapshot/failures /snapshot/attempts"
    assert (made.value, made.text, made.format) == (0.5, "50.0 %", "ratio")
    assert made.label == f"failures (on {TUESDAY}) of attempts (on {TUESDAY})"


@pytest.mark.parametrize(
    ("pointer", "other", "why"),
    [
        ("/snapshot/attempts", "/snapshot/failures", "no part of"),
        ("/snapshot/attempts", "/snapshot/burst_minutes", "no part of"),
        ("/snapshot/success_rate", "/baseline/success_rate/median", "no part of"),
        ("/snapshot/success_rate", "/snapshot/attempts", "not of one kind"),
    ],
)
def test_a_ratio_of_what_is_no_part_is_refused(pointer: str, other: str, why: str) -> None:
    assert why in refusal(pointer, "ratio", other)


def test_a_difference_of_counts_says_more_or_fewer() -> None:
    assert put_in("/snapshot/attempts", "difference", "/snapshot/failures").text == "2 more"
    assert put_in("/snapshot/failures", "difference", "/snapshot/attempts").text == "2 fewer"
    assert put_in("/snapshot/failures", "difference", "/snapshot/failures").text == "no difference"
    fewer = put_in("/snapshot/attempts", "difference", "/baseline/attempts/median")
    assert (fewer.value, fewer.text) == (-26, "26 fewer")


def test_a_difference_of_rates_is_in_points() -> None:
    made = put_in("/snapshot/success_rate", "difference", "/baseline/success_rate/median")

    assert made.text == "40.3 points less"
    assert "not of one kind" in refusal(
        "/snapshot/success_rate", "difference", "/snapshot/attempts"
    )


@pytest.mark.parametrize(
    ("zone", "date", "utc", "local"),
    [
        ("Europe/Berlin", "2026-10-25", "T00:30", "02:30"),
        ("Europe/Berlin", "2026-10-25", "T01:30", "02:30"),
        ("Europe/Berlin", "2026-03-29", "T00:59", "01:59"),
        ("Europe/Berlin", "2026-03-29", "T01:00", "03:00"),
        ("Europe/London", "2026-03-29", "T00:30", "00:30"),
        ("Europe/London", "2026-03-29", "T01:30", "02:30"),
        ("America/New_York", "2026-07-01", "T16:05", "12:05"),
        ("Asia/Kathmandu", "2026-07-01", "T06:15", "12:00"),
        ("UTC", "2026-07-01", "T23:59", "23:59"),
    ],
)
def test_a_time_is_shown_by_the_clock_of_its_hour(
    zone: str, date: str, utc: str, local: str
) -> None:
    inputs = make_inputs(day(date, [Try(minute=utc)], zone=zone), [])

    shown = figure(inputs, Placeholder("/snapshot/peak_minute/starts_at", "time", None))

    assert shown.text == local
