"""Minutes with very many attempts."""

from leadlog.analysis.detectors.comparing import Inputs, compare, has_baseline
from leadlog.analysis.detectors.wording import days_before, noun, put
from leadlog.analysis.statements import Said


def bursts(inputs: Inputs) -> list[Said]:
    """Tell minutes that reach the snapshot's own threshold, if the days before had none like it.

    That is more such minutes, or a busiest minute with far more attempts.
    """
    snapshot, before = inputs["snapshot"], inputs["baseline"]
    minutes = snapshot["burst_minutes"]
    if not minutes:
        return []
    peak = "/snapshot/peak_minute"
    far = compare(inputs, snapshot["peak_minute"]["attempts"], before["peak_minute"])
    if has_baseline(inputs) and far < 1 and compare(inputs, minutes, before["burst_minutes"]) < 1:
        return []
    begins, count = put(f"{peak}/starts_at"), put(f"{peak}/attempts")
    if minutes == 1:
        attempts = noun(snapshot["peak_minute"]["attempts"], "attempt")
        text = f"The minute from {begins} had {count} {attempts}"
    else:
        least = put("/snapshot/thresholds/burst_attempts_per_minute")
        text = (
            f"{put('/snapshot/burst_minutes')} minutes had at least {least} attempts each; "
            f"the busiest began at {begins} with {count}"
        )
    if has_baseline(inputs):
        median = put("/baseline/peak_minute/median")
        text += f"; the busiest minutes of {days_before(inputs)} have a median of {median}"
    return [Said("system_behaviour", f"{text}.", "notice")]
