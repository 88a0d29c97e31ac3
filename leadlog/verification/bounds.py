"""A closed date's bounds and hours: those of its date in the database's time zone.

A date is asked of the time zone database of today. Where that is the one the date was closed with,
both must say the same. Otherwise it may know the zone better by now: then bounds may lie up to
three hours off, as in `dates`, and hours must follow one another as hours do.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from leadlog import days
from leadlog.clock import SECOND_US, Zone, from_text

ZONE_CHANGE_US: Final = 3 * 3600 * SECOND_US
_HOUR: Final = timedelta(hours=1)


def wrong_bound(
    zone: Zone, date: str, starts_at: str, ends_at: str, tzdata_version: str
) -> str | None:
    """Return which column holds a bound that is not the date's, or None."""
    allowed_us = 0 if _is_known_alike(zone, tzdata_version) else ZONE_CHANGE_US
    try:
        bounds = zone.bounds(date)
    except (ValueError, OverflowError):
        return "snapshot_date"
    for column, text, due_us in zip(
        ("starts_at", "ends_at"), (starts_at, ends_at), bounds, strict=True
    ):
        if abs(_us(text) - due_us) > allowed_us:
            return column
    return None


def are_hours_of(
    hours: Sequence[str], zone: Zone, date: str, starts_at: str, ends_at: str, tzdata_version: str
) -> bool:
    """Whether these are the local hours between a date's bounds, each once and in their order."""
    if _is_known_alike(zone, tzdata_version):
        return tuple(hours) == days.day_in(zone, date).hours
    try:
        locals_ = [datetime.fromisoformat(hour) for hour in hours]
        starts = [local.astimezone(UTC) for local in locals_]
        first, end = (datetime.fromisoformat(text) for text in (starts_at, ends_at))
    except (ValueError, TypeError, OverflowError):
        return False
    if not starts:
        return first == end
    follow = zip(starts, [*starts[1:], end], strict=True)
    struck = pairwise(locals_)
    return (
        starts[0] == first.replace(second=0, microsecond=0)
        and all(timedelta() < later - start <= _HOUR for start, later in follow)
        and all(two.minute == 0 or one.utcoffset() != two.utcoffset() for one, two in struck)
    )


def _is_known_alike(zone: Zone, tzdata_version: str) -> bool:
    if zone.name == "UTC":
        return True
    return tzdata_version != "unknown" and tzdata_version == days.tzdata_version()


def _us(text: str) -> int:
    try:
        return from_text(text)
    except (ValueError, TypeError):
        return -ZONE_CHANGE_US * 2
