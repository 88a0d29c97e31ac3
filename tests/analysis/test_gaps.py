"""Hours without an attempt are told where the days before had many."""

from collections.abc import Callable
from typing import Any

import pytest
from sample_days import TUESDAY, USUAL, Try, before, day, make_inputs, on
from told import severities, texts

from leadlog.analysis.detectors.gaps import silent_hours

HOURLY = [Try(minute=f"T{hour:02}:{minute}0") for hour in range(24) for minute in range(3)]


def hourly(kept: Callable[[int], bool], date: str = TUESDAY) -> dict[str, Any]:
    """Return the inputs of a day with three attempts an hour, only in some hours."""
    earlier = [day(before(date, back), HOURLY) for back in range(1, 29)]
    return make_inputs(day(date, [one for one in HOURLY if kept(int(one.minute[1:3]))]), earlier)


@pytest.mark.parametrize(
    ("kept", "when"),
    [
        (lambda hour: hour < 12, "from 12:00 on"),
        (lambda hour: hour >= 9, "before 09:00"),
        (lambda hour: not 11 <= hour < 16, "between 11:00 and 16:00"),
    ],
)
def test_a_gap_in_the_day_is_told_with_its_bounds(kept: Callable[[int], bool], when: str) -> None:
    (told,) = texts(silent_hours, hourly(kept))

    assert told.startswith(
        f"No attempt was made {when}; the busiest of these hours on the Tuesdays"
    )
    assert told.endswith(", with a median of 3.")


def test_a_single_hour_is_told_with_its_own_median() -> None:
    many = [one for one in HOURLY for _ in range(5)]
    earlier = [day(before(TUESDAY, back), many) for back in range(1, 29)]
    tries = [one for one in many if not one.minute.startswith("T13")]

    assert texts(silent_hours, make_inputs(day(TUESDAY, tries), earlier)) == [
        (
            "No attempt was made between 13:00 and 14:00; "
            "the median of that hour on the Tuesdays before is 15."
        )
    ]


@pytest.mark.parametrize(("hours", "severity"), [(2, []), (3, ["notice"]), (4, ["warning"])])
def test_a_gap_is_as_grave_as_it_is_improbable(hours: int, severity: list[str]) -> None:
    inputs = hourly(lambda hour: not 11 <= hour < 11 + hours)

    assert severities(silent_hours, inputs) == severity


def test_hours_that_are_silent_on_other_days_too_are_not_told() -> None:
    # A newsletter every other week brings 40 attempts at ten.
    earlier = [
        day(before(TUESDAY, back), [*USUAL, *[Try(minute="T18:10")] * (40 * (back // 7 % 2))])
        for back in range(1, 29)
    ]
    inputs = make_inputs(day(TUESDAY, USUAL), earlier)

    assert inputs["baseline"]["by_hour"][18]["attempts"]["median"] == 20
    assert texts(silent_hours, inputs) == []


def test_a_day_with_few_attempts_at_all_hours_has_no_gap() -> None:
    inputs = hourly(lambda hour: hour % 4 == 0)

    assert texts(silent_hours, inputs) == []


def test_the_hours_of_a_day_that_has_one_twice_are_named_as_its_clock_shows_them() -> None:
    date = "2025-10-26"
    earlier = [day(before(date, back), HOURLY, zone="Europe/Berlin") for back in range(1, 29)]
    tries = [Try(minute=f"T{hour:02}:10") for hour in range(11)]

    (told,) = texts(silent_hours, make_inputs(day(date, tries, zone="Europe/Berlin"), earlier))

    assert told.startswith("No attempt was made from 12:00 on;")


def test_attempts_that_all_arrived_late_leave_no_hours_to_judge() -> None:
    inputs = on(TUESDAY, [Try(late_for=before(TUESDAY, 1))])
    for entry in inputs["snapshot"]["by_hour"]:
        entry["attempts"] = 0

    assert texts(silent_hours, inputs) == []
