"""Which sources, pages and users the failures belong to, each told once, in one sentence."""

from typing import Any

import pytest
from sample_days import (
    DOWN,
    TUESDAY,
    USUAL,
    Metrics,
    Try,
    changed,
    day,
    every_day,
    failing,
    make_inputs,
    on,
    quiet_week,
)
from told import severities, texts

from leadlog.analysis.detectors.concentration import concentration, surges
from leadlog.analysis.detectors.only_failing import only_failing


def with_usual(*more: Try, earlier: list[Metrics] | None = None) -> dict[str, Any]:
    days = quiet_week(TUESDAY, 28) if earlier is None else earlier
    return make_inputs(day(TUESDAY, [*USUAL, *more]), days)


def test_names_with_as_many_failures_are_told_as_one() -> None:
    assert texts(concentration, with_usual(*[DOWN] * 12)) == [
        (
            "13 of the 15 failures were from the source feed and as many on the page /feed and by "
            "the user partner; the source's median of failures on the Tuesdays before is 1."
        )
    ]


def test_names_with_other_numbers_are_told_with_theirs() -> None:
    down = [*[DOWN] * 12, *[DOWN._replace(page="/other")] * 3, *[DOWN._replace(user="b")] * 2]

    assert texts(concentration, with_usual(*down)) == [
        (
            "18 of the 20 failures were from the source feed, 16 by the user partner and 15 on "
            "the page /feed; the source's median of failures on the Tuesdays before is 1."
        )
    ]


def test_a_name_that_only_failed_is_told_so_with_all_that_did() -> None:
    bot = failing(25, user="bot", source="api", page="/pricing")

    assert texts(concentration, with_usual(*bot)) == [
        (
            "All 25 attempts from the source api failed, as did as many by the user bot, "
            "out of 28 failures in all, of which 26 were on the page /pricing; "
            "the source was not seen on the last 28 closed days."
        )
    ]
    assert texts(only_failing, with_usual(*bot)) == texts(surges, with_usual(*bot)) == []


def test_failures_without_a_name_are_told_as_that() -> None:
    nameless = failing(25, user="bot", source=None, page=None)
    known = every_day(*failing(2, user="bot", source=None, page=None))

    (new,) = texts(concentration, with_usual(*nameless))
    (more,) = texts(concentration, with_usual(*nameless, earlier=known))

    assert new == (
        "All 25 attempts without a source failed, as did as many without a page and by the user "
        "bot, out of 28 failures in all; none of the last 28 closed days had such attempts."
    )
    assert more.endswith("; their median of failures on the Tuesdays before is 2.")


@pytest.mark.parametrize("detect", [concentration, surges, only_failing])
def test_what_fails_every_day_is_not_told(detect: Any) -> None:
    nightly = [
        *failing(12, user="batch", source="import", page="/night"),
        *[Try("batch", "import", "/night")] * 3,
        *failing(4, page="/old-form"),
    ]

    assert texts(detect, with_usual(*nightly, earlier=every_day(*nightly))) == []
    assert texts(detect, with_usual(*nightly, earlier=every_day(*nightly, count=3))) == []


def test_what_fails_every_day_is_told_when_it_fails_far_more() -> None:
    night = {"user": "batch", "source": "import", "page": "/night"}
    earlier = every_day(*failing(12, **night), *[Try(**night)] * 3)

    (told,) = texts(concentration, with_usual(*failing(40, **night), Try(**night), earlier=earlier))

    assert told.startswith("40 of the 43 failures were from the source import and as many on ")
    assert told.endswith("; the source's median of failures on the Tuesdays before is 12.")


def test_failures_that_go_with_more_successes_are_not_told() -> None:
    earlier = every_day(*failing(5, source="ads"), *[Try(source="ads")] * 5)
    both = [*failing(40, source="ads"), *[Try(source="ads")] * 40]
    failures = failing(40, source="ads")

    assert not [
        one for one in texts(concentration, with_usual(*both, earlier=earlier)) if "ads" in one
    ]
    assert "ads" in texts(concentration, with_usual(*failures, earlier=earlier))[0]


def test_without_days_to_compare_with_a_concentration_is_a_notice() -> None:
    inputs = make_inputs(day(TUESDAY, [*USUAL, *[DOWN] * 12]), [])

    assert texts(concentration, inputs) == [
        (
            "13 of the 15 failures were from the source feed and as many on the page /feed and by "
            "the user partner."
        )
    ]
    assert severities(concentration, inputs) == ["notice"]
    assert severities(concentration, with_usual(*[DOWN] * 12)) == ["warning"]


def test_failures_in_proportion_to_successes_are_no_concentration() -> None:
    mostly_one = [*[Try()] * 80, *failing(18), *[Try(user="partner", page="/p", source="s")] * 2]

    assert texts(concentration, on(TUESDAY, mostly_one)) == []


def test_with_a_single_user_there_is_nothing_to_concentrate() -> None:
    assert texts(concentration, on(TUESDAY, [*[Try()] * 5, *failing(15)])) == []


def test_a_concentration_goes_by_the_thresholds_in_the_inputs() -> None:
    inputs = with_usual(*[DOWN] * 12)

    assert texts(concentration, changed(inputs, concentration_failures=16)) == []
    assert texts(concentration, changed(inputs, concentration_excess=0.95)) == []


def test_when_everything_fails_no_name_is_told_for_itself() -> None:
    inputs = on(TUESDAY, [one._replace(category="upstream", code="crm_500") for one in USUAL])

    assert texts(concentration, inputs) == []
    assert texts(surges, inputs) == texts(only_failing, inputs) == []


def test_a_surge_is_told_beside_what_carries_most_of_the_failures() -> None:
    webinar = failing(8, page="/webinar")
    inputs = with_usual(*[DOWN] * 30, *webinar, Try(page="/webinar"))

    assert "/webinar" not in texts(concentration, inputs)[0]
    assert texts(surges, inputs) == [
        (
            "8 of the 9 attempts on the page /webinar failed; "
            "the page was not seen on the last 28 closed days."
        )
    ]
    assert texts(surges, changed(inputs, floor_attempts=9)) == []


def test_a_page_of_few_attempts_that_fails_far_more_often_is_told() -> None:
    good = Try(page="/webinar")
    earlier = every_day(*[good] * 4, *failing(1, page="/webinar"))
    inputs = with_usual(*[DOWN] * 30, *failing(7, page="/webinar"), good, earlier=earlier)

    assert texts(surges, inputs) == [
        (
            "7 of the 8 attempts on the page /webinar failed; "
            "the page's median of failures on the Tuesdays before is 1."
        )
    ]
    assert texts(surges, changed(inputs, rare=0.0)) == []


def test_a_user_that_only_fails_surges() -> None:
    inputs = with_usual(*failing(20, user="bot"), *[DOWN] * 20)

    told = (
        "All 20 attempts by the user bot failed; the user was not seen on the last 28 closed days."
    )
    assert told in texts(surges, inputs)
    assert set(severities(surges, inputs)) == {"warning"}


def test_the_largest_surge_is_told_first() -> None:
    inputs = with_usual(*failing(20, user="b", page="/b"), *failing(30, user="c", page="/c"))

    told = texts(surges, changed(inputs, only_failing_attempts=99))

    assert [one.split()[1] for one in told] == ["30", "20"]


@pytest.mark.parametrize(
    ("count", "expected"), [(2, []), (3, ["notice"]), (4, ["warning"]), (5, ["warning"])]
)
def test_only_failing_is_as_grave_as_it_is_improbable(count: int, expected: list[str]) -> None:
    assert severities(only_failing, with_usual(*failing(count, page="/broken"))) == expected


def test_a_page_that_often_fails_must_fail_more_often_to_be_told() -> None:
    middling = [*failing(2, page="/form"), *[Try(page="/form")] * 2]
    earlier = every_day(*middling)

    assert texts(only_failing, with_usual(*failing(6, page="/form"), earlier=earlier)) == []
    assert texts(only_failing, with_usual(*failing(8, page="/form"), earlier=earlier)) == [
        (
            "All 8 attempts on the page /form failed; "
            "on the closed days before, 50.0 % of the page's succeeded."
        )
    ]


def test_names_that_only_fail_are_told_together_and_the_gravest_first() -> None:
    landing = failing(6, source="ads", page="/landing")
    inputs = with_usual(*landing, *failing(3, page="/a"), *failing(5, page="/b"))

    assert texts(only_failing, inputs)[0] == (
        "All 6 attempts from the source ads failed, as did as many on the page /landing; "
        "the source was not seen on the last 28 closed days."
    )
    assert severities(only_failing, inputs) == ["warning", "warning", "notice"]


def test_on_the_first_day_a_page_that_only_fails_is_a_notice() -> None:
    inputs = make_inputs(day(TUESDAY, [*USUAL, *failing(5, page="/broken")]), [])

    assert texts(only_failing, inputs) == ["All 5 attempts on the page /broken failed."]
    assert severities(only_failing, inputs) == ["notice"]


def test_on_the_second_day_it_is_said_that_the_first_did_not_have_it() -> None:
    inputs = with_usual(*failing(5, page="/broken"), earlier=quiet_week(TUESDAY, 1))

    assert texts(only_failing, inputs) == [
        "All 5 attempts on the page /broken failed; the page was not seen on the closed day before."
    ]


def test_attempts_without_a_page_are_no_page_that_only_fails() -> None:
    assert texts(only_failing, with_usual(*failing(5, page=None))) == []
