"""Each detector finds what was planted for it, and nothing in a quiet week."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_days import (
    TUESDAY,
    Try,
    before,
    changed,
    day,
    make_inputs,
    on,
    quiet_week,
    usual_day,
    usual_tries,
)

from leadlog.analysis import detectors, statements
from leadlog.analysis.analyst import analyse
from leadlog.analysis.detectors.bursts import bursts, hours
from leadlog.analysis.detectors.categories import categories, rejected_input
from leadlog.analysis.detectors.codes import codes
from leadlog.analysis.detectors.comparing import Detector
from leadlog.analysis.detectors.concentration import concentration, only_failing, surges
from leadlog.analysis.detectors.late import late_and_corrected
from leadlog.analysis.detectors.limits import limit_pressure
from leadlog.analysis.detectors.silence import silence
from leadlog.analysis.detectors.volume import success_rate, volume
from leadlog.model import CATEGORIES

SUNDAY = "2026-03-15"
USUAL = usual_tries(TUESDAY)
DOWN = Try("partner", "feed", "/feed", "upstream", "crm_500", "T14:10")


def failing(count: int, **given_: Any) -> list[Try]:
    return [Try(category="upstream", code="crm_500", **given_)] * count


def texts(detect: Detector, inputs: dict[str, Any]) -> list[str]:
    """Return what a detector says, rendered."""
    valid, invalid = statements.check(inputs, detect(inputs))
    assert not invalid
    return [one.text for one in valid]


# Each detector, a day on which it must speak, what it must say, and a threshold that silences it.
PLANTED: dict[str, tuple[Detector, list[Try], str, dict[str, float]]] = {
    "volume": (
        volume,
        USUAL * 3,
        "The number of attempts was far from usual: 66 more than the median of 30 a day.",
        {"counting_spreads": 20},
    ),
    "categories": (
        categories,
        [*USUAL, *[DOWN] * 12],
        (
            "12 failures were of the category upstream (“crm_500”); "
            "the median of the days before is 0."
        ),
        {"floor_attempts": 13},
    ),
    "concentration": (
        concentration,
        [*USUAL, *[DOWN] * 12],
        (
            "13 of the 15 failures (86.7 %; median 1) were of the user partner, "
            "13 (86.7 %; median 1) from the source feed and 13 (86.7 %; median 1) on the page "
            "/feed, with 50.0 %, 50.0 % and 50.0 % of the attempts."
        ),
        {"concentration_share": 0.9},
    ),
    "hours": (
        hours,
        [*USUAL, *[DOWN] * 12],
        "The hour with most failures began at 14:00 (12 of 15 attempts failed).",
        {"concentration_excess": 0.9},
    ),
    "surges": (
        surges,
        [*USUAL, *[DOWN] * 8, *failing(7)],
        "9 of the 29 attempts of the user site-form failed; the median of the days before is 2.",
        {"floor_attempts": 30},
    ),
    "only_failing": (
        only_failing,
        [*USUAL, *failing(3, page="/broken")],
        "No attempt on the page /broken succeeded: all 3 failed.",
        {"only_failing_attempts": 4},
    ),
    "codes": (
        codes,
        [*USUAL, DOWN],
        "The failure “crm_500” occurred 1 time and on none of the days before.",
        {"baseline_days": 15},
    ),
    "silence": (
        silence,
        [one for one in USUAL if one.page != "/feed"],
        "Nothing came from the source feed; its median is 10 attempts a day.",
        {"regular_days": 15},
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_detector_finds_what_was_planted(name: str) -> None:
    detect, tries, told, _ = PLANTED[name]

    assert told in texts(detect, on(TUESDAY, tries))


@pytest.mark.parametrize("name", PLANTED)
def test_a_detector_goes_by_the_thresholds_in_the_inputs(name: str) -> None:
    detect, tries, told, silencing = PLANTED[name]

    assert told not in texts(detect, changed(on(TUESDAY, tries), **silencing))


@pytest.mark.parametrize("detect", detectors.ALL, ids=lambda detect: detect.__name__)
@pytest.mark.parametrize("sizes", [{}, {"weekday": 4, "weekend": 1}, {"weekday": 300}], ids=str)
def test_a_detector_is_silent_through_a_quiet_week(detect: Detector, sizes: dict[str, int]) -> None:
    for back in range(7):
        date = before(SUNDAY, back)
        inputs = make_inputs(usual_day(date, **sizes), quiet_week(date, **sizes))

        assert texts(detect, inputs) == [], date
        assert success_rate(inputs) is None


@pytest.mark.parametrize("detect", detectors.ALL, ids=lambda detect: detect.__name__)
def test_nothing_is_unusual_without_days_to_compare_with(detect: Detector) -> None:
    inputs = make_inputs(day(TUESDAY, USUAL), quiet_week(TUESDAY, 4))

    assert texts(detect, inputs) == []


def test_the_success_rate_is_far_from_usual_or_it_is_not() -> None:
    bad = on(TUESDAY, [*USUAL, *failing(20)])
    lucky = make_inputs(
        day(TUESDAY, [Try()] * 30),
        [day(before(TUESDAY, back), [*[Try()] * 15, *failing(15)]) for back in range(1, 15)],
    )

    assert success_rate(bad) == "below"
    assert success_rate(lucky) == "above"
    assert success_rate(changed(bad, floor_rate=0.5)) is None
    assert success_rate(changed(bad, floor_attempts=30)) is None


def test_a_spread_of_the_days_before_widens_what_is_usual() -> None:
    earlier = [
        day(before(TUESDAY, back), [Try()] * (20 + 10 * (back % 3))) for back in range(1, 15)
    ]
    inputs = make_inputs(day(TUESDAY, [Try()] * 80), earlier)

    assert inputs["baseline"]["attempts"]["spread"] == 10
    assert texts(volume, changed(inputs, spreads=6)) == []
    assert texts(volume, changed(inputs, spreads=2)) != []


def test_the_success_rate_of_a_few_attempts_is_let_be() -> None:
    assert success_rate(on(TUESDAY, failing(2))) is None


def test_a_sunday_is_not_unusual_for_being_unlike_a_monday() -> None:
    many = {"weekday": 300, "weekend": 20}
    earlier = quiet_week(SUNDAY, **many)

    as_sunday = make_inputs(day(SUNDAY, usual_tries(SUNDAY, **many)), earlier)
    as_weekday = make_inputs(day(SUNDAY, [Try()] * 300), earlier)

    assert texts(volume, as_sunday) == texts(silence, as_sunday) == []
    assert texts(volume, as_weekday) == []
    quiet_monday = make_inputs(day("2026-03-16", [Try()] * 20), quiet_week("2026-03-16", **many))
    assert len(texts(volume, quiet_monday)) == 1


def test_a_running_day_is_not_told_to_have_few_attempts() -> None:
    earlier = quiet_week(TUESDAY)

    running = make_inputs(day(TUESDAY, [Try()]), earlier, provisional=True)
    busy = make_inputs(day(TUESDAY, USUAL * 3), earlier, provisional=True)

    assert texts(volume, running) == texts(silence, running) == []
    assert len(texts(volume, busy)) == 1


def test_a_code_that_comes_back_after_a_week_is_told_with_its_last_day() -> None:
    earlier = quiet_week(TUESDAY)
    for back, expected in ((7, True), (6, False)):
        date = before(TUESDAY, back)
        days = [day(date, [*usual_tries(date), DOWN]) if d["date"] == date else d for d in earlier]
        inputs = make_inputs(day(TUESDAY, [*USUAL, DOWN, DOWN]), days)

        said = f"The failure “crm_500” is back: it occurred 2 times, and before that on {date}."
        assert texts(codes, inputs) == ([said] if expected else [])


def test_failures_in_proportion_to_attempts_are_no_concentration() -> None:
    mostly_one = [*[Try()] * 80, *failing(18), *[Try(user="partner", page="/p", source="s")] * 2]

    assert texts(concentration, on(TUESDAY, mostly_one)) == []


def test_with_a_single_user_there_is_nothing_to_concentrate() -> None:
    inputs = on(TUESDAY, [*[Try()] * 5, *failing(15)])

    assert texts(concentration, inputs) == []


def test_the_hours_with_most_failures_are_told_in_order() -> None:
    down = [
        DOWN._replace(minute=f"T{hour}:{minute:02}") for hour in (15, 14) for minute in range(8)
    ]

    (told,) = texts(hours, on(TUESDAY, [*USUAL, *down]))

    assert told == (
        "The hours with most failures began at 14:00 (8 of 11 attempts failed) and 15:00 (8 of 12)."
    )


def test_bursts_are_told_with_their_busiest_minute() -> None:
    one = on(TUESDAY, [*[Try(minute="T09:14")] * 5, *[Try(minute="T10:00")] * 3], burst=5)
    two = on(TUESDAY, [*[Try(minute="T09:14")] * 5, *[Try(minute="T10:00")] * 3], burst=3)
    each = on(TUESDAY, [Try()], burst=1)

    assert texts(bursts, one) == [
        "In 1 minute there were at least 5 attempts; the busiest began at 09:14 with 5."
    ]
    assert texts(bursts, two)[0].startswith("In 2 minutes there were at least 3 attempts")
    assert texts(bursts, each)[0].startswith("In 1 minute there were at least 1 attempt;")


def refused(count: int, user: str = "batch", page: str | None = "/night", code: str = "x") -> Any:
    return [Try(user, "import", page, "rate_limited", code)] * count


@pytest.mark.parametrize(
    ("tries", "told"),
    [
        (refused(1), "The rate limit refused 1 attempt of 1 user, on the page /night."),
        (
            [*refused(2), *refused(1, "other", "/day")],
            "The rate limit refused 3 attempts of 2 users, most often on /night (2).",
        ),
        (refused(3, page=None), "The rate limit refused 3 attempts of 1 user."),
        (
            [*refused(2), *refused(1, code="y")],
            (
                "The rate limit refused 2 attempts of 1 user (x) and 1 attempt of 1 user (y), "
                "on the page /night."
            ),
        ),
        (
            refused(9),
            (
                "The rate limit refused 9 attempts of 1 user, on the page /night; "
                "the median of the days before is 0."
            ),
        ),
    ],
)
def test_limit_pressure_is_told_with_users_and_page(tries: list[Try], told: str) -> None:
    assert texts(limit_pressure, on(TUESDAY, [*USUAL, *tries])) == [told]


@pytest.mark.parametrize(
    ("category", "codes", "told"),
    [
        ("unknown_user", "a", "1 attempt named a user that nobody is registered as (a)."),
        ("malformed", "aab", "3 attempts could not be read as a record, most often a (2)."),
        ("validation", "aa", "2 attempts carried a field that broke a rule (a)."),
        (
            "validation",
            "a" * 9,
            "9 attempts carried a field that broke a rule (a); the median of the days before is 0.",
        ),
    ],
)
def test_input_that_could_not_be_used_is_told_with_its_main_code(
    category: str, codes: str, told: str
) -> None:
    tries = [Try(category=category, code=code) for code in codes]

    assert texts(rejected_input, on(TUESDAY, [*USUAL, *tries])) == [told]


def test_late_arrivals_and_corrections_are_told_in_good_grammar() -> None:
    one, many = before(TUESDAY, 1), before(TUESDAY, 2)
    late = [Try(late_for=one), Try(late_for=many), Try(late_for=many)]
    corrections = (
        (one, "failure", "success", 1),
        (many, "success", "failure", 2),
        (many, "success", "failure", 3),
    )

    assert texts(late_and_corrected, on(TUESDAY, late, corrections=corrections)) == [
        f"2 attempts count for this day but arrived late for {many}.",
        f"1 attempt counts for this day but arrived late for {one}.",
        f"2 attempts were corrected from success to failure, for {many}.",
        f"1 attempt was corrected from failure to success, for {one}.",
    ]


def test_names_that_are_only_summed_up_may_not_be_missed() -> None:
    many = [Try(source=f"s{number}", page=f"/p{number}") for number in range(101) for _ in range(2)]

    assert texts(silence, on(TUESDAY, many)) == []


TRIES = st.lists(
    st.builds(
        Try,
        user=st.sampled_from(["a", "b", "[/]", "unknown"]),
        source=st.sampled_from([None, "web", "{{/snapshot/attempts}}", "ten", "\x1b[31m"]),
        page=st.sampled_from([None, "/a", "/b|c", "/<b>"]),
        category=st.one_of(st.none(), st.sampled_from(CATEGORIES)),
        code=st.sampled_from(["a", "b", "rate_limited"]),
        minute=st.sampled_from(["T00:00", "T09:14", "T14:59", "T23:59"]),
        late_for=st.sampled_from([None, "2026-02-01"]),
    ),
    max_size=40,
)


@settings(max_examples=50, deadline=None)
@given(
    tries=TRIES,
    earlier=st.lists(TRIES, max_size=9),
    burst=st.sampled_from([1, 3, 60]),
    corrected=st.booleans(),
    provisional=st.booleans(),
)
def test_the_analyst_never_says_what_has_to_be_withheld(
    tries: list[Try], earlier: list[list[Try]], burst: int, corrected: bool, provisional: bool
) -> None:
    corrections = ((before(TUESDAY, 1), "success", "failure", 3),) if corrected else ()
    inputs = make_inputs(
        day(TUESDAY, tries, burst=burst, corrections=corrections),
        [day(before(TUESDAY, back), each) for back, each in enumerate(earlier, 1)],
        provisional=provisional,
    )
    reply = analyse(inputs)

    valid, invalid = statements.check(inputs, reply.said)

    assert invalid == []
    assert valid[0].section == "executive_summary"
    assert statements.render(inputs, reply.reason)
    assert len({one.template for one in valid}) == len(valid)
    for detect in detectors.ALL:
        assert statements.check(inputs, detect(inputs))[1] == []
