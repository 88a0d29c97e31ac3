"""No day of any zone is taken for forged, whatever a later time zone database may know."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from test_calendar_days import any_day, any_zone, turning_days

from leadlog import days
from leadlog.clock import Zone
from leadlog.verification import bounds


def check(zone: Zone, day: date) -> None:
    found = days.day_in(zone, day.isoformat())
    span = (found.starts_at, found.ends_at)
    for version in ("some other", days.tzdata_version()):
        assert bounds.wrong_bound(zone, found.date, *span, version) is None
        assert bounds.are_hours_of(found.hours, zone, found.date, *span, version)


@given(any_zone, any_day)
def test_a_days_own_bounds_and_hours_are_right(zone: Zone, day: date) -> None:
    check(zone, day)


@given(any_zone, st.data())
def test_so_they_are_where_clocks_are_set(zone: Zone, data: st.DataObject) -> None:
    turning = turning_days(zone)
    if turning:
        check(zone, data.draw(st.sampled_from(turning)))


def test_a_skipped_date_has_no_hours() -> None:
    check(Zone("Pacific/Apia"), date(2011, 12, 30))


def test_half_an_hour_may_be_set() -> None:
    check(Zone("Australia/Lord_Howe"), date(2026, 4, 5))
    check(Zone("Australia/Lord_Howe"), date(2026, 10, 4))
