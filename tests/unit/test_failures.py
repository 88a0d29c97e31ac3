"""How a kind of failure is judged over time, and how its days are drawn."""

import pytest

from leadlog.failures import sparkline, state


def test_a_kind_first_seen_in_the_range_is_new() -> None:
    assert state(["2026-01-28"], None) == "new"


def test_a_kind_first_seen_in_the_range_is_new_whatever_gaps_it_has_there() -> None:
    assert state(["2026-01-01", "2026-01-28"], None) == "new"


@pytest.mark.parametrize("seen_before", ["2026-01-27", "2026-01-22"])
def test_a_kind_seen_less_than_seven_days_before_is_ongoing(seen_before: str) -> None:
    assert state(["2026-01-28"], seen_before) == "ongoing"


@pytest.mark.parametrize("seen_before", ["2026-01-21", "2025-01-28"])
def test_a_kind_last_seen_seven_days_before_or_earlier_is_back(seen_before: str) -> None:
    assert state(["2026-01-28"], seen_before) == "back"


def test_a_gap_of_seven_days_inside_the_range_makes_a_kind_back() -> None:
    assert state(["2026-01-02", "2026-01-09", "2026-01-10"], "2026-01-01") == "back"


def test_sightings_less_than_seven_days_apart_stay_ongoing_over_any_range() -> None:
    seen = ["2026-01-07", "2026-01-13", "2026-01-19", "2026-01-25"]

    assert state(seen, "2026-01-01") == "ongoing"


def test_the_order_of_sightings_does_not_matter() -> None:
    seen = ["2026-01-19", "2026-01-07", "2026-01-25", "2026-01-13"]

    assert state(seen, "2026-01-01") == "ongoing"


def test_counts_are_drawn_as_blocks_up_to_the_largest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"


def test_a_single_failure_is_always_visible_beside_a_large_day() -> None:
    assert sparkline([0, 1, 1_000_000]) == "▁▂█"


def test_days_without_failures_are_all_lowest() -> None:
    assert sparkline([0, 0, 0]) == "▁▁▁"


def test_no_days_draw_nothing() -> None:
    assert sparkline([]) == ""
