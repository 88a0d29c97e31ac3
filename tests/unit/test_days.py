"""A day in a time zone: where it begins and ends, and which hours it has."""

import builtins
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadlog import days
from leadlog.clock import Zone, from_text
from leadlog.days import Day, day_in, hour_start

HOUR_US = 3600 * 1_000_000
# The same zone may stand under `posix/` and `right/`, which count leap seconds.
ZONES = sorted(name for name in available_timezones() if not name.startswith(("posix/", "right/")))


def length_hours(day: Day) -> float:
    return (from_text(day.ends_at) - from_text(day.starts_at)) / HOUR_US


def dates_between(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def hour_number(day: Day, minute: str) -> int:
    """The hour a minute belongs to, as the figures look it up."""
    return sum(hour_start(hour) <= minute for hour in day.hours) - 1


def check_hours(zone: Zone, day: Day) -> None:
    """Its hours begin with the day, ascend within it, have names of their own, and never gape."""
    starts = [hour_start(hour) for hour in day.hours]
    if day.starts_at == day.ends_at:
        assert starts == []
        return
    assert starts[0] == day.starts_at[:16]
    assert starts == sorted(set(starts))
    assert starts[-1] < day.ends_at[:16]
    assert len(set(day.hours)) == len(day.hours)
    ends = [*starts[1:], day.ends_at[:16]]
    for hour, start, end in zip(day.hours, starts, ends, strict=True):
        first = from_text(f"{start}:00.000000Z")
        last = from_text(f"{end}:00.000000Z") - 1
        assert last - first < HOUR_US
        named = datetime.fromisoformat(hour)
        for instant in (first, last):
            local = zone.local(instant)
            assert (local.hour, local.utcoffset()) == (named.hour, named.utcoffset())


@pytest.mark.parametrize(
    ("zone", "date_", "hours", "names"),
    [
        ("UTC", "2026-01-28", 24, 24),
        ("Europe/Berlin", "2026-03-29", 23, 23),
        ("Europe/Berlin", "2026-10-25", 25, 25),
        ("Australia/Lord_Howe", "2026-10-04", 23.5, 24),
        ("Australia/Lord_Howe", "2026-04-05", 24.5, 25),
        ("Asia/Kolkata", "2026-01-28", 24, 24),
        ("Asia/Kathmandu", "2026-01-28", 24, 24),
        ("America/Santiago", "2026-09-06", 23, 23),
        ("Africa/Cairo", "2026-04-24", 23, 23),
        ("Pacific/Apia", "2011-12-30", 0, 0),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(
    zone: str, date_: str, hours: float, names: int
) -> None:
    day = day_in(Zone(zone), date_)

    assert length_hours(day) == hours
    assert len(day.hours) == names
    check_hours(Zone(zone), day)


def test_a_day_says_its_date_and_zone() -> None:
    day = day_in(Zone("Europe/Berlin"), "2026-01-28")

    assert (day.date, day.timezone) == ("2026-01-28", "Europe/Berlin")
    assert (day.starts_at, day.ends_at) == (
        "2026-01-27T23:00:00.000000Z",
        "2026-01-28T23:00:00.000000Z",
    )


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset() -> None:
    day = day_in(Zone("Europe/Berlin"), "2026-10-25")

    assert day.hours[2:4] == ("2026-10-25T02:00+02:00", "2026-10-25T02:00+01:00")


def test_the_hour_that_is_left_out_has_no_name() -> None:
    day = day_in(Zone("Europe/Berlin"), "2026-03-29")

    assert day.hours[1:3] == ("2026-03-29T01:00+01:00", "2026-03-29T03:00+02:00")


def test_an_hour_is_cut_where_the_clock_is_put_on_by_half_of_one() -> None:
    day = day_in(Zone("Australia/Lord_Howe"), "2026-10-04")

    assert day.hours[1:4] == (
        "2026-10-04T01:00+10:30",
        "2026-10-04T02:30+11:00",
        "2026-10-04T03:00+11:00",
    )


def test_an_hour_is_cut_where_the_clock_is_put_back_by_half_of_one() -> None:
    day = day_in(Zone("Australia/Lord_Howe"), "2026-04-05")

    assert day.hours[1:4] == (
        "2026-04-05T01:00+11:00",
        "2026-04-05T01:30+10:30",
        "2026-04-05T02:00+10:30",
    )


def test_a_day_without_midnight_starts_at_one() -> None:
    day = day_in(Zone("America/Santiago"), "2026-09-06")

    assert day.hours[0] == "2026-09-06T01:00-03:00"
    assert day.starts_at == "2026-09-06T04:00:00.000000Z"


def test_the_days_around_a_skipped_one_meet() -> None:
    zone = Zone("Pacific/Apia")

    before, skipped, after = (day_in(zone, f"2011-12-{n}") for n in (29, 30, 31))

    assert before.ends_at == skipped.starts_at == skipped.ends_at == after.starts_at
    assert after.hours[0] == "2011-12-31T00:00+14:00"


@pytest.mark.parametrize(
    ("hour", "starts"),
    [
        ("2026-01-28T00:00+05:30", "2026-01-27T18:30"),
        ("2026-01-28T00:00+05:45", "2026-01-27T18:15"),
        ("2026-10-25T02:00+02:00", "2026-10-25T00:00"),
        ("2026-10-25T02:00+01:00", "2026-10-25T01:00"),
        ("1969-12-31T19:00-05:00", "1970-01-01T00:00"),
        ("1969-12-31T02:00+00:00", "1969-12-31T02:00"),
    ],
)
def test_an_hour_starts_at_a_minute_of_utc(hour: str, starts: str) -> None:
    assert hour_start(hour) == starts


@pytest.mark.parametrize("name", ["Europe/Berlin", "Australia/Lord_Howe"])
def test_hours_cover_every_day_on_which_a_clock_is_set(name: str) -> None:
    zone = Zone(name)
    unusual = 0

    for each in dates_between(date(2020, 1, 1), date(2026, 12, 31)):
        starts_us, ends_us = zone.bounds(each)
        if ends_us - starts_us != 24 * HOUR_US:
            unusual += 1
            check_hours(zone, day_in(zone, each))

    assert unusual == 14


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.dates(date(2000, 1, 1), date(2040, 12, 31)))
def test_hours_cover_any_day_without_gap(name: str, day: date) -> None:
    zone = Zone(name)

    found = day_in(zone, day.isoformat())

    check_hours(zone, found)
    assert length_hours(found) == 0 or 20 <= length_hours(found) <= 28


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana"]),
    st.sampled_from(["2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25"]),
    st.data(),
)
def test_every_minute_lies_in_the_hour_of_its_name(
    name: str, date_: str, data: st.DataObject
) -> None:
    zone = Zone(name)
    day = day_in(zone, date_)
    instant = data.draw(st.integers(from_text(day.starts_at), from_text(day.ends_at) - 1))
    minute = datetime.fromtimestamp(instant // 1_000_000, UTC).isoformat()[:16]

    named = day.hours[hour_number(day, minute)]

    local = zone.local(instant)
    assert named[:13] == local.isoformat()[:13]
    assert datetime.fromisoformat(named).utcoffset() == local.utcoffset()


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    days.tzdata_version.cache_clear()
    yield
    days.tzdata_version.cache_clear()


def make_system(monkeypatch: pytest.MonkeyPatch, folder: Path, files: Mapping[str, str]) -> None:
    (folder / "UTC").write_bytes(b"TZif")
    for name, text in files.items():
        (folder / name).write_text(text)
    monkeypatch.setattr("zoneinfo.TZPATH", (str(folder / "absent"), str(folder)))


def test_the_tzdata_version_is_a_version() -> None:
    assert re.fullmatch(r"20\d\d[a-z]+|unknown", days.tzdata_version())


def test_the_tzdata_version_stands_in_the_systems_own_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_system(monkeypatch, tmp_path, {"tzdata.zi": "# version 2026b\n# redo posix_only\n"})

    assert days.tzdata_version() == "2026b"


def test_the_tzdata_version_stands_in_a_file_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_system(monkeypatch, tmp_path, {"+VERSION": "2025c\n"})

    assert days.tzdata_version() == "2025c"


def test_the_tzdata_version_of_a_system_that_does_not_say_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_system(monkeypatch, tmp_path, {"tzdata.zi": "R A 1916 o - Jun 14 23s 1 S\n"})

    assert days.tzdata_version() == "unknown"


def test_without_a_system_copy_the_package_says_the_tzdata_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tzdata import IANA_VERSION  # type: ignore[import-untyped]  # plain data

    monkeypatch.setattr("zoneinfo.TZPATH", ())

    assert days.tzdata_version() == IANA_VERSION


def test_with_neither_the_tzdata_version_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without_tzdata(name: str, *more: Any) -> Any:
        if name == "tzdata":
            raise ImportError(name)
        return imported(name, *more)

    monkeypatch.setattr("zoneinfo.TZPATH", ())
    monkeypatch.setattr(builtins, "__import__", without_tzdata)

    assert days.tzdata_version() == "unknown"
