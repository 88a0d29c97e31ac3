"""Time: the clock that is passed in, times as text, and calendar days in a time zone.

Times are whole microseconds since 1970 in UTC while we count with them, and text of one fixed width
(`2026-01-28T02:59:54.123456Z`) wherever they are stored or shown to a program, so that text order
is time order.
"""

import re
import time
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol

from leadlog.errors import LeadlogError

SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # plain arithmetic, twice as fast without a zone
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)
# RFC 3339, section 5.6; the offset is mandatory, seconds and their fraction are not.
_OFFSET_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ](?!24)\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII
)


class Clock(Protocol):
    """Where time comes from; a test passes its own."""

    def now_us(self) -> int:
        """Return the wall clock in microseconds since 1970, UTC."""

    def monotonic(self) -> float:
        """Return seconds that never go back, for deadlines within one process."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def now_us(self) -> int:
        """Return the wall clock in microseconds since 1970, UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def to_text(time_us: int) -> str:
    """Return microseconds since 1970 as `2026-01-28T02:59:54.123456Z`."""
    second, microsecond = divmod(time_us, SECOND_US)
    return f"{_second_text(second)}.{microsecond:06d}Z"


def from_text(text: str) -> int:
    """Return the microseconds since 1970 of a time that `to_text` wrote."""
    return (datetime.fromisoformat(text[:26]) - _EPOCH) // _MICROSECOND


# Attempts come in bursts: most times differ from the one before in their microseconds only.
@lru_cache(maxsize=1024)
def _second_text(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat(timespec="seconds")


def parse_offset_time(text: str) -> int | None:
    """Return the microseconds since 1970 of an RFC 3339 time, or None if it is not one.

    An offset is required, so that a time never means something else on another machine. Second 60
    is refused: Python's clock, like POSIX time, has no leap seconds. Years before 1970 are refused.
    """
    if _OFFSET_TIME.fullmatch(text) is None:
        return None
    try:
        time_us = (datetime.fromisoformat(text.upper()) - _EPOCH_UTC) // _MICROSECOND
    except (ValueError, OverflowError):
        return None
    return time_us if time_us >= 0 else None


class Zone:
    """Calendar days in one time zone, each half open: `day_start(d)` to `day_start(d + 1)`.

    A day starts at the first instant whose local date is that day or later. So days meet without
    gap or overlap whatever the zone does: a day may last 23 or 25 hours, start at 01:00 where
    midnight was skipped, or be empty where the whole date was (Apia, 2011-12-30).

    Args:
        name: a name of the IANA time zone database, such as `Europe/Berlin` or `UTC`.

    Raises:
        LeadlogError: kind `usage`, when there is no such zone.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.tzinfo = _load(name)
        self._cached = (0, 0, "")

    def local_date(self, time_us: int) -> str:
        """Return the date, `YYYY-MM-DD`, whose day holds the instant `time_us`."""
        start_us, end_us, text = self._cached
        if start_us <= time_us < end_us:
            return text
        local = datetime.fromtimestamp(time_us // SECOND_US, self.tzinfo).date()
        if time_us >= day_start(local + _ONE_DAY, self.tzinfo):
            local += _ONE_DAY  # the clock went back across midnight; a date never comes again
        text = local.isoformat()
        self._cached = (
            day_start(local, self.tzinfo),
            day_start(local + _ONE_DAY, self.tzinfo),
            text,
        )
        return text

    def bounds(self, day: str) -> tuple[int, int]:
        """Return the first instant of the date `day` and of the next date, in µs since 1970."""
        first = date.fromisoformat(day)
        return day_start(first, self.tzinfo), day_start(first + _ONE_DAY, self.tzinfo)

    def local(self, time_us: int) -> datetime:
        """Return an instant as an aware local time, for showing."""
        return (_EPOCH_UTC + timedelta(microseconds=time_us)).astimezone(self.tzinfo)


def next_date(day: str) -> str:
    """Return the calendar date after `day`."""
    return (date.fromisoformat(day) + _ONE_DAY).isoformat()


def parse_date(text: str, today: str) -> str:
    """Return `today`, the day before for `yesterday`, or a date written `YYYY-MM-DD`.

    Raises:
        LeadlogError: kind `usage`, when `text` is none of these.
    """
    if text == "today":
        return today
    if text == "yesterday":
        return (date.fromisoformat(today) - _ONE_DAY).isoformat()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            message = f"The calendar has no {text}."
            hint = "Dates are written 2026-01-31, or today, or yesterday."
            raise LeadlogError("usage", message, hint) from None
    hint = "Write it as 2026-01-31, or today, or yesterday."
    raise LeadlogError("usage", f'"{text}" is not a date.', hint)


@lru_cache(maxsize=4096)
def day_start(day: date, zone: tzinfo) -> int:
    """Return the first instant, in µs since 1970, whose local date is `day` or later."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    start = _utc_seconds(midnight)
    if _local(start, zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return start * SECOND_US
    # Midnight was skipped: the clock jumped over it somewhere between its two readings (PEP 495),
    # and the day starts where it landed.
    before, after = _utc_seconds(midnight.replace(fold=1)), start
    while after - before > 1:
        middle = (before + after) // 2
        if _local(middle, zone).date() >= day:
            after = middle
        else:
            before = middle
    return after * SECOND_US


def _utc_seconds(local: datetime) -> int:
    offset = local.utcoffset()
    if offset is None:
        raise ValueError("a local time needs its zone")
    return (local.replace(tzinfo=None) - offset - _EPOCH) // timedelta(seconds=1)


def _local(seconds: int, zone: tzinfo) -> datetime:
    return (_EPOCH_UTC + timedelta(seconds=seconds)).astimezone(zone)


def _load(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        message = f'There is no time zone "{name}".'
        hint = "Use a name of the IANA time zone database, such as Europe/Berlin or UTC."
        raise LeadlogError("usage", message, hint) from None
