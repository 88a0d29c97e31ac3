"""What failed, by category."""

from typing import Final

from leadlog.analysis.detectors.comparing import Inputs, is_above
from leadlog.analysis.detectors.wording import noun
from leadlog.analysis.statements import Said

REJECTED: Final = {
    "unknown_user": "named a user that nobody is registered as",
    "malformed": "could not be read as a record",
    "validation": "carried a field that broke a rule",
}


def categories(inputs: Inputs) -> list[Said]:
    """Tell each category of failure that was far more frequent than usual.

    Those of refused input and of the rate limit are told by their own detectors.
    """
    found = []
    for name, count in inputs["snapshot"]["failures_by_category"].items():
        if name == "rate_limited" or name in REJECTED or not category_is_above(inputs, name):
            continue
        text = (
            f"{{{{/snapshot/failures_by_category/{name}}}}} "
            f"{noun(count, 'failure was', 'failures were')} of the category "
            f"{name.replace('_', ' ')}{_main_code(inputs, name)}{usual_of(name)}."
        )
        found.append((count, Said("system_behaviour", text, "warning")))
    return [said for _, said in sorted(found, key=lambda item: -item[0])]


def rejected_input(inputs: Inputs) -> list[Said]:
    """Tell input that could not be used at all: unknown users, malformed lines, bad fields."""
    found = []
    for name, what in REJECTED.items():
        count = inputs["snapshot"]["failures_by_category"][name]
        if count:
            far = category_is_above(inputs, name)
            text = (
                f"{{{{/snapshot/failures_by_category/{name}}}}} {noun(count, 'attempt')} "
                f"{what}{_main_code(inputs, name)}{usual_of(name) if far else ''}."
            )
            found.append(Said("misconfiguration_signals", text, "warning" if far else "info"))
    return found


def category_is_above(inputs: Inputs, name: str) -> bool:
    """Return whether failures of a category were far more frequent than usual."""
    usual = inputs["baseline"]["failures_by_category"].get(name)
    count = inputs["snapshot"]["failures_by_category"][name]
    return usual is not None and is_above(inputs, count, usual, "floor_attempts")


def usual_of(category: str) -> str:
    """Return the clause that tells how many failures of a category are usual."""
    median = f"/baseline/failures_by_category/{category}/median"
    return f"; the median of the days before is {{{{{median}}}}}"


def _main_code(inputs: Inputs, category: str) -> str:
    """Return the clause that names the most frequent code of a category."""
    total = inputs["snapshot"]["failures_by_category"][category]
    for place, entry in enumerate(inputs["snapshot"]["failures_by_code"]):
        if entry["category"] != category:
            continue
        pointer = f"/snapshot/failures_by_code/{place}"
        code = f"{{{{{pointer}/code|name}}}}"
        if entry["attempts"] == total:
            return f" ({code})"
        return f", most often {code} ({{{{{pointer}/attempts}}}})"
    return ""
