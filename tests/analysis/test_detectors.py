"""Each detector finds what was planted for it, and nothing in a quiet week."""

import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_days import (
    DOWN,
    FEED,
    SUNDAY,
    TUESDAY,
    USUAL,
    Try,
    before,
    changed,
    day,
    failing,
    make_inputs,
    on,
    quiet_week,
    usual_day,
)
from told import texts

from leadlog.analysis import detectors, statements
from leadlog.analysis.analyst import LEFT_OUT, analyse
from leadlog.model import CATEGORIES

DETECTORS = {detect.__name__: detect for detect in detectors.ALL}


# For each detector a day on which it must speak, what it must say, and a threshold that silences
# it. Before it were four usual weeks, with 31 attempts on Tuesdays, 10 of them by a partner.
PLANTED: dict[str, tuple[list[Try], str, dict[str, float]]] = {
    "silent_hours": (
        [one for one in USUAL if one.minute < "T12"],
        (
            "No attempt was made from 12:00 on; the busiest of these hours on the "
            "Tuesdays before began at 12:00, with a median of 4."
        ),
        {"silence_chance": 0.0},
    ),
    "volume": (
        USUAL * 3,
        (
            "Far more attempts were made than usual: 65 more than the median of the "
            "Tuesdays before, 31."
        ),
        {"spreads": 20},
    ),
    "categories": (
        [*USUAL, *[DOWN] * 12],
        ("12 attempts failed upstream (“crm_500”); the median of the Tuesdays before is 0."),
        {"floor_attempts": 13},
    ),
    "concentration": (
        [*USUAL, *[DOWN] * 12],
        (
            "13 of the 15 failures were from the source feed and as many on the page "
            "/feed and by the user partner; the source's median of failures on the "
            "Tuesdays before is 1."
        ),
        {"concentration_share": 0.9},
    ),
    "hours": (
        [*USUAL, *[DOWN] * 12],
        (
            "Most of the failures came in the hour from 14:00, in which 12 of 15 attempts "
            "failed; the hour's median of failures on the Tuesdays before is 0."
        ),
        {"concentration_excess": 0.9},
    ),
    "silence": (
        [one for one in USUAL if one.page != "/feed"],
        (
            "No attempt was made from the source feed, on the page /feed or by the user "
            "partner; the median of the Tuesdays before is 10."
        ),
        {"regular_days": 21},
    ),
    "drops": (
        [*[one for one in USUAL * 3 if one.page != "/feed"], FEED],
        (
            "Only 1 attempt was made from the source feed, and as many on the page /feed "
            "and by the user partner; the median of the Tuesdays before is 10."
        ),
        {"floor_change": 1, "regular_days": 29},
    ),
    "surges": (
        [*USUAL, *[DOWN] * 20, *failing(20)],
        (
            "21 of the 30 attempts from the source feed failed, and as many on the page "
            "/feed and by the user partner; the source's median of failures on the "
            "Tuesdays before is 1."
        ),
        {"floor_attempts": 30},
    ),
    "only_failing": (
        [*USUAL, *failing(5, page="/broken")],
        (
            "All 5 attempts on the page /broken failed; the page was not seen on the last "
            "28 closed days."
        ),
        {"only_failing_attempts": 6},
    ),
    "unusable_input": (
        [*USUAL, *[Try(category="malformed", code="invalid_json")] * 9],
        (
            "9 attempts could not be read as a record (invalid_json); the median of the "
            "Tuesdays before is 0."
        ),
        {"spreads": 20},
    ),
    "limit_pressure": (
        [*USUAL, *[Try(category="rate_limited", code="x")] * 9],
        (
            "A rate limit refused 9 attempts, on the page /pricing; "
            "the median of the Tuesdays before is 0."
        ),
        {"spreads": 20},
    ),
    "bursts": (
        [*USUAL, *[FEED] * 70],
        (
            "The minute from 10:00 had 70 attempts; the busiest minutes of the Tuesdays "
            "before have a median of 1."
        ),
        {"spreads": 20},
    ),
    "rises": (
        [*USUAL, *[FEED] * 40],
        (
            "50 attempts were made from the source feed, and as many on the page /feed "
            "and by the user partner; the median of the Tuesdays before is 10."
        ),
        {"spreads": 20},
    ),
    "newcomers": (
        [*USUAL, *[Try(source="ads")] * 9],
        ("9 attempts were made from the source ads; none of the last 28 closed days had any."),
        {"floor_attempts": 10},
    ),
    "codes": (
        [*USUAL, DOWN],
        ("The failure “crm_500” came up in 1 attempt; none of the last 28 closed days had it."),
        {"baseline_days": 29},
    ),
}


def test_every_detector_has_its_planted_day() -> None:
    assert DETECTORS.keys() - PLANTED.keys() == {"late_and_corrected", "close_to_limit"}


@pytest.mark.parametrize("name", PLANTED)
def test_a_detector_finds_what_was_planted(name: str) -> None:
    tries, told, _ = PLANTED[name]

    assert told in texts(DETECTORS[name], on(TUESDAY, tries))


@pytest.mark.parametrize("name", PLANTED)
def test_a_detector_goes_by_the_thresholds_in_the_inputs(name: str) -> None:
    tries, told, silencing = PLANTED[name]

    assert told not in texts(DETECTORS[name], changed(on(TUESDAY, tries), **silencing))


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("sizes", [{}, {"weekday": 4, "weekend": 1}, {"weekday": 300}], ids=str)
@pytest.mark.parametrize("count", [28, 13])
def test_a_detector_is_silent_through_a_quiet_week(
    name: str, sizes: dict[str, int], count: int
) -> None:
    for back in range(7):
        date = before(SUNDAY, back)
        inputs = make_inputs(usual_day(date, **sizes), quiet_week(date, count, **sizes))

        assert texts(DETECTORS[name], inputs) == [], date


@pytest.mark.parametrize("name", DETECTORS)
def test_a_usual_day_is_not_unusual_for_want_of_days_to_compare_with(name: str) -> None:
    for count in range(7):
        inputs = make_inputs(usual_day(SUNDAY), quiet_week(SUNDAY, count))

        assert texts(DETECTORS[name], inputs) == []


COMPARING = (
    *("silent_hours", "volume", "categories", "silence", "drops", "surges", "rises"),
    *("newcomers", "codes"),
)


@pytest.mark.parametrize("name", COMPARING)
def test_nothing_is_called_unusual_without_days_to_compare_with(name: str) -> None:
    tries, _, _ = PLANTED[name]

    assert texts(DETECTORS[name], make_inputs(day(TUESDAY, tries), quiet_week(TUESDAY, 4))) == []


@pytest.mark.parametrize("name", ["silent_hours", "silence", "drops"])
def test_a_running_day_is_not_told_to_have_too_little(name: str) -> None:
    tries, told, _ = PLANTED[name]

    running = make_inputs(day(TUESDAY, tries), quiet_week(TUESDAY, 28), provisional=True)

    assert texts(DETECTORS[name], running) == []
    assert told in texts(DETECTORS[name], {**running, "provisional": False})


# A placeholder stands by itself, so that nothing joins its figure to another number.
GLUED = re.compile(r"""[^\s(["']\{\{|\}\}[^\s)\]"'.,;:!?]""")

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
    repeated=st.integers(1, 9),
    burst=st.sampled_from([1, 3, 60]),
    corrected=st.booleans(),
    provisional=st.booleans(),
)
def test_the_analyst_never_says_what_has_to_be_withheld(
    tries: list[Try],
    earlier: list[list[Try]],
    repeated: int,
    burst: int,
    corrected: bool,
    provisional: bool,
) -> None:
    corrections = ((before(TUESDAY, 1), "success", "failure", 3),) if corrected else ()
    inputs = make_inputs(
        day(TUESDAY, tries * repeated, burst=burst, corrections=corrections),
        [day(before(TUESDAY, back), each * 3) for back, each in enumerate(earlier, 1)],
        provisional=provisional,
    )
    reply = analyse(inputs)

    valid, invalid = statements.check(inputs, reply.said)

    assert invalid == []
    assert valid[0].section == "executive_summary"
    assert statements.render(inputs, reply.reason)
    times = Counter(one.template for one in valid)
    assert {template for template, count in times.items() if count > 1} <= {LEFT_OUT}
    assert not [one.template for one in valid if GLUED.search(one.template)]
    for detect in detectors.ALL:
        assert statements.check(inputs, detect(inputs))[1] == []
