"""What counts for this day from other dates."""

from leadlog.analysis.detectors.comparing import Inputs
from leadlog.analysis.detectors.wording import noun
from leadlog.analysis.statements import Said


def late_and_corrected(inputs: Inputs) -> list[Said]:
    """Tell late arrivals and corrections that count for this day."""
    found = []
    for place, entry in enumerate(inputs["snapshot"]["late"]):
        pointer = f"/snapshot/late/{place}"
        verb = noun(entry["attempts"], "attempt counts", "attempts count")
        text = f"{{{{{pointer}/attempts}}}} {verb} for this day but arrived late for "
        found.append(Said("anomalies", f"{text}{{{{{pointer}/for_date|name}}}}."))
    for place, entry in enumerate(inputs["snapshot"]["corrections"]):
        pointer = f"/snapshot/corrections/{place}"
        was = noun(entry["attempts"], "attempt was", "attempts were")
        text = (
            f"{{{{{pointer}/attempts}}}} {was} corrected from {{{{{pointer}/from|name}}}} to "
            f"{{{{{pointer}/to|name}}}}, for {{{{{pointer}/for_date|name}}}}."
        )
        found.append(Said("anomalies", text))
    return found
