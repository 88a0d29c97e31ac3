"""What is there regularly and is not there is told: sources, pages and users."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sample_days import FEED, SUNDAY, Metrics, Try, before, changed, day, make_inputs
from told import severities, texts

from leadlog.analysis.detectors.silence import silence

WEB = Try()
FRIDAY = "2026-03-13"


def days(counts: Callable[[int], int], date: str = FRIDAY, count: int = 28) -> list[Metrics]:
    """Return the days before a date, with so many attempts from a feed by how long ago it was."""
    return [
        day(before(date, back), [*[WEB] * 30, *[FEED] * counts(back)])
        for back in range(1, count + 1)
    ]


def without_feed(earlier: Sequence[Metrics], date: str = FRIDAY) -> dict[str, Any]:
    return make_inputs(day(date, [WEB] * 30), earlier)


TOLD = (
    "No attempt was made from the source feed, on the page /feed or by the user partner; "
    "the median of the {days} before is {median}."
)


def is_weekend(back: int, date: str = FRIDAY) -> bool:
    return back % 7 in ((5, 6) if date == FRIDAY else (0, 1))


def test_a_source_that_is_there_every_day_and_wavers_is_missed() -> None:
    # 8 to 32 a day: a gap of zero lies well within four of their deviations.
    inputs = without_feed(days(lambda back: 8 + back * 11 % 25))

    assert texts(silence, inputs) == [TOLD.format(days="Fridays", median=13)]
    assert severities(silence, inputs) == ["warning"]


def test_a_source_that_is_small_at_weekends_is_missed_on_a_weekday() -> None:
    inputs = without_feed(days(lambda back: (0 if back == 6 else 3) if is_weekend(back) else 20))

    assert texts(silence, inputs) == [TOLD.format(days="Fridays", median=20)]


def test_a_source_that_is_small_at_weekends_is_not_missed_at_the_weekend() -> None:
    earlier = days(lambda back: 3 if is_weekend(back, SUNDAY) else 20, SUNDAY)

    assert texts(silence, without_feed(earlier, SUNDAY)) == []


@pytest.mark.parametrize(
    ("a_day", "severity"), [(12, ["warning"]), (8, ["notice"]), (6, []), (1, [])]
)
def test_silence_is_as_grave_as_it_is_improbable(a_day: int, severity: list[str]) -> None:
    assert severities(silence, without_feed(days(lambda _: a_day))) == severity


def test_silence_goes_by_the_thresholds_in_the_inputs() -> None:
    inputs = without_feed(days(lambda _: 12))

    assert severities(silence, changed(inputs, rare=0.0)) == ["notice"]
    assert severities(silence, changed(inputs, silence_chance=0.0)) == []
    assert severities(silence, changed(inputs, regular_days=21)) == []


def test_a_source_that_comes_on_one_weekday_is_missed_on_it_and_on_no_other() -> None:
    on_fridays = days(lambda back: 40 if back % 7 == 0 else 0)
    on_thursdays = days(lambda back: 40 if back % 7 == 1 else 0)

    assert texts(silence, without_feed(on_fridays)) == [TOLD.format(days="Fridays", median=40)]
    assert texts(silence, without_feed(on_thursdays)) == []


def test_a_source_that_stays_away_now_and_then_is_not_missed() -> None:
    now_and_then = days(lambda back: 0 if back in (2, 8, 10) else 20)
    but_once = days(lambda back: 0 if back in (2, 10) else 20)

    assert texts(silence, without_feed(now_and_then)) == []
    assert texts(silence, without_feed(but_once)) == [TOLD.format(days="Fridays", median=20)]


def test_in_the_second_week_the_same_weekday_must_have_had_it() -> None:
    earlier = days(lambda _: 20, count=9)
    but_friday = days(lambda back: 0 if back == 7 else 20, count=9)

    assert texts(silence, without_feed(earlier)) == [TOLD.format(days="weekdays", median=20)]
    assert texts(silence, without_feed(but_friday)) == []


def test_a_source_that_goes_with_a_day_of_few_attempts_is_not_missed() -> None:
    earlier = days(lambda _: 8)

    assert texts(silence, make_inputs(day(FRIDAY, [WEB] * 30), earlier)) != []
    assert texts(silence, make_inputs(day(FRIDAY, [WEB] * 10), earlier)) == []


def test_one_user_of_a_source_is_missed_alone() -> None:
    earlier = [
        day(before(FRIDAY, back), [*[WEB] * 30, *[Try("api-b")] * 12]) for back in range(1, 29)
    ]

    assert texts(silence, without_feed(earlier)) == [
        "No attempt was made by the user api-b; the median of the Fridays before is 12."
    ]


def test_the_largest_is_missed_first() -> None:
    small, large = Try("b", "small", "/b"), Try("c", "large", "/c")
    earlier = [
        day(before(FRIDAY, back), [*[WEB] * 30, *[small] * 12, *[large] * 40])
        for back in range(1, 29)
    ]

    told = texts(silence, without_feed(earlier))

    assert [one.partition(" the source ")[2][:5] for one in told] == ["large", "small"]


def test_names_that_are_only_summed_up_may_not_be_missed() -> None:
    many = [Try(source=f"s{number}", page=f"/p{number}") for number in range(101)]

    inputs = make_inputs(day(FRIDAY, [*many, *[WEB] * 30]), days(lambda _: 20))

    assert texts(silence, inputs) == [
        "No attempt was made by the user partner; the median of the Fridays before is 20."
    ]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("weekday", "weekend"), [(12, 12), (20, 3), (20, 20), (50, 10)])
def test_silence_is_found_in_traffic_as_chance_makes_it(
    seed: int, weekday: int, weekend: int
) -> None:
    made = random.Random(seed)
    earlier = days(lambda back: poisson(made, weekend if is_weekend(back) else weekday))

    assert len(texts(silence, without_feed(earlier))) == 1


def poisson(made: random.Random, mean: float) -> int:
    """Return a Poisson count: how many exponential waits fit into the mean (Knuth)."""
    count, waited = 0, made.expovariate(1)
    while waited < mean:
        count, waited = count + 1, waited + made.expovariate(1)
    return count
