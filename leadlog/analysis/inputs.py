"""A report's inputs: all it may speak about, stored whole with it; pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadlog.analysis.baseline import baseline

INPUTS_VERSION: Final = 1

THRESHOLDS: Final[dict[str, float]] = {
    # A change stands out when it is beyond so many spreads (1.4826 MAD is one standard deviation
    # of a normal distribution) and beyond the floor, which keeps small counts quiet.
    "spreads": 4,
    "floor_attempts": 5,
    "floor_rate": 0.05,
    # Counts vary by about the square root of their size (Poisson); so many of these are usual.
    "counting_spreads": 3,
    # So large a part of the failures is called a concentration, of so many failures at least, when
    # it exceeds the part of the attempts by so much.
    "concentration_share": 0.6,
    "concentration_failures": 10,
    "concentration_excess": 0.2,
    # A source or page that was seen on so many days of the baseline is missed when it is silent.
    "regular_days": 5,
    # A source or page that only failed, with so many attempts at least.
    "only_failing_attempts": 3,
    # Fewer closed days than this give no baseline to compare with, and twice as many a good one.
    "baseline_days": 5,
}
"""What the built-in analyst calls remarkable; stored in the inputs of each report."""


def inputs(
    metrics: Mapping[str, Any],
    sha256: str,
    before: Sequence[Mapping[str, Any]],
    hashes: Sequence[str],
    *,
    provisional: bool,
) -> dict[str, Any]:
    """Return the inputs of a report.

    Args:
        metrics: the date's snapshot without `status` and `sha256`.
        sha256: its hash.
        before: the snapshots of the closed days before, the nearest first.
        hashes: their hashes.
        provisional: whether the date is still running.
    """
    return {
        "inputs_version": INPUTS_VERSION,
        "provisional": provisional,
        "snapshot": dict(metrics),
        "snapshot_sha256": sha256,
        "baseline": baseline(metrics["date"], before, hashes),
        "thresholds": dict(THRESHOLDS),
    }
