"""Detectors: each looks for one thing in a report's inputs and says what it saw; pure.

They describe, and claim no causes.
"""

from typing import Final

from leadlog.analysis.detectors.bursts import bursts, hours
from leadlog.analysis.detectors.categories import categories, rejected_input
from leadlog.analysis.detectors.codes import codes
from leadlog.analysis.detectors.comparing import Detector
from leadlog.analysis.detectors.concentration import concentration, only_failing, surges
from leadlog.analysis.detectors.late import late_and_corrected
from leadlog.analysis.detectors.limits import limit_pressure
from leadlog.analysis.detectors.silence import silence
from leadlog.analysis.detectors.volume import volume

ALL: Final[tuple[Detector, ...]] = (
    volume,
    categories,
    concentration,
    hours,
    surges,
    only_failing,
    rejected_input,
    codes,
    silence,
    bursts,
    limit_pressure,
    late_and_corrected,
)
"""Every detector, in the order in which their findings are told within a section."""
