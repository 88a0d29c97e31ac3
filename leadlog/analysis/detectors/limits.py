"""What the rate limit refused."""

from leadlog.analysis.detectors.categories import category_is_above, usual_of
from leadlog.analysis.detectors.comparing import Inputs
from leadlog.analysis.detectors.wording import MOST_LISTED, listed, noun
from leadlog.analysis.statements import Said


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
    parts = []
    for place, entry in refusals:
        pointer = f"/snapshot/failures_by_code/{place}"
        part = (
            f"{{{{{pointer}/attempts}}}} {noun(entry['attempts'], 'attempt')} of "
            f"{{{{{pointer}/users}}}} {noun(entry['users'], 'user')}"
        )
        if len(refusals) > 1:
            part += f" ({{{{{pointer}/code|name}}}})"
        parts.append(part)
    text = f"The rate limit refused {listed(parts[:MOST_LISTED])}"
    pages = snapshot["rate_limited_by_page"]
    if pages[0]["name"] is not None:
        page = "{{/snapshot/rate_limited_by_page/0/name|name}}"
        if pages[0]["attempts"] == snapshot["failures_by_category"]["rate_limited"]:
            text += f", on the page {page}"
        else:
            text += f", most often on {page} ({{{{/snapshot/rate_limited_by_page/0/attempts}}}})"
    far = category_is_above(inputs, "rate_limited")
    text += usual_of("rate_limited") if far else ""
    return [Said("user_behaviour", f"{text}.", "warning" if far else "info")]
