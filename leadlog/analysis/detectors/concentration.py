"""Which source, page or user the failures belong to."""

from leadlog.analysis.detectors.comparing import Inputs, has_baseline
from leadlog.analysis.detectors.failing import failing, usual_failures
from leadlog.analysis.detectors.names import Name, and_as_many, section_of, together
from leadlog.analysis.detectors.wording import listed, put
from leadlog.analysis.statements import Said


def concentration(inputs: Inputs) -> list[Said]:
    """Tell when one source, page or user carried most of the failures, more than its attempts."""
    carriers = failing(inputs).carriers
    if not carriers:
        return []
    first, *others = carriers
    failures, total = put(f"{first.pointer}/failures"), put("/snapshot/failures")
    if first.entry["successes"]:
        were = [f"{failures} of the {total} failures were {first.where()}"]
        text = listed(were + _parts(first, others))
    else:
        whole = _parts(first, [name for name in others if not name.entry["successes"]])
        some = _parts(first, [name for name in others if name.entry["successes"]], verb="were ")
        text = f"All {failures} attempts {first.where()} failed"
        text += f", as did {listed(whole)}" if whole else ""
        text += f", out of {total} failures in all"
        text += f", of which {listed(some)}" if some else ""
    section = "user_behaviour" if section_of(carriers) == "user_behaviour" else "system_behaviour"
    severity = "warning" if has_baseline(inputs) else "notice"
    return [Said(section, f"{text}{usual_failures(inputs, first)}.", severity)]


def surges(inputs: Inputs) -> list[Said]:
    """Tell sources, pages and users that failed far more than usual, and more than their part.

    Those that carry most of the failures, or only fail, are told by their own detectors.
    """
    found = failing(inputs).surging
    found.sort(key=lambda name: name.failures["median"] - name.entry["failures"])
    return [_surge(inputs, names) for names in together(found)]


def _parts(first: Name, others: list[Name], verb: str = "") -> list[str]:
    """Return what other kinds of names carried, as many or another number: `30 on the page /a`."""
    parts = []
    for count in dict.fromkeys(name.entry["failures"] for name in others):
        having = [name for name in others if name.entry["failures"] == count]
        number = put(f"{having[0].pointer}/failures") + (" each" if having[1:] else "")
        how_many = "as many" if count == first.entry["failures"] else number
        parts.append(f"{how_many} {verb}{listed([name.where() for name in having])}")
        verb = ""
    return parts


def _surge(inputs: Inputs, names: list[Name]) -> Said:
    first, *others = names
    failures, attempts = put(f"{first.pointer}/failures"), put(f"{first.pointer}/attempts")
    how_many = f"{failures} of the {attempts}" if first.entry["successes"] else f"All {attempts}"
    text = (
        f"{how_many} attempts {first.where()} failed{and_as_many(others)}"
        f"{usual_failures(inputs, first)}."
    )
    return Said(section_of(names), text, "warning")
