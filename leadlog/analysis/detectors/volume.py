"""How many attempts there were, and how many of them succeeded."""

from leadlog.analysis.detectors.comparing import Inputs, is_far
from leadlog.analysis.statements import Said


def success_rate(inputs: Inputs) -> str | None:
    """Return whether the success rate was far `below` or `above` usual; None if it was neither.

    It must differ by as many attempts as the floor for counts, so that a rate of few is let be.
    """
    rate, usual = inputs["snapshot"]["success_rate"], inputs["baseline"]["success_rate"]
    if not is_far(inputs, rate, usual, "floor_rate"):
        return None
    attempts = abs(rate - usual["median"]) * inputs["snapshot"]["attempts"]
    if attempts < inputs["thresholds"]["floor_attempts"]:
        return None
    return "below" if rate < usual["median"] else "above"


def volume(inputs: Inputs) -> list[Said]:
    """Tell when far more or, once the day is over, far fewer attempts were made than usual."""
    attempts, usual = inputs["snapshot"]["attempts"], inputs["baseline"]["attempts"]
    if not is_far(inputs, attempts, usual, "floor_attempts"):
        return []
    more = attempts > usual["median"]
    if inputs["provisional"] and not more:
        return []
    gap = "{{/snapshot/attempts|difference|/baseline/attempts/median}}"
    median = "{{/baseline/attempts/median}}"
    text = f"The number of attempts was far from usual: {gap} than the median of {median} a day."
    return [Said("anomalies", text, "notice" if more else "warning")]
