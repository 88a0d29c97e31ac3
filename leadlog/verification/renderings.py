"""What a stored report says, rendered anew from its inputs and compared.

Values come from the places in the inputs that the templates name; texts and labels from the values,
by the rules whose number is stored with the report. Words are not judged again, so that a later
list of words that may not stand in a statement breaks no report that was written before.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from leadlog import canonical


def faults(inputs: Mapping[str, Any], analysis: Mapping[str, Any]) -> Iterator[str]:
    """Yield what does not follow from a report's inputs, as clauses.

    Raises:
        Exception: of any kind, when the analysis is not of the form that leadlog writes.
    """
    from leadlog.analysis.statements import LEVELS, RENDERER, SECTIONS, SEVERITIES

    if analysis["renderer"] != RENDERER:
        yield f"figures are shown by rules of the number {analysis['renderer']}, which are unknown"
        return
    statements, confidence = analysis["statements"], analysis["confidence"]
    if [one["n"] for one in statements] != list(range(1, len(statements) + 1)):
        yield "the statements are not numbered one after the other"
    places = [SECTIONS.index(one["section"]) for one in statements]
    if places != sorted(places):
        yield "the statements are not in the order of their sections"
    if "executive_summary" not in [one["section"] for one in statements]:
        yield "there is no summary"
    if not {one["severity"] for one in statements} <= set(SEVERITIES):
        yield "a severity is none of the known ones"
    if confidence["level"] not in LEVELS:
        yield "the level of confidence is none of the known ones"
    for one in statements:
        yield from _faults_of(inputs, f"statement {one['n']}", one)
    yield from _faults_of(inputs, "the reason of the confidence", confidence)


def _faults_of(inputs: Mapping[str, Any], what: str, said: Mapping[str, Any]) -> Iterator[str]:
    from leadlog.analysis import literals, templates
    from leadlog.analysis.figures import figure

    try:
        template = templates.split(said["template"])
        due = [figure(inputs, one)._asdict() for one in template.placeholders]
    except templates.InvalidTemplate as reason:
        yield f"{what} can't be rendered again: {reason}"
        return
    for why in filter(None, map(literals.digit_fault, template.texts)):
        yield f"{what} can't be rendered again: {why}"
    if len(said["figures"]) != len(due):
        yield f"{what} has {len(said['figures'])} figures where its template names {len(due)}"
        return
    for stored, expected in zip(said["figures"], due, strict=True):
        unlike = [key for key in expected if _differ(stored.get(key), expected[key])]
        if unlike:
            yield f"{what} has another {unlike[0]} than follows from {expected['pointer']}"
    if said["text"] != templates.join(template, [one["text"] for one in due]):
        yield f"{what} says something else than its template and its figures"


def _differ(one: Any, other: Any) -> bool:
    return canonical.dumps(one) != canonical.dumps(other)  # which tells true from 1
