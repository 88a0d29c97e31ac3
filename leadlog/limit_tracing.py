"""From a figure of how the rate limit bore on a date's users to the attempts behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadlog.tracing import Source, Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from leadlog.repository import Reader
    from leadlog.snapshot import Row

_MINUTE = len("2026-01-28T02:59")
_SETTINGS = ("most", "window_seconds")
_TIMES = ("first_refused_at", "last_refused_at")

_Found = tuple[str, "Iterable[int]"]


def trace(
    reader: Reader, inputs: Mapping[str, Any], day: Source, pointer: str, value: Any
) -> Trace:
    """Return what a figure of the limits follows from.

    Args:
        reader: of the log.
        inputs: those of the report.
        day: what the date's figures were counted from.
        pointer: the figure's place, which begins with `/limits/`.
        value: what stands there.
    """
    _, _, group, *rest = pointer.split("/")
    listed = inputs["limits"]["by_user"]
    if group == "by_user":
        rule, ids = _of_user(reader, listed[int(rest[0])], rest[1], day)
    else:
        rule, ids = _beyond(reader, listed, rest[0], day)
    return Trace(pointer, value, rule, (), tuple(sorted(ids)))


def _of_user(reader: Reader, entry: Mapping[str, Any], key: str, day: Source) -> _Found:
    """Return the rule and the attempts behind a user's figure.

    These are its refused attempts, or those that were in its fullest window; behind what its limit
    allows, and behind the name of a user that was not refused, the one that found it so full.
    """
    fullest = () if entry["fullest_attempt"] is None else (entry["fullest_attempt"],)
    if key == "used" and fullest:
        return "count", reader.admitted_at(*fullest, entry["window_seconds"])
    if key in _SETTINGS:
        return "name", fullest
    refused = _refused(day, lambda row: day.handles[row.user_id] == entry["name"])
    if key in _TIMES:
        minute = (entry[key] or "")[:_MINUTE]
        return "peak", [row.id for row in refused if row.minute == minute]
    if key == "refused_minutes":
        return "distinct", [row.id for row in refused if _is_within(row.minute, day)]
    ids = [row.id for row in refused]
    if key == "name":
        return "name", ids or fullest
    return "count", ids


def _beyond(reader: Reader, listed: Sequence[Mapping[str, Any]], key: str, day: Source) -> _Found:
    """Return the rule and the attempts behind a figure of the users beyond those listed.

    These are their refused attempts; behind the number of users also, of those who were not
    refused, the attempts that found their windows fullest.
    """
    names = {entry["name"] for entry in listed}
    refused = _refused(day, lambda row: day.handles[row.user_id] not in names)
    ids = {row.id for row in refused}
    if key == "refused":
        return "count", ids
    known = {row.user_id for row in refused}
    uses = reader.limit_uses(day.metrics["date"], day.metrics["last_attempt"] or 0)
    ids |= {
        use.attempt
        for use in uses
        if use.user_id not in known and day.handles[use.user_id] not in names
    }
    return "distinct", ids


def _is_within(minute: str, day: Source) -> bool:
    """Whether a minute is one of the date's, and not that of an attempt late for another."""
    starts_at, ends_at = (day.metrics[key][:_MINUTE] for key in ("starts_at", "ends_at"))
    return bool(starts_at <= minute < ends_at)


def _refused(day: Source, of_users: Callable[[Row], bool]) -> list[Row]:
    return [row for row in day.rows() if row.category == "rate_limited" and of_users(row)]
