"""How failures of one kind are judged over time; pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final

BACK_AFTER_DAYS: Final = 7
"""A kind of failure that was last seen this many days ago or earlier is `back`, not `ongoing`."""

GROUPINGS: Final = {
    None: ("category", "code"),
    "category": ("category",),
    "code": ("code",),
    "source": ("source",),
    "page": ("page",),
    "user": ("user",),
}
"""What `--by` may name, and the columns that grouping shows."""

_BLOCKS = "▁▂▃▄▅▆▇█"


def state(seen: Iterable[str], seen_before: str | None) -> str:
    """Tell whether a kind of failure is `new`, `back` or `ongoing` in a range of log dates.

    Args:
        seen: the dates in the range on which it occurred; at least one.
        seen_before: the last date before the range on which it occurred, or None.
    """
    if seen_before is None:
        return "new"
    last = date.fromisoformat(seen_before)
    for day in sorted(map(date.fromisoformat, seen)):
        if (day - last).days >= BACK_AFTER_DAYS:
            return "back"
        last = day
    return "ongoing"


def sparkline(counts: Iterable[int]) -> str:
    """Return counts as blocks of eighths, scaled to the largest; the lowest block is zero."""
    values = list(counts)
    most = max(values, default=0)
    if most == 0:
        return _BLOCKS[0] * len(values)
    steps = len(_BLOCKS) - 1
    return "".join(_BLOCKS[-(-value * steps // most)] for value in values)
