"""Days of one kind, and what is usual for a figure on them: pure.

A day is compared with days of its kind: those on its weekday once there are four of them, until
then those of its part of the week, which is either Monday to Friday or the weekend. The median and
the median absolute deviation are used because one bad day moves neither (Leys et al. 2013,
"Detecting outliers: Do not use standard deviation around the mean, use absolute deviation around
the median"). A spread is that of the residuals: how far each of the days lay from the median of the
others of its kind, which is the comparison that the report's date is put to. So a weekend that is
unlike a Monday widens nothing, while a steady growth does.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date as Date  # noqa: N812  # `date` is a text here
from statistics import median
from typing import Final, NamedTuple

ANY_DAYS: Final = "closed days"
"""What a date is compared with that has too few days of its kind before it."""

_DAYS_OF_A_WEEKDAY: Final = 4
_DAYS_OF_A_PART: Final = 2
_WEEKDAYS: Final = (
    *("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"),
)

Usual = dict[str, float | None]


class Kinds(NamedTuple):
    """Which days are of one kind, each named by its place in the list of days.

    Attributes:
        name: what the report's date is compared with, in words: `Mondays`, `weekdays`,
            `weekend days` or `closed days`.
        compared: the days it is compared with.
        on_weekday: the days on its own weekday.
        groups: all the days by their kinds.
    """

    name: str
    compared: tuple[int, ...]
    on_weekday: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]


def kinds_of(date: str, dates: Sequence[str]) -> Kinds:
    """Return which of some dates are of the kind of `date`, and which of each other's."""
    weekdays = list(map(weekday_of, dates))
    own = weekday_of(date)
    on_weekday = tuple(place for place, weekday in enumerate(weekdays) if weekday == own)
    if len(on_weekday) >= _DAYS_OF_A_WEEKDAY:
        return Kinds(_WEEKDAYS[own], on_weekday, on_weekday, _grouped(weekdays))
    parts = [is_weekend(weekday) for weekday in weekdays]
    of_part = tuple(place for place, part in enumerate(parts) if part == is_weekend(own))
    if len(of_part) >= _DAYS_OF_A_PART:
        name = "weekend days" if is_weekend(own) else "weekdays"
        return Kinds(name, of_part, on_weekday, _grouped(parts))
    every = tuple(range(len(dates)))
    return Kinds(ANY_DAYS, every, on_weekday, (every,))


def usual(kinds: Kinds, values: Sequence[float | None]) -> Usual:
    """Return what is usual, of a value for each day; None for a day that has none.

    That is the median of the days compared with, the median absolute distance of all days from the
    others of their kinds, and the median of the days on the date's own weekday.
    """
    return {
        "median": _median(values[place] for place in kinds.compared),
        "spread": _median(_distances(kinds, values)),
        "weekday_median": _median(values[place] for place in kinds.on_weekday),
    }


def weekday_of(date: str) -> int:
    """Return the day of the week of a date, 0 for Monday."""
    return Date.fromisoformat(date).weekday()


def is_weekend(weekday: int) -> bool:
    """Return whether a day of the week is Saturday or Sunday."""
    return weekday >= 5


def _grouped(kinds: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    groups: dict[int, list[int]] = {}
    for place, kind in enumerate(kinds):
        groups.setdefault(kind, []).append(place)
    return tuple(map(tuple, groups.values()))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return _plain(median(known)) if known else None


def _distances(kinds: Kinds, values: Sequence[float | None]) -> Iterator[float]:
    """Yield how far each day lies from the median of the others of its kind."""
    for group in kinds.groups:
        ordered = sorted(value for place in group if (value := values[place]) is not None)
        others = len(ordered) - 1
        if not others:
            continue
        low, high = (others - 1) // 2, others // 2
        for place, value in enumerate(ordered):
            around = ordered[low + (low >= place)] + ordered[high + (high >= place)]
            yield abs(value - around / 2)


def _plain(value: float) -> float:
    """Return a number that looks the same in JSON whoever computed it."""
    rounded = round(value, 6)
    return int(rounded) if float(rounded).is_integer() else rounded
