"""From a figure of a report's baseline to the figures of the closed days that it follows from."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812  # `date` is a text here
from typing import TYPE_CHECKING, Any, NamedTuple

from leadlog import tracing
from leadlog.analysis import places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Days = list[tuple["Mapping[str, Any]", "tracing.Source | None"]]
"""The closed days before: the metrics of each, and what they were counted from unless too many."""

_MEDIANS = ("median", "weekday_median", "spread")
_OF_NO_FIGURE = ("days", "silent_hours")
"""What stands in no snapshot: the days themselves, and what a day missed against its others."""


class DayFigure(NamedTuple):
    """A figure of a closed day; `leadlog trace DATE POINTER` leads on from it.

    Attributes:
        pointer: into that day's snapshot, or None where the day has no such entry.
        value: what stands there; a day without the entry counts as zero.
    """

    date: str
    pointer: str | None
    value: Any


def rule_of(pointer: str) -> str:
    """Return by which rule a figure of the baseline follows from the figures of its days.

    The spread is a median too, that of the distances from the median.
    """
    last = pointer.rsplit("/", 1)[-1]
    if last in _MEDIANS:
        return "median_of_days"
    if last == "success_rate":
        return "ratio"
    return "distinct" if last.startswith("days") else "name"


def days_behind(inputs: Mapping[str, Any], days: Days, pointer: str) -> list[DayFigure]:
    """Return the figures of days that a figure of the baseline follows from; none for others."""
    root, *path = places.identified(inputs, pointer)
    if root != "baseline" or path[0] in _OF_NO_FIGURE:
        return []
    last = path[-1]
    if path[0] == "by_hour":
        place = int(places.tokens(pointer)[2])
        clock = inputs["baseline"]["by_hour"][place]["hour"]
        found = [one for metrics, _ in days for one in _hour_figures(metrics, clock, path[2])]
    else:
        wanted = _counted(path)
        found = [_day_figure(metrics, wanted) for metrics, _ in days]
    if last in _MEDIANS:
        found = [one for one in found if one.value is not None]
        if last == "median":
            compared = {day["date"] for day in inputs["baseline"]["days"] if day["compared"]}
            found = [one for one in found if one.date in compared]
    else:
        found = [one for one in found if one.value]  # days that had any of it
    if last == "weekday_median":
        weekday = _weekday(inputs["snapshot"]["date"])
        return [one for one in found if _weekday(one.date) == weekday]
    if last == "last_seen":
        return found[:1]  # the nearest
    return found


def attempts_behind(days: Days, figure: DayFigure) -> Sequence[int]:
    """Return the attempts behind a day's figure; none where the days hold too many."""
    for metrics, source in days:
        if metrics["date"] == figure.date and source is not None and figure.pointer is not None:
            return tracing.trace(source, figure.pointer).attempts
    return ()


def _counted(path: Sequence[str]) -> list[str]:
    """Return the place in a day's snapshot of what a figure of the baseline is about."""
    if path == ["days_with_attempts"]:
        return ["attempts"]
    inner = list(path[:-1])
    if path[-1] not in _MEDIANS or inner == ["peak_minute"]:
        inner.append("attempts")
    return inner


def _day_figure(metrics: Mapping[str, Any], path: Sequence[str]) -> DayFigure:
    pointer = places.find(metrics, path)
    if pointer is None:
        return DayFigure(metrics["date"], None, 0)
    value = tracing.resolve(metrics, pointer)
    return DayFigure(metrics["date"], None if value is None else pointer, value)


def _hour_figures(metrics: Mapping[str, Any], clock: str, what: str) -> list[DayFigure]:
    """Return the figures of an hour of the clock: none, one, or two where the day had it twice."""
    return [
        DayFigure(metrics["date"], f"/by_hour/{place}/{what}", entry[what])
        for place, entry in enumerate(metrics["by_hour"])
        if entry["hour"][11:16] == clock
    ]


def _weekday(date: str) -> int:
    return Date.fromisoformat(date).weekday()
