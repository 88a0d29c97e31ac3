"""A report's inputs: all it may speak about, stored whole with it; pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadlog.analysis.baseline import baseline
from leadlog.analysis.pressure import NO_PRESSURE

INPUTS_VERSION: Final = 1

THRESHOLDS: Final[dict[str, float]] = {
    # A change stands out when it is beyond so many standard deviations, and beyond the floor, which
    # keeps small differences quiet: in number, in part of what is usual, in rate. From
    # the days on the same weekday, where they are too few to be compared with alone, it must lie
    # by a smaller number of standard deviations.
    "spreads": 3.5,
    "weekday_spreads": 2,
    "floor_attempts": 5,
    "floor_change": 0.2,
    "floor_rate": 0.05,
    # So large a part of the failures is called a concentration, of so many failures at least, when
    # it exceeds the part of the successes by so much.
    "concentration_share": 0.6,
    "concentration_failures": 10,
    "concentration_excess": 0.2,
    # What was there on so many of the days it was due on, and on so large a part of them, is
    # regular; that it is silent, or has so small a part of what is usual, is told when chance would
    # have it so rarely.
    "regular_days": 4,
    "regular_share": 0.9,
    "silent_share": 0.1,
    "silence_chance": 0.001,
    # A source or page that only failed, with so many attempts at least, is told when chance would
    # have it so rarely.
    "only_failing_attempts": 3,
    "failing_chance": 0.01,
    # What chance does more rarely than this is grave.
    "rare": 0.0001,
    # A failure that comes back after a week with so many attempts at least.
    "returning_attempts": 3,
    # A user that used so large a part of its limit came close to it.
    "limit_share": 0.8,
    # Fewer closed days than this give no baseline to compare with.
    "baseline_days": 5,
    # So many days on the same weekday, and so many attempts on them, are compared with confidence.
    "confident_days": 4,
    "confident_attempts": 20,
}
"""What the built-in analyst calls remarkable; stored in the inputs of each report."""


def inputs(
    metrics: Mapping[str, Any],
    sha256: str,
    before: Sequence[Mapping[str, Any]],
    hashes: Sequence[str],
    *,
    provisional: bool,
    limits: Mapping[str, Any] = NO_PRESSURE,
) -> dict[str, Any]:
    """Return the inputs of a report.

    Args:
        metrics: the date's snapshot without `status` and `sha256`.
        sha256: its hash.
        before: the snapshots of the closed days before, the nearest first.
        hashes: their hashes.
        provisional: whether the date is still running.
        limits: how the rate limit bore on its users; see `leadlog.analysis.pressure`.
    """
    return {
        "inputs_version": INPUTS_VERSION,
        "provisional": provisional,
        "snapshot": dict(metrics),
        "snapshot_sha256": sha256,
        "limits": dict(limits),
        "baseline": baseline(metrics["date"], before, hashes),
        "thresholds": dict(THRESHOLDS),
    }
