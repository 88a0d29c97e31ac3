"""The figures of one day, from its attempts: pure.

A `DayFold` takes the day's rows in batches, in the order of their ids; `figures` turns what it
counted into the snapshot's keys. Nothing but the rows, the day and the few `Facts` goes in, so the
same log gives the same bytes for ever.
"""

import hashlib
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final, NamedTuple

from leadlog.days import Day, hour_start
from leadlog.model import CATEGORIES

METRICS_VERSION: Final = 1
MOST_NAMES: Final = 100
"""Lists by source, page and user hold so many names; the rest is summed up beside them."""


KEYS: Final = (
    "timezone",
    "starts_at",
    "ends_at",
    "first_attempt",
    "last_attempt",
    "attempts",
    "successes",
    "failures",
    "success_rate",
    "leads",
    "users",
    "failures_by_category",
    "failures_by_code",
    "by_source",
    "by_source_other",
    "by_page",
    "by_page_other",
    "by_user",
    "by_user_other",
    "duplicates_by_source",
    "rate_limited_by_page",
    "by_hour",
    "outside",
    "peak_minute",
    "burst_minutes",
    "duration_ms",
    "late",
    "corrections",
    "thresholds",
    "metrics_version",
    "last_correction",
    "log_digest",
)
"""A snapshot's keys after its date, in the order people read them."""

_INNER_KEYS: Final = (
    *("hour", "starts_at", "for_date", "from", "to", "category", "code", "name", "names"),
    *("attempts", "successes", "failures", "success_rate", "users"),
    *("first_attempt", "last_attempt", "count", "p50", "p95", "p99", "max", *CATEGORIES),
)
_PLACES: Final = {key: place for place, key in enumerate(_INNER_KEYS)}


class Row(NamedTuple):
    """One attempt of the day, its outcome effective; what `storage.day_rows` reads.

    `minute` is the UTC minute it occurred in, `2026-01-28T02:59`; `logged` the outcome before
    corrections, which tells whether it has a lead.
    """

    id: int
    user_id: int
    source: str | None
    page: str | None
    logged: str
    outcome: str
    category: str | None
    code: str | None
    minute: str
    duration_ms: int | None
    late_for: str | None
    hash: str


class Facts(NamedTuple):
    """What a snapshot says beyond the day's rows.

    Attributes:
        handles: the handle of each user id.
        corrections: those made on this date, as (date corrected, from, to, attempt).
        correction_hashes: the row hashes of corrections of this day's attempts, by id.
        last_correction: the newest correction that counts; 0 for none.
        burst_attempts_per_minute: from how many attempts on a minute is a burst.
    """

    handles: Mapping[int, str]
    corrections: Sequence[tuple[str, str, str, int]]
    correction_hashes: Sequence[str]
    last_correction: int
    burst_attempts_per_minute: int


_group = itemgetter(1, 2, 3, 4, 5, 6, 7)
_minute = itemgetter(8, 5)
_duration = itemgetter(9)
_hash = itemgetter(11)

_SUCCESS: Final = "success"
Counts = list[int]
"""Attempts, successes, failures."""


class DayFold:
    """Counts a day's rows, which come in the order of their ids."""

    def __init__(self) -> None:
        self.groups: Counter[tuple[Any, ...]] = Counter()
        self.minutes: Counter[tuple[str, str]] = Counter()
        self.durations = array("q")
        self.late: Counter[str] = Counter()
        self.ids_by_code: dict[tuple[str, str], tuple[int, int]] = {}
        self.first_id: int | None = None
        self.last_id: int | None = None
        self.digest = hashlib.sha256()

    def add(self, rows: Sequence[Any]) -> None:
        """Count a batch of rows, each with the fields of `Row`."""
        if self.first_id is None:
            self.first_id = rows[0][0]
        self.last_id = rows[-1][0]
        self.groups.update(map(_group, rows))
        self.minutes.update(map(_minute, rows))
        self.durations.extend([value for value in map(_duration, rows) if value is not None])
        self.digest.update("".join(map(_hash, rows)).encode())
        for row in rows:
            if row[7] is not None:
                first, _ = self.ids_by_code.get((row[6], row[7]), (row[0], 0))
                self.ids_by_code[row[6], row[7]] = (first, row[0])
            if row[10] is not None:
                self.late[row[10]] += 1


def figures(fold: DayFold, day: Day, facts: Facts) -> dict[str, Any]:
    """Return a snapshot's keys without `status` and `sha256`."""
    attempts = sum(fold.groups.values())
    successes = sum(n for key, n in fold.groups.items() if key[4] == _SUCCESS)
    inside = _inside(fold.minutes, day)
    per_minute: Counter[str] = Counter()
    for (minute, _), count in inside.items():
        per_minute[minute] += count
    burst = facts.burst_attempts_per_minute
    digest = fold.digest.copy()
    digest.update("".join(facts.correction_hashes).encode())
    result: dict[str, Any] = {
        "date": day.date,
        "timezone": day.timezone,
        "starts_at": day.starts_at,
        "ends_at": day.ends_at,
        "first_attempt": fold.first_id,
        "last_attempt": fold.last_id,
        "attempts": attempts,
        "successes": successes,
        "failures": attempts - successes,
        "success_rate": rate(successes, attempts),
        "leads": sum(n for key, n in fold.groups.items() if key[3] == key[4] == _SUCCESS),
        "users": len({key[0] for key in fold.groups}),
        "failures_by_category": _by_category(fold.groups),
        "failures_by_code": _by_code(fold),
    }
    names: tuple[tuple[str, Callable[[Any], str | None]], ...] = (
        ("by_source", itemgetter(1)),
        ("by_page", itemgetter(2)),
        ("by_user", lambda key: facts.handles[key[0]]),
    )
    for name, name_of in names:
        result |= _by_name(name, name_of, fold.groups)
    result |= {
        "duplicates_by_source": _failed_by(fold.groups, "duplicate", itemgetter(1)),
        "rate_limited_by_page": _failed_by(fold.groups, "rate_limited", itemgetter(2)),
        "by_hour": _by_hour(inside, day),
        "outside": attempts - sum(inside.values()),
        "peak_minute": _peak(per_minute),
        "burst_minutes": sum(count >= burst for count in per_minute.values()),
        "duration_ms": _durations(fold.durations),
        "late": [{"for_date": date, "attempts": n} for date, n in sorted(fold.late.items())],
        "corrections": _corrections(facts.corrections),
        "thresholds": {"burst_attempts_per_minute": burst},
        "metrics_version": METRICS_VERSION,
        "last_correction": facts.last_correction,
        "log_digest": digest.hexdigest(),
    }
    return result


def in_reading_order(value: Any) -> Any:
    """Return a figure with the keys inside it as people read them; canonical JSON sorts them."""
    if isinstance(value, list):
        return [in_reading_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    return dict(sorted(value.items(), key=lambda item: _PLACES.get(item[0], 0)))


def rate(part: int, whole: int) -> float | None:
    """Return a share rounded to six decimals, or None of nothing."""
    return round(part / whole, 6) if whole else None


def nearest_rank(count: int, percent: int) -> int:
    """Return the place, from 0, of a percentile by the nearest-rank method."""
    return max(0, -(-count * percent // 100) - 1)


def _by_category(groups: Mapping[tuple[Any, ...], int]) -> dict[str, int]:
    counts = dict.fromkeys(CATEGORIES, 0)
    for key, count in groups.items():
        if key[5] is not None:
            counts[key[5]] += count
    return counts


def _by_code(fold: DayFold) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, str]] = Counter()
    users: dict[tuple[str, str], set[int]] = {}
    for key, count in fold.groups.items():
        if key[6] is not None:
            kind = (key[5], key[6])
            counts[kind] += count
            users.setdefault(kind, set()).add(key[0])
    return [
        {
            "category": kind[0],
            "code": kind[1],
            "attempts": count,
            "users": len(users[kind]),
            "first_attempt": fold.ids_by_code[kind][0],
            "last_attempt": fold.ids_by_code[kind][1],
        }
        for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def ranked(counts: Mapping[str | None, Counts]) -> list[tuple[str | None, Counts]]:
    """Return names with their counts, the largest first, ties by name, no name before any."""
    return sorted(
        counts.items(), key=lambda item: (-item[1][0], item[0] is not None, item[0] or "")
    )


def _by_name(
    title: str, name_of: Callable[[Any], str | None], groups: Mapping[tuple[Any, ...], int]
) -> dict[str, Any]:
    counts: dict[str | None, Counts] = {}
    for key, count in groups.items():
        entry = counts.setdefault(name_of(key), [0, 0, 0])
        entry[0] += count
        entry[1 if key[4] == _SUCCESS else 2] += count
    order = ranked(counts)
    rest = [entry for _, entry in order[MOST_NAMES:]]
    return {
        title: [
            {
                "name": name,
                "attempts": entry[0],
                "successes": entry[1],
                "failures": entry[2],
                "success_rate": rate(entry[1], entry[0]),
            }
            for name, entry in order[:MOST_NAMES]
        ],
        f"{title}_other": {
            "names": len(rest),
            "attempts": sum(entry[0] for entry in rest),
            "successes": sum(entry[1] for entry in rest),
            "failures": sum(entry[2] for entry in rest),
        },
    }


def _failed_by(
    groups: Mapping[tuple[Any, ...], int], category: str, name_of: Callable[[Any], str | None]
) -> list[dict[str, Any]]:
    counts: dict[str | None, Counts] = {}
    for key, count in groups.items():
        if key[5] == category:
            counts.setdefault(name_of(key), [0])[0] += count
    return [{"name": name, "attempts": n} for name, (n,) in ranked(counts)[:MOST_NAMES]]


def _inside(minutes: Mapping[tuple[str, str], int], day: Day) -> dict[tuple[str, str], int]:
    width = len("2026-01-28T02:59")
    first, end = day.starts_at[:width], day.ends_at[:width]
    return {key: count for key, count in minutes.items() if first <= key[0] < end}


def _by_hour(minutes: Mapping[tuple[str, str], int], day: Day) -> list[dict[str, Any]]:
    starts = [hour_start(hour) for hour in day.hours]
    counts = [[0, 0, 0] for _ in starts]
    for (minute, outcome), count in minutes.items():
        entry = counts[bisect_right(starts, minute) - 1]
        entry[0] += count
        entry[1 if outcome == _SUCCESS else 2] += count
    return [
        {"hour": hour, "attempts": entry[0], "successes": entry[1], "failures": entry[2]}
        for hour, entry in zip(day.hours, counts, strict=True)
    ]


def _peak(per_minute: Mapping[str, int]) -> dict[str, Any] | None:
    if not per_minute:
        return None
    minute, count = min(per_minute.items(), key=lambda item: (-item[1], item[0]))
    return {"starts_at": f"{minute}:00.000000Z", "attempts": count}


def _durations(durations: Iterable[int]) -> dict[str, int | None]:
    ordered = sorted(durations)
    result: dict[str, int | None] = {"count": len(ordered)}
    for percent in (50, 95, 99):
        place = nearest_rank(len(ordered), percent)
        result[f"p{percent}"] = ordered[place] if ordered else None
    result["max"] = ordered[-1] if ordered else None
    return result


def _corrections(made: Sequence[tuple[str, str, str, int]]) -> list[dict[str, Any]]:
    attempts: dict[tuple[str, str, str], set[int]] = {}
    for date, before, after, attempt in made:
        attempts.setdefault((date, before, after), set()).add(attempt)
    return [
        {"for_date": date, "from": before, "to": after, "attempts": len(ids)}
        for (date, before, after), ids in sorted(attempts.items())
    ]
