"""When it happened: hours with most of the failures, minutes with very many attempts."""

from leadlog.analysis.detectors.comparing import Inputs
from leadlog.analysis.detectors.concentration import stands_out
from leadlog.analysis.detectors.wording import MOST_LISTED, listed, noun
from leadlog.analysis.statements import Said


def hours(inputs: Inputs) -> list[Said]:
    """Tell when most of the failures fell into a few hours that were not as busy."""
    snapshot, thresholds = inputs["snapshot"], inputs["thresholds"]
    entries = snapshot["by_hour"]
    many = [
        place
        for place, entry in enumerate(entries)
        if entry["failures"] >= thresholds["floor_attempts"]
    ]
    worst = sorted(many, key=lambda place: -entries[place]["failures"])[:MOST_LISTED]
    if not worst or snapshot["failures"] < thresholds["concentration_failures"]:
        return []
    failures = sum(entries[place]["failures"] for place in worst)
    if not stands_out(inputs, failures, sum(entries[place]["attempts"] for place in worst)):
        return []
    told: list[str] = []
    for place in sorted(worst):
        pointer = f"/snapshot/by_hour/{place}"
        what = "" if told else " attempts failed"
        counts = f"{{{{{pointer}/failures}}}} of {{{{{pointer}/attempts}}}}"
        told.append(f"{{{{{pointer}/hour|time}}}} ({counts}{what})")
    verb = noun(len(told), "hour with most failures began", "hours with most failures began")
    return [Said("system_behaviour", f"The {verb} at {listed(told)}.", "warning")]


def bursts(inputs: Inputs) -> list[Said]:
    """Tell minutes with very many attempts."""
    snapshot = inputs["snapshot"]
    minutes = snapshot["burst_minutes"]
    least = snapshot["thresholds"]["burst_attempts_per_minute"]
    if not minutes:
        return []
    text = (
        f"In {{{{/snapshot/burst_minutes}}}} {noun(minutes, 'minute')} there were at least "
        f"{{{{/snapshot/thresholds/burst_attempts_per_minute}}}} {noun(least, 'attempt')}; "
        "the busiest began at {{/snapshot/peak_minute/starts_at|time}} "
        "with {{/snapshot/peak_minute/attempts}}."
    )
    return [Said("system_behaviour", text, "notice")]
