"""What is usual: medians and spreads of the closed days before, from their snapshots alone; pure.

The median and the median absolute deviation (MAD) are used because one bad day moves neither
(Rousseeuw and Croux 1993, "Alternatives to the Median Absolute Deviation").
"""

from collections.abc import Mapping, Sequence
from datetime import date as Date  # noqa: N812  # `date` is a text here
from statistics import median
from typing import Any, Final

BASELINE_DAYS: Final = 28
"""At most so many closed days before the report's date make the baseline: four of each weekday."""

_TOTALS: Final = ("attempts", "successes", "failures", "leads", "users", "burst_minutes")
_GROUPS: Final = ("source", "page", "user")


def baseline(date: str, days: Sequence[Mapping[str, Any]], hashes: Sequence[str]) -> dict[str, Any]:
    """Return the baseline of a date.

    Args:
        date: the date, `YYYY-MM-DD`.
        days: the metrics of the closed days before it, the nearest first.
        hashes: the SHA-256 of each.

    Returns:
        `days` with dates and hashes; for each total, the success rate (of days with attempts),
        each category, code, source, page and user: median and spread (MAD) over all the days and
        the median of those on the same weekday, a day without it counting as zero, and on how
        many days it was seen.
    """
    result: dict[str, Any] = {
        "days": [
            {"date": day["date"], "sha256": sha256}
            for day, sha256 in zip(days, hashes, strict=True)
        ],
        "days_with_attempts": sum(day["attempts"] > 0 for day in days),
    }
    for name in _TOTALS:
        result[name] = usual(date, {day["date"]: day[name] for day in days})
    rates = {day["date"]: day["success_rate"] for day in days if day["success_rate"] is not None}
    result["success_rate"] = usual(date, rates)
    peaks = {day["date"]: (day["peak_minute"] or {"attempts": 0})["attempts"] for day in days}
    result["peak_minute"] = usual(date, peaks)
    categories = days[0]["failures_by_category"] if days else {}
    result["failures_by_category"] = {
        name: usual(date, {day["date"]: day["failures_by_category"][name] for day in days})
        for name in categories
    }
    result["failures_by_code"] = _codes(date, days)
    for group in _GROUPS:
        result[f"by_{group}"] = _group(date, days, f"by_{group}")
    return result


def usual(date: str, values: Mapping[str, float]) -> dict[str, float | None]:
    """Return the median of some days' values and their median absolute deviation from it.

    With it comes the median of the days on the date's own weekday, or None where there are none:
    a Sunday is not unusual for being unlike a Monday.
    """
    if not values:
        return {"median": None, "spread": None, "weekday_median": None}
    middle = median(values.values())
    spread = median(abs(value - middle) for value in values.values())
    alike = [value for day, value in values.items() if _weekday(day) == _weekday(date)]
    return {
        "median": _plain(middle),
        "spread": _plain(spread),
        "weekday_median": _plain(median(alike)) if alike else None,
    }


def _weekday(date: str) -> int:
    return Date.fromisoformat(date).weekday()


def _plain(value: float) -> float:
    """Return a number that looks the same in JSON whoever computed it."""
    rounded = round(value, 6)
    return int(rounded) if float(rounded).is_integer() else rounded


def _codes(date: str, days: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[tuple[str, str], dict[str, int]] = {}
    for day in days:
        for entry in day["failures_by_code"]:
            kind = (entry["category"], entry["code"])
            seen.setdefault(kind, {})[day["date"]] = entry["attempts"]
    return [
        {
            "category": kind[0],
            "code": kind[1],
            "attempts": usual(date, _filled(counts, days)),
            "days_seen": len(counts),
            "last_seen": max(counts),
        }
        for kind, counts in sorted(seen.items())
    ]


def _group(date: str, days: Sequence[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    attempts: dict[str | None, dict[str, int]] = {}
    failures: dict[str | None, dict[str, int]] = {}
    for day in days:
        for entry in day[key]:
            attempts.setdefault(entry["name"], {})[day["date"]] = entry["attempts"]
            failures.setdefault(entry["name"], {})[day["date"]] = entry["failures"]
    names = sorted(attempts, key=lambda name: (name is not None, name or ""))
    return [
        {
            "name": name,
            "attempts": usual(date, _filled(attempts[name], days)),
            "failures": usual(date, _filled(failures[name], days)),
            "days_seen": len(attempts[name]),
        }
        for name in names
    ]


def _filled(counts: Mapping[str, int], days: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return counts by date with a zero for each day that had none."""
    return {day["date"]: counts.get(day["date"], 0) for day in days}
