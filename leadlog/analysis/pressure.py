"""How the rate limit bore on a date's users: who was refused, when, how full windows were.

A snapshot tells how many attempts were refused and not whose, nor when. So a report's inputs hold
this beside it, derived from the same attempts of the log; `leadlog verify` derives it again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from leadlog.snapshot import Row

if TYPE_CHECKING:
    from leadlog.repository import Reader

MOST_USERS: Final = 100
"""So many users are listed, those with most refusals and then the fullest windows first."""

NO_PRESSURE: Final[Mapping[str, Any]] = {"by_user": [], "by_user_other": {"names": 0, "refused": 0}}

_REFUSED: Final = "rate_limited"


class LimitUse(NamedTuple):
    """How full a user's window was under one limit, and the first attempt that found it so.

    Attributes:
        used: admitted attempts in the window.
        most: how many the limit allows.
    """

    user_id: int
    used: int
    most: int
    window_seconds: int
    attempt: int


def pressure_on(reader: "Reader", metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Return `limit_pressure` of the attempts that a snapshot was counted from."""
    date, last = metrics["date"], metrics["last_attempt"] or 0
    facts = reader.day_facts(date, last, metrics["last_correction"], 0)

    def rows() -> Iterator[Row]:
        if metrics["failures_by_category"][_REFUSED]:
            for batch in reader.day_rows(date, last, metrics["last_correction"]):
                yield from map(Row._make, batch)

    uses = reader.limit_uses(date, last)
    return limit_pressure(rows(), uses, facts.handles, metrics["starts_at"], metrics["ends_at"])


def limit_pressure(
    rows: Iterable[Row],
    uses: Iterable[LimitUse],
    handles: Mapping[int, str],
    starts_at: str,
    ends_at: str,
) -> dict[str, Any]:
    """Return what a report's inputs hold under `limits`.

    Args:
        rows: the date's attempts that may have been refused, by id.
        uses: how full the windows of its users were.
        handles: the handle of each user id.
        starts_at, ends_at: the date's bounds; refusals outside of them (late ones) have no time.
    """
    width = len("2026-01-28T02:59")
    first, end = starts_at[:width], ends_at[:width]
    refused: dict[int, list[str]] = {}
    for row in rows:
        if row.category == _REFUSED:
            refused.setdefault(row.user_id, []).append(row.minute)
    fullest: dict[int, LimitUse] = {}
    for use in uses:
        known = fullest.get(use.user_id)
        if known is None or _fullness(use) > _fullness(known):
            fullest[use.user_id] = use
    entries = [
        _entry(
            handles[user],
            refused.get(user, []),
            [minute for minute in refused.get(user, []) if first <= minute < end],
            fullest.get(user),
        )
        for user in refused.keys() | fullest.keys()
    ]
    entries.sort(key=_rank)
    rest = entries[MOST_USERS:]
    other = {"names": len(rest), "refused": sum(entry["refused"] for entry in rest)}
    return {"by_user": entries[:MOST_USERS], "by_user_other": other}


def _entry(
    name: str, refused: Sequence[str], minutes: Sequence[str], use: LimitUse | None
) -> dict[str, Any]:
    return {
        "name": name,
        "refused": len(refused),
        "refused_minutes": len(set(minutes)),
        "first_refused_at": f"{min(minutes)}:00.000000Z" if minutes else None,
        "last_refused_at": f"{max(minutes)}:00.000000Z" if minutes else None,
        "used": None if use is None else use.used,
        "most": None if use is None else use.most,
        "window_seconds": None if use is None else use.window_seconds,
        "fullest_attempt": None if use is None else use.attempt,
    }


def _fullness(use: LimitUse) -> float:
    return use.used / use.most if use.most else 1.0


def _rank(entry: Mapping[str, Any]) -> tuple[float, float, str]:
    full = 0.0 if entry["most"] is None else entry["used"] / entry["most"] if entry["most"] else 1.0
    return -entry["refused"], -full, entry["name"]
