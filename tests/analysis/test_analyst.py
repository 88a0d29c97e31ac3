"""The built-in analyst tells a day as a careful colleague would."""

from collections import defaultdict
from functools import lru_cache
from typing import Any

import documents
import orjson
import pytest
from sample_days import (
    SUNDAY,
    TUESDAY,
    Try,
    before,
    day,
    make_inputs,
    pressure_of,
    quiet_week,
    usual_day,
    usual_tries,
)

from leadlog.analysis import statements
from leadlog.analysis.analyst import ENGINE, LEFT_OUT, Analyst, analyse

BAD_DAY = "2025-11-13"
FAILED = Try(category="upstream", code="crm_500")


@lru_cache(maxsize=1)
def two_weeks() -> dict[str, list[Try]]:
    """Return the attempts of each date of the sample."""
    tries: dict[str, list[Try]] = defaultdict(list)
    for line in (documents.ROOT / "examples" / "two-weeks.ndjson").read_bytes().splitlines():
        record = orjson.loads(line)
        date, minute = record["occurred_at"][:10], record["occurred_at"][10:16]
        one = (record["user"], record["source"], record["page"])
        tries[date].append(Try(*one, record.get("category"), record.get("code"), minute))
    return {date: tries[date] for date in sorted(tries)}


def of_sample(date: str) -> dict[str, Any]:
    days = {each: day(each, tries) for each, tries in two_weeks().items() if each <= date}
    metrics = days.pop(date)
    limits = pressure_of(metrics, two_weeks()[date])
    return make_inputs(metrics, [days[each] for each in reversed(days)], limits=limits)


def told(inputs: dict[str, Any]) -> dict[str, list[str]]:
    """Return what a report says, by section, and its confidence."""
    reply = analyse(inputs)
    valid, invalid = statements.check(inputs, reply.said)
    assert not invalid
    sections: dict[str, list[str]] = defaultdict(list)
    for one in valid:
        sections[one.section].append(one.text)
    sections["confidence"] = [reply.level, statements.render(inputs, reply.reason)[0]]
    return dict(sections)


def opening(inputs: dict[str, Any]) -> str:
    return told(inputs)["executive_summary"][0]


def test_the_planted_story_of_the_bad_day_is_found() -> None:
    said = told(of_sample(BAD_DAY))

    assert said["executive_summary"] == [
        (
            "74 attempts were made and 31 became leads, a success rate of 41.9 %, far below the "
            "median of the weekdays before, 85.4 %."
        ),
        "30 attempts failed upstream (“crm_500”); the median of the weekdays before is 0.",
        (
            "30 of the 43 failures were on the page /partners/acme, as many by the user "
            "partner-acme and 31 from the source partner-feed; "
            "the page's median of failures on the weekdays before is 1."
        ),
        (
            "Most of the failures came between 14:00 and 17:00; in the hour from 14:00, all 12 "
            "attempts failed; the hour's median of failures on the weekdays before is 0."
        ),
    ]
    assert said["user_behaviour"] == [
        (
            "3 attempts by the user import-batch were recorded as refused by a rate limit, "
            "at 02:30, on the page /import/nightly."
        )
    ]
    assert said["misconfiguration_signals"] == [
        (
            "8 attempts carried a field that broke a rule, most often invalid_email (7); "
            "the median of the weekdays before is 1."
        )
    ]
    assert said["anomalies"] == [
        (
            "7 of the 8 attempts on the page /webinar failed; "
            "the page's median of failures on the weekdays before is 1."
        ),
        (
            "Far more attempts were made than usual: "
            "30 more than the median of the weekdays before, 44."
        ),
        "The failure “crm_500” is back, in 30 attempts; it was last seen on 2025-11-04.",
    ]
    assert said["confidence"] == [
        "medium",
        "Compared with 8 weekdays before, 1 of them on the same day of the week.",
    ]


def test_no_figure_of_the_bad_day_is_told_in_two_sentences_of_the_summary() -> None:
    inputs = of_sample(BAD_DAY)
    valid, _ = statements.check(inputs, analyse(inputs).said)

    summary = [one for one in valid if one.section == "executive_summary"]
    pointers = [{each.pointer for each in one.figures} for one in summary]
    assert sum(map(len, pointers)) == len(set().union(*pointers))


def test_no_sentence_holds_more_figures_than_can_be_read() -> None:
    for date in two_weeks():
        inputs = of_sample(date)
        valid, _ = statements.check(inputs, analyse(inputs).said)
        for one in valid:
            assert sum(figure.format != "name" for figure in one.figures) <= 6, one.text


def test_a_quiet_day_says_what_is_usual_and_that_nothing_stood_out() -> None:
    said = told(make_inputs(usual_day(TUESDAY), quiet_week(TUESDAY, 28)))

    assert said["executive_summary"] == [
        (
            "32 attempts were made and 29 became leads, a success rate of 90.6 %; "
            "the medians of the Tuesdays before are 31 attempts and 90.3 %."
        ),
        "Nothing stood out against the days before.",
    ]
    assert said.keys() == {"executive_summary", "scope", "confidence"}


def test_the_days_of_the_sample_on_which_nothing_was_planted_are_quiet() -> None:
    for date in ("2025-11-10", "2025-11-15", "2025-11-16"):
        quiet = told(of_sample(date))["executive_summary"]
        assert quiet[-1] == "Nothing stood out against the days before.", date


@pytest.mark.parametrize(
    ("tries", "said"),
    [
        ([Try()] * 2, "2 attempts were made and all of them became leads, a success rate of 100.0"),
        ([Try()], "1 attempt was made and it became a lead, a success rate of 100.0 %."),
        ([FAILED] * 2, "2 attempts were made and no lead came of them, a success rate of 0.0 %."),
        ([FAILED], "1 attempt was made and no lead came of it, a success rate of 0.0 %."),
        ([Try(), FAILED], "2 attempts were made and 1 became a lead, a success rate of 50.0 %."),
    ],
)
def test_the_opening_reads_well_with_any_count(tries: list[Try], said: str) -> None:
    assert opening(make_inputs(day(TUESDAY, tries), [])).startswith(said)


def test_a_day_as_large_as_no_other_is_not_compared_twice() -> None:
    inputs = make_inputs(day(TUESDAY, [Try()] * 5), quiet_week(TUESDAY, 28))

    assert opening(inputs).endswith("; the median of the Tuesdays before is 90.3 %.")
    assert told(inputs)["executive_summary"][1].startswith("No attempt was made from 11:00 on;")


def test_a_better_success_rate_is_a_notice_and_a_worse_one_a_warning() -> None:
    middling = [
        day(before(TUESDAY, back), [*[Try()] * 15, *[FAILED] * 15]) for back in range(1, 29)
    ]

    better = make_inputs(day(TUESDAY, [Try()] * 30), middling)
    worse = make_inputs(day(TUESDAY, [FAILED] * 30), middling)

    assert "far above the median of the Tuesdays before, 50.0 %" in opening(better)
    assert [analyse(each).said[0].severity for each in (better, worse)] == ["notice", "warning"]
    assert "Nothing stood out against the days before." not in told(better)["executive_summary"]


@pytest.mark.parametrize(
    ("usual", "said", "severity"),
    [
        (30, "; the median of the Tuesdays before is 30 attempts a day.", "warning"),
        (8, "; the median of the Tuesdays before is 8 attempts a day.", "notice"),
        (1, "; the median of the Tuesdays before is 1 attempt a day.", "info"),
        (0, ", nor for most of the Tuesdays before.", "info"),
    ],
)
def test_an_empty_day_says_so_and_what_is_usual(usual: int, said: str, severity: str) -> None:
    earlier = [
        day(before(TUESDAY, back), [Try()] * (30 if back % 7 else usual)) for back in range(1, 29)
    ]

    inputs = make_inputs(day(TUESDAY, []), earlier)

    assert told(inputs)["executive_summary"] == [f"No attempt was recorded for this day{said}"]
    assert analyse(inputs).said[0].severity == severity


def test_the_first_day_claims_no_comparison() -> None:
    said = told(make_inputs(day(TUESDAY, usual_tries(TUESDAY)), []))

    assert said["executive_summary"] == [
        "32 attempts were made and 29 became leads, a success rate of 90.6 %."
    ]


@pytest.mark.parametrize(
    ("count", "compared"),
    [
        (1, "; that of the closed day before is 90.3 %."),
        (3, "; the median of the closed days before is 90.3 %."),
        (5, "; the medians of the weekdays before are 31 attempts and 90.3 %."),
    ],
)
def test_with_few_days_before_only_the_success_rate_is_held_against_them(
    count: int, compared: str
) -> None:
    inputs = make_inputs(usual_day(TUESDAY), quiet_week(TUESDAY, count))

    assert opening(inputs).endswith(f", a success rate of 90.6 %{compared}")


def test_an_empty_day_after_one_day_or_a_few_empty_ones_says_no_more_than_that() -> None:
    one = make_inputs(day(TUESDAY, []), quiet_week(TUESDAY, 1))
    empty = make_inputs(day(TUESDAY, []), [day(before(TUESDAY, back), []) for back in (1, 2)])

    assert opening(one) == "No attempt was recorded for this day; the closed day before had 31."
    assert opening(empty) == "No attempt was recorded for this day."


def test_the_first_day_may_be_empty() -> None:
    said = told(make_inputs(day(TUESDAY, []), []))

    assert said["executive_summary"] == ["No attempt was recorded for this day."]


def test_corrections_made_on_an_empty_day_are_told() -> None:
    corrections = ((before(TUESDAY, 1), "success", "failure", 3),)

    said = told(make_inputs(day(TUESDAY, [], corrections=corrections), []))

    assert said["anomalies"] == [
        "1 attempt of 2026-03-09 was corrected from success to failure on this day."
    ]


def test_a_running_day_says_so_and_misses_nothing_yet() -> None:
    earlier = quiet_week(TUESDAY, 28)

    said = told(make_inputs(day(TUESDAY, [Try()]), earlier, provisional=True))
    empty = make_inputs(day(TUESDAY, []), earlier, provisional=True)

    assert said["executive_summary"] == [
        (
            "1 attempt was made so far and it became a lead, a success rate of 100.0 %; "
            "the median of the Tuesdays before is 90.3 %."
        ),
        "Nothing has stood out so far against the days before.",
    ]
    assert said["confidence"] == ["low", "The day is still running."]
    assert "anomalies" not in said
    assert opening(empty).startswith("No attempt has been recorded for this day; ")
    assert analyse(empty).said[0].severity == "info"


@pytest.mark.parametrize(
    ("count", "sizes", "level", "reason"),
    [
        (0, {}, "low", "There is no closed day before to compare with."),
        (1, {}, "low", "Only 1 closed day before to compare with."),
        (4, {}, "low", "Only 4 closed days before to compare with."),
        (
            6,
            {},
            "low",
            "Too few of the 6 closed days before are weekend days to compare with.",
        ),
        (
            7,
            {},
            "medium",
            "Compared with 2 weekend days before, 1 of them on the same day of the week.",
        ),
        (
            27,
            {},
            "medium",
            "Compared with 7 weekend days before, 3 of them on the same day of the week.",
        ),
        (28, {}, "high", "Compared with 4 Sundays before, of 28 closed days in all."),
        (
            28,
            {"weekend": 6},
            "medium",
            "Compared with 4 Sundays before, which had few attempts: a median of 6.5 attempts.",
        ),
    ],
)
def test_confidence_grows_with_days_like_this_one_and_with_their_attempts(
    count: int, sizes: dict[str, int], level: str, reason: str
) -> None:
    sizes = {"weekend": 40, **sizes}
    inputs = make_inputs(usual_day(SUNDAY, **sizes), quiet_week(SUNDAY, count, **sizes))

    assert told(inputs)["confidence"] == [level, reason]


@pytest.mark.parametrize(
    ("with_attempts", "reason"),
    [
        (0, "There is no closed day with attempts before to compare with."),
        (1, "Only 1 closed day with attempts before to compare with."),
        (3, "Only 3 closed days with attempts before to compare with."),
    ],
)
def test_closed_days_without_attempts_give_no_confidence(with_attempts: int, reason: str) -> None:
    earlier = [
        day(before(TUESDAY, back), [Try()] * (back <= with_attempts)) for back in range(1, 9)
    ]

    assert told(make_inputs(usual_day(TUESDAY), earlier))["confidence"] == ["low", reason]


def test_without_a_day_on_the_same_weekday_confidence_says_so() -> None:
    inputs = make_inputs(usual_day(TUESDAY), quiet_week(TUESDAY, 6))

    assert told(inputs)["confidence"] == [
        "medium",
        "Compared with 4 weekdays before, none of them on the same day of the week.",
    ]


def test_the_gravest_findings_head_the_report_and_are_told_once() -> None:
    inputs = of_sample(BAD_DAY)
    reply = analyse(inputs)

    assert [one.severity for one in reply.said[:4]] == ["warning"] * 4
    assert len({one.template for one in reply.said}) == len(reply.said)


def test_of_many_findings_the_most_telling_are_told_and_that_there_are_more() -> None:
    broken = [
        Try("bot", f"s{number}", f"/p{number}", "upstream", "x", "T10:00")
        for number in range(29)
        for _ in range(4)
    ]
    inputs = make_inputs(day(TUESDAY, [*usual_tries(TUESDAY), *broken]), quiet_week(TUESDAY, 28))

    said = told(inputs)

    assert len(said["misconfiguration_signals"]) == 6
    assert said["misconfiguration_signals"][-1] == LEFT_OUT
    assert sum(len(texts) for section, texts in said.items() if section != "confidence") <= 16


def test_a_day_on_which_everything_failed_is_told_in_few_sentences() -> None:
    tries = [one._replace(category="upstream", code="x") for one in usual_tries(TUESDAY)]

    said = told(make_inputs(day(TUESDAY, tries), quiet_week(TUESDAY, 28)))

    assert said["executive_summary"] == [
        (
            "32 attempts were made and no lead came of them, a success rate of 0.0 %, "
            "far below the median of the Tuesdays before, 90.3 %."
        ),
        "32 attempts failed upstream (x); the median of the Tuesdays before is 0.",
    ]
    assert said["anomalies"] == [
        "The failure x came up in 32 attempts; none of the last 28 closed days had it."
    ]


def test_the_analyst_is_deterministic_and_mends_nothing() -> None:
    analyst = Analyst()

    assert (analyst.name, analyst.model) == (ENGINE, None)
    assert analyst.write(of_sample(BAD_DAY)) == analyst.write(of_sample(BAD_DAY))
    assert analyst.mend([]) is None
