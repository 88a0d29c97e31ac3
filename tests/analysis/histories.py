"""Weeks of traffic as chance makes it, each with a pattern of its own; the same on every run."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sample_days import Metrics, Try, day, make_inputs

from leadlog.analysis import statements
from leadlog.analysis.analyst import analyse
from leadlog.analysis.statements import Statement

FIRST_DAY = date(2025, 9, 1)
"""A Monday."""

CODES = (
    *(("validation", "invalid_email"),) * 10,
    *(("duplicate", "duplicate_lead"),) * 10,
    *(("upstream", "crm_500"), ("timeout", "crm_timeout"), ("rejected", "spam_suspected")) * 2,
)


class Stream(NamedTuple):
    """Attempts of one user from one source on one page: so many a weekday and a weekend day."""

    user: str
    source: str
    page: str
    weekday: float
    weekend: float
    failing: float = 0.12


TEAM = (
    Stream("site-form", "web", "/pricing", 25, 8),
    Stream("site-form", "web", "/contact", 15, 5),
    Stream("partner-acme", "partner-feed", "/partners/acme", 20, 3),
    Stream("newsletter", "mail", "/newsletter", 10, 4, 0.1),
    Stream("import-batch", "crm-import", "/import", 12, 12, 0.15),
)
Pattern = Callable[["Chance", int], list[Try]]


class Chance:
    """A seeded source of counts and times."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def is_so(self, share: float) -> bool:
        return self._random.random() < share

    def below(self, end: int) -> int:
        return int(self._random.random() * end)

    def count(self, mean: float) -> int:
        """Return a Poisson count: how many exponential waits fit into the mean."""
        count, waited = 0, self._random.expovariate(1)
        while waited < mean:
            count, waited = count + 1, waited + self._random.expovariate(1)
        return count

    def minute(self) -> str:
        """Return a time of the day, most often at noon."""
        hour = sum(self.below(9) for _ in range(3))
        return f"T{min(hour, 23):02}:{self.below(60):02}"


def attempts(
    chance: Chance, number: int, streams: Sequence[Stream], times: float = 1.0
) -> list[Try]:
    """Return a day's attempts, the number of days after the first Monday."""
    made = []
    for stream in streams:
        mean = stream.weekend if number % 7 >= 5 else stream.weekday
        for _ in range(chance.count(mean * times)):
            one = Try(stream.user, stream.source, stream.page, minute=chance.minute())
            if chance.is_so(stream.failing):
                category, code = CODES[chance.below(len(CODES))]
                one = one._replace(category=category, code=code)
            made.append(one)
    return made


def team(chance: Chance, number: int) -> list[Try]:
    return attempts(chance, number, TEAM)


def tiny(chance: Chance, number: int) -> list[Try]:
    few = (Stream("site-form", "web", "/pricing", 3, 1, 0.2), Stream("p", "feed", "/p", 1.5, 0.5))
    return attempts(chance, number, few)


def many_pages(chance: Chance, number: int) -> list[Try]:
    return attempts(
        chance, number, [Stream("site-form", "web", f"/p{n}", 3, 1, 0.25) for n in range(25)]
    )


def two_users(chance: Chance, number: int) -> list[Try]:
    both = (Stream("a", "web", "/x", 30, 30, 0.1), Stream("b", "api", "/y", 30, 5, 0.3))
    return attempts(chance, number, both)


def growing(chance: Chance, number: int) -> list[Try]:
    """A hundredth more each day."""
    return attempts(chance, number, TEAM, 1.01**number)


def nightly_import(chance: Chance, number: int) -> list[Try]:
    """An import that is refused 12 times of 15, every night at half past two."""
    night = Try("import-batch", "crm-import", "/import/nightly", minute="T02:30")
    refused = night._replace(category="rate_limited", code="limit_exceeded")
    return [*team(chance, number), *[night] * 3, *[refused] * 12]


def old_form(chance: Chance, number: int) -> list[Try]:
    """A page on which only robots are left, and rejected."""
    robot = Try(page="/old-form", category="rejected", code="spam_suspected")
    return [*team(chance, number), *[robot] * 4]


def on_mondays(chance: Chance, number: int) -> list[Try]:
    """A weekly import, a third of it duplicates."""
    one = Try("import-batch", "bulk", "/bulk", minute="T06:10")
    again = one._replace(category="duplicate", code="duplicate_lead")
    return [*team(chance, number), *[one, one, again] * (20 if number % 7 == 0 else 0)]


PATTERNS: tuple[Pattern, ...] = (
    *(team, tiny, many_pages, two_users, growing, nightly_import, old_form, on_mondays),
)


def history(pattern: Pattern, seed: int, days: int) -> list[tuple[str, list[Try]]]:
    """Return the dates and attempts of so many days of a pattern."""
    chance = Chance(seed)
    dates = [(FIRST_DAY + timedelta(days=number)).isoformat() for number in range(days)]
    return [(when, pattern(chance, number)) for number, when in enumerate(dates)]


def told_of(metrics: Metrics, earlier: Sequence[Metrics]) -> list[Statement]:
    """Return what the analyst says of a day after those before it, the oldest first."""
    inputs = make_inputs(metrics, list(reversed(earlier[-28:])))
    valid, invalid = statements.check(inputs, analyse(inputs).said)
    assert not invalid
    return valid


def told_each_day(pattern: Pattern, seed: int, first: int, days: int) -> Iterator[list[Statement]]:
    """Yield what the analyst says of each day of a pattern, from the first on."""
    metrics = [day(when, tries) for when, tries in history(pattern, seed, days)]
    for number in range(first, days):
        yield told_of(metrics[number], metrics[:number])
