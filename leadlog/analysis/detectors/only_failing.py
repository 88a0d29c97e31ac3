"""Sources and pages of which not a single attempt succeeded."""

from leadlog.analysis.detectors.comparing import Inputs
from leadlog.analysis.detectors.failing import failing
from leadlog.analysis.detectors.names import Name, together
from leadlog.analysis.detectors.wording import last_days, listed, put
from leadlog.analysis.statements import Said


def only_failing(inputs: Inputs) -> list[Said]:
    """Tell sources and pages that only failed where chance would let that happen rarely.

    What only fails every day is not told; what carries most of the failures is told as that.
    """
    found = failing(inputs).only_failing
    severities = {name.pointer: severity for name, severity in found}
    return [
        Said("misconfiguration_signals", _told(inputs, names), severities[names[0].pointer])
        for names in together([name for name, _ in found])
    ]


def _told(inputs: Inputs, names: list[Name]) -> str:
    first, *others = names
    text = f"All {put(f'{first.pointer}/attempts')} attempts {first.where()} failed"
    if others:
        text += f", as did as many {listed([name.where() for name in others])}"
    if first.before is not None:
        rate = put(f"{first.before_pointer}/success_rate")
        return f"{text}; on the closed days before, {rate} of the {first.group}'s succeeded."
    if inputs["baseline"]["days_closed"]:
        return f"{text}; the {first.group} was not seen on {last_days(inputs)}."
    return f"{text}."
