"""Pressure on the rate limit: who was refused, how often and how long, and who came close."""

from collections.abc import Mapping
from typing import Any

from leadlog.analysis.detectors.categories import category_is_above, usual_of_category
from leadlog.analysis.detectors.comparing import Inputs
from leadlog.analysis.detectors.wording import noun, put
from leadlog.analysis.statements import Said


def limit_pressure(inputs: Inputs) -> list[Said]:
    """Tell what the rate limit refused, whom, and over what stretch of time."""
    count = inputs["snapshot"]["failures_by_category"]["rate_limited"]
    if not count:
        return []
    refused = [
        (f"/limits/by_user/{place}", entry)
        for place, entry in enumerate(inputs["limits"]["by_user"])
        if entry["refused"]
    ]
    total = put("/snapshot/failures_by_category/rate_limited")
    attempts, when = f"{total} {noun(count, 'attempt')}", ""
    may_be_ours = all(_was_full(entry) for _, entry in refused)
    if len(refused) == 1:
        pointer, entry = refused[0]
        attempts += f" by the user {put(f'{pointer}/name', 'name')}"
        when = _when(pointer, entry)
        refused = []
    users = _users_refused(inputs) if refused else None
    if users is not None:
        attempts += f" by {put(users)} users"
    far = category_is_above(inputs, "rate_limited")
    text = f"A rate limit refused {attempts}"
    if not may_be_ours:
        text = f"{attempts} {noun(count, 'was', 'were')} recorded as refused by a rate limit"
    text += f"{when}{_where(inputs)}{usual_of_category(inputs, 'rate_limited')}."
    told = [Said("user_behaviour", text, "warning" if far else "info")]
    for pointer, entry in refused:
        were = noun(entry["refused"], "was", "were")
        text = (
            f"{put(f'{pointer}/refused')} of the refused attempts {were} "
            f"by the user {put(f'{pointer}/name', 'name')}{_when(pointer, entry)}."
        )
        told.append(Said("user_behaviour", text, "notice" if far else "info"))
    return told


def close_to_limit(inputs: Inputs) -> list[Said]:
    """Tell the users that used most of what their limit allows and were not refused.

    A limit of a few attempts is used up by its every use, which tells nothing.
    """
    told, thresholds = [], inputs["thresholds"]
    for place, entry in enumerate(inputs["limits"]["by_user"]):
        if entry["refused"] or (entry["most"] or 0) < thresholds["floor_attempts"]:
            continue
        if entry["used"] < thresholds["limit_share"] * entry["most"]:
            continue
        pointer = f"/limits/by_user/{place}"
        text = (
            f"The user {put(f'{pointer}/name', 'name')} used {put(f'{pointer}/used')} of the "
            f"{put(f'{pointer}/most')} attempts that its limit allows in "
            f"{put(f'{pointer}/window_seconds')} {noun(entry['window_seconds'], 'second')}."
        )
        told.append(Said("user_behaviour", text))
    return told


def _users_refused(inputs: Inputs) -> str | None:
    """Return the place of how many users were refused, if the snapshot has counted them.

    It counts the users of each code; with several codes their sum would count some users twice.
    """
    count = inputs["snapshot"]["failures_by_category"]["rate_limited"]
    for place, entry in enumerate(inputs["snapshot"]["failures_by_code"]):
        if (entry["category"], entry["attempts"]) == ("rate_limited", count):
            return f"/snapshot/failures_by_code/{place}/users"
    return None


def _was_full(entry: Mapping[str, Any]) -> bool:
    """Return whether a user's own limit can have refused it, and not only one elsewhere."""
    return entry["used"] is not None and bool(entry["used"] >= entry["most"])


def _when(pointer: str, entry: Mapping[str, Any]) -> str:
    """Return over what stretch of time a user was refused, if it is known."""
    first, last = entry["first_refused_at"], entry["last_refused_at"]
    if first is None:
        return ""
    if first == last:
        return f", at {put(f'{pointer}/first_refused_at', 'time')}"
    return (
        f", in {put(f'{pointer}/refused_minutes')} minutes between "
        f"{put(f'{pointer}/first_refused_at', 'time')} and "
        f"{put(f'{pointer}/last_refused_at', 'time')}"
    )


def _where(inputs: Inputs) -> str:
    most = inputs["snapshot"]["rate_limited_by_page"][0]
    if most["name"] is None:
        return ""
    page = f"on the page {put('/snapshot/rate_limited_by_page/0/name', 'name')}"
    if most["attempts"] == inputs["snapshot"]["failures_by_category"]["rate_limited"]:
        return f", {page}"
    return f", most often {page} ({put('/snapshot/rate_limited_by_page/0/attempts')})"
