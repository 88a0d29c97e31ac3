"""What is usual: medians and spreads of the days before, worked out by hand."""

import pytest
from sample_days import TUESDAY, Try, before, day

from leadlog.analysis.baseline import baseline, usual

FAILED = Try(category="upstream", code="crm_500")
OTHER = Try(user="partner", source=None, page="/feed")


@pytest.mark.parametrize(
    ("values", "median", "spread"),
    [
        ([5], 5, 0),
        ([1, 2], 1.5, 0.5),
        ([1, 2, 9], 2, 1),
        ([3, 3, 3, 100], 3, 0),
        ([2, 4, 6, 8], 5, 2),
        ([0.5, 0.25, 1], 0.5, 0.25),
        ([1 / 3], 0.333333, 0),
    ],
)
def test_median_and_spread_are_those_worked_out_by_hand(
    values: list[float], median: float, spread: float
) -> None:
    by_date = {before(TUESDAY, back): value for back, value in enumerate(values, 1)}

    assert usual(TUESDAY, by_date) == {"median": median, "spread": spread, "weekday_median": None}


def test_the_days_on_the_same_weekday_have_a_median_of_their_own() -> None:
    by_date = {before(TUESDAY, back): float(back) for back in range(1, 22)}

    assert usual(TUESDAY, by_date) == {"median": 11, "spread": 5, "weekday_median": 14}


def test_without_days_nothing_is_usual() -> None:
    made = baseline(TUESDAY, [], [])

    nothing = {"median": None, "spread": None, "weekday_median": None}
    assert made["days"] == []
    assert made["days_with_attempts"] == 0
    assert made["attempts"] == made["success_rate"] == made["peak_minute"] == nothing
    assert made["failures_by_category"] == {}
    assert made["failures_by_code"] == made["by_source"] == made["by_page"] == made["by_user"] == []


def test_the_days_are_named_with_their_hashes_in_the_order_given() -> None:
    days = [day(before(TUESDAY, 1), [Try()]), day(before(TUESDAY, 3), [])]

    made = baseline(TUESDAY, days, ["h1", "h2"])

    assert made["days"] == [
        {"date": "2026-03-09", "sha256": "h1"},
        {"date": "2026-03-07", "sha256": "h2"},
    ]
    assert made["days_with_attempts"] == 1


def test_a_hash_for_each_day_is_needed() -> None:
    with pytest.raises(ValueError, match="argument"):
        baseline(TUESDAY, [day(before(TUESDAY, 1), [])], [])


def test_totals_are_medians_over_the_days_and_rates_over_those_with_attempts() -> None:
    days = [
        day(before(TUESDAY, 1), [Try(), Try(), Try(), FAILED]),
        day(before(TUESDAY, 2), []),
        day(before(TUESDAY, 3), [Try(), FAILED]),
    ]

    made = baseline(TUESDAY, days, ["h"] * 3)

    assert (made["attempts"]["median"], made["attempts"]["spread"]) == (2, 2)
    assert (made["failures"]["median"], made["leads"]["median"]) == (1, 1)
    assert (made["success_rate"]["median"], made["success_rate"]["spread"]) == (0.625, 0.125)
    assert made["peak_minute"]["median"] == 2
    assert made["failures_by_category"]["upstream"]["median"] == 1
    assert made["failures_by_category"]["timeout"]["median"] == 0


def test_a_day_without_a_code_or_a_name_counts_as_zero() -> None:
    days = [
        day(before(TUESDAY, 1), [FAILED, OTHER]),
        day(before(TUESDAY, 2), [Try()]),
        day(before(TUESDAY, 3), [FAILED, FAILED]),
        day(before(TUESDAY, 7), [Try()]),
    ]

    made = baseline(TUESDAY, days, ["h"] * 4)

    (code,) = made["failures_by_code"]
    assert code == {
        "category": "upstream",
        "code": "crm_500",
        "attempts": {"median": 0.5, "spread": 0.5, "weekday_median": 0},
        "days_seen": 2,
        "last_seen": "2026-03-09",
    }
    assert [entry["name"] for entry in made["by_source"]] == [None, "web"]
    assert [entry["days_seen"] for entry in made["by_source"]] == [1, 4]
    assert made["by_source"][0]["attempts"]["median"] == 0
    partner, site_form = made["by_user"]
    assert (partner["name"], partner["attempts"]["median"]) == ("partner", 0)
    assert (site_form["name"], site_form["failures"]["median"]) == ("site-form", 0.5)


def test_a_code_was_last_seen_on_the_newest_of_its_days() -> None:
    days = [day(before(TUESDAY, back), [FAILED]) for back in (9, 2, 5)]

    (code,) = baseline(TUESDAY, days, ["h"] * 3)["failures_by_code"]

    assert code["last_seen"] == before(TUESDAY, 2)
