"""What counts for this day from other dates, and what was corrected on it."""

from leadlog.analysis.detectors.comparing import Inputs
from leadlog.analysis.detectors.wording import noun, put
from leadlog.analysis.statements import Said


def late_and_corrected(inputs: Inputs) -> list[Said]:
    """Tell late arrivals that count for this day, and corrections made on it."""
    found = []
    for place, entry in enumerate(inputs["snapshot"]["late"]):
        pointer = f"/snapshot/late/{place}"
        attempts = noun(entry["attempts"], "attempt")
        arrived = noun(entry["attempts"], "arrived late and counts", "arrived late and count")
        text = (
            f"{put(f'{pointer}/attempts')} {attempts} of {put(f'{pointer}/for_date', 'name')} "
            f"{arrived} for this day."
        )
        found.append(Said("anomalies", text))
    for place, entry in enumerate(inputs["snapshot"]["corrections"]):
        pointer = f"/snapshot/corrections/{place}"
        was = noun(entry["attempts"], "attempt", "attempts")
        text = (
            f"{put(f'{pointer}/attempts')} {was} of {put(f'{pointer}/for_date', 'name')} "
            f"{noun(entry['attempts'], 'was', 'were')} corrected from "
            f"{put(f'{pointer}/from', 'name')} to {put(f'{pointer}/to', 'name')} on this day."
        )
        found.append(Said("anomalies", text))
    return found
