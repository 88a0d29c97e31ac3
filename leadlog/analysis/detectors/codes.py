"""Failure codes that the days before did not have."""

from datetime import date

from leadlog.analysis.detectors.comparing import Inputs, has_baseline
from leadlog.analysis.detectors.wording import last_days, noun, put
from leadlog.analysis.statements import Said
from leadlog.failures import BACK_AFTER_DAYS


def codes(inputs: Inputs) -> list[Said]:
    """Tell failure codes that the days before did not have, or not for a week.

    A code that was there before is told only when it comes back more than now and then.
    """
    if not has_baseline(inputs):
        return []
    known = {
        (entry["category"], entry["code"]): (place, entry)
        for place, entry in enumerate(inputs["baseline"]["failures_by_code"])
    }
    today = date.fromisoformat(inputs["snapshot"]["date"])
    least = inputs["thresholds"]["returning_attempts"]
    found = []
    for place, entry in enumerate(inputs["snapshot"]["failures_by_code"]):
        pointer = f"/snapshot/failures_by_code/{place}"
        name = f"The failure {put(f'{pointer}/code', 'name')}"
        count = f"{put(f'{pointer}/attempts')} {noun(entry['attempts'], 'attempt')}"
        before = known.get((entry["category"], entry["code"]))
        if before is None:
            text = f"{name} came up in {count}; none of {last_days(inputs)} had it."
            found.append(Said("anomalies", text, "notice"))
            continue
        away = (today - date.fromisoformat(before[1]["last_seen"])).days
        if away >= BACK_AFTER_DAYS and entry["attempts"] >= least:
            last = put(f"/baseline/failures_by_code/{before[0]}/last_seen", "name")
            text = f"{name} is back, in {count}; it was last seen on {last}."
            found.append(Said("anomalies", text, "notice"))
    return found
