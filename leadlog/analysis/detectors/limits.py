"""What the rate limit refused."""

from collections.abc import Mapping
from typing import Any

from leadlog.analysis.detectors.categories import category_is_above, usual_of_category
from leadlog.analysis.detectors.comparing import Inputs
from leadlog.analysis.detectors.wording import listed, noun, put
from leadlog.analysis.statements import Said

_MOST_CODES = 3


def limit_pressure(inputs: Inputs) -> list[Said]:
    """Tell what the rate limit refused, for how many users, and where."""
    snapshot = inputs["snapshot"]
    refusals = [
        (place, entry)
        for place, entry in enumerate(snapshot["failures_by_code"])
        if entry["category"] == "rate_limited"
    ]
    if not refusals:
        return []
    parts = [
        _refused(place, entry, with_code=len(refusals) > 1)
        for place, entry in refusals[:_MOST_CODES]
    ]
    text = f"The rate limit refused {listed(parts)}{_where(inputs)}"
    far = category_is_above(inputs, "rate_limited")
    text += usual_of_category(inputs, "rate_limited")
    return [Said("user_behaviour", f"{text}.", "warning" if far else "info")]


def _refused(place: int, entry: Mapping[str, Any], *, with_code: bool) -> str:
    pointer = f"/snapshot/failures_by_code/{place}"
    text = f"{put(f'{pointer}/attempts')} {noun(entry['attempts'], 'attempt')}"
    if entry["users"] > 1:
        text += f" of {put(f'{pointer}/users')} users"
    elif entry["attempts"] > 1:
        text += " by the same user"
    return f"{text} ({put(f'{pointer}/code', 'name')})" if with_code else text


def _where(inputs: Inputs) -> str:
    most = inputs["snapshot"]["rate_limited_by_page"][0]
    if most["name"] is None:
        return ""
    page = f"on the page {put('/snapshot/rate_limited_by_page/0/name', 'name')}"
    if most["attempts"] == inputs["snapshot"]["failures_by_category"]["rate_limited"]:
        return f", {page}"
    return f", most often {page} ({put('/snapshot/rate_limited_by_page/0/attempts')})"
