"""Words that detectors share, and how they write placeholders."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadlog.analysis.templates import Placeholder, placeholder_text

GROUPS: Final = ("source", "page", "user")
_PREPOSITIONS: Final = {"source": "from", "page": "on", "user": "by"}


def put(pointer: str, format_: str | None = None, other: str | None = None) -> str:
    """Return the placeholder for a figure."""
    return placeholder_text(Placeholder(pointer, format_, other))


def noun(count: float, one: str, many: str | None = None) -> str:
    """Return the noun that goes with a count."""
    return one if count == 1 else many or f"{one}s"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Return parts as an enumeration in prose."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def days_before(inputs: Mapping[str, Any]) -> str:
    """Return in words the days that this one is compared with."""
    return f"the {inputs['baseline']['compared_with']} before"


def last_days(inputs: Mapping[str, Any]) -> str:
    """Return in words all the closed days before that are known."""
    if inputs["baseline"]["days_closed"] == 1:
        return "the closed day before"
    return f"the last {put('/baseline/days_closed')} closed days"


def the_median(inputs: Mapping[str, Any], pointer: str) -> str:
    """Return the clause that tells a median of the days compared with."""
    return f"the median of {days_before(inputs)} is {put(f'{pointer}/median')}"


def of_name(group: str, entry: Mapping[str, Any], pointer: str) -> str:
    """Return where attempts belong, after a noun or a verb: `on the page /pricing`."""
    if entry["name"] is None:
        return f"without a {group}"
    return f"{_PREPOSITIONS[group]} the {group} {put(f'{pointer}/name', 'name')}"
