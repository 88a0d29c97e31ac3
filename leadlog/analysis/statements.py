"""Statements: what an engine says, checked, rendered, and each number bound to its place."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from leadlog.analysis import fitting, templates
from leadlog.analysis.figures import Figure, figure
from leadlog.analysis.templates import InvalidTemplate

SECTIONS: Final = (
    "executive_summary",
    "user_behaviour",
    "system_behaviour",
    "misconfiguration_signals",
    "anomalies",
    "scope",
)
"""The sections of a report, in the order they are read."""

RENDERER: Final = 1
"""The number of the rules by which values become texts and pointers labels.

It is stored with each report, and `verify` renders by it. A change of these rules is a new number,
and the old rules stay for the reports that have theirs.
"""

SEVERITIES: Final = ("info", "notice", "warning")
LEVELS: Final = ("low", "medium", "high")


class Said(NamedTuple):
    """One statement as an engine made it: its section, its template, how grave it is."""

    section: str
    template: str
    severity: str = "info"


class Statement(NamedTuple):
    """A statement that may be printed; `n` counts through the whole report."""

    n: int
    section: str
    severity: str
    template: str
    text: str
    figures: tuple[Figure, ...]


class Confidence(NamedTuple):
    """How far a report's figures can be trusted, and why: the reason's template and its text."""

    level: str
    template: str
    text: str
    figures: tuple[Figure, ...]


class Withheld(NamedTuple):
    """A statement that may not be printed, why, and which of `templates.FAULTS` that is."""

    template: str
    reason: str
    kind: str = "figure"


def render(inputs: Mapping[str, Any], template: str) -> tuple[str, tuple[Figure, ...]]:
    """Return a template's text with its figures put in, and the figures.

    Raises:
        InvalidTemplate: when it may not be printed.
    """
    parsed = templates.parse(template)
    found = tuple(figure(inputs, placeholder) for placeholder in parsed.placeholders)
    for placeholder in parsed.placeholders:
        why = fitting.fault(inputs, placeholder)
        if why is not None:
            raise InvalidTemplate(why)
    return templates.join(parsed, [each.text for each in found]), found


def check(
    inputs: Mapping[str, Any], said: Iterable[Said]
) -> tuple[list[Statement], list[tuple[Said, Withheld]]]:
    """Tell the statements that may be printed from those that may not.

    Returns:
        The valid ones, numbered in the order of the sections, and the others with the reason. What
        a section says twice is kept once.
    """
    by_section: dict[str, list[Said]] = {name: [] for name in SECTIONS}
    invalid = []
    for one in said:
        if one.section in by_section:
            by_section[one.section].append(one)
        else:
            invalid.append((one, Withheld(one.template, "there is no such section", "form")))
    valid: list[Statement] = []
    for section in SECTIONS:
        told: set[str] = set()
        for one in by_section[section]:
            try:
                text, figures = render(inputs, one.template)
            except InvalidTemplate as reason:
                invalid.append((one, Withheld(one.template, str(reason), reason.kind)))
                continue
            if text in told:
                continue
            told.add(text)
            severity = one.severity if one.severity in SEVERITIES else "info"
            valid.append(Statement(len(valid) + 1, section, severity, one.template, text, figures))
    return valid, invalid
