"""Figures: what a placeholder's value is, how it is shown, and what it is called."""

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from leadlog.analysis import names
from leadlog.analysis.labels import difference_label, label_of, share_label
from leadlog.analysis.places import is_rate, is_time, resolve, tokens
from leadlog.analysis.templates import InvalidTemplate, Placeholder
from leadlog.clock import SECOND_US, parse_offset_time

_OFFSET: Final = re.compile(r"([+-])(\d\d):(\d\d)$")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d|\d\d:\d\d", re.ASCII)
_DATES: Final = frozenset({"date", "for_date", "last_seen", "hour"})
"""What holds a date or an hour of ours, and no text from outside."""


class Figure(NamedTuple):
    """One figure of a statement, with its place, its name, and how it was put in."""

    pointer: str
    label: str
    format: str
    value: Any
    text: str


def figure(inputs: Mapping[str, Any], placeholder: Placeholder) -> Figure:
    """Resolve a placeholder.

    Raises:
        InvalidTemplate: when the pointer leads nowhere, or the format does not fit the value.
    """
    value = resolve(inputs, placeholder.pointer)
    if placeholder.other is not None:
        return _derived(inputs, placeholder, value)
    format_ = placeholder.format or _suggested(placeholder.pointer, value)
    text = _show(inputs, format_, value, placeholder.pointer)
    label = label_of(inputs, placeholder.pointer)
    return Figure(placeholder.pointer, label, format_, value, text)


def number(value: float) -> str:
    """Return a number with thousands separated, a fraction only where there is one."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def percent(rate: float) -> str:
    """Return a rate of 0 to 1 as a percentage."""
    return f"{rate * 100:.1f} %"


def _suggested(pointer: str, value: Any) -> str:
    if isinstance(value, str):
        return "time" if is_time(pointer) else "name"
    return "percent" if is_rate(pointer) else "count"


def _show(inputs: Mapping[str, Any], format_: str, value: Any, pointer: str) -> str:
    if format_ == "name":
        return _name(value, pointer)
    if format_ == "time":
        return _time(inputs, value, pointer)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidTemplate(f"{pointer} is no number")
    if (format_ == "percent") != is_rate(pointer):
        raise InvalidTemplate(f"{pointer} is {'no rate' if format_ == 'percent' else 'no count'}")
    return percent(value) if format_ == "percent" else number(value)


def _name(value: Any, pointer: str) -> str:
    last = tokens(pointer)[-1]
    if value is None and last == "name":
        return names.NO_NAME
    if not isinstance(value, str):
        raise InvalidTemplate(f"{pointer} is no name")
    return value if last in _DATES and _DATE.fullmatch(value) else names.shown(value)


def _derived(inputs: Mapping[str, Any], placeholder: Placeholder, value: Any) -> Figure:
    other_pointer = placeholder.other or ""
    other = resolve(inputs, other_pointer)
    for one, pointer in ((value, placeholder.pointer), (other, other_pointer)):
        if isinstance(one, bool) or not isinstance(one, int | float):
            raise InvalidTemplate(f"{pointer} is no number")
    pointers = f"{placeholder.pointer} {other_pointer}"
    rates = is_rate(placeholder.pointer)
    if rates != is_rate(other_pointer):
        raise InvalidTemplate(f"{placeholder.pointer} and {other_pointer} are not of one kind")
    if placeholder.format == "ratio":
        if rates or other == 0 or not 0 <= value / other <= 1:
            raise InvalidTemplate(f"{placeholder.pointer} is no part of {other_pointer}")
        share = round(value / other, 6)
        label = share_label(inputs, placeholder.pointer, other_pointer)
        return Figure(pointers, label, "ratio", share, percent(share))
    gap = round(value - other, 6)
    size = f"{abs(gap) * 100:.1f} points" if rates else number(abs(gap))
    fewer = "less" if rates else "fewer"
    text = f"{size} {'more' if gap > 0 else fewer}" if gap else "no difference"
    label = difference_label(inputs, placeholder.pointer, other_pointer)
    return Figure(pointers, label, "difference", gap, text)


def _time(inputs: Mapping[str, Any], value: Any, pointer: str) -> str:
    if not isinstance(value, str):
        raise InvalidTemplate(f"{pointer} is no time")
    time_us = parse_offset_time(value)
    if time_us is None:
        raise InvalidTemplate(f"{pointer} is no time")
    if _OFFSET.search(value):
        return _told(inputs["snapshot"], value[11:16], value[16:])
    return _local_clock(inputs["snapshot"], time_us)


def _local_clock(snapshot: Mapping[str, Any], time_us: int) -> str:
    """Return an instant's local clock time by the offset of its hour, as the snapshot has it.

    The offsets come from the inputs and not from the time zone database, so that a stored report
    is rendered alike for ever.
    """
    offset = ""
    offset_us: int | None = None  # before the first hour its offset holds as well
    for entry in snapshot["by_hour"]:
        start_us = parse_offset_time(entry["hour"])
        match = _OFFSET.search(entry["hour"])
        if start_us is None or match is None:
            continue
        if start_us > time_us and offset_us is not None:
            break
        offset, sign = match[0], -1 if match[1] == "-" else 1
        offset_us = sign * (int(match[2]) * 60 + int(match[3])) * 60 * SECOND_US
    minute = (time_us + (offset_us or 0)) // (60 * SECOND_US) % (24 * 60)
    return _told(snapshot, f"{minute // 60:02d}:{minute % 60:02d}", offset)


def _told(snapshot: Mapping[str, Any], clock: str, offset: str) -> str:
    """Return a clock time, with its offset if the day has its hour twice."""
    same = {
        entry["hour"][16:] for entry in snapshot["by_hour"] if entry["hour"][11:13] == clock[:2]
    }
    return f"{clock}{offset}" if len(same) > 1 else clock
