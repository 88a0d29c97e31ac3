"""Days divide time, in every zone of the database, whatever its clocks do."""

from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from leadlog import clock
from leadlog.clock import Zone

SECOND = 1_000_000
DAY = 86_400 * SECOND
YEAR_2000 = 946_684_800 * SECOND
YEAR_2040 = 2_208_988_800 * SECOND

any_time = st.integers(0, 253_402_300_799 * SECOND)
any_day = st.dates(date(2000, 1, 1), date(2040, 12, 31))
any_instant = st.integers(YEAR_2000, YEAR_2040)
# The same zone may stand under `posix/` and `right/`, which count leap seconds.
zone_names = sorted(
    name for name in available_timezones() if not name.startswith(("posix/", "right/"))
)
any_zone = st.sampled_from(zone_names).map(lru_cache(maxsize=None)(Zone))


def turning_days(zone: Zone) -> list[date]:
    """Return the days of each week in which the zone's offset changed between 2000 and 2040."""
    days, day = [], date(2000, 1, 1)
    before = zone.local(YEAR_2000).utcoffset()
    while day.year < 2041:
        offset = zone.local(YEAR_2000 + (day - date(2000, 1, 1)).days * DAY).utcoffset()
        if offset != before:
            days += [day + timedelta(days=days_on) for days_on in range(-8, 2)]
            before = offset
        day += timedelta(days=7)
    return days


def check_day(zone: Zone, day: date) -> None:
    starts_us, ends_us = zone.bounds(day.isoformat())
    next_starts_us, _ = zone.bounds((day + timedelta(days=1)).isoformat())
    assert ends_us == next_starts_us
    assert starts_us <= ends_us
    if starts_us < ends_us:
        assert zone.local_date(starts_us) == day.isoformat()
        assert zone.local_date(ends_us - 1) == day.isoformat()
    assert zone.local_date(starts_us - 1) < day.isoformat()
    assert zone.local_date(ends_us) > day.isoformat()
    assert zone.local(starts_us).date() >= day
    assert zone.local(starts_us - 1).date() < day


@given(any_time, any_time)
def test_text_order_is_time_order(time_us: int, other_us: int) -> None:
    text, other = clock.to_text(time_us), clock.to_text(other_us)

    assert (text < other) == (time_us < other_us)
    assert len(text) == len(other) == 27


@given(any_time)
def test_a_time_survives_being_written_and_read(time_us: int) -> None:
    text = clock.to_text(time_us)

    assert clock.from_text(text) == time_us
    assert clock.parse_offset_time(text) == time_us


@settings(max_examples=200)
@given(any_zone, any_day)
def test_days_meet_without_gap_or_overlap(zone: Zone, day: date) -> None:
    check_day(zone, day)


@settings(max_examples=25)
@given(any_zone, st.data())
def test_days_meet_where_clocks_are_put_on_or_back(zone: Zone, data: st.DataObject) -> None:
    days = turning_days(zone) or [date(2026, 1, 28)]
    for day in data.draw(st.lists(st.sampled_from(days), min_size=1, max_size=20)):
        check_day(zone, day)


@settings(max_examples=200)
@given(any_zone, any_instant)
def test_an_instant_belongs_to_the_one_day_that_holds_it(zone: Zone, time_us: int) -> None:
    day = zone.local_date(time_us)

    starts_us, ends_us = zone.bounds(day)

    assert starts_us <= time_us < ends_us


@settings(max_examples=200)
@given(any_zone, any_instant, st.integers(0, 3 * DAY))
def test_dates_never_go_back(zone: Zone, time_us: int, later_by_us: int) -> None:
    assert zone.local_date(time_us) <= zone.local_date(time_us + later_by_us)
