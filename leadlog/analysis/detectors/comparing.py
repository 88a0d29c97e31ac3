"""Telling what is far from usual: pure.

"Far" is one test for all detectors: beyond so many robust standard deviations (1.4826 MAD) of the
days before and beyond a floor that keeps small counts quiet (Iglewicz and Hoaglin 1993, "How to
Detect and Handle Outliers"); the numbers stand in the inputs under `thresholds`.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from leadlog.analysis.statements import Said

Inputs = Mapping[str, Any]
Detector = Callable[[Inputs], list[Said]]

_MAD_TO_SIGMA: Final = 1.4826


def has_baseline(inputs: Inputs) -> bool:
    """Whether enough days are closed to compare with."""
    days = inputs["baseline"]["days_with_attempts"]
    return bool(days >= inputs["thresholds"]["baseline_days"])


def is_far(inputs: Inputs, value: float | None, usual: Mapping[str, Any], floor: str) -> bool:
    """Whether a value lies far from the usual one, and from that of its weekday if it is known."""
    if value is None or usual["median"] is None or not has_baseline(inputs):
        return False
    thresholds = inputs["thresholds"]
    known = [usual["median"]]
    if usual["weekday_median"] is not None:
        known.append(usual["weekday_median"])
    limit = max(thresholds["spreads"] * _MAD_TO_SIGMA * usual["spread"], thresholds[floor])
    if floor == "floor_attempts":
        limit = max(limit, thresholds["counting_spreads"] * math.sqrt(max(known)))
    gaps = [value - each for each in known]
    return all(gap >= limit for gap in gaps) or all(gap <= -limit for gap in gaps)


def is_above(inputs: Inputs, value: float, usual: Mapping[str, Any], floor: str) -> bool:
    """Whether a value lies far above the usual one."""
    return is_far(inputs, value, usual, floor) and value > usual["median"]
