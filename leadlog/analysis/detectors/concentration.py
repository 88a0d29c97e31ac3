"""Who or what carried the failures: users, sources and pages."""

from collections.abc import Mapping
from typing import Any

from leadlog.analysis.detectors.comparing import Inputs, is_above
from leadlog.analysis.detectors.wording import GROUPS, PREPOSITIONS, listed
from leadlog.analysis.statements import Said


def concentration(inputs: Inputs) -> list[Said]:
    """Tell when one user, source or page carried most of the failures, more than its attempts."""
    carriers = _carriers(inputs)
    if not carriers:
        return []
    parts: list[str] = []
    shares: list[str] = []
    severity = "notice"
    for group, place in carriers.items():
        pointer = f"/snapshot/by_{group}/{place}"
        of_all = "" if parts else " of the {{/snapshot/failures}} failures"
        share = f"{{{{{pointer}/failures|ratio|/snapshot/failures}}}}"
        median = _surge(inputs, group, place)
        if median is not None:
            severity = "warning"
            share += f"; median {{{{{median}}}}}"
        were = "" if parts else "were "
        name = f"{were}{PREPOSITIONS[group]} the {group} {{{{{pointer}/name|name}}}}"
        parts.append(f"{{{{{pointer}/failures}}}}{of_all} ({share}) {name}")
        shares.append(f"{{{{{pointer}/attempts|ratio|/snapshot/attempts}}}}")
    text = f"{listed(parts)}, with {listed(shares)} of the attempts."
    section = "user_behaviour" if list(carriers) == ["user"] else "system_behaviour"
    return [Said(section, text, severity)]


def surges(inputs: Inputs) -> list[Said]:
    """Tell sources, pages and users whose failures were far above their usual number.

    Those that carry most of the failures, or only fail, are told by their own detectors.
    """
    carriers = _carriers(inputs)
    found = []
    for group in GROUPS:
        for place, entry in enumerate(inputs["snapshot"][f"by_{group}"]):
            if carriers.get(group) == place or _only_fails(inputs, group, entry):
                continue
            median = _surge(inputs, group, place)
            if median is None:
                continue
            pointer = f"/snapshot/by_{group}/{place}"
            text = (
                f"{{{{{pointer}/failures}}}} of the {{{{{pointer}/attempts}}}} attempts "
                f"{PREPOSITIONS[group]} the {group} {{{{{pointer}/name|name}}}} failed; "
                f"the median of the days before is {{{{{median}}}}}."
            )
            section = "user_behaviour" if group == "user" else "anomalies"
            found.append((entry["failures"], Said(section, text, "warning")))
    return [said for _, said in sorted(found, key=lambda item: -item[0])]


def only_failing(inputs: Inputs) -> list[Said]:
    """Tell sources and pages of which not a single attempt succeeded."""
    found = []
    for group in ("source", "page"):
        for place, entry in enumerate(inputs["snapshot"][f"by_{group}"]):
            if _only_fails(inputs, group, entry):
                pointer = f"/snapshot/by_{group}/{place}"
                text = (
                    f"No attempt {PREPOSITIONS[group]} the {group} {{{{{pointer}/name|name}}}} "
                    f"succeeded: all {{{{{pointer}/failures}}}} failed."
                )
                found.append(Said("misconfiguration_signals", text, "warning"))
    return found


def _carriers(inputs: Inputs) -> dict[str, int]:
    """Return, for each kind of name, the place of the one that carried most of the failures."""
    snapshot, thresholds = inputs["snapshot"], inputs["thresholds"]
    if snapshot["failures"] < thresholds["concentration_failures"]:
        return {}
    found = {}
    for group in GROUPS:
        entries = snapshot[f"by_{group}"]
        place = max(range(len(entries)), key=lambda i: (entries[i]["failures"], -i))
        if stands_out(inputs, entries[place]["failures"], entries[place]["attempts"]):
            found[group] = place
    return found


def stands_out(inputs: Inputs, failures: int, attempts: int) -> bool:
    """Return whether these are most of the failures, and more than their part of the attempts."""
    snapshot, thresholds = inputs["snapshot"], inputs["thresholds"]
    share = failures / snapshot["failures"]
    excess = share - attempts / snapshot["attempts"]
    enough = share >= thresholds["concentration_share"]
    return bool(enough and excess >= thresholds["concentration_excess"])


def _surge(inputs: Inputs, group: str, place: int) -> str | None:
    """Return the pointer to an entry's usual number of failures if it had far more."""
    entry = inputs["snapshot"][f"by_{group}"][place]
    for known, usual in enumerate(inputs["baseline"][f"by_{group}"]):
        if usual["name"] == entry["name"]:
            far = is_above(inputs, entry["failures"], usual["failures"], "floor_attempts")
            return f"/baseline/by_{group}/{known}/failures/median" if far else None
    return None


def _only_fails(inputs: Inputs, group: str, entry: Mapping[str, Any]) -> bool:
    enough = entry["attempts"] >= inputs["thresholds"]["only_failing_attempts"]
    named = group != "user" and entry["name"] is not None
    return bool(enough and named and entry["successes"] == 0)
