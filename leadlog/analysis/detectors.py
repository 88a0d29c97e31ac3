"""Detectors: each looks for one thing in a report's inputs and says what it saw; pure.

They describe, and claim no causes. "Far from usual" is one test for all of them: beyond so many
robust standard deviations (1.4826 MAD) of the days before and beyond a floor that keeps small
counts quiet (Iglewicz and Hoaglin 1993, "How to Detect and Handle Outliers"); the numbers stand in
the inputs under `thresholds`.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from leadlog.analysis.statements import Said
from leadlog.failures import BACK_AFTER_DAYS

Inputs = Mapping[str, Any]
Detector = Callable[[Inputs], list[Said]]

_MAD_TO_SIGMA: Final = 1.4826
_GROUPS: Final = ("user", "source", "page")
_PREPOSITIONS: Final = {"user": "of", "source": "from", "page": "on"}
_LISTED: Final = 3
_REJECTED: Final = {
    "unknown_user": "named a user that nobody is registered as",
    "malformed": "could not be read as a record",
    "validation": "carried a field that broke a rule",
}


def has_baseline(inputs: Inputs) -> bool:
    """Whether enough days are closed to compare with."""
    days = inputs["baseline"]["days_with_attempts"]
    return bool(days >= inputs["thresholds"]["baseline_days"])


def is_far(inputs: Inputs, value: float | None, usual: Mapping[str, Any], floor: str) -> bool:
    """Whether a value lies far from the usual one, and from that of its weekday if it is known."""
    if value is None or usual["median"] is None or not has_baseline(inputs):
        return False
    thresholds = inputs["thresholds"]
    known = [usual["median"]]
    if usual["weekday_median"] is not None:
        known.append(usual["weekday_median"])
    limit = max(thresholds["spreads"] * _MAD_TO_SIGMA * usual["spread"], thresholds[floor])
    if floor == "floor_attempts":
        limit = max(limit, thresholds["counting_spreads"] * math.sqrt(max(known)))
    gaps = [value - each for each in known]
    return all(gap >= limit for gap in gaps) or all(gap <= -limit for gap in gaps)


def is_above(inputs: Inputs, value: float, usual: Mapping[str, Any], floor: str) -> bool:
    """Whether a value lies far above the usual one."""
    return is_far(inputs, value, usual, floor) and value > usual["median"]


def noun(count: float, one: str, many: str | None = None) -> str:
    """Return the noun that goes with a count."""
    return one if count == 1 else many or f"{one}s"


def success_rate(inputs: Inputs) -> str | None:
    """Return whether the success rate was far `below` or `above` usual; None if it was neither.

    It must differ by as many attempts as the floor for counts, so that a rate of few is let be.
    """
    rate, usual = inputs["snapshot"]["success_rate"], inputs["baseline"]["success_rate"]
    if not is_far(inputs, rate, usual, "floor_rate"):
        return None
    attempts = abs(rate - usual["median"]) * inputs["snapshot"]["attempts"]
    if attempts < inputs["thresholds"]["floor_attempts"]:
        return None
    return "below" if rate < usual["median"] else "above"


def volume(inputs: Inputs) -> list[Said]:
    """Tell when far more or, once the day is over, far fewer attempts were made than usual."""
    attempts, usual = inputs["snapshot"]["attempts"], inputs["baseline"]["attempts"]
    if not is_far(inputs, attempts, usual, "floor_attempts"):
        return []
    more = attempts > usual["median"]
    if inputs["provisional"] and not more:
        return []
    gap = "{{/snapshot/attempts|difference|/baseline/attempts/median}}"
    median = "{{/baseline/attempts/median}}"
    text = f"The number of attempts was far from usual: {gap} than the median of {median} a day."
    return [Said("anomalies", text, "notice" if more else "warning")]


def categories(inputs: Inputs) -> list[Said]:
    """Tell each category of failure that was far more frequent than usual.

    Those of refused input and of the rate limit are told by their own detectors.
    """
    found = []
    for name, count in inputs["snapshot"]["failures_by_category"].items():
        if name == "rate_limited" or name in _REJECTED or not _category_is_above(inputs, name):
            continue
        text = (
            f"{{{{/snapshot/failures_by_category/{name}}}}} "
            f"{noun(count, 'failure was', 'failures were')} of the category "
            f"{name.replace('_', ' ')}{_main_code(inputs, name)}{_usual_of(name)}."
        )
        found.append((count, Said("system_behaviour", text, "warning")))
    return [said for _, said in sorted(found, key=lambda item: -item[0])]


def _category_is_above(inputs: Inputs, name: str) -> bool:
    usual = inputs["baseline"]["failures_by_category"].get(name)
    count = inputs["snapshot"]["failures_by_category"][name]
    return usual is not None and is_above(inputs, count, usual, "floor_attempts")


def _usual_of(category: str) -> str:
    median = f"/baseline/failures_by_category/{category}/median"
    return f"; the median of the days before is {{{{{median}}}}}"


def _main_code(inputs: Inputs, category: str) -> str:
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


def codes(inputs: Inputs) -> list[Said]:
    """Tell failure codes that the days before did not have, or not for a week."""
    if not has_baseline(inputs):
        return []
    known = {
        (entry["category"], entry["code"]): (place, entry)
        for place, entry in enumerate(inputs["baseline"]["failures_by_code"])
    }
    today = date.fromisoformat(inputs["snapshot"]["date"])
    found = []
    for place, entry in enumerate(inputs["snapshot"]["failures_by_code"]):
        pointer = f"/snapshot/failures_by_code/{place}"
        name = f"{{{{{pointer}/code|name}}}}"
        count = f"{{{{{pointer}/attempts}}}} {noun(entry['attempts'], 'time')}"
        before = known.get((entry["category"], entry["code"]))
        if before is None:
            text = f"The failure {name} occurred {count} and on none of the days before."
            found.append(Said("anomalies", text, "notice"))
        elif (today - date.fromisoformat(before[1]["last_seen"])).days >= BACK_AFTER_DAYS:
            last = f"{{{{/baseline/failures_by_code/{before[0]}/last_seen|name}}}}"
            text = f"The failure {name} is back: it occurred {count}, and before that on {last}."
            found.append(Said("anomalies", text, "notice"))
    return found


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
        name = f"{were}{_PREPOSITIONS[group]} the {group} {{{{{pointer}/name|name}}}}"
        parts.append(f"{{{{{pointer}/failures}}}}{of_all} ({share}) {name}")
        shares.append(f"{{{{{pointer}/attempts|ratio|/snapshot/attempts}}}}")
    text = f"{_listed(parts)}, with {_listed(shares)} of the attempts."
    section = "user_behaviour" if list(carriers) == ["user"] else "system_behaviour"
    return [Said(section, text, severity)]


def _carriers(inputs: Inputs) -> dict[str, int]:
    """Return, for each kind of name, the place of the one that carried most of the failures."""
    snapshot, thresholds = inputs["snapshot"], inputs["thresholds"]
    if snapshot["failures"] < thresholds["concentration_failures"]:
        return {}
    found = {}
    for group in _GROUPS:
        entries = snapshot[f"by_{group}"]
        place = max(range(len(entries)), key=lambda i: (entries[i]["failures"], -i))
        if _stands_out(inputs, entries[place]["failures"], entries[place]["attempts"]):
            found[group] = place
    return found


def _stands_out(inputs: Inputs, failures: int, attempts: int) -> bool:
    """Whether so many failures are most of them, and more than their part of the attempts."""
    snapshot, thresholds = inputs["snapshot"], inputs["thresholds"]
    share = failures / snapshot["failures"]
    excess = share - attempts / snapshot["attempts"]
    enough = share >= thresholds["concentration_share"]
    return bool(enough and excess >= thresholds["concentration_excess"])


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _surge(inputs: Inputs, group: str, place: int) -> str | None:
    """Return the pointer to an entry's usual number of failures if it had far more."""
    entry = inputs["snapshot"][f"by_{group}"][place]
    for known, usual in enumerate(inputs["baseline"][f"by_{group}"]):
        if usual["name"] == entry["name"]:
            far = is_above(inputs, entry["failures"], usual["failures"], "floor_attempts")
            return f"/baseline/by_{group}/{known}/failures/median" if far else None
    return None


def surges(inputs: Inputs) -> list[Said]:
    """Tell sources, pages and users whose failures were far above their usual number.

    Those that carry most of the failures, or only fail, are told by their own detectors.
    """
    carriers = _carriers(inputs)
    found = []
    for group in _GROUPS:
        for place, entry in enumerate(inputs["snapshot"][f"by_{group}"]):
            if carriers.get(group) == place or _only_fails(inputs, group, entry):
                continue
            median = _surge(inputs, group, place)
            if median is None:
                continue
            pointer = f"/snapshot/by_{group}/{place}"
            text = (
                f"{{{{{pointer}/failures}}}} of the {{{{{pointer}/attempts}}}} attempts "
                f"{_PREPOSITIONS[group]} the {group} {{{{{pointer}/name|name}}}} failed; "
                f"the median of the days before is {{{{{median}}}}}."
            )
            section = "user_behaviour" if group == "user" else "anomalies"
            found.append((entry["failures"], Said(section, text, "warning")))
    return [said for _, said in sorted(found, key=lambda item: -item[0])]


def hours(inputs: Inputs) -> list[Said]:
    """Tell when most of the failures fell into a few hours that were not as busy."""
    snapshot, thresholds = inputs["snapshot"], inputs["thresholds"]
    entries = snapshot["by_hour"]
    many = [
        place
        for place, entry in enumerate(entries)
        if entry["failures"] >= thresholds["floor_attempts"]
    ]
    worst = sorted(many, key=lambda place: -entries[place]["failures"])[:_LISTED]
    if not worst or snapshot["failures"] < thresholds["concentration_failures"]:
        return []
    failures = sum(entries[place]["failures"] for place in worst)
    if not _stands_out(inputs, failures, sum(entries[place]["attempts"] for place in worst)):
        return []
    told: list[str] = []
    for place in sorted(worst):
        pointer = f"/snapshot/by_hour/{place}"
        what = "" if told else " attempts failed"
        counts = f"{{{{{pointer}/failures}}}} of {{{{{pointer}/attempts}}}}"
        told.append(f"{{{{{pointer}/hour|time}}}} ({counts}{what})")
    verb = noun(len(told), "hour with most failures began", "hours with most failures began")
    return [Said("system_behaviour", f"The {verb} at {_listed(told)}.", "warning")]


def bursts(inputs: Inputs) -> list[Said]:
    """Tell minutes with very many attempts."""
    snapshot = inputs["snapshot"]
    minutes = snapshot["burst_minutes"]
    least = snapshot["thresholds"]["burst_attempts_per_minute"]
    if not minutes:
        return []
    text = (
        f"In {{{{/snapshot/burst_minutes}}}} {noun(minutes, 'minute')} there were at least "
        f"{{{{/snapshot/thresholds/burst_attempts_per_minute}}}} {noun(least, 'attempt')}; "
        "the busiest began at {{/snapshot/peak_minute/starts_at|time}} "
        "with {{/snapshot/peak_minute/attempts}}."
    )
    return [Said("system_behaviour", text, "notice")]


def limit_pressure(inputs: Inputs) -> list[Said]:
    """Tell what the rate limit refused, for how many users, and where."""
    snapshot = inputs["snapshot"]
    refusals = [
        (place, entry)
        for place, entry in enumerate(snapshot["failures_by_code"])
        if entry["category"] == "rate_limited"
    ]
    if not refusals:
        return []
    parts = []
    for place, entry in refusals:
        pointer = f"/snapshot/failures_by_code/{place}"
        part = (
            f"{{{{{pointer}/attempts}}}} {noun(entry['attempts'], 'attempt')} of "
            f"{{{{{pointer}/users}}}} {noun(entry['users'], 'user')}"
        )
        if len(refusals) > 1:
            part += f" ({{{{{pointer}/code|name}}}})"
        parts.append(part)
    text = f"The rate limit refused {_listed(parts[:_LISTED])}"
    pages = snapshot["rate_limited_by_page"]
    if pages[0]["name"] is not None:
        page = "{{/snapshot/rate_limited_by_page/0/name|name}}"
        if pages[0]["attempts"] == snapshot["failures_by_category"]["rate_limited"]:
            text += f", on the page {page}"
        else:
            text += f", most often on {page} ({{{{/snapshot/rate_limited_by_page/0/attempts}}}})"
    far = _category_is_above(inputs, "rate_limited")
    text += _usual_of("rate_limited") if far else ""
    return [Said("user_behaviour", f"{text}.", "warning" if far else "info")]


def only_failing(inputs: Inputs) -> list[Said]:
    """Tell sources and pages of which not a single attempt succeeded."""
    found = []
    for group in ("source", "page"):
        for place, entry in enumerate(inputs["snapshot"][f"by_{group}"]):
            if _only_fails(inputs, group, entry):
                pointer = f"/snapshot/by_{group}/{place}"
                text = (
                    f"No attempt {_PREPOSITIONS[group]} the {group} {{{{{pointer}/name|name}}}} "
                    f"succeeded: all {{{{{pointer}/failures}}}} failed."
                )
                found.append(Said("misconfiguration_signals", text, "warning"))
    return found


def _only_fails(inputs: Inputs, group: str, entry: Mapping[str, Any]) -> bool:
    enough = entry["attempts"] >= inputs["thresholds"]["only_failing_attempts"]
    named = group != "user" and entry["name"] is not None
    return bool(enough and named and entry["successes"] == 0)


def rejected_input(inputs: Inputs) -> list[Said]:
    """Tell input that could not be used at all: unknown users, malformed lines, bad fields."""
    found = []
    for name, what in _REJECTED.items():
        count = inputs["snapshot"]["failures_by_category"][name]
        if count:
            far = _category_is_above(inputs, name)
            text = (
                f"{{{{/snapshot/failures_by_category/{name}}}}} {noun(count, 'attempt')} "
                f"{what}{_main_code(inputs, name)}{_usual_of(name) if far else ''}."
            )
            found.append(Said("misconfiguration_signals", text, "warning" if far else "info"))
    return found


def silence(inputs: Inputs) -> list[Said]:
    """Tell sources and pages that are seen regularly and were not seen on this day."""
    if inputs["provisional"] or not inputs["snapshot"]["attempts"]:
        return []
    found = []
    for group in ("source", "page"):
        if inputs["snapshot"][f"by_{group}_other"]["names"]:
            continue  # a name may be among those that are only summed up
        present = {entry["name"] for entry in inputs["snapshot"][f"by_{group}"]}
        for place, entry in enumerate(inputs["baseline"][f"by_{group}"]):
            if entry["name"] is None or entry["name"] in present:
                continue
            regular = entry["days_seen"] >= inputs["thresholds"]["regular_days"]
            if regular and is_far(inputs, 0, entry["attempts"], "floor_attempts"):
                pointer = f"/baseline/by_{group}/{place}"
                text = (
                    f"Nothing came {_PREPOSITIONS[group]} the {group} "
                    f"{{{{{pointer}/name|name}}}}; its median is {{{{{pointer}/attempts/median}}}} "
                    f"{noun(entry['attempts']['median'], 'attempt')} a day."
                )
                found.append((entry["attempts"]["median"], Said("anomalies", text, "warning")))
    return [said for _, said in sorted(found, key=lambda item: -item[0])]


def late_and_corrected(inputs: Inputs) -> list[Said]:
    """Tell late arrivals and corrections that count for this day."""
    found = []
    for place, entry in enumerate(inputs["snapshot"]["late"]):
        pointer = f"/snapshot/late/{place}"
        verb = noun(entry["attempts"], "attempt counts", "attempts count")
        text = f"{{{{{pointer}/attempts}}}} {verb} for this day but arrived late for "
        found.append(Said("anomalies", f"{text}{{{{{pointer}/for_date|name}}}}."))
    for place, entry in enumerate(inputs["snapshot"]["corrections"]):
        pointer = f"/snapshot/corrections/{place}"
        was = noun(entry["attempts"], "attempt was", "attempts were")
        text = (
            f"{{{{{pointer}/attempts}}}} {was} corrected from {{{{{pointer}/from|name}}}} to "
            f"{{{{{pointer}/to|name}}}}, for {{{{{pointer}/for_date|name}}}}."
        )
        found.append(Said("anomalies", text))
    return found


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
