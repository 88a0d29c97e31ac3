"""What failed, by category."""

from typing import Final

from leadlog.analysis.detectors.comparing import Inputs, has_baseline, is_above, success_growth
from leadlog.analysis.detectors.wording import noun, put, the_median
from leadlog.analysis.statements import Said

_FAILED: Final = {
    "duplicate": ("was a duplicate", "were duplicates"),
    "conflict": ("was in conflict with an earlier one", "were in conflict with earlier ones"),
    "rejected": ("was rejected", "were rejected"),
    "upstream": ("failed upstream", "failed upstream"),
    "timeout": ("timed out", "timed out"),
    "internal": ("failed internally", "failed internally"),
}
_UNUSABLE: Final = {
    "unknown_user": "named a user that nobody is registered as",
    "malformed": "could not be read as a record",
    "validation": "carried a field that broke a rule",
}


def categories(inputs: Inputs) -> list[Said]:
    """Tell each category of failure that was far more frequent than usual.

    Those of input that could not be used and of the rate limit are told by their own detectors.
    """
    found = []
    for name, (one, many) in _FAILED.items():
        count = inputs["snapshot"]["failures_by_category"][name]
        if category_is_above(inputs, name):
            what = one if count == 1 else many
            found.append((count, Said("system_behaviour", _told(inputs, name, what), "warning")))
    return [said for _, said in sorted(found, key=lambda item: -item[0])]


def unusable_input(inputs: Inputs) -> list[Said]:
    """Tell input that could not be used at all: unknown users, malformed lines, bad fields."""
    found = []
    for name, what in _UNUSABLE.items():
        if inputs["snapshot"]["failures_by_category"][name]:
            severity = "warning" if category_is_above(inputs, name) else "info"
            said = Said("misconfiguration_signals", _told(inputs, name, what), severity)
            found.append(said)
    return found


def category_is_above(inputs: Inputs, name: str) -> bool:
    """Return whether failures of a category were far more frequent than usual."""
    usual = inputs["baseline"]["failures_by_category"].get(name)
    count = inputs["snapshot"]["failures_by_category"][name]
    if usual is None or not has_baseline(inputs):
        return False
    return is_above(inputs, count, usual, success_growth(inputs))


def usual_of_category(inputs: Inputs, name: str) -> str:
    """Return the clause that tells how many failures of a category are usual, if these are more."""
    if not category_is_above(inputs, name):
        return ""
    return f"; {the_median(inputs, f'/baseline/failures_by_category/{name}')}"


def _told(inputs: Inputs, name: str, what: str) -> str:
    pointer = f"/snapshot/failures_by_category/{name}"
    attempts = noun(inputs["snapshot"]["failures_by_category"][name], "attempt")
    return (
        f"{put(pointer)} {attempts} {what}{_main_code(inputs, name)}"
        f"{usual_of_category(inputs, name)}."
    )


def _main_code(inputs: Inputs, category: str) -> str:
    total = inputs["snapshot"]["failures_by_category"][category]
    for place, entry in enumerate(inputs["snapshot"]["failures_by_code"]):
        if entry["category"] == category:
            pointer = f"/snapshot/failures_by_code/{place}"
            code = put(f"{pointer}/code", "name")
            if entry["attempts"] == total:
                return f" ({code})"
            return f", most often {code} ({put(f'{pointer}/attempts')})"
    return ""
