"""Which formats fit which places in the inputs, so that a number is shown as what it is.

An id is no count, a share is one of attempts among attempts, and a difference is one to what is
usual for the very same thing.
"""

from collections.abc import Mapping
from typing import Any, Final

from leadlog.analysis.places import identified, is_rate, is_time, tokens
from leadlog.analysis.templates import Placeholder

_NO_COUNTS: Final = frozenset(
    {"first_attempt", "last_attempt", "last_correction", "fullest_attempt"}
)
_VERSION: Final = "_version"
_NO_NAMES: Final = frozenset({"sha256", "log_digest"})
_UNITS: Final = {
    "attempts": "attempts",
    "successes": "attempts",
    "failures": "attempts",
    "leads": "attempts",
    "outside": "attempts",
    "users": "users",
    "days_seen": "days",
    "days_with_attempts": "days",
}
"""What the last part of a pointer counts."""


def fault(inputs: Mapping[str, Any], placeholder: Placeholder) -> str | None:
    """Return why a placeholder's format does not fit its place, or None if it does.

    Args:
        inputs: the report's inputs, in which the placeholder's pointers resolve.
        placeholder: with its format as written, or None for what suits the value.
    """
    pointer, format_, other = placeholder
    last = tokens(pointer)[-1]
    if last in _NO_NAMES or (format_ == "name" and is_time(pointer)):
        return f"{pointer} is no name"
    if last in _NO_COUNTS or last.endswith(_VERSION):
        return f"{pointer} is no count"
    if format_ == "time" and not is_time(pointer):
        return f"{pointer} is no time"
    if other is None:
        return None
    if format_ == "ratio" and not _is_share(pointer, other):
        return f"{pointer} is no part of {other}"
    if format_ == "difference" and not _is_usual_of(inputs, pointer, other):
        return f"{other} is not what is usual for {pointer}"
    return None


def _is_share(part: str, whole: str) -> bool:
    """Whether both count the same kind of thing; medians count nothing."""
    unit = _unit(part)
    return unit is not None and unit == _unit(whole)


def _unit(pointer: str) -> str | None:
    path = tokens(pointer)
    if path[0] == "snapshot" and path[-2] == "failures_by_category":
        return "attempts"
    return None if is_rate(pointer) else _UNITS.get(path[-1])


def _is_usual_of(inputs: Mapping[str, Any], pointer: str, usual: str) -> bool:
    """Whether a place in the baseline is a median of what stands at a place in the snapshot."""
    root, *what = identified(inputs, pointer)
    usual_root, *usual_what = identified(inputs, usual)
    if (root, usual_root) != ("snapshot", "baseline") or "median" not in usual_what[-1]:
        return False
    if what == ["peak_minute", "attempts"]:
        what = ["peak_minute"]  # of which the baseline has no more
    return what == usual_what[:-1]
