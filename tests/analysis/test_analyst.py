"""The built-in analyst tells a day as a careful colleague would."""

from collections import defaultdict
from functools import lru_cache
from typing import Any

import documents
import orjson
from sample_days import TUESDAY, Try, before, day, make_inputs, quiet_week, usual_day, usual_tries

from leadlog.analysis import statements
from leadlog.analysis.analyst import ENGINE, Analyst, analyse

BAD_DAY = "2025-11-13"


@lru_cache(maxsize=1)
def two_weeks() -> dict[str, dict[str, Any]]:
    """Return the metrics of each date of the sample."""
    tries: dict[str, list[Try]] = defaultdict(list)
    for line in (documents.ROOT / "examples" / "two-weeks.ndjson").read_bytes().splitlines():
        record = orjson.loads(line)
        date, minute = record["occurred_at"][:10], record["occurred_at"][10:16]
        one = (record["user"], record["source"], record["page"])
        tries[date].append(Try(*one, record.get("category"), record.get("code"), minute))
    return {date: day(date, tries[date]) for date in sorted(tries)}


def of_sample(date: str) -> dict[str, Any]:
    days = two_weeks()
    return make_inputs(
        days[date], [days[each] for each in sorted(days, reverse=True) if each < date]
    )


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


def test_the_planted_story_of_the_bad_day_is_found() -> None:
    said = told(of_sample(BAD_DAY))

    assert said["executive_summary"] == [
        (
            "74 attempts were made and 31 became leads, a success rate of 41.9 %, far below the "
            "median of the days before, 85.2 %."
        ),
        (
            "30 failures were of the category upstream (“crm_500”); "
            "the median of the days before is 0."
        ),
        (
            "30 of the 43 failures (69.8 %; median 1) were of the user partner-acme, 31 (72.1 %; "
            "median 1) from the source partner-feed and 30 (69.8 %; median 1) on the page "
            "/partners/acme, with 45.9 %, 51.4 % and 45.9 % of the attempts."
        ),
        (
            "The hours with most failures began at 14:00 (12 of 12 attempts failed), "
            "15:00 (10 of 10) and 16:00 (11 of 13)."
        ),
    ]
    assert said["user_behaviour"] == [
        "The rate limit refused 3 attempts of 1 user, on the page /import/nightly."
    ]
    assert said["misconfiguration_signals"] == [
        (
            "8 attempts carried a field that broke a rule, most often invalid_email (7); "
            "the median of the days before is 1."
        )
    ]
    assert (
        "7 of the 8 attempts on the page /webinar failed; the median of the days before is 0.5."
        in (said["anomalies"])
    )
    assert said["anomalies"][-1] == (
        "The failure “crm_500” is back: it occurred 30 times, and before that on 2025-11-04."
    )
    assert said["confidence"] == ["high", "Compared with 10 closed days before."]


def test_no_figure_of_the_bad_day_is_told_in_two_sentences_of_the_summary() -> None:
    inputs = of_sample(BAD_DAY)
    valid, _ = statements.check(inputs, analyse(inputs).said)

    summary = [one for one in valid if one.section == "executive_summary"]
    pointers = [{each.pointer for each in one.figures} for one in summary]
    assert sum(map(len, pointers)) == len(set().union(*pointers))


def test_a_quiet_day_says_that_nothing_stood_out() -> None:
    said = told(make_inputs(usual_day(TUESDAY), quiet_week(TUESDAY)))

    assert said["executive_summary"][1:] == ["Nothing stood out against the days before."]
    assert said.keys() == {"executive_summary", "scope", "confidence"}


def test_a_weekend_of_the_sample_is_quiet() -> None:
    said = told(of_sample("2025-11-15"))

    assert said["executive_summary"][-1] == "Nothing stood out against the days before."


def test_an_empty_day_says_so_and_what_is_usual() -> None:
    inputs = make_inputs(day(TUESDAY, []), quiet_week(TUESDAY))

    assert told(inputs)["executive_summary"] == [
        "No attempt was recorded for this day; the median of the days before is 30 attempts a day."
    ]
    assert analyse(inputs).said[0].severity == "warning"


def test_the_first_day_claims_no_comparison() -> None:
    said = told(make_inputs(day(TUESDAY, usual_tries(TUESDAY)), []))

    assert said["executive_summary"] == [
        "32 attempts were made and 29 became leads, a success rate of 90.6 %."
    ]
    assert said["confidence"] == ["low", "There is no closed day before to compare with."]


def test_the_first_day_may_be_empty() -> None:
    said = told(make_inputs(day(TUESDAY, []), []))

    assert said["executive_summary"] == ["No attempt was recorded for this day."]


def test_corrections_made_on_an_empty_day_are_told() -> None:
    corrections = ((before(TUESDAY, 1), "success", "failure", 3),)

    said = told(make_inputs(day(TUESDAY, [], corrections=corrections), []))

    assert said["anomalies"] == ["1 attempt was corrected from success to failure, for 2026-03-09."]


def test_a_running_day_says_so_and_misses_nothing_yet() -> None:
    earlier = quiet_week(TUESDAY)

    said = told(make_inputs(day(TUESDAY, [Try()]), earlier, provisional=True))
    empty = told(make_inputs(day(TUESDAY, []), earlier, provisional=True))

    assert said["executive_summary"][0].startswith("1 attempt was made and 1 became a lead, a ")
    assert said["confidence"] == ["low", "The day is still running."]
    assert [text for texts in said.values() for text in texts if "running" in text] == [
        "The day is still running."
    ]
    assert "anomalies" not in said
    assert empty["executive_summary"][0].startswith("No attempt has been recorded for this day; ")
    reply = analyse(make_inputs(day(TUESDAY, []), earlier, provisional=True))
    assert reply.said[0].severity == "notice"


def test_confidence_grows_with_the_days_to_compare_with() -> None:
    days = [quiet_week(TUESDAY, count) for count in (1, 4, 5, 9, 10)]

    levels = [told(make_inputs(usual_day(TUESDAY), earlier))["confidence"] for earlier in days]

    assert levels == [
        ["low", "Only 1 closed day before to compare with."],
        ["low", "Only 4 closed days before to compare with."],
        ["medium", "Compared with 5 closed days before."],
        ["medium", "Compared with 9 closed days before."],
        ["high", "Compared with 10 closed days before."],
    ]


def test_the_gravest_findings_head_the_report_and_are_told_once() -> None:
    inputs = of_sample(BAD_DAY)
    reply = analyse(inputs)

    assert [one.severity for one in reply.said[:4]] == ["warning"] * 4
    assert len({one.template for one in reply.said}) == len(reply.said)


def test_the_analyst_is_deterministic_and_mends_nothing() -> None:
    analyst = Analyst()

    assert (analyst.name, analyst.model) == (ENGINE, None)
    assert analyst.write(of_sample(BAD_DAY)) == analyst.write(of_sample(BAD_DAY))
    assert analyst.mend([]) is None
