"""In weeks as chance makes them nothing is called unusual, and what is planted in them is found."""

from collections.abc import Callable
from functools import lru_cache

import pytest
from histories import PATTERNS, Pattern, history, team, told_each_day, told_of
from sample_days import Metrics, Try, day

Change = Callable[[list[Try]], list[Try]]

WARM_UP, DAYS = 24, 35


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.__name__)
def test_eleven_quiet_days_raise_no_warning(pattern: Pattern) -> None:
    told = [one for each in told_each_day(pattern, 1, WARM_UP, DAYS) for one in each]

    assert [one.text for one in told if one.severity == "warning"] == []
    assert len([one for one in told if one.severity == "notice"]) <= 2


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.__name__)
def test_the_second_week_raises_no_warning_for_want_of_history(pattern: Pattern) -> None:
    told = [one for each in told_each_day(pattern, 2, 5, 14) for one in each]

    assert [one.text for one in told if one.severity == "warning"] == []


def changed(change: Callable[[int, Try], Try]) -> Change:
    return lambda tries: [change(number, one) for number, one in enumerate(tries)]


def without(is_out: Callable[[Try], bool]) -> Change:
    return lambda tries: [one for one in tries if not is_out(one)]


def more(*tries: Try) -> Change:
    return lambda usual: [*usual, *tries]


def through_the_day(one: Try, count: int) -> list[Try]:
    return [one._replace(minute=f"T{8 + n % 10:02}:{n % 60:02}") for n in range(count)]


def from_feed(one: Try) -> bool:
    return one.source == "partner-feed"


def broken(one: Try) -> Try:
    return one._replace(category="upstream", code="crm_500")


MAIL = Try("newsletter", "mail", "/newsletter")
PLANTED: dict[str, tuple[Change, str]] = {
    "a source is silent": (without(from_feed), "No attempt was made from the source partner-feed"),
    "a user is silent": (without(lambda one: one.user == "newsletter"), "by the user newsletter;"),
    "a source falls to one attempt": (
        lambda tries: [*without(from_feed)(tries), next(filter(from_feed, tries))],
        "Only 1 attempt was made from the source partner-feed",
    ),
    "a source rises": (more(*through_the_day(MAIL, 60)), "attempts were made from the source mail"),
    "a source is new": (
        more(*through_the_day(Try(source="ads", page="/landing"), 30)),
        "30 attempts were made from the source ads, and as many on the page /landing;",
    ),
    "two thirds are missing": (
        lambda tries: tries[::3],
        "Far fewer attempts were made than usual",
    ),
    "everything comes three times": (lambda tries: tries * 3, "Far more attempts were made"),
    "the afternoon is missing": (
        without(lambda one: one.minute >= "T12"),
        "No attempt was made from 12:00 on;",
    ),
    "five hours are missing": (
        without(lambda one: "T10" <= one.minute < "T15"),
        "No attempt was made between 10:00 and 15:00;",
    ),
    "a source fails": (
        changed(lambda _, one: broken(one) if from_feed(one) else one),
        "attempts from the source partner-feed failed",
    ),
    "two thirds of a source fail": (
        changed(lambda n, one: broken(one) if from_feed(one) and n % 3 else one),
        "attempts failed upstream",
    ),
    "everything fails": (changed(lambda _, one: broken(one)), "no lead came of them"),
    "a user fails": (
        more(*through_the_day(broken(Try("bot", "web", "/pricing")), 25)),
        "25 attempts by the user bot failed",
    ),
    "a page only fails": (
        more(*through_the_day(broken(Try(page="/broken")), 5)),
        "All 5 attempts on the page /broken failed",
    ),
    "duplicates": (
        more(*through_the_day(Try(category="duplicate", code="duplicate_lead"), 22)),
        "attempts were duplicates (duplicate_lead)",
    ),
    "an hour fails": (
        more(*[broken(Try(minute=f"T09:{n:02}")) for n in range(25)]),
        "Most of the failures came in the hour from 09:00",
    ),
    "a new failure": (
        more(*through_the_day(Try(category="upstream", code="schema_mismatch"), 4)),
        "The failure schema_mismatch came up in 4 attempts",
    ),
    "a burst": (more(*[Try(minute="T14:07")] * 80), "The minute from 14:07 had "),
    "refusals": (
        more(*through_the_day(Try(category="rate_limited", code="limit_exceeded"), 20)),
        "A rate limit refused 20 attempts",
    ),
}


@lru_cache(maxsize=4)
def a_team(seed: int) -> tuple[list[Metrics], tuple[str, list[Try]]]:
    """Return four weeks of a team, and a Friday after them."""
    *before, last = history(team, seed, 33)
    return [day(when, tries) for when, tries in before], last


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found(name: str, seed: int) -> None:
    change, expected = PLANTED[name]
    earlier, (when, tries) = a_team(seed)

    told = told_of(day(when, change(tries)), earlier)

    assert [one.text for one in told if expected in one.text and one.severity != "info"]
