"""Days of one kind, and medians and spreads over them, worked out by hand."""

import pytest
from sample_days import SUNDAY, TUESDAY, before

from leadlog.analysis.usual import ANY_DAYS, Kinds, kinds_of, usual


def days_before(date: str, count: int) -> list[str]:
    return [before(date, back) for back in range(1, count + 1)]


@pytest.mark.parametrize(
    ("date", "count", "name", "compared"),
    [
        (TUESDAY, 28, "Tuesdays", [7, 14, 21, 28]),
        (SUNDAY, 28, "Sundays", [7, 14, 21, 28]),
        (TUESDAY, 27, "weekdays", [back for back in range(1, 28) if back % 7 not in (2, 3)]),
        (SUNDAY, 27, "weekend days", [1, 7, 8, 14, 15, 21, 22]),
        (SUNDAY, 7, "weekend days", [1, 7]),
        (TUESDAY, 5, "weekdays", [1, 4, 5]),
        (TUESDAY, 3, ANY_DAYS, [1, 2, 3]),
        (SUNDAY, 6, ANY_DAYS, [1, 2, 3, 4, 5, 6]),
        (TUESDAY, 0, ANY_DAYS, []),
    ],
)
def test_a_day_is_compared_with_days_as_like_it_as_there_are(
    date: str, count: int, name: str, compared: list[int]
) -> None:
    kinds = kinds_of(date, days_before(date, count))

    assert kinds.name == name
    assert [place + 1 for place in kinds.compared] == compared


def test_days_are_grouped_as_the_date_is_compared() -> None:
    by_weekday = kinds_of(TUESDAY, days_before(TUESDAY, 28))
    by_part = kinds_of(TUESDAY, days_before(TUESDAY, 8))

    assert len(by_weekday.groups) == 7
    assert by_part.groups == ((0, 3, 4, 5, 6, 7), (1, 2))
    assert by_part.on_weekday == (6,)


ONE_KIND = {
    count: Kinds("days", tuple(range(count)), (), (tuple(range(count)),)) for count in range(6)
}


@pytest.mark.parametrize(
    ("values", "median", "spread"),
    [
        ([], None, None),
        ([5], 5, None),
        ([1, 2], 1.5, 1),
        ([1, 2, 9], 2, 4.5),  # 1 lies 4.5 from 5.5, 2 lies 3 from 5, 9 lies 7.5 from 1.5
        ([3, 3, 3, 100], 3, 0),
        ([2, 4, 6, 8], 5, 3),
        ([0.5, 0.25, 1], 0.5, 0.5),
        ([1 / 3], 0.333333, None),
        ([4, None, 6, None], 5, 2),
    ],
)
def test_median_and_spread_are_those_worked_out_by_hand(
    values: list[float | None], median: float | None, spread: float | None
) -> None:
    made = usual(ONE_KIND[len(values)], values)

    assert made == {"median": median, "spread": spread, "weekday_median": None}


def test_a_spread_is_measured_within_the_kinds_and_over_all_of_them() -> None:
    kinds = Kinds("weekdays", (0, 1, 2), (2,), ((0, 1, 2), (3, 4)))

    made = usual(kinds, [100, 100, 102, 10, 14])

    # Weekdays lie 1, 1 and 2 from the median of the others, weekend days 4 from each other.
    assert made == {"median": 100, "spread": 2, "weekday_median": 102}


def test_a_steady_growth_widens_what_is_usual() -> None:
    steady = usual(kinds_of(TUESDAY, days_before(TUESDAY, 28)), [100.0] * 28)
    growing = usual(
        kinds_of(TUESDAY, days_before(TUESDAY, 28)), [100.0 - back for back in range(28)]
    )

    assert steady["spread"] == 0
    assert growing["spread"] is not None
    assert growing["spread"] >= 7
