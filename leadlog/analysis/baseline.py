"""What the days before were like: computed from their snapshots alone; pure."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from leadlog.analysis.usual import Kinds, is_weekend, kinds_of, usual, weekday_of
from leadlog.snapshot import rate

BASELINE_DAYS: Final = 28
"""At most so many closed days before the report's date make the baseline: four of each weekday."""

_TOTALS: Final = ("attempts", "successes", "failures", "leads", "users", "burst_minutes")
_GROUPS: Final = ("source", "page", "user")
_HOURS: Final = 24

Metrics = Mapping[str, Any]


def baseline(date: str, days: Sequence[Metrics], hashes: Sequence[str]) -> dict[str, Any]:
    """Return the baseline of a date.

    Args:
        date: the date, `YYYY-MM-DD`.
        days: the metrics of the closed days before it, the nearest first.
        hashes: the SHA-256 of each.

    Returns:
        `days` with dates, hashes and whether the date is compared with them; in words what kind of
        days that is, and how many; for each total, the success rate (of days with attempts), each
        category, code, hour, source, page and user what `usual` makes of it, a day without it
        counting as zero. With a name come the days it was seen on, and its success rate over all
        of them; `by_source_other` and the like tell on how many days names were only summed up.
        `silent_hours` is what is usual for `silent_stretch`.
    """
    kinds = kinds_of(date, [day["date"] for day in days])
    result: dict[str, Any] = {
        "days": [
            {"date": day["date"], "sha256": sha256, "compared": place in kinds.compared}
            for place, (day, sha256) in enumerate(zip(days, hashes, strict=True))
        ],
        "days_closed": len(days),
        "days_with_attempts": sum(day["attempts"] > 0 for day in days),
        "compared_with": kinds.name,
        "days_compared": len(kinds.compared),
        "days_on_its_weekday": len(kinds.on_weekday),
    }
    for name in _TOTALS:
        result[name] = usual(kinds, [day[name] for day in days])
    result["success_rate"] = usual(kinds, [day["success_rate"] for day in days])
    peaks = [(day["peak_minute"] or {"attempts": 0})["attempts"] for day in days]
    result["peak_minute"] = usual(kinds, peaks)
    result["failures_by_category"] = {
        name: usual(kinds, [day["failures_by_category"][name] for day in days])
        for name in (days[0]["failures_by_category"] if days else ())
    }
    result["failures_by_code"] = _codes(kinds, days)
    for group in _GROUPS:
        result[f"by_{group}"] = _names(date, kinds, days, f"by_{group}")
        summed_up = sum(day[f"by_{group}_other"]["names"] > 0 for day in days)
        result[f"by_{group}_other"] = {"days": summed_up}
    result |= _hours(kinds, days)
    return result


class Stretch(NamedTuple):
    """Hours of the clock in a row, from `start` up to `end`, that had no attempt.

    `missed` is how many attempts they usually have, all together.
    """

    start: int
    end: int
    missed: float


def silent_stretch(attempts: Sequence[int], usual_attempts: Sequence[float]) -> Stretch:
    """Return the stretch of hours without an attempt that usually has the most of them."""
    longest = Stretch(0, 0, 0)
    start, missed = 0, 0.0
    for hour, count in enumerate(attempts):
        if count:
            start, missed = hour + 1, 0.0
            continue
        missed += usual_attempts[hour]
        if missed >= longest.missed:
            longest = Stretch(start, hour + 1, missed)
    return longest


def by_clock(day: Metrics, what: str) -> list[int]:
    """Return a count for each hour of the clock; an hour that the day had twice is summed."""
    counts = [0] * _HOURS
    for entry in day["by_hour"]:
        counts[clock_hour(entry)] += entry[what]
    return counts


def clock_hour(entry: Mapping[str, Any]) -> int:
    """Return the hour of the clock, 0 to 23, at which an hour of a snapshot starts."""
    return int(entry["hour"][11:13])


def _codes(kinds: Kinds, days: Sequence[Metrics]) -> list[dict[str, Any]]:
    seen: dict[tuple[str, str], list[int]] = {}
    for place, day in enumerate(days):
        for entry in day["failures_by_code"]:
            kind = (entry["category"], entry["code"])
            seen.setdefault(kind, [0] * len(days))[place] = entry["attempts"]
    return [
        {
            "category": kind[0],
            "code": kind[1],
            "attempts": usual(kinds, counts),
            "days_seen": sum(count > 0 for count in counts),
            "last_seen": max(day["date"] for day, n in zip(days, counts, strict=True) if n),
        }
        for kind, counts in sorted(seen.items())
    ]


def _names(date: str, kinds: Kinds, days: Sequence[Metrics], key: str) -> list[dict[str, Any]]:
    attempts: dict[str | None, list[int]] = {}
    failures: dict[str | None, list[int]] = {}
    for place, day in enumerate(days):
        for entry in day[key]:
            attempts.setdefault(entry["name"], [0] * len(days))[place] = entry["attempts"]
            failures.setdefault(entry["name"], [0] * len(days))[place] = entry["failures"]
    names = sorted(attempts, key=lambda name: (name is not None, name or ""))
    due_on = _due_on(date, [day["date"] for day in days])
    found = []
    for name in names:
        made, failed = attempts[name], failures[name]
        due = due_on(made)
        found.append(
            {
                "name": name,
                "attempts": usual(kinds, made),
                "failures": usual(kinds, failed),
                "success_rate": rate(sum(made) - sum(failed), sum(made)),
                "days_seen": sum(count > 0 for count in made),
                "days_due": len(due),
                "days_kept": sum(made[place] > 0 for place in due),
            }
        )
    return found


def _due_on(date: str, dates: Sequence[str]) -> Callable[[Sequence[int]], list[int]]:
    """Return a function that tells on which days a name was due, from its counts by day.

    That is on the days of the date's part of the week, but for the weekdays it was never seen on;
    none if the date falls on such a weekday.
    """
    weekdays = list(map(weekday_of, dates))
    own = weekday_of(date)
    of_part = [
        place for place, weekday in enumerate(weekdays) if is_weekend(weekday) == is_weekend(own)
    ]

    def due(counts: Sequence[int]) -> list[int]:
        kept = {weekdays[place] for place in of_part if counts[place]}
        if own in weekdays and own not in kept:
            return []
        return [place for place in of_part if weekdays[place] in kept]

    return due


def _hours(kinds: Kinds, days: Sequence[Metrics]) -> dict[str, Any]:
    attempts = [by_clock(day, "attempts") for day in days]
    failures = [by_clock(day, "failures") for day in days]
    return {
        "by_hour": [
            {
                "hour": f"{hour:02}:00",
                "attempts": usual(kinds, [counts[hour] for counts in attempts]),
                "failures": usual(kinds, [counts[hour] for counts in failures]),
            }
            for hour in range(_HOURS)
            if days
        ],
        "silent_hours": usual(kinds, _missed(kinds, attempts)),
    }


def _missed(kinds: Kinds, attempts: Sequence[Sequence[int]]) -> list[float | None]:
    """Return what each day missed in its silent stretch, judged by the others of its kind."""
    missed: list[float | None] = [None] * len(attempts)
    for group in kinds.groups:
        for place in group:
            others = [attempts[other] for other in group if other != place]
            if others:
                medians = [median(counts) for counts in zip(*others, strict=True)]
                missed[place] = silent_stretch(attempts[place], medians).missed
    return missed
