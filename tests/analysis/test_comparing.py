"""A count or a rate is far from usual beyond chance, beyond what the days did, beyond the floor."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_days import SUNDAY, TUESDAY, Try, before, changed, day, make_inputs, quiet_week

from leadlog.analysis.detectors.comparing import (
    NEVER,
    chance_of_failures,
    chance_of_so_few,
    compare,
    compare_rate,
    excess,
    has_baseline,
    is_above,
    is_below,
    success_growth,
)

FAILED = Try(category="upstream", code="crm_500")


def inputs_on(date: str = TUESDAY, count: int = 28) -> dict[str, Any]:
    return make_inputs(day(date, [Try()] * 30), quiet_week(date, count))


def usual(median: float, spread: float = 0, weekday: float | None = None) -> dict[str, Any]:
    weekday = median if weekday is None else weekday
    return {"median": median, "spread": spread, "weekday_median": weekday}


@pytest.mark.parametrize(
    ("date", "count", "expected"),
    [(TUESDAY, 5, True), (TUESDAY, 4, False), (TUESDAY, 28, True), (SUNDAY, 6, False)],
)
def test_there_is_a_baseline_once_enough_days_of_the_kind_are_closed(
    date: str, count: int, expected: bool
) -> None:
    assert has_baseline(inputs_on(date, count)) is expected


@pytest.mark.parametrize(
    ("count", "median", "days", "expected"),
    [
        (0, 0, 4, (0.6124 - 0.3062) * 2 / 1.1180),
        (16, 16, 4, (4.0466 - 4.0117) * 2 / 1.1180),
        (40, 16, 4, (6.3541 - 4.0117) * 2 / 1.1180),
        (1, 16, 4, (1.1726 - 4.0117) * 2 / 1.1180),
        (9, 4, 20, (3.0619 - 2.0047) * 2 / 1.0247),
    ],
)
def test_the_excess_is_that_of_the_square_root_test_for_two_poisson_counts(
    count: int, median: float, days: int, expected: float
) -> None:
    assert excess(count, median, days) == pytest.approx(expected, abs=1e-3)


@given(
    count=st.integers(0, 10**6),
    median=st.floats(0, 10**6),
    days=st.integers(2, 28),
    scale=st.floats(0.01, 100),
)
def test_more_attempts_exceed_by_more_and_more_that_is_usual_by_less(
    count: int, median: float, days: int, scale: float
) -> None:
    made = excess(count, median, days, scale)

    assert excess(count + 1, median, days, scale) > made
    assert excess(count, median + 1, days, scale) < made


@pytest.mark.parametrize(
    ("count", "median", "spread", "expected"),
    [
        (40, 16, 0, 1),
        (30, 16, 0, 0),
        (2, 16, 0, -1),
        (6, 16, 0, 0),
        (4, 0, 0, 0),
        (7, 0, 0, 1),
        (1400, 1000, 0, 1),
        (1150, 1000, 0, 0),  # beyond chance, but of no use to anybody
        (1400, 1000, 100, 0),
        (1, 16, 5, -1),
        (1, 16, 6, 0),
        (1700, 1000, 100, 1),
        (600, 1000, 100, 0),
        (400, 1000, 100, -1),
    ],
)
def test_a_count_is_far_beyond_chance_beyond_the_spread_and_beyond_the_floor(
    count: int, median: float, spread: float, expected: int
) -> None:
    assert compare(inputs_on(), count, usual(median, spread)) == expected


def test_the_thresholds_of_the_inputs_decide() -> None:
    inputs = inputs_on()

    assert compare(changed(inputs, spreads=6), 40, usual(16)) == 0
    assert compare(changed(inputs, floor_attempts=25), 40, usual(16)) == 0
    assert compare(changed(inputs, floor_change=2), 40, usual(16)) == 0
    assert compare(changed(inputs, baseline_days=29), 40, usual(16)) == 0


def test_a_count_that_its_weekday_explains_is_not_far() -> None:
    inputs = inputs_on(count=14)

    assert compare(inputs, 60, usual(10, weekday=55)) == 0
    assert compare(inputs, 60, usual(10, weekday=20)) == 1
    assert compare(inputs, 1, usual(40, weekday=2)) == 0
    assert compare(changed(inputs, weekday_spreads=9), 60, usual(10, weekday=20)) == 0


def test_what_goes_with_the_volume_of_the_day_is_not_far() -> None:
    inputs = inputs_on()

    assert (is_above(inputs, 60, usual(20)), is_above(inputs, 60, usual(20), 3.0)) == (True, False)
    assert is_above(inputs, 60, usual(20), 0.1)
    assert (is_below(inputs, 4, usual(20)), is_below(inputs, 4, usual(20), 0.3)) == (True, False)
    assert is_below(inputs, 4, usual(20), 9.0)


def test_without_enough_days_a_count_is_above_by_the_floor() -> None:
    inputs = inputs_on(count=4)

    assert is_above(inputs, 5, NEVER)
    assert not is_above(inputs, 4, NEVER)
    assert not is_below(inputs, 0, usual(100))


def test_failures_are_measured_by_the_growth_of_successes() -> None:
    inputs = make_inputs(day(TUESDAY, [*[Try()] * 56, *[FAILED] * 12]), quiet_week(TUESDAY, 28))

    assert inputs["baseline"]["successes"]["median"] == 28
    assert success_growth(inputs) == 2
    assert success_growth(make_inputs(day(TUESDAY, [Try()]), [])) == 1


def rate_of(tries: list[Try], earlier: list[list[Try]] | None = None, **given_: Any) -> int:
    before_ = (
        quiet_week(TUESDAY, 28)
        if earlier is None
        else [day(before(TUESDAY, back), each) for back, each in enumerate(earlier, 1)]
    )
    return compare_rate(changed(make_inputs(day(TUESDAY, tries), before_), **given_))


def test_the_success_rate_is_far_from_usual_or_it_is_not() -> None:
    bad = [*[Try()] * 20, *[FAILED] * 20]
    middling = [[*[Try()] * 15, *[FAILED] * 15]] * 28

    assert rate_of(bad) == -1
    assert rate_of([Try()] * 30, middling) == 1
    assert rate_of(bad, middling) == 0
    assert rate_of(bad, floor_rate=0.5) == 0
    assert rate_of(bad, floor_attempts=30) == 0
    assert rate_of(bad, spreads=9) == 0


def test_the_success_rate_of_a_few_attempts_is_let_be() -> None:
    assert rate_of([FAILED] * 2) == 0
    assert rate_of([FAILED] * 12) == -1


def test_a_success_rate_that_wavers_is_let_be() -> None:
    wavering = [[*[Try()] * (10 + back * 7 % 20), *[FAILED] * 10] for back in range(28)]

    assert rate_of([*[Try()] * 10, *[FAILED] * 20], wavering) == 0


def test_without_attempts_there_is_no_rate_to_compare() -> None:
    assert rate_of([]) == 0
    assert rate_of([FAILED] * 30, [[]] * 28) == 0


def test_a_rate_without_two_days_of_a_kind_has_no_spread_to_compare_with() -> None:
    earlier: list[list[Try]] = [[] for _ in range(28)]
    for back in (1, 7, 12, 17, 23):
        earlier[back - 1] = [Try()] * 10
    inputs = make_inputs(
        day(TUESDAY, [FAILED] * 30),
        [day(before(TUESDAY, back), each) for back, each in enumerate(earlier, 1)],
    )

    assert has_baseline(inputs)
    assert inputs["baseline"]["success_rate"] == {"median": 1, "spread": None, "weekday_median": 1}
    assert compare_rate(inputs) == 0


@pytest.mark.parametrize(
    ("attempts", "failures", "share", "chance"),
    [
        (3, 3, 0.1, 0.001),
        (2, 1, 0.5, 0.75),
        (8, 7, 0.2, 8 * 0.2**7 * 0.8 + 0.2**8),
        (5, 0, 0.3, 1),
        (5, 2, 0, 0),
        (5, 0, 0, 1),
        (5, 5, 1, 1),
    ],
)
def test_the_chance_of_failures_is_that_of_the_binomial_tail(
    attempts: int, failures: int, share: float, chance: float
) -> None:
    assert chance_of_failures(attempts, failures, share) == pytest.approx(chance)


def test_far_fewer_failures_than_usual_are_as_good_as_certain_to_be_reached() -> None:
    assert chance_of_failures(2737, 1456, 0.84375) == pytest.approx(1)


@given(attempts=st.integers(0, 5000), share=st.floats(0, 1), data=st.data())
def test_more_failures_have_no_greater_chance(
    attempts: int, share: float, data: st.DataObject
) -> None:
    failures = data.draw(st.integers(0, attempts))

    made = chance_of_failures(attempts, failures, share)

    assert 0 <= made <= 1
    assert chance_of_failures(attempts + 1, failures + 1, share) <= made + 1e-9


@pytest.mark.parametrize(
    ("count", "expected", "chance"),
    [
        *[(0, 0, 1), (0, 2, 0.135335), (1, 2, 0.406006), (2, 2, 0.676676), (0, 5000, 0)],
        *[(900, 800, 0.999757), (5000, 5000, 0.503761), (4990, 5000, 0.447478)],
    ],
)
def test_the_chance_of_so_few_is_that_of_the_poisson_tail(
    count: int, expected: float, chance: float
) -> None:
    assert chance_of_so_few(count, expected) == pytest.approx(chance, abs=1e-6)
