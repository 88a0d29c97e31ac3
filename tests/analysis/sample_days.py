"""Days made of a few attempts, and the inputs of their reports, without a database."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from leadlog import canonical
from leadlog.analysis import inputs as report_inputs
from leadlog.analysis.pressure import NO_PRESSURE, limit_pressure
from leadlog.clock import Zone
from leadlog.days import day_in
from leadlog.snapshot import DayFold, Facts, Row, figures

TUESDAY = "2026-03-10"
SUNDAY = "2026-03-15"
Metrics = dict[str, Any]


class Try(NamedTuple):
    """One attempt; a failure has a category."""

    user: str = "site-form"
    source: str | None = "web"
    page: str | None = "/pricing"
    category: str | None = None
    code: str | None = None
    minute: str = "T10:00"
    late_for: str | None = None


def day(
    when: str,
    tries: Iterable[Try],
    *,
    zone: str = "UTC",
    burst: int = 60,
    corrections: Sequence[tuple[str, str, str, int]] = (),
) -> Metrics:
    """Return a date's metrics, as its snapshot holds them."""
    rows, handles = rows_of(when, tries)
    fold = DayFold()
    if rows:
        fold.add(rows)
    facts = Facts(handles, corrections, (), len(corrections), burst)
    return figures(fold, day_in(Zone(zone), when), facts)


def rows_of(when: str, tries: Iterable[Try]) -> tuple[list[Row], dict[int, str]]:
    """Return a date's attempts as rows, and the handle of each user id."""
    users: dict[str, int] = {}
    rows = [
        Row(
            number,
            users.setdefault(one.user, len(users) + 2),
            one.source,
            one.page,
            "success" if one.category is None else "failure",
            "success" if one.category is None else "failure",
            one.category,
            None if one.category is None else one.code or one.category,
            f"{when}{one.minute}",
            number % 7,
            one.late_for,
            canonical.sha256(str(number)),
        )
        for number, one in enumerate(tries, 1)
    ]
    return rows, {number: user for user, number in users.items()}


def pressure_of(metrics: Metrics, tries: Iterable[Try]) -> dict[str, Any]:
    """Return how the limit bore on a date's users, where no window is known."""
    rows, handles = rows_of(metrics["date"], tries)
    return limit_pressure(rows, [], handles, metrics["starts_at"], metrics["ends_at"])


def before(when: str, days_back: int) -> str:
    return (date.fromisoformat(when) - timedelta(days=days_back)).isoformat()


def usual_tries(when: str, *, weekday: int = 30, weekend: int = 10) -> list[Try]:
    """Return a day as it usually is: fewer on weekends, small noise, a few failures."""
    moment = date.fromisoformat(when)
    noise = moment.toordinal() * 7 % 3
    count = (weekend if moment.weekday() >= 5 else weekday) + noise
    tries = []
    for number in range(count):
        user, source, page = (
            ("site-form", "web", "/pricing"),
            ("site-form", "web", "/contact"),
            ("partner", "feed", "/feed"),
        )[number % 3]
        fails = number % 10 == 9
        category = ("duplicate" if number % 20 == 9 else "rejected") if fails else None
        hour = f"T{9 + (number // 10 + number) % 8:02}:{number % 60:02}"
        tries.append(Try(user, source, page, category, category, hour))
    return tries


USUAL = usual_tries(TUESDAY)
FEED = Try("partner", "feed", "/feed")
DOWN = FEED._replace(category="upstream", code="crm_500", minute="T14:10")


def failing(count: int, **given: Any) -> list[Try]:
    return [Try(category="upstream", code="crm_500", **given)] * count


def every_day(*more: Try, count: int = 28, burst: int = 60) -> list[Metrics]:
    """Return the usual days before Tuesday, each with these attempts besides."""
    dates = [before(TUESDAY, back) for back in range(1, count + 1)]
    return [day(date, [*usual_tries(date), *more], burst=burst) for date in dates]


def quiet_week(when: str, count: int = 14, **sizes: int) -> list[Metrics]:
    """Return the metrics of the usual days before a date, the nearest first."""
    dates = [before(when, back) for back in range(1, count + 1)]
    return [usual_day(one, **sizes) for one in dates]


@lru_cache(maxsize=1000)
def usual_day(when: str, **sizes: int) -> Metrics:
    """Return the metrics of a date as it usually is."""
    return day(when, usual_tries(when, **sizes), burst=400)


def make_inputs(
    metrics: Metrics,
    earlier: Sequence[Metrics],
    *,
    provisional: bool = False,
    limits: Mapping[str, Any] = NO_PRESSURE,
) -> dict[str, Any]:
    """Return a report's inputs; the hashes of the earlier days are made up."""
    hashes = [canonical.sha256(one["date"]) for one in earlier]
    sha256 = canonical.sha256(canonical.dumps(metrics))
    return report_inputs.inputs(
        metrics, sha256, earlier, hashes, provisional=provisional, limits=limits
    )


def on(when: str, tries: Iterable[Try], **options: Any) -> dict[str, Any]:
    """Return the inputs of a date after four usual weeks."""
    return make_inputs(day(when, tries, **options), quiet_week(when, 28))


def changed(inputs: Mapping[str, Any], **thresholds: float) -> dict[str, Any]:
    """Return inputs with other thresholds."""
    return {**inputs, "thresholds": {**inputs["thresholds"], **thresholds}}
