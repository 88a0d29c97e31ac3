"""Sources, pages and users that are there regularly and were not."""

import math
from collections.abc import Mapping

from leadlog.analysis.detectors.comparing import Inputs, is_over, least_usual, severity_of_chance
from leadlog.analysis.detectors.names import Name, missing, others_growth, section_of, together
from leadlog.analysis.detectors.wording import listed, the_median
from leadlog.analysis.statements import Said


def silence(inputs: Inputs) -> list[Said]:
    """Tell sources, pages and users that are seen regularly and were not seen on this day.

    Regularly is on nearly all the days that they are due on. The chance of a day without them is
    that of a Poisson count of none: exp(-expected).
    """
    if not is_over(inputs):
        return []
    found: dict[str, str] = {}
    gone = []
    for name in missing(inputs):
        expected = least_usual(name.attempts) * min(1.0, others_growth(inputs, name))
        severity = severity_of_chance(inputs, math.exp(-expected), "silence_chance")
        if severity is not None and _is_regular(inputs, name) and name.entry["name"] is not None:
            gone.append((expected, name))
            found[name.pointer] = severity
    gone.sort(key=lambda item: -item[0])
    return [
        Said(section_of(names), _told(inputs, names), _gravest(found, names))
        for names in together([name for _, name in gone])
    ]


def _is_regular(inputs: Inputs, name: Name) -> bool:
    before, thresholds = name.before or {}, inputs["thresholds"]
    kept, due = before["days_kept"], before["days_due"]
    return bool(kept >= thresholds["regular_days"] and kept >= thresholds["regular_share"] * due)


def _gravest(severities: Mapping[str, str], names: list[Name]) -> str:
    return "warning" if "warning" in {severities[name.pointer] for name in names} else "notice"


def _told(inputs: Inputs, names: list[Name]) -> str:
    where = listed([name.where() for name in names], "or")
    return f"No attempt was made {where}; {the_median(inputs, f'{names[0].pointer}/attempts')}."
