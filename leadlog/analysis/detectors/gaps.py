"""Hours of the day without an attempt where the days before had many."""

from leadlog.analysis.baseline import Stretch, by_clock, clock_hour, silent_stretch
from leadlog.analysis.detectors.comparing import (
    Inputs,
    chance_of_so_few,
    compare,
    is_over,
    least_usual,
    severity_of_chance,
)
from leadlog.analysis.detectors.wording import days_before, put
from leadlog.analysis.statements import Said


def silent_hours(inputs: Inputs) -> list[Said]:
    """Tell hours in a row without an attempt where the days before had many.

    They must have had so many that none is improbable, which is the chance of a Poisson count of
    none, exp(-expected); and the stretch must be far longer, in attempts missed, than those of the
    days before.
    """
    if not is_over(inputs):
        return []
    usual = inputs["baseline"]["by_hour"]
    medians = [least_usual(entry["attempts"]) for entry in usual]
    attempts = by_clock(inputs["snapshot"], "attempts")
    stretch = silent_stretch(attempts, medians)
    if not any(attempts) or compare(inputs, stretch.missed, inputs["baseline"]["silent_hours"]) < 1:
        return []
    expected = stretch.missed * _rest_of_day(inputs, stretch)
    severity = severity_of_chance(inputs, chance_of_so_few(0, expected), "silence_chance")
    if severity is None:
        return []
    busiest = max(range(stretch.start, stretch.end), key=lambda hour: medians[hour])
    median = put(f"/baseline/by_hour/{busiest}/attempts/median")
    if stretch.end - stretch.start == 1:
        text = f"the median of that hour on {days_before(inputs)} is {median}"
    else:
        text = (
            f"the busiest of these hours on {days_before(inputs)} began at "
            f"{put(f'/baseline/by_hour/{busiest}/hour', 'name')}, with a median of {median}"
        )
    said = f"No attempt was made {_during(inputs, stretch)}; {text}."
    return [Said("system_behaviour", said, severity)]


def _rest_of_day(inputs: Inputs, stretch: Stretch) -> float:
    """Return how many times the usual number of attempts the other hours had; at most 1."""
    usual = inputs["baseline"]["attempts"]["median"] - stretch.missed
    return min(1.0, float(inputs["snapshot"]["attempts"] / usual)) if usual > 0 else 1.0


def _during(inputs: Inputs, stretch: Stretch) -> str:
    start, end = _clock(inputs, stretch.start), _clock(inputs, stretch.end)
    if end is None:
        return f"from {start} on"
    return f"before {end}" if not stretch.start else f"between {start} and {end}"


def _clock(inputs: Inputs, hour: int) -> str | None:
    """Return the placeholder for an hour of the day, or None for its end."""
    for place, entry in enumerate(inputs["snapshot"]["by_hour"]):
        if clock_hour(entry) >= hour:
            return put(f"/snapshot/by_hour/{place}/hour", "time")
    return None
