"""Telling what is far from usual: pure.

"Far" is one test for all detectors, and every part of it must hold; the numbers stand in the inputs
under `thresholds`. The gap exceeds so many standard deviations: those that chance gives to counts
of rare events (Poisson; Huffman 1984, "An improved approximate two-sample Poisson test"), or where
the days before differed by more than that, theirs, told by the median absolute deviation (1.4826 of
it is one; Leys et al. 2013). And it exceeds a floor, in number and in proportion, below which a
difference is of no use to anybody.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from leadlog.analysis.statements import Said
from leadlog.analysis.usual import ANY_DAYS, Usual

Inputs = Mapping[str, Any]
Detector = Callable[[Inputs], list[Said]]

_NEGLIGIBLE: Final = 1e-17
NEVER: Final[Usual] = {"median": 0, "spread": 0, "weekday_median": 0}
"""What is usual for a name or a code that none of the days before had."""

_MAD_TO_SIGMA: Final = 1.4826


def has_baseline(inputs: Inputs) -> bool:
    """Return whether enough days are closed to compare with, some of this day's kind among them."""
    before = inputs["baseline"]
    enough = before["days_with_attempts"] >= inputs["thresholds"]["baseline_days"]
    return bool(enough and before["compared_with"] != ANY_DAYS)


def is_over(inputs: Inputs) -> bool:
    """Return whether the day is over, had attempts, and can be compared with others."""
    made = inputs["snapshot"]["attempts"]
    return bool(made and not inputs["provisional"] and has_baseline(inputs))


def compare(inputs: Inputs, count: float, usual: Mapping[str, Any], scale: float = 1.0) -> int:
    """Return 1 for a count far above what is usual, -1 for one far below, 0 for any other.

    Where there are too few days on the same weekday to compare with them alone, the count must at
    least not be explained by them.

    Args:
        scale: how many times the usual is expected, for what goes with the volume of the day.
    """
    if not has_baseline(inputs):
        return 0
    thresholds, before = inputs["thresholds"], inputs["baseline"]
    expected = usual["median"] * scale
    gap = count - expected
    if abs(gap) < max(thresholds["floor_attempts"], thresholds["floor_change"] * expected):
        return 0
    sign, days = (1 if gap > 0 else -1), before["days_compared"]
    far = thresholds["spreads"] * _dispersion(inputs, usual)
    if sign * excess(count, usual["median"], days, scale) < far:
        return 0
    alike = usual["weekday_median"]
    if alike is None or sign * excess(count, alike, days, scale) >= thresholds["weekday_spreads"]:
        return sign
    return 0


def _dispersion(inputs: Inputs, usual: Mapping[str, Any]) -> float:
    """Return how many times the spread of chance the days before differed by; at least 1.

    Each of them was held against the median of its others, whose variance is that of a count by
    pi / 2 and by how many they are. Counts are whole, so their spread is known to no more than one;
    half of it is taken off.
    """
    others = inputs["baseline"]["days_compared"] - 1
    chance = math.sqrt((usual["median"] + 3 / 8) * (1 + math.pi / 2 / others))
    return max(1.0, _MAD_TO_SIGMA * float(usual["spread"] - 1 / 2) / chance)


def excess(count: float, usual: float, days: int, scale: float = 1.0) -> float:
    """Return by how many standard deviations a count exceeds that of some days, each `usual`.

    The square root makes the spread of Poisson counts independent of their size; as the days are
    few, what is known of them has a spread as well (Huffman 1984).
    """
    part = scale / days
    gap = math.sqrt(count + 3 / 8) - math.sqrt(part * (usual * days + 3 / 8))
    return 2 * gap / math.sqrt(1 + part)


def compare_rate(inputs: Inputs) -> int:
    """Return 1 for a success rate far above what is usual, -1 for one far below, else 0.

    The failures or the successes must be far from those that so many attempts usually have, so
    that a rate of few attempts is let be.
    """
    snapshot, thresholds = inputs["snapshot"], inputs["thresholds"]
    usual = inputs["baseline"]["success_rate"]
    known = None not in (snapshot["success_rate"], usual["median"], usual["spread"])
    if not known or not has_baseline(inputs):
        return 0
    least = max(thresholds["floor_rate"], thresholds["spreads"] * _MAD_TO_SIGMA * usual["spread"])
    medians = (usual["median"], usual["weekday_median"])
    gaps = [snapshot["success_rate"] - each for each in medians if each is not None]
    sign = 1 if gaps[0] > 0 else -1
    if any(sign * gap < least for gap in gaps):
        return 0
    days, successes = inputs["baseline"]["days_compared"], snapshot["attempts"] * usual["median"]
    more = snapshot["successes"] - successes
    by_chance = max(
        sign * excess(snapshot["successes"], successes, days),
        -sign * excess(snapshot["failures"], snapshot["attempts"] - successes, days),
    )
    enough = sign * more >= thresholds["floor_attempts"]
    return sign if enough and by_chance >= thresholds["spreads"] else 0


def success_growth(inputs: Inputs) -> float:
    """Return how many times the usual number of attempts succeeded; 1 where that is unknown.

    Failures are measured by it: more of them go with more attempts, but not with their own.
    """
    usual = inputs["baseline"]["successes"]["median"]
    return float(inputs["snapshot"]["successes"] / usual) if usual else 1.0


def is_above(inputs: Inputs, count: float, usual: Mapping[str, Any], scale: float = 1.0) -> bool:
    """Return whether a count is far above what is usual, and not just with the day's volume.

    Without enough days to compare with, it must only be above by the floor.

    Args:
        scale: the growth of what it goes with.
    """
    if not has_baseline(inputs):
        return bool(count - (usual["median"] or 0) >= inputs["thresholds"]["floor_attempts"])
    return compare(inputs, count, usual, max(1.0, scale)) > 0


def is_below(inputs: Inputs, count: float, usual: Mapping[str, Any], scale: float = 1.0) -> bool:
    """Return whether a count is far below what is usual, and not just with the day's volume."""
    return compare(inputs, count, usual, min(1.0, scale)) < 0


def chance_of_failures(attempts: int, failures: int, share: float) -> float:
    """Return the chance of so many failures or more, of which each attempt is one by `share`.

    That is the upper tail of the binomial distribution. Terms are summed on the side of the mean
    that the count lies on, away from it, where the first is the largest and none underflows first.
    """
    if not 0 < share < 1:
        return float(share > 0 or not failures)
    odds = share / (1 - share)
    if failures > attempts * share:
        term, chance = _binomial(attempts, failures, share), 0.0
        for count in range(failures, attempts + 1):
            chance += term
            term *= (attempts - count) / (count + 1) * odds
        return min(1.0, chance)
    fewer = 0.0
    if failures:
        term = _binomial(attempts, failures - 1, share)
        for count in range(failures - 1, -1, -1):
            fewer += term
            term *= count / (attempts - count + 1) / odds
    return max(0.0, 1 - fewer)


def _binomial(attempts: int, failures: int, share: float) -> float:
    """Return the chance of exactly so many failures."""
    choices = (
        math.lgamma(attempts + 1) - math.lgamma(failures + 1) - math.lgamma(attempts - failures + 1)
    )
    return math.exp(
        choices + failures * math.log(share) + (attempts - failures) * math.log1p(-share)
    )


def least_usual(usual: Mapping[str, Any]) -> float:
    """Return the median of the days compared with or of the same weekday, the smaller of them."""
    known = (usual["median"], usual["weekday_median"])
    return float(min(value for value in known if value is not None))


def chance_of_so_few(count: int, expected: float) -> float:
    """Return the chance of so few or fewer where so many are expected: the lower Poisson tail.

    Summed as in `chance_of_failures`: away from what is expected.
    """
    if not expected:
        return 1.0
    if count >= expected:
        term, more, place = _poisson(count + 1, expected), 0.0, count + 1
        while term > more * _NEGLIGIBLE:
            more += term
            place += 1
            term *= expected / place
        return max(0.0, 1 - more)
    term = _poisson(count, expected)
    chance = 0.0
    for place in range(count, -1, -1):
        chance += term
        term *= place / expected
    return chance


def _poisson(count: int, expected: float) -> float:
    """Return the chance of exactly so many."""
    return math.exp(count * math.log(expected) - expected - math.lgamma(count + 1))


def severity_of_chance(inputs: Inputs, chance: float, told_from: str) -> str | None:
    """Return how grave it is that something of so small a chance happened, or None for not at all.

    Args:
        told_from: the name of the threshold from which on it is told.
    """
    thresholds = inputs["thresholds"]
    if chance > thresholds[told_from]:
        return None
    return "warning" if chance <= thresholds["rare"] else "notice"
