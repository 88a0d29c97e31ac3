"""Failure codes that the days before did not have."""

from datetime import date

from leadlog.analysis.detectors.comparing import Inputs, has_baseline
from leadlog.analysis.detectors.wording import noun
from leadlog.analysis.statements import Said
from leadlog.failures import BACK_AFTER_DAYS


def codes(inputs: Inputs) -> list[Said]:
    """Tell failure codes that the days before did not have, or not for a week."""
    if not has_baseline(inputs):
        return []
    known = {
        (entry["category"], entry["code"]): (place, entry)
        for place, entry in enumerate(inputs["baseline"]["failures_by_code"])
    }
    today = date.fromisoformat(inputs["snapshot"]["date"])
    found = []
    for place, entry in enumerate(inputs["snapshot"]["failures_by_code"]):
        pointer = f"/snapshot/failures_by_code/{place}"
        name = f"{{{{{pointer}/code|name}}}}"
        count = f"{{{{{pointer}/attempts}}}} {noun(entry['attempts'], 'time')}"
        before = known.get((entry["category"], entry["code"]))
        if before is None:
            text = f"The failure {name} occurred {count} and on none of the days before."
            found.append(Said("anomalies", text, "notice"))
        elif (today - date.fromisoformat(before[1]["last_seen"])).days >= BACK_AFTER_DAYS:
            last = f"{{{{/baseline/failures_by_code/{before[0]}/last_seen|name}}}}"
            text = f"The failure {name} is back: it occurred {count}, and before that on {last}."
            found.append(Said("anomalies", text, "notice"))
    return found
