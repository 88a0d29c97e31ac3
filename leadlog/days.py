"""One calendar day as a snapshot sees it: its bounds and its local hours."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from leadlog import clock
from leadlog.clock import SECOND_US, Zone

_MINUTE_US = 60 * SECOND_US


class Day(NamedTuple):
    """A date in a time zone.

    Attributes:
        starts_at, ends_at: its first instant and that of the next date, as stored times.
        hours: the local time, with offset, at which each of its hours starts. An hour ends where
            the clock strikes, or where the clock is set; so a day has 23 to 25 of them, and none
            if the date was skipped.
    """

    date: str
    timezone: str
    starts_at: str
    ends_at: str
    hours: tuple[str, ...]


def day_in(zone: Zone, date: str) -> Day:
    """Return the date `date` in a time zone."""
    start_us, end_us = zone.bounds(date)
    hours, before = [], None
    for time_us in range(start_us, end_us, _MINUTE_US):
        local = zone.local(time_us)
        hour = (local.date(), local.hour, local.utcoffset())
        if hour != before:
            hours.append(local.isoformat(timespec="minutes"))
            before = hour
    return Day(date, zone.name, clock.to_text(start_us), clock.to_text(end_us), tuple(hours))


def hour_start(hour: str) -> str:
    """Return the minute, in UTC as stored times begin, at which an hour of a `Day` starts.

    Since 1972 every offset is of whole minutes, so no hour starts within one.
    """
    return datetime.fromisoformat(hour).astimezone(UTC).isoformat()[: len("2026-01-28T02:59")]


@lru_cache(maxsize=1)
def tzdata_version() -> str:
    """Return the version of the time zone database in use, or `unknown`.

    `zoneinfo` reads the system's copy where there is one and the tzdata package otherwise; the
    system's says its version in the first line of tzdata.zi, or in a file of its own.
    """
    from zoneinfo import TZPATH

    for folder in map(Path, TZPATH):
        if (folder / "UTC").exists():
            for name, pattern in (("tzdata.zi", r"# version (\S+)"), ("+VERSION", r"(\S+)")):
                file = folder / name
                if file.is_file():
                    with file.open() as lines:
                        match = re.match(pattern, lines.readline())
                    if match is not None:
                        return match[1]
            return "unknown"
    try:
        from tzdata import IANA_VERSION  # type: ignore[import-untyped]  # plain data
    except ImportError:
        return "unknown"
    return str(IANA_VERSION)
