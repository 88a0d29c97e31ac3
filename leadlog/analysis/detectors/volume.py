"""How many attempts the day had."""

from leadlog.analysis.detectors.comparing import Inputs, compare
from leadlog.analysis.detectors.wording import days_before, put
from leadlog.analysis.statements import Said


def volume(inputs: Inputs) -> list[Said]:
    """Tell when far more or, once the day is over, far fewer attempts were made than usual."""
    sign = compare(inputs, inputs["snapshot"]["attempts"], inputs["baseline"]["attempts"])
    if not sign or (sign < 0 and inputs["provisional"]):
        return []
    usual = "/baseline/attempts/median"
    text = (
        f"Far {'more' if sign > 0 else 'fewer'} attempts were made than usual: "
        f"{put('/snapshot/attempts', 'difference', usual)} than the median of "
        f"{days_before(inputs)}, {put(usual)}."
    )
    return [Said("anomalies", text, "notice" if sign > 0 else "warning")]
