"""Rate limits: what one is, how it is written, and the exact sliding-window decision.

The window is a moving-window log: an attempt is admitted when fewer than `max_attempts` admitted
attempts lie in the `window_seconds` before it. Unlike fixed windows or counters it never lets a
burst across a boundary through, and every decision can be derived again from the log.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from leadlog.errors import LeadlogError

UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
MAX_ATTEMPTS = 1_000_000_000
MAX_WINDOW_SECONDS = 366 * 86400
_MICROSECONDS = 1_000_000
_PATTERN = re.compile(r"([0-9]{1,10})/([0-9]{1,8})([smhd])")
_NAMES = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}


class Limit(NamedTuple):
    """At most `max_attempts` admitted attempts in any `window_seconds`; 0 blocks the user."""

    max_attempts: int
    window_seconds: int

    def __str__(self) -> str:
        """The form that `parse` reads, with the largest unit that fits: `100/1m`."""
        return f"{self.max_attempts}/{window_text(self.window_seconds)}"


class Decision(NamedTuple):
    """What the limit said about one attempt.

    Attributes:
        admitted: whether the attempt may go on.
        used: admitted attempts in the window, this one included if it was admitted.
        remaining: how many more would be admitted now; never negative.
        retry_after: whole seconds, rounded up, until one more would be admitted; 0 when one would
            be now; None when none ever will be under this limit (it blocks).
    """

    admitted: bool
    used: int
    remaining: int
    retry_after: int | None


def parse(text: str) -> Limit:
    """Read `N/WINDOW`, such as `10/30s`, `100/1m`, `1000/1h`, `5000/1d` or `0/1d`.

    Raises:
        LeadlogError: kind `usage`, when `text` is not of that form or out of range.
    """
    match = _PATTERN.fullmatch(text.strip())
    hint = "Write it as attempts/window, such as 10/30s, 100/1m, 1000/1h or 5000/1d; 0/1d blocks."
    if match is None:
        raise LeadlogError("usage", f'"{text}" is not a rate limit.', hint)
    max_attempts = int(match[1])
    window_seconds = int(match[2]) * UNIT_SECONDS[match[3]]
    if not 0 < window_seconds <= MAX_WINDOW_SECONDS:
        message = "A rate limit's window lasts from one second to 366 days."
        raise LeadlogError("usage", message, hint)
    if max_attempts > MAX_ATTEMPTS:
        message = f"A rate limit allows at most {MAX_ATTEMPTS} attempts."
        raise LeadlogError("usage", message, hint)
    return Limit(max_attempts, window_seconds)


def window_text(window_seconds: int) -> str:
    """Return a window in its largest whole unit: 90 -> `90s`, 60 -> `1m`, 86400 -> `1d`."""
    for unit in ("d", "h", "m"):
        if window_seconds % UNIT_SECONDS[unit] == 0:
            return f"{window_seconds // UNIT_SECONDS[unit]}{unit}"
    return f"{window_seconds}s"


def window_words(window_seconds: int) -> str:
    """Return a window as people say it: 60 -> `1 minute`, 5400 -> `90 minutes`."""
    for seconds in (86400, 3600, 60):
        if window_seconds % seconds == 0:
            break
    else:
        seconds = 1
    count = window_seconds // seconds
    return f"{count:,} {_NAMES[seconds]}{'' if count == 1 else 's'}"


def window_start(limit: Limit, now_us: int) -> int:
    """Return the logical time (µs) after which an admitted attempt still counts at `now_us`."""
    return now_us - limit.window_seconds * _MICROSECONDS


def decide(limit: Limit, in_window: Sequence[int], now_us: int) -> Decision:
    """Decide whether one more attempt is admitted at `now_us`.

    Args:
        limit: the limit in force.
        in_window: logical times (µs, ascending) of the user's admitted attempts that lie after
            `window_start(limit, now_us)`. Only its length and one element are looked at.
        now_us: the logical time of the attempt.
    """
    counted = len(in_window)
    if counted >= limit.max_attempts:
        return Decision(False, counted, 0, _retry_after(limit, in_window, counted, now_us))
    used = counted + 1
    if used < limit.max_attempts:
        return Decision(True, used, limit.max_attempts - used, 0)
    first_us = in_window[0] if counted else now_us
    return Decision(True, used, 0, _seconds_until_free(limit, first_us, now_us))


def status(limit: Limit, in_window: Sequence[int], now_us: int) -> Decision:
    """Tell what `decide` would find at `now_us`, without counting an attempt."""
    counted = len(in_window)
    if counted < limit.max_attempts:
        return Decision(True, counted, limit.max_attempts - counted, 0)
    return Decision(False, counted, 0, _retry_after(limit, in_window, counted, now_us))


def _retry_after(limit: Limit, in_window: Sequence[int], counted: int, now_us: int) -> int | None:
    if limit.max_attempts == 0:
        return None
    # After the limit was lowered more than one attempt must leave the window first.
    freeing_us = in_window[counted - limit.max_attempts]
    return _seconds_until_free(limit, freeing_us, now_us)


def _seconds_until_free(limit: Limit, freeing_us: int, now_us: int) -> int:
    left_us = freeing_us + limit.window_seconds * _MICROSECONDS - now_us
    return -(-left_us // _MICROSECONDS)
