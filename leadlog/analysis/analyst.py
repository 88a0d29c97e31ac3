"""The built-in analyst: writes a report from its inputs; no network, deterministic, instant."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from leadlog.analysis import detectors
from leadlog.analysis.detectors.comparing import (
    chance_of_so_few,
    compare_rate,
    has_baseline,
    severity_of_chance,
)
from leadlog.analysis.detectors.late import late_and_corrected
from leadlog.analysis.detectors.volume import volume
from leadlog.analysis.detectors.wording import days_before, noun, put
from leadlog.analysis.engine import Reply
from leadlog.analysis.statements import SECTIONS, Said, Withheld
from leadlog.analysis.usual import ANY_DAYS, is_weekend, weekday_of

ENGINE: Final = "built-in"

_GRAVITY: Final = {"warning": 2, "notice": 1, "info": 0}
_HEADLINES: Final = 3
_MOST_IN_A_SECTION: Final = 5
LEFT_OUT: Final = "More of this kind was found; it is left out here."
"""What stands at the end of a section of which only the most telling findings are told."""

_SCOPE: Final = Said(
    "scope",
    "The calendar day {{/snapshot/date|name}} in {{/snapshot/timezone|name}}, with the attempts "
    "that leadlog recorded for it and nothing else.",
)
_RATE: Final = "/baseline/success_rate/median"
_ATTEMPTS: Final = "/baseline/attempts/median"


class Analyst:
    """The engine that is always there; see `leadlog.analysis.engine.Engine`."""

    name: str = ENGINE
    model: str | None = None

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        """Return what there is to say about the inputs."""
        return analyse(inputs)

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        """Return None: saying it again would say the same."""


def analyse(inputs: Mapping[str, Any]) -> Reply:
    """Return what there is to say about a day."""
    if not inputs["snapshot"]["attempts"]:
        told = [_empty_day(inputs), *_bounded(late_and_corrected(inputs))]
        return Reply((*told, _SCOPE), *_confidence(inputs))
    findings = [said for detect in detectors.ALL for said in detect(inputs)]
    headlines = _gravest(findings)[:_HEADLINES]
    rest = [said for said in findings if said not in headlines]
    summary = [said._replace(section="executive_summary") for said in headlines]
    told = [_opening(inputs), *summary, *_bounded(rest), *_quiet(inputs, findings)]
    return Reply((*told, _SCOPE), *_confidence(inputs))


def _gravest(findings: Iterable[Said]) -> list[Said]:
    """Return the grave findings, which the summary tells instead of their section."""
    return [said for said in findings if _GRAVITY[said.severity] == max(_GRAVITY.values())]


def _bounded(findings: Iterable[Said]) -> list[Said]:
    """Return the most telling findings of each section, and for the others that there are more."""
    ranked = sorted(findings, key=lambda said: -_GRAVITY[said.severity])
    told = []
    for section in SECTIONS:
        found = [said for said in ranked if said.section == section]
        told += found[:_MOST_IN_A_SECTION]
        if len(found) > _MOST_IN_A_SECTION:
            told.append(Said(section, LEFT_OUT))
    return told


def _opening(inputs: Mapping[str, Any]) -> Said:
    """Tell how many attempts and leads there were, and how that compares."""
    median = inputs["baseline"]["success_rate"]["median"]
    text = f"{_attempts_and_leads(inputs)}, a success rate of {put('/snapshot/success_rate')}"
    far = compare_rate(inputs)
    if far:
        text += f", far {'above' if far > 0 else 'below'} the median of {days_before(inputs)}"
        text += f", {put(_RATE)}"
    elif median is not None and inputs["baseline"]["days_compared"] == 1:
        text += f"; that of the closed day before is {put(_RATE)}"
    elif median is not None and (
        inputs["provisional"] or not has_baseline(inputs) or volume(inputs)
    ):
        text += f"; the median of {days_before(inputs)} is {put(_RATE)}"
    elif median is not None:
        attempts = noun(inputs["baseline"]["attempts"]["median"], "attempt")
        text += f"; the medians of {days_before(inputs)} are {put(_ATTEMPTS)} {attempts}"
        text += f" and {put(_RATE)}"
    severity = {-1: "warning", 0: "info", 1: "notice"}[far]
    return Said("executive_summary", f"{text}.", severity)


def _attempts_and_leads(inputs: Mapping[str, Any]) -> str:
    attempts, leads = inputs["snapshot"]["attempts"], inputs["snapshot"]["leads"]
    made = f"{put('/snapshot/attempts')} {noun(attempts, 'attempt was', 'attempts were')} made"
    made += " so far and " if inputs["provisional"] else " and "
    if not leads:
        return f"{made}no lead came of {noun(attempts, 'it', 'them')}"
    if leads == attempts:
        return f"{made}{noun(attempts, 'it became a lead', 'all of them became leads')}"
    return f"{made}{put('/snapshot/leads')} became {noun(leads, 'a lead', 'leads')}"


def _quiet(inputs: Mapping[str, Any], findings: Iterable[Said]) -> list[Said]:
    unusual = any(_GRAVITY[said.severity] for said in findings) or compare_rate(inputs)
    if unusual or not has_baseline(inputs):
        return []
    stood = "has stood out so far" if inputs["provisional"] else "stood out"
    return [Said("executive_summary", f"Nothing {stood} against the days before.")]


def _empty_day(inputs: Mapping[str, Any]) -> Said:
    text = f"No attempt {'has been' if inputs['provisional'] else 'was'} recorded for this day"
    median = inputs["baseline"]["attempts"]["median"]
    if median and inputs["baseline"]["days_compared"] == 1:
        text += f"; the closed day before had {put(_ATTEMPTS)}"
    elif median:
        text += f"; the median of {days_before(inputs)} is {put(_ATTEMPTS)} "
        text += f"{noun(median, 'attempt')} a day"
    elif median is not None and has_baseline(inputs):
        text += f", nor for most of {days_before(inputs)}"
    if inputs["provisional"] or not has_baseline(inputs):
        return Said("executive_summary", f"{text}.")
    severity = severity_of_chance(inputs, chance_of_so_few(0, median), "silence_chance")
    return Said("executive_summary", f"{text}.", severity or "info")


def _confidence(inputs: Mapping[str, Any]) -> tuple[str, str]:
    """Return how far the findings can be trusted, and why.

    That depends on how many days there are to compare with, how like this one they are, and how
    many attempts they had.
    """
    before, thresholds = inputs["baseline"], inputs["thresholds"]
    kind = before["compared_with"]
    compared = f"Compared with {put('/baseline/days_compared')} {kind} before"
    if inputs["provisional"]:
        return "low", "The day is still running."
    if not before["days_with_attempts"]:
        with_attempts = " with attempts" if before["days_closed"] else ""
        return "low", f"There is no closed day{with_attempts} before to compare with."
    if before["days_with_attempts"] < thresholds["baseline_days"]:
        days = noun(before["days_with_attempts"], "day")
        if before["days_closed"] > before["days_with_attempts"]:
            days += " with attempts"
        counted = f"{put('/baseline/days_with_attempts')} closed {days}"
        return "low", f"Only {counted} before to compare with."
    if kind == ANY_DAYS:
        part = "weekend days" if is_weekend(weekday_of(inputs["snapshot"]["date"])) else "weekdays"
        closed = put("/baseline/days_closed")
        return "low", f"Too few of the {closed} closed days before are {part} to compare with."
    if before["attempts"]["median"] < thresholds["confident_attempts"]:
        few = f"a median of {put(_ATTEMPTS)} {noun(before['attempts']['median'], 'attempt')}"
        return "medium", f"{compared}, which had few attempts: {few}."
    if before["days_on_its_weekday"] < thresholds["confident_days"]:
        alike = put("/baseline/days_on_its_weekday") if before["days_on_its_weekday"] else "none"
        return "medium", f"{compared}, {alike} of them on the same day of the week."
    return "high", f"{compared}, of {put('/baseline/days_closed')} closed days in all."
