"""Times as text, times as given, and calendar days where clocks are put on and back."""

import time

import pytest

from leadlog import clock
from leadlog.clock import Zone
from leadlog.errors import LeadlogError

SECOND = 1_000_000
HOUR = 3600 * SECOND
JANUARY_28 = 1_769_558_400 * SECOND  # 2026-01-28T00:00:00Z


def at(text: str) -> int:
    time_us = clock.parse_offset_time(text)
    assert time_us is not None
    return time_us


def test_the_epoch_is_written_with_six_decimals() -> None:
    assert clock.to_text(0) == "1970-01-01T00:00:00.000000Z"


def test_a_time_is_written_to_the_microsecond() -> None:
    assert clock.to_text(JANUARY_28 + 123_456) == "2026-01-28T00:00:00.123456Z"


def test_a_written_time_is_read_back() -> None:
    assert clock.from_text("2026-01-28T00:00:00.123456Z") == JANUARY_28 + 123_456


def test_the_system_clock_counts_microseconds_since_1970() -> None:
    before_us = time.time_ns() // 1000

    now_us = clock.SystemClock().now_us()

    assert before_us <= now_us <= time.time_ns() // 1000


@pytest.mark.parametrize(
    ("text", "offset_us"),
    [
        ("2026-01-28T02:59:54Z", 10_794 * SECOND),
        ("2026-01-28T02:59:54z", 10_794 * SECOND),
        ("2026-01-28t02:59:54Z", 10_794 * SECOND),
        ("2026-01-28 02:59:54Z", 10_794 * SECOND),
        ("2026-01-28T02:59Z", 10_740 * SECOND),
        ("2026-01-28T02:59:54+00:00", 10_794 * SECOND),
        ("2026-01-28T08:29:54+05:30", 10_794 * SECOND),
        ("2026-01-28T08:29:54+0530", 10_794 * SECOND),
        ("2026-01-27T21:59:54-05:00", 10_794 * SECOND),
        ("2026-01-28T02:59:54.1Z", 10_794 * SECOND + 100_000),
        ("2026-01-28T02:59:54.123456Z", 10_794 * SECOND + 123_456),
        ("2026-01-28T02:59:54.123456789Z", 10_794 * SECOND + 123_456),
    ],
)
def test_a_time_with_an_offset_is_read(text: str, offset_us: int) -> None:
    assert clock.parse_offset_time(text) == JANUARY_28 + offset_us


def test_a_time_in_the_year_9999_is_a_time() -> None:
    assert at("9999-12-31T23:59:59Z") == 253_402_300_799 * SECOND


def test_the_first_instant_of_1970_is_a_time() -> None:
    assert clock.parse_offset_time("1970-01-01T00:00:00Z") == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-28",
        "2026-01-28T02:59:54",  # no offset
        "2026-01-28T02:59:54 Z",
        "2026-01-28T02:59:54+05",
        "2026-01-28T02:59:54+24:00",
        "2026-01-28T02:59:60Z",  # no leap seconds
        "2026-01-28T02:60:00Z",
        "2026-01-28T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-28T02:59:54.Z",
        "2026-01-28T02:59:54.1234567890Z",
        "2026-01-28T02:59:54,5Z",
        "20260128T025954Z",
        "2026-01-28_02:59:54Z",
        "2026-1-28T02:59:54Z",
        " 2026-01-28T02:59:54Z",
        "2026-01-28T02:59:54Z\n",
        "٢٠٢٦-01-28T02:59:54Z",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "now",
    ],
)
def test_what_is_no_time_with_an_offset_since_1970_is_refused(text: str) -> None:
    assert clock.parse_offset_time(text) is None


@pytest.mark.parametrize(
    ("name", "day", "hours"),
    [
        ("UTC", "2026-03-29", 24),
        ("Europe/Berlin", "2026-03-28", 24),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/Sao_Paulo", "2017-10-15", 23),
        ("Africa/Cairo", "2024-04-26", 23),
        ("Africa/Cairo", "2024-10-31", 25),
        ("America/St_Johns", "2006-10-28", 24),
        ("America/St_Johns", "2006-10-29", 25),
        ("Pacific/Apia", "2011-12-29", 24),
        ("Pacific/Apia", "2011-12-30", 0),
        ("Pacific/Apia", "2011-12-31", 24),
        ("Asia/Kolkata", "2026-01-28", 24),
        ("Asia/Kathmandu", "2026-01-28", 24),
    ],
)
def test_a_day_lasts_as_long_as_its_zone_says(name: str, day: str, hours: float) -> None:
    starts_us, ends_us = Zone(name).bounds(day)

    assert ends_us - starts_us == hours * HOUR


@pytest.mark.parametrize(
    ("name", "day", "starts_at"),
    [
        ("UTC", "2026-01-28", "2026-01-28T00:00:00Z"),
        ("Asia/Kolkata", "2026-01-28", "2026-01-28T00:00:00+05:30"),
        ("Asia/Kathmandu", "2026-01-28", "2026-01-28T00:00:00+05:45"),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00+02:00"),
        # Clocks went from 24:00 straight to 01:00.
        ("America/Sao_Paulo", "2017-10-15", "2017-10-15T01:00:00-02:00"),
        ("Africa/Cairo", "2024-04-26", "2024-04-26T01:00:00+03:00"),
        # Clocks went from 00:01 back to 23:01; the day had begun already.
        ("America/St_Johns", "2006-10-29", "2006-10-29T00:00:00-02:30"),
        # Clocks went from 24:00 on the 29th straight to 00:00 on the 31st.
        ("Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00"),
        ("Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00"),
    ],
)
def test_a_day_starts_at_its_first_instant(name: str, day: str, starts_at: str) -> None:
    assert Zone(name).bounds(day)[0] == at(starts_at)


@pytest.mark.parametrize(
    ("name", "instant", "day"),
    [
        ("UTC", "2026-01-28T23:59:59.999999Z", "2026-01-28"),
        ("UTC", "2026-01-29T00:00:00Z", "2026-01-29"),
        ("Asia/Kolkata", "2026-01-28T18:29:59.999999Z", "2026-01-28"),
        ("Asia/Kolkata", "2026-01-28T18:30:00Z", "2026-01-29"),
        ("America/Sao_Paulo", "2017-10-15T02:59:59Z", "2017-10-14"),
        ("America/Sao_Paulo", "2017-10-15T03:00:00Z", "2017-10-15"),
        ("Pacific/Apia", "2011-12-30T09:59:59Z", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-31"),
        ("America/New_York", "1970-01-01T00:00:00Z", "1969-12-31"),
    ],
)
def test_an_instant_counts_for_its_local_date(name: str, instant: str, day: str) -> None:
    assert Zone(name).local_date(at(instant)) == day


def test_a_date_never_comes_again_when_clocks_go_back_across_midnight() -> None:
    instants = at("2006-10-29T00:00:30-02:30"), at("2006-10-28T23:30:00-03:30")

    dates = [Zone("America/St_Johns").local_date(instant) for instant in instants]

    assert dates == ["2006-10-29", "2006-10-29"]


def test_a_day_starts_where_clocks_landed_that_skipped_more_than_midnight() -> None:
    zone = Zone("America/Toronto")  # from 23:30 on the 30th straight to 00:30 on the 31st

    starts_us, _ = zone.bounds("1919-03-31")

    assert clock.to_text(starts_us) == "1919-03-31T04:30:00.000000Z"


def test_a_zone_answers_the_same_whatever_it_was_asked_before() -> None:
    zone = Zone("Europe/Berlin")
    instants = [JANUARY_28 + hours * HOUR for hours in (0, 30, 22, 23, 46, 47, 1)]

    dates = [zone.local_date(instant) for instant in instants]

    assert dates == [Zone("Europe/Berlin").local_date(instant) for instant in instants]


def test_an_instant_is_shown_in_local_time() -> None:
    local = Zone("Asia/Kolkata").local(JANUARY_28 + 123_456)

    assert local.isoformat() == "2026-01-28T05:30:00.123456+05:30"


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "Europe", "../Europe/Berlin", "/etc/passwd", "a\0b", "\ud800"]
)
def test_a_zone_nobody_knows_is_wrong_usage(name: str) -> None:
    with pytest.raises(LeadlogError) as caught:
        Zone(name)

    assert caught.value.kind == "usage"
    assert caught.value.message == f'There is no time zone "{name}".'
    assert "Europe/Berlin" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("day", "following"),
    [("2026-01-28", "2026-01-29"), ("2024-02-28", "2024-02-29"), ("2026-12-31", "2027-01-01")],
)
def test_the_next_date_follows_the_calendar(day: str, following: str) -> None:
    assert clock.next_date(day) == following


@pytest.mark.parametrize(
    ("text", "day"),
    [("today", "2026-03-01"), ("yesterday", "2026-02-28"), ("2024-02-29", "2024-02-29")],
)
def test_a_date_is_written_out_or_named(text: str, day: str) -> None:
    assert clock.parse_date(text, today="2026-03-01") == day


def test_a_date_the_calendar_does_not_have_is_wrong_usage() -> None:
    with pytest.raises(LeadlogError) as caught:
        clock.parse_date("2026-02-29", today="2026-03-01")

    assert caught.value.kind == "usage"
    assert caught.value.message == "The calendar has no 2026-02-29."


@pytest.mark.parametrize("text", ["", "tomorrow", "20260128", "2026-1-28", "٢٠٢٦-01-28", "Today"])
def test_a_text_that_is_no_date_is_wrong_usage(text: str) -> None:
    with pytest.raises(LeadlogError) as caught:
        clock.parse_date(text, today="2026-03-01")

    assert caught.value.kind == "usage"
    assert caught.value.message == f'"{text}" is not a date.'
    assert caught.value.hint == "Write it as 2026-01-31, or today, or yesterday."
