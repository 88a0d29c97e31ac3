"""What the figure at a place in the inputs is called.

Labels are made from pointers and what stands beside the values, never from what an engine says, so
that a right number in a wrong sentence shows.
"""

from collections.abc import Mapping
from typing import Any, Final

from leadlog.analysis import names
from leadlog.analysis.places import tokens

OF_THE_DAYS_BEFORE: Final = " of the days before"
"""How the label of a figure of the baseline ends."""

_ENTRIES: Final = {
    "failures_by_code": "with failure",
    "by_source": "from source",
    "by_page": "on page",
    "by_user": "of user",
    "by_hour": "in hour",
    "duplicates_by_source": "as duplicates from source",
    "rate_limited_by_page": "over the limit on page",
    "late": "late for",
    "corrections": "corrected for",
}
"""What stands between what is counted and the name of the entry of a list."""

_OBJECTS: Final = {
    "peak_minute": "in the busiest minute",
    "duration_ms": "of duration in ms",
    "by_source_other": "of other sources",
    "by_page_other": "of other pages",
    "by_user_other": "of other users",
    "thresholds": "as threshold",
}
_NAMING: Final = {
    "code": "failure code",
    "category": "failure category",
    "hour": "hour",
    "starts_at": "start",
    "for_date": "date",
    "date": "date",
    "from": "outcome before",
    "to": "outcome after",
}
"""What the name of an entry is, where it is the figure itself."""

_LIMITS: Final = {
    "refused": "refusals",
    "refused_minutes": "minutes with refusals",
    "first_refused_at": "first refusal",
    "last_refused_at": "last refusal",
    "used": "attempts in the fullest window",
    "most": "attempts allowed in a window",
    "window_seconds": "seconds of a window",
}
"""What is counted of a user's limit."""

_STATISTICS: Final = {
    "median": "median",
    "weekday_median": "median of the weekday",
    "spread": "spread",
}


def label_of(inputs: Mapping[str, Any], pointer: str) -> str:
    """Return what the value at a pointer is; the label of a figure of the baseline says so."""
    root, head, *rest = tokens(pointer)
    what = _label(inputs, root, head, rest)
    return f"{what}{OF_THE_DAYS_BEFORE}" if root == "baseline" else what


def share_label(inputs: Mapping[str, Any], part: str, whole: str) -> str:
    """Return what the share of one value in another is."""
    return f"{label_of(inputs, part)} among {label_of(inputs, whole)}"


def difference_label(inputs: Mapping[str, Any], pointer: str, usual: str) -> str:
    """Return what the difference of a value to what is usual for it is."""
    last = tokens(usual)[-1]
    kind = f"the {_STATISTICS[last]}{OF_THE_DAYS_BEFORE}" if last in _STATISTICS else usual
    return f"{label_of(inputs, pointer)} against {kind}"


def _label(inputs: Mapping[str, Any], root: str, head: str, rest: list[str]) -> str:
    statistic = ""
    if root == "baseline" and rest and rest[-1] in _STATISTICS:
        *rest, last = rest
        statistic = f", {_STATISTICS[last]}"
    if isinstance(inputs[root][head], list):
        what = _label_of_entry(inputs, root, head, rest)
    elif head == "failures_by_category":
        what = f"failures of category {_words(rest)}"
    elif head in _OBJECTS and rest == ["starts_at"]:
        what = f"start {_OBJECTS[head]}".replace(" in ", " of ")
    elif head in _OBJECTS:
        what = f"{_words(rest) or 'attempts'} {_OBJECTS[head]}"
    else:
        what = ", ".join(map(_words, ([one] for one in (head, *rest))))
    return f"{what}{statistic}"


def _label_of_entry(inputs: Mapping[str, Any], root: str, head: str, path: list[str]) -> str:
    place, *rest = path
    entry = inputs[root][head][int(place)]
    if rest[-1] == "name":
        return _ENTRIES.get(head, head).split(" ")[-1]
    if rest[-1] in _NAMING:
        return _NAMING[rest[-1]]
    if root == "limits":
        rest = [_LIMITS.get(rest[-1], rest[-1])]
    which = f"{_ENTRIES.get(head, _words([head]))} {_entry_name(inputs, entry)}"
    return f"{_words(rest)} {which}".strip()


def _entry_name(inputs: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    if "hour" in entry:
        return _hour(inputs, entry["hour"])
    for key in ("code", "name"):
        if key in entry:
            return names.NO_NAME if entry[key] is None else names.shown(entry[key])
    if "from" in entry:
        return f"{entry['for_date']} from {_words([entry['from']])} to {_words([entry['to']])}"
    return str(entry.get("for_date", entry.get("date", "")))


def _hour(inputs: Mapping[str, Any], hour: str) -> str:
    """Return an hour's clock time, with its offset where the clock went back and shows it twice.

    An hour of the baseline is no day's, and is its clock time alone.
    """
    if "T" not in hour:
        return hour
    clock, offset = hour[11:16], hour[16:]
    twice = sum(entry["hour"][11:16] == clock for entry in inputs["snapshot"]["by_hour"]) > 1
    return f"{clock}{offset}" if twice else clock


def _words(parts: list[str]) -> str:
    return " ".join(parts).replace("_", " ")
