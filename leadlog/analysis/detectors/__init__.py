"""Detectors: each looks for one thing in a report's inputs and says what it saw; pure.

They describe, and claim no causes. What is the same every day is no finding: wherever there are
days to compare with, a detector tells what differs from them.
"""

from typing import Final

from leadlog.analysis.detectors.bursts import bursts
from leadlog.analysis.detectors.categories import categories, unusable_input
from leadlog.analysis.detectors.changes import drops, newcomers, rises
from leadlog.analysis.detectors.codes import codes
from leadlog.analysis.detectors.comparing import Detector
from leadlog.analysis.detectors.concentration import concentration, surges
from leadlog.analysis.detectors.gaps import silent_hours
from leadlog.analysis.detectors.hours import hours
from leadlog.analysis.detectors.late import late_and_corrected
from leadlog.analysis.detectors.limits import close_to_limit, limit_pressure
from leadlog.analysis.detectors.only_failing import only_failing
from leadlog.analysis.detectors.silence import silence
from leadlog.analysis.detectors.volume import volume

ALL: Final[tuple[Detector, ...]] = (
    silent_hours,
    volume,
    categories,
    concentration,
    hours,
    silence,
    drops,
    surges,
    only_failing,
    unusable_input,
    limit_pressure,
    close_to_limit,
    bursts,
    rises,
    newcomers,
    codes,
    late_and_corrected,
)
"""Every detector, in the order in which their findings are told within a section."""
