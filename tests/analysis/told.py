"""What detectors say, rendered."""

from typing import Any

from leadlog.analysis import statements
from leadlog.analysis.detectors.comparing import Detector
from leadlog.analysis.statements import Statement


def said(detect: Detector, inputs: dict[str, Any]) -> list[Statement]:
    """Return what a detector says; it may say nothing that has to be withheld."""
    valid, invalid = statements.check(inputs, detect(inputs))
    assert not invalid
    return valid


def texts(detect: Detector, inputs: dict[str, Any]) -> list[str]:
    """Return the texts of what a detector says."""
    return [one.text for one in said(detect, inputs)]


def severities(detect: Detector, inputs: dict[str, Any]) -> list[str]:
    """Return how grave each thing is that a detector says."""
    return [one.severity for one in said(detect, inputs)]
