"""What is seen regularly and was not seen."""

from leadlog.analysis.detectors.comparing import Inputs, is_far
from leadlog.analysis.detectors.wording import PREPOSITIONS, noun
from leadlog.analysis.statements import Said


def silence(inputs: Inputs) -> list[Said]:
    """Tell sources and pages that are seen regularly and were not seen on this day."""
    if inputs["provisional"] or not inputs["snapshot"]["attempts"]:
        return []
    found = []
    for group in ("source", "page"):
        if inputs["snapshot"][f"by_{group}_other"]["names"]:
            continue  # a name may be among those that are only summed up
        present = {entry["name"] for entry in inputs["snapshot"][f"by_{group}"]}
        for place, entry in enumerate(inputs["baseline"][f"by_{group}"]):
            if entry["name"] is None or entry["name"] in present:
                continue
            regular = entry["days_seen"] >= inputs["thresholds"]["regular_days"]
            if regular and is_far(inputs, 0, entry["attempts"], "floor_attempts"):
                pointer = f"/baseline/by_{group}/{place}"
                text = (
                    f"Nothing came {PREPOSITIONS[group]} the {group} "
                    f"{{{{{pointer}/name|name}}}}; its median is {{{{{pointer}/attempts/median}}}} "
                    f"{noun(entry['attempts']['median'], 'attempt')} a day."
                )
                found.append((entry["attempts"]["median"], Said("anomalies", text, "warning")))
    return [said for _, said in sorted(found, key=lambda item: -item[0])]
