"""When it happened: hours of failures, minutes of very many attempts."""

from collections.abc import Sequence

import pytest
from sample_days import TUESDAY, USUAL, Try, changed, day, every_day, make_inputs, on
from told import severities, texts

from leadlog.analysis.detectors.bursts import bursts
from leadlog.analysis.detectors.hours import hours


def down(*hours_: int, count: int = 9) -> list[Try]:
    """Return failures of a partner in some hours."""
    return [
        Try("partner", "feed", "/feed", "upstream", "crm_500", f"T{hour:02}:{minute:02}")
        for hour in hours_
        for minute in range(count)
    ]


@pytest.mark.parametrize(
    ("tries", "told"),
    [
        (
            down(14, count=12),
            (
                "Most of the failures came in the hour from 14:00, in which 12 of 15 attempts "
                "failed; the hour's median of failures on the Tuesdays before is 0."
            ),
        ),
        (
            down(3, 4, 5),
            (
                "Most of the failures came between 03:00 and 06:00; in the hour from 03:00, all 9 "
                "attempts failed; the hour's median of failures on the Tuesdays before is 0."
            ),
        ),
        (
            down(22, 23),
            (
                "Most of the failures came from 22:00 on; in the hour from 22:00, all 9 "
                "attempts failed; the hour's median of failures on the Tuesdays before is 0."
            ),
        ),
        (
            [*down(3, count=8), *down(20)],
            (
                "Most of the failures came in the hours from 03:00 and 20:00; in the hour from "
                "20:00, all 9 attempts failed; "
                "the hour's median of failures on the Tuesdays before is 0."
            ),
        ),
    ],
)
def test_hours_of_failures_are_told_with_the_worst(tries: list[Try], told: str) -> None:
    assert texts(hours, on(TUESDAY, [*USUAL, *tries])) == [told]


def test_of_many_hours_apart_the_worst_are_named() -> None:
    tries = [*down(0, 2, 20, 22), *down(4, count=20)]

    (told,) = texts(hours, changed(on(TUESDAY, [*USUAL, *tries]), concentration_share=0.5))

    assert told.startswith("Most of the failures came in the hours from 00:00, 02:00 and 04:00; ")


def test_hours_that_fail_every_day_are_not_told() -> None:
    night = down(2, count=12)

    assert texts(hours, make_inputs(day(TUESDAY, [*USUAL, *night]), every_day(*night))) == []
    assert texts(hours, make_inputs(day(TUESDAY, [*USUAL, *night * 4]), every_day(*night))) != []


def test_failures_at_all_hours_are_no_hours_of_failures() -> None:
    everywhere = [one._replace(category="upstream", code="x") for one in USUAL]

    assert texts(hours, on(TUESDAY, [*USUAL * 2, *everywhere * 3])) == []


def test_without_days_to_compare_with_hours_of_failures_are_a_notice() -> None:
    inputs = make_inputs(day(TUESDAY, [*USUAL, *down(14, count=12)]), [])

    assert texts(hours, inputs) == [
        "Most of the failures came in the hour from 14:00, in which 12 of 15 attempts failed."
    ]
    assert severities(hours, inputs) == ["notice"]
    assert severities(hours, on(TUESDAY, [*USUAL, *down(14, count=12)])) == ["warning"]


def at(*minutes: tuple[str, int]) -> list[Try]:
    return [Try(minute=minute) for minute, count in minutes for _ in range(count)]


@pytest.mark.parametrize(
    ("tries", "burst", "told"),
    [
        (at(("T09:14", 9)), 9, "The minute from 09:14 had 9 attempts"),
        (
            at(("T09:14", 9), ("T10:00", 8)),
            8,
            "2 minutes had at least 8 attempts each; the busiest began at 09:14 with 9",
        ),
    ],
)
def test_bursts_are_told_with_their_busiest_minute(
    tries: Sequence[Try], burst: int, told: str
) -> None:
    first, later = (
        make_inputs(day(TUESDAY, tries, burst=burst), []),
        on(TUESDAY, tries, burst=burst),
    )

    assert texts(bursts, first) == [f"{told}."]
    assert texts(bursts, later) == [
        f"{told}; the busiest minutes of the Tuesdays before have a median of 1."
    ]
    assert severities(bursts, later) == ["notice"]


def test_a_minute_of_a_single_attempt_is_one_if_the_threshold_says_so() -> None:
    inputs = make_inputs(day(TUESDAY, [Try()], burst=1), [])

    assert texts(bursts, inputs) == ["The minute from 10:00 had 1 attempt."]


def test_a_burst_that_is_there_every_day_is_not_told() -> None:
    night = at(("T02:30", 15))
    earlier = every_day(*night, burst=10)

    as_usual = make_inputs(day(TUESDAY, [*USUAL, *night], burst=10), earlier)
    larger = make_inputs(day(TUESDAY, [*USUAL, *night * 4], burst=10), earlier)
    longer = [*USUAL, *at(*((f"T02:{minute}", 15) for minute in range(30, 50)))]

    assert texts(bursts, as_usual) == []
    assert len(texts(bursts, larger)) == 1
    assert len(texts(bursts, make_inputs(day(TUESDAY, longer, burst=10), earlier))) == 1
