"""What the days before were like, worked out by hand from their snapshots."""

import pytest
from sample_days import SUNDAY, TUESDAY, Metrics, Try, before, day

from leadlog.analysis.baseline import Stretch, baseline, by_clock, silent_stretch

FAILED = Try(category="upstream", code="crm_500")
OTHER = Try(user="partner", source=None, page="/feed")
NOTHING = {"median": None, "spread": None, "weekday_median": None}


def test_without_days_nothing_is_usual() -> None:
    made = baseline(TUESDAY, [], [])

    assert made["days"] == []
    assert made["compared_with"] == "closed days"
    assert made["days_closed"] == made["days_with_attempts"] == made["days_compared"] == 0
    assert made["attempts"] == made["success_rate"] == made["peak_minute"] == NOTHING
    assert made["silent_hours"] == NOTHING
    assert made["failures_by_category"] == {}
    assert made["failures_by_code"] == made["by_source"] == made["by_page"] == made["by_user"] == []
    assert made["by_hour"] == []


def test_the_days_are_named_with_their_hashes_in_the_order_given() -> None:
    days = [day(before(TUESDAY, back), [Try()] * (back != 3)) for back in (1, 2, 3, 4)]

    made = baseline(TUESDAY, days, ["h1", "h2", "h3", "h4"])

    assert made["days"] == [
        {"date": "2026-03-09", "sha256": "h1", "compared": True},
        {"date": "2026-03-08", "sha256": "h2", "compared": False},
        {"date": "2026-03-07", "sha256": "h3", "compared": False},
        {"date": "2026-03-06", "sha256": "h4", "compared": True},
    ]
    assert (made["days_closed"], made["days_with_attempts"]) == (4, 3)
    assert (made["compared_with"], made["days_compared"]) == ("weekdays", 2)
    assert made["days_on_its_weekday"] == 0


def test_a_hash_for_each_day_is_needed() -> None:
    with pytest.raises(ValueError, match="argument"):
        baseline(TUESDAY, [day(before(TUESDAY, 1), [])], [])


def test_totals_are_medians_over_the_days_and_rates_over_those_with_attempts() -> None:
    days = [
        day(before(TUESDAY, 1), [Try(), Try(), Try(), FAILED]),
        day(before(TUESDAY, 4), []),
        day(before(TUESDAY, 5), [Try(), FAILED]),
    ]

    made = baseline(TUESDAY, days, ["h"] * 3)

    assert (made["attempts"]["median"], made["attempts"]["spread"]) == (2, 3)
    assert (made["failures"]["median"], made["leads"]["median"]) == (1, 1)
    assert (made["success_rate"]["median"], made["success_rate"]["spread"]) == (0.625, 0.25)
    assert made["peak_minute"]["median"] == 2
    assert made["failures_by_category"]["upstream"]["median"] == 1
    assert made["failures_by_category"]["timeout"]["median"] == 0


def test_a_day_without_a_code_or_a_name_counts_as_zero() -> None:
    days = [
        day(before(TUESDAY, 1), [FAILED, OTHER]),
        day(before(TUESDAY, 4), [Try()]),
        day(before(TUESDAY, 5), [FAILED, FAILED]),
        day(before(TUESDAY, 7), [Try()]),
    ]

    made = baseline(TUESDAY, days, ["h"] * 4)

    (code,) = made["failures_by_code"]
    assert code == {
        "category": "upstream",
        "code": "crm_500",
        "attempts": {"median": 0.5, "spread": 1, "weekday_median": 0},
        "days_seen": 2,
        "last_seen": "2026-03-09",
    }
    assert [entry["name"] for entry in made["by_source"]] == [None, "web"]
    assert [entry["days_seen"] for entry in made["by_source"]] == [1, 4]
    assert made["by_source"][0]["attempts"]["median"] == 0
    partner, site_form = made["by_user"]
    assert (partner["name"], partner["attempts"]["median"]) == ("partner", 0)
    assert (site_form["name"], site_form["failures"]["median"]) == ("site-form", 0.5)
    assert (partner["success_rate"], site_form["success_rate"]) == (1, 0.4)


def test_a_code_was_last_seen_on_the_newest_of_its_days() -> None:
    days = [day(before(TUESDAY, back), [FAILED]) for back in (9, 2, 5)]

    (code,) = baseline(TUESDAY, days, ["h"] * 3)["failures_by_code"]

    assert code["last_seen"] == before(TUESDAY, 2)


def regularity(date: str, seen_on: set[int], count: int = 28) -> tuple[int, int]:
    """Return the days a source was due on and those it kept, seen so many days before a date."""
    days = [
        day(before(date, back), [Try(source="feed")] * (back in seen_on) + [Try()])
        for back in range(1, count + 1)
    ]
    entry = baseline(date, days, ["h"] * count)["by_source"][0]
    assert entry["name"] == "feed"
    return entry["days_due"], entry["days_kept"]


EVERY_DAY = set(range(1, 29))
WEEKENDS = {back for back in EVERY_DAY if back % 7 in (2, 3)}


@pytest.mark.parametrize(
    ("seen_on", "due_and_kept"),
    [
        (EVERY_DAY, (20, 20)),
        (EVERY_DAY - WEEKENDS, (20, 20)),
        (EVERY_DAY - {1, 9}, (20, 19)),
        ({7, 14, 21, 28}, (4, 4)),
        ({7, 28, 4, 11}, (8, 4)),
        (WEEKENDS, (0, 0)),
        ({4, 11, 18, 25}, (0, 0)),
    ],
    ids=str,
)
def test_a_name_is_due_on_the_weekdays_it_was_seen_on(
    seen_on: set[int], due_and_kept: tuple[int, int]
) -> None:
    assert regularity(TUESDAY, seen_on) == due_and_kept


def test_a_weekday_without_a_closed_day_yet_is_no_day_off() -> None:
    assert regularity(SUNDAY, {1}, count=6) == (1, 1)


def test_days_on_which_names_were_only_summed_up_are_counted() -> None:
    many = [Try(source=f"s{number}") for number in range(101)]
    days = [day(before(TUESDAY, 1), many), day(before(TUESDAY, 2), [Try()])]

    made = baseline(TUESDAY, days, ["h"] * 2)

    assert made["by_source_other"] == {"days": 1}
    assert made["by_page_other"] == made["by_user_other"] == {"days": 0}


def test_each_hour_of_the_clock_has_its_own_medians() -> None:
    at_nine, at_ten = Try(minute="T09:30"), FAILED._replace(minute="T10:59")
    days = [
        day(before(TUESDAY, 1), [at_nine, at_nine, at_ten]),
        day(before(TUESDAY, 4), [at_nine] * 4),
    ]

    hours = baseline(TUESDAY, days, ["h"] * 2)["by_hour"]

    assert [entry["hour"] for entry in hours] == [f"{hour:02}:00" for hour in range(24)]
    assert [hours[hour]["attempts"]["median"] for hour in (8, 9, 10)] == [0, 3, 0.5]
    assert [hours[hour]["failures"]["median"] for hour in (8, 9, 10)] == [0, 0, 0.5]


def berlin(date: str, *minutes: str) -> Metrics:
    return day(date, [Try(minute=minute) for minute in minutes], zone="Europe/Berlin")


def test_an_hour_that_a_day_had_twice_is_one_hour_of_the_clock() -> None:
    set_back = berlin("2025-10-26", "T00:10", "T01:10", "T02:10")
    set_forward = berlin("2025-03-30", "T00:10", "T01:10")

    assert len(set_back["by_hour"]) == 25
    assert by_clock(set_back, "attempts")[:4] == [0, 0, 2, 1]
    assert len(set_forward["by_hour"]) == 23
    assert by_clock(set_forward, "attempts")[:4] == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("attempts", "usual", "stretch"),
    [
        ([1, 0, 0, 1], [5, 2, 3, 5], Stretch(1, 3, 5)),
        ([0, 1, 0, 0], [2, 9, 1, 2], Stretch(2, 4, 3)),
        ([0, 0, 1, 1], [2, 0, 1, 2], Stretch(0, 2, 2)),
        ([1, 0, 0, 0], [1, 4, 0, 0], Stretch(1, 4, 4)),
        ([1, 1, 1, 1], [5, 5, 5, 5], Stretch(0, 0, 0)),
        ([0, 0, 0, 0], [1, 1, 1, 1], Stretch(0, 4, 4)),
    ],
)
def test_the_silent_stretch_is_the_one_that_usually_has_most_attempts(
    attempts: list[int], usual: list[float], stretch: Stretch
) -> None:
    assert silent_stretch(attempts, usual) == stretch


def test_what_each_day_missed_in_its_silent_hours_is_judged_by_the_others() -> None:
    whole = [Try(minute=f"T{hour:02}:00") for hour in range(24) for _ in range(2)]
    days = [
        day(before(TUESDAY, 1), whole),
        day(before(TUESDAY, 4), whole),
        day(before(TUESDAY, 5), [one for one in whole if one.minute < "T12"]),
    ]

    made = baseline(TUESDAY, days, ["h"] * 3)

    # The others of the last day had two attempts in each of the twelve hours it had none in.
    assert made["silent_hours"] == {"median": 0, "spread": 12, "weekday_median": None}
