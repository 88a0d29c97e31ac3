"""When it failed: the hours that most of the failures came in."""

from leadlog.analysis.baseline import clock_hour
from leadlog.analysis.detectors.comparing import (
    NEVER,
    Inputs,
    has_baseline,
    is_above,
    success_growth,
)
from leadlog.analysis.detectors.failing import stands_out
from leadlog.analysis.detectors.wording import days_before, listed, put
from leadlog.analysis.statements import Said

_MOST_HOURS = 3


def hours(inputs: Inputs) -> list[Said]:
    """Tell when most of the failures came in a few hours that were not as busy.

    The hours must have far more failures than the same hours of the days before.
    """
    entries = inputs["snapshot"]["by_hour"]
    places = [place for place in range(len(entries)) if _fails_more(inputs, place)]
    in_a_row = places == list(range(places[0], places[-1] + 1)) if places else False
    if not in_a_row:
        places = sorted(sorted(places, key=lambda place: -entries[place]["failures"])[:_MOST_HOURS])
    failures = sum(entries[place]["failures"] for place in places)
    if not places or not stands_out(
        inputs, failures, sum(entries[place]["successes"] for place in places)
    ):
        return []
    worst = max(places, key=lambda place: entries[place]["failures"])
    failed, made = _put(worst, "failures"), _put(worst, "attempts")
    all_failed = entries[worst]["failures"] == entries[worst]["attempts"]
    text = (
        f"Most of the failures came {_when(inputs, places, in_a_row)} {_in_worst(places, worst)} "
        f"{f'all {failed}' if all_failed else f'{failed} of {made}'} attempts failed"
    )
    if has_baseline(inputs):
        median = put(f"/baseline/by_hour/{clock_hour(entries[worst])}/failures/median")
        text += f"; the hour's median of failures on {days_before(inputs)} is {median}"
    severity = "warning" if has_baseline(inputs) else "notice"
    return [Said("system_behaviour", f"{text}.", severity)]


def _fails_more(inputs: Inputs, place: int) -> bool:
    entry = inputs["snapshot"]["by_hour"][place]
    before = inputs["baseline"]["by_hour"]
    if not before:
        return is_above(inputs, entry["failures"], NEVER)
    usual = before[clock_hour(entry)]
    return is_above(inputs, entry["failures"], usual["failures"], success_growth(inputs))


def _when(inputs: Inputs, places: list[int], in_a_row: bool) -> str:
    first, end = places[0], places[-1] + 1
    if len(places) == 1:
        return f"in the hour from {_put(first, 'hour')},"
    if not in_a_row:
        return f"in the hours from {listed([_put(place, 'hour') for place in places])};"
    if end == len(inputs["snapshot"]["by_hour"]):
        return f"from {_put(first, 'hour')} on;"
    return f"between {_put(first, 'hour')} and {_put(end, 'hour')};"


def _in_worst(places: list[int], worst: int) -> str:
    return "in which" if len(places) == 1 else f"in the hour from {_put(worst, 'hour')},"


def _put(place: int, what: str) -> str:
    return put(f"/snapshot/by_hour/{place}/{what}", "time" if what == "hour" else None)
