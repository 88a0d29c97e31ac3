"""What failed, by category and by code; what arrived late and what was corrected."""

import pytest
from sample_days import (
    DOWN,
    TUESDAY,
    USUAL,
    Try,
    before,
    changed,
    day,
    make_inputs,
    on,
    quiet_week,
    usual_tries,
)
from told import severities, texts

from leadlog.analysis.detectors.categories import categories, unusable_input
from leadlog.analysis.detectors.codes import codes
from leadlog.analysis.detectors.late import late_and_corrected
from leadlog.model import CATEGORIES


def of(category: str, codes_: str) -> list[Try]:
    return [Try(category=category, code=code) for code in codes_]


@pytest.mark.parametrize(
    ("category", "codes_", "told"),
    [
        ("upstream", "a" * 9, "9 attempts failed upstream (a)"),
        ("timeout", "a" * 8 + "b", "9 attempts timed out, most often a (8)"),
        ("internal", "a" * 9, "9 attempts failed internally (a)"),
        ("conflict", "a" * 9, "9 attempts were in conflict with earlier ones (a)"),
    ],
)
def test_a_category_far_above_usual_is_told_with_its_main_code(
    category: str, codes_: str, told: str
) -> None:
    inputs = on(TUESDAY, [*USUAL, *of(category, codes_)])

    assert texts(categories, inputs) == [f"{told}; the median of the Tuesdays before is 0."]
    assert severities(categories, inputs) == ["warning"]


def test_duplicates_and_rejections_are_told_against_those_there_usually_are() -> None:
    inputs = on(TUESDAY, [*USUAL, *of("duplicate", "a" * 19), *of("rejected", "a" * 29)])

    assert [one.partition(" (")[0] for one in texts(categories, inputs)] == [
        "30 attempts were rejected, most often a",
        "21 attempts were duplicates, most often a",
    ]


def test_every_category_has_a_detector() -> None:
    tries = [one for category in CATEGORIES for one in of(category, "a" * 9)]
    inputs = changed(on(TUESDAY, [*USUAL, *tries]), spreads=2)

    told = [*texts(categories, inputs), *texts(unusable_input, inputs)]

    assert len(told) == len(CATEGORIES) - 1  # the rate limit's is told by its own


def test_more_failures_that_go_with_more_successes_are_not_told() -> None:
    assert texts(categories, on(TUESDAY, [*USUAL * 5])) == []


@pytest.mark.parametrize(
    ("category", "codes_", "told"),
    [
        ("unknown_user", "a", "1 attempt named a user that nobody is registered as (a)."),
        ("malformed", "aab", "3 attempts could not be read as a record, most often a (2)."),
        ("validation", "aa", "2 attempts carried a field that broke a rule (a)."),
        (
            "validation",
            "a" * 9,
            (
                "9 attempts carried a field that broke a rule (a); "
                "the median of the Tuesdays before is 0."
            ),
        ),
    ],
)
def test_input_that_could_not_be_used_is_told_with_its_main_code(
    category: str, codes_: str, told: str
) -> None:
    inputs = on(TUESDAY, [*USUAL, *of(category, codes_)])

    assert texts(unusable_input, inputs) == [told]
    assert severities(unusable_input, inputs) == ["warning" if "median" in told else "info"]


def with_earlier(*back: int) -> list[dict[str, object]]:
    """Return the usual days before, on some of which the CRM failed."""
    dates = [before(TUESDAY, each) for each in range(1, 29)]
    return [
        day(date, [*usual_tries(date), *[DOWN] * (each in back)])
        for each, date in enumerate(dates, 1)
    ]


@pytest.mark.parametrize(("count", "told"), [(1, "1 attempt"), (4, "4 attempts")])
def test_a_code_that_the_days_before_did_not_have_is_told(count: int, told: str) -> None:
    inputs = on(TUESDAY, [*USUAL, *[DOWN] * count])

    assert texts(codes, inputs) == [
        f"The failure “crm_500” came up in {told}; none of the last 28 closed days had it."
    ]
    assert severities(codes, inputs) == ["notice"]


@pytest.mark.parametrize(("back", "is_back"), [(7, True), (6, False)])
def test_a_code_that_comes_back_after_a_week_is_told_with_its_last_day(
    back: int, is_back: bool
) -> None:
    inputs = make_inputs(day(TUESDAY, [*USUAL, *[DOWN] * 3]), with_earlier(back, 20))

    last_day = before(TUESDAY, back)
    told = f"The failure “crm_500” is back, in 3 attempts; it was last seen on {last_day}."
    assert texts(codes, inputs) == ([told] if is_back else [])


def test_a_rare_code_that_comes_now_and_then_is_not_back() -> None:
    inputs = make_inputs(day(TUESDAY, [*USUAL, DOWN, DOWN]), with_earlier(8, 20))

    assert texts(codes, inputs) == []
    assert len(texts(codes, changed(inputs, returning_attempts=2))) == 1


def test_late_arrivals_and_corrections_are_told_in_good_grammar() -> None:
    one, many = before(TUESDAY, 1), before(TUESDAY, 2)
    late = [Try(late_for=one), Try(late_for=many), Try(late_for=many)]
    corrections = (
        (one, "failure", "success", 1),
        (many, "success", "failure", 2),
        (many, "success", "failure", 3),
    )
    inputs = make_inputs(day(TUESDAY, late, corrections=corrections), quiet_week(TUESDAY))

    assert texts(late_and_corrected, inputs) == [
        f"2 attempts of {many} arrived late and count for this day.",
        f"1 attempt of {one} arrived late and counts for this day.",
        f"2 attempts of {many} were corrected from success to failure on this day.",
        f"1 attempt of {one} was corrected from failure to success on this day.",
    ]
    assert set(severities(late_and_corrected, inputs)) == {"info"}
