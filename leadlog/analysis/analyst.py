"""The built-in analyst: writes a report from its inputs; no network, deterministic, instant."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadlog.analysis import detectors
from leadlog.analysis.detectors.comparing import has_baseline
from leadlog.analysis.detectors.late import late_and_corrected
from leadlog.analysis.detectors.volume import success_rate, volume
from leadlog.analysis.detectors.wording import noun
from leadlog.analysis.engine import Reply
from leadlog.analysis.statements import Said, Withheld

ENGINE: Final = "built-in"

_GOOD_BASELINE_FACTOR: Final = 2
_GRAVITY: Final = {"warning": 2, "notice": 1, "info": 0}
_HEADLINES: Final = 3
_MEDIAN_RATE: Final = "{{/baseline/success_rate/median|percent}}"
_RATE_SEVERITY: Final = {None: "info", "above": "notice", "below": "warning"}


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
        told = [_empty_day(inputs), *late_and_corrected(inputs)]
        return Reply((*told, _scope()), *_confidence(inputs))
    findings = [said for detect in detectors.ALL for said in detect(inputs)]
    told = [_opening(inputs), *_headlines(findings)]
    told += [said for said in findings if said.template not in {one.template for one in told}]
    return Reply((*told, *_quiet(inputs, findings), _scope()), *_confidence(inputs))


def _opening(inputs: Mapping[str, Any]) -> Said:
    snapshot, median = inputs["snapshot"], inputs["baseline"]["success_rate"]["median"]
    text = (
        f"{{{{/snapshot/attempts}}}} {noun(snapshot['attempts'], 'attempt was', 'attempts were')} "
        f"made and {{{{/snapshot/leads}}}} became {noun(snapshot['leads'], 'a lead', 'leads')}, "
        "a success rate of {{/snapshot/success_rate}}"
    )
    far = success_rate(inputs)
    if far is not None:
        text += f", far {far} the median of the days before, {_MEDIAN_RATE}"
    elif median is not None:
        text += f"; the median of the days before is {_MEDIAN_RATE}"
    return Said("executive_summary", f"{text}.", _RATE_SEVERITY[far])


def _headlines(findings: list[Said]) -> list[Said]:
    """Return the gravest findings, which the summary tells instead of their section."""
    ranked = sorted(findings, key=lambda said: -_GRAVITY[said.severity])
    grave = [said for said in ranked if _GRAVITY[said.severity] == max(_GRAVITY.values())]
    return [said._replace(section="executive_summary") for said in grave[:_HEADLINES]]


def _quiet(inputs: Mapping[str, Any], findings: list[Said]) -> list[Said]:
    unusual = any(_GRAVITY[said.severity] for said in findings) or success_rate(inputs)
    if unusual or not has_baseline(inputs):
        return []
    return [Said("executive_summary", "Nothing stood out against the days before.")]


def _empty_day(inputs: Mapping[str, Any]) -> Said:
    running = inputs["provisional"]
    text = f"No attempt {'has been' if running else 'was'} recorded for this day"
    median = inputs["baseline"]["attempts"]["median"]
    if median is not None:
        text += "; the median of the days before is {{/baseline/attempts/median}} "
        text += f"{noun(median, 'attempt')} a day"
    severity = "warning" if volume(inputs) else "notice"
    return Said("executive_summary", f"{text}.", severity)


def _scope() -> Said:
    text = (
        "One calendar day in {{/snapshot/timezone|name}}, {{/snapshot/date|name}}, with the "
        "attempts that leadlog recorded for it and nothing else."
    )
    return Said("scope", text)


def _confidence(inputs: Mapping[str, Any]) -> tuple[str, str]:
    days = inputs["baseline"]["days_with_attempts"]
    enough = inputs["thresholds"]["baseline_days"]
    counted = f"{{{{/baseline/days_with_attempts}}}} closed {noun(days, 'day')}"
    if inputs["provisional"]:
        return "low", "The day is still running."
    if not days:
        return "low", "There is no closed day before to compare with."
    if days < enough:
        return "low", f"Only {counted} before to compare with."
    level = "high" if days >= _GOOD_BASELINE_FACTOR * enough else "medium"
    return level, f"Compared with {counted} before."
