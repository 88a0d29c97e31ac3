"""A figure is what stands at its place, shown in a form that fits, under its own name."""

from typing import Any

import pytest
from sample_days import TUESDAY, Try, day, make_inputs, on

from leadlog.analysis.figures import Figure, figure, number, percent
from leadlog.analysis.names import holds_number, shown
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
        ("/snapshot/failures_by_code/1/code", None, "“crm_500”"),
        ("/snapshot/by_page/0/name", None, "/pricing"),
        ("/baseline/failures_by_code/0/last_seen", None, "2026-03-09"),
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
        ("/snapshot/attempts", "attempts"),
        ("/snapshot/success_rate", "success rate"),
        ("/snapshot/date", "date"),
        ("/snapshot/timezone", "timezone"),
        ("/snapshot/failures_by_category/rate_limited", "failures of category rate limited"),
        ("/snapshot/failures_by_code/1/attempts", "attempts with failure “crm_500”"),
        ("/snapshot/failures_by_code/1/users", "users with failure “crm_500”"),
        ("/snapshot/failures_by_code/1/code", "failure code"),
        ("/snapshot/by_page/0/failures", "failures on page /pricing"),
        ("/snapshot/by_page/1/failures", "failures on page (none)"),
        ("/snapshot/by_page/0/name", "page"),
        ("/snapshot/by_source/0/attempts", "attempts from source web"),
        ("/snapshot/by_user/0/success_rate", "success rate of user site-form"),
        ("/snapshot/by_user/0/name", "user"),
        ("/snapshot/by_source_other/names", "names of other sources"),
        ("/snapshot/rate_limited_by_page/0/attempts", "attempts over the limit on page /pricing"),
        ("/snapshot/by_hour/14/failures", "failures in hour 14:00"),
        ("/baseline/by_hour/14/failures/median", "failures in hour 14:00, median"),
        ("/snapshot/by_hour/14/hour", "hour"),
        ("/snapshot/peak_minute/attempts", "attempts in the busiest minute"),
        ("/snapshot/peak_minute/starts_at", "start of the busiest minute"),
        ("/snapshot/duration_ms/p95", "p95 of duration in ms"),
        ("/snapshot/burst_minutes", "burst minutes"),
        (
            "/snapshot/thresholds/burst_attempts_per_minute",
            "burst attempts per minute as threshold",
        ),
        ("/baseline/attempts/median", "attempts, median of the days before"),
        ("/baseline/attempts/weekday_median", "attempts, median of the weekday of the days before"),
        ("/baseline/peak_minute/median", "attempts in the busiest minute, median"),
        ("/baseline/failures_by_category/upstream/spread", "failures of category upstream, spread"),
        ("/baseline/by_source/0/failures/spread", "failures from source feed, spread of the days"),
        ("/baseline/by_source/0/days_seen", "days seen from source feed of the days before"),
        ("/baseline/days_with_attempts", "days with attempts of the days before"),
        ("/baseline/failures_by_code/0/last_seen", "last seen with failure duplicate of the days"),
        ("/baseline/days/0/date", "date of the days before"),
    ],
)
def test_a_label_says_what_stands_at_the_pointer(pointer: str, label: str) -> None:
    found = put_in(pointer).label

    assert found.startswith(label)
    assert found.endswith(" of the days before") == pointer.startswith("/baseline/")


def test_corrections_of_one_date_are_told_apart() -> None:
    made = [("2026-03-09", "success", "rate_limited", 1), ("2026-03-09", "success", "upstream", 2)]
    inputs = make_inputs(day(TUESDAY, [Try()], corrections=made), [])

    labels = [
        figure(inputs, Placeholder(f"/snapshot/corrections/{place}/attempts", None, None)).label
        for place in (0, 1)
    ]

    assert labels == [
        "attempts corrected for 2026-03-09 from success to rate limited",
        "attempts corrected for 2026-03-09 from success to upstream",
    ]


def test_an_hour_that_came_twice_is_called_with_its_offset() -> None:
    tries = [Try(minute="T00:30"), Try(minute="T01:30"), Try(minute="T02:30")]
    inputs = make_inputs(day("2026-10-25", tries, zone="Europe/Berlin"), [])

    labels = [
        figure(inputs, Placeholder(f"/snapshot/by_hour/{place}/attempts", None, None)).label
        for place in (2, 3, 4)
    ]

    assert labels == [
        f"attempts in hour {hour}" for hour in ("02:00+02:00", "02:00+01:00", "03:00")
    ]


@pytest.mark.parametrize(
    "name",
    [
        "web",
        "/",
        "/pricing",
        "/partners/acme/",
        "partner-feed",
        "rate_limited",
        "a.b@mail.example.org",
    ],
)
def test_a_name_of_letters_stands_as_it_is(name: str) -> None:
    assert shown(name) == name
    assert not holds_number(name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("crm_500", "“crm_500”"),
        ("9,999", "“9,999”"),
        ("50 %", "“50 %”"),
        ("五十", "“五十”"),
        ("twenty-five", "“twenty-five”"),
        ("/half", "“/half”"),
        ("XII", "“XII”"),
        ("(none)", "“(none)”"),
        ("contact form", "“contact form”"),
        ("web failed 5,000 times; the source", "“web failed 5,000 times; the source”"),
        ("all.", "“all.”"),
        ("-", "“-”"),
        ("", "“”"),
        ("naïve", "“naïve”"),
        ("web” failed; the source “x", '“web\\" failed; the source \\"x”'),
        ('say "x" «y» \\', '“say \\"x\\" \\«y\\» \\\\”'),
        ("\x1b[31m", "“\x1b[31m”"),
    ],
)
def test_a_name_that_could_be_read_as_the_reports_own_words_is_quoted(name: str, text: str) -> None:
    assert shown(name) == text


@pytest.mark.parametrize("text", ["crm_500", "五十", "2026-03-10", "Ⅻ", "twenty-five", "half"])
def test_what_states_a_number_is_known(text: str) -> None:
    assert holds_number(text)


def test_a_label_quotes_a_name_as_the_text_does() -> None:
    inputs = on(TUESDAY, [Try(source="a · [2] 99 leads", category="upstream")])
    pointer = "/snapshot/by_source/0/failures"

    label = figure(inputs, Placeholder(pointer, None, None)).label

    assert label == "failures from source “a · [2] 99 leads”"


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
    assert made.label == "failures among attempts"


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
    assert (fewer.value, fewer.text) == (-27, "27 fewer")
    assert fewer.label == "attempts against the median of the days before"


def test_a_difference_of_rates_is_in_points() -> None:
    made = put_in("/snapshot/success_rate", "difference", "/baseline/success_rate/median")

    assert made.text == "40.3 points less"
    assert "not of one kind" in refusal(
        "/snapshot/success_rate", "difference", "/snapshot/attempts"
    )


@pytest.mark.parametrize(
    ("zone", "date", "utc", "local"),
    [
        ("Europe/Berlin", "2026-10-25", "T00:30", "02:30+02:00"),
        ("Europe/Berlin", "2026-10-25", "T01:30", "02:30+01:00"),
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
