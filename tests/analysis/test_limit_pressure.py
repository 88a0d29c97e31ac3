"""What the rate limit refused is told with whom, how long and where, and who came close."""

from collections.abc import Sequence
from typing import Any

import pytest
from sample_days import (
    TUESDAY,
    USUAL,
    Try,
    before,
    changed,
    day,
    make_inputs,
    quiet_week,
    usual_tries,
)
from told import severities, texts

from leadlog.analysis.analyst import LEFT_OUT, analyse
from leadlog.analysis.detectors.limits import close_to_limit, limit_pressure


def refused(
    count: int, user: str = "batch", page: str | None = "/night", minute: str = "T02:30"
) -> list[Try]:
    return [Try(user, "import", page, "rate_limited", "x", minute)] * count


def entry(
    name: str, count: int = 0, minutes: Sequence[str] = (), **given: int | None
) -> dict[str, Any]:
    """Return what the inputs hold of a user's limit, which was used up if it refused attempts."""
    full = 5 if count else None
    times = sorted(f"{TUESDAY}{minute}:00.000000Z" for minute in minutes)
    return {
        "name": name,
        "refused": count,
        "refused_minutes": len(times),
        "first_refused_at": times[0] if times else None,
        "last_refused_at": times[-1] if times else None,
        "used": full,
        "most": full,
        "window_seconds": full,
        "fullest_attempt": full,
        **given,
    }


def inputs(tries: list[Try], *entries: dict[str, Any], earlier: Any = None) -> dict[str, Any]:
    limits = {"by_user": list(entries), "by_user_other": {"names": 0, "refused": 0}}
    days = quiet_week(TUESDAY, 28) if earlier is None else earlier
    return make_inputs(day(TUESDAY, [*USUAL, *tries]), days, limits=limits)


@pytest.mark.parametrize(
    ("tries", "entries", "told"),
    [
        (
            refused(1),
            [entry("batch", 1, ["T02:30"])],
            ["A rate limit refused 1 attempt by the user batch, at 02:30, on the page /night."],
        ),
        (
            refused(3, page=None),
            [entry("batch", 3, ["T02:30", "T02:31"])],
            [
                (
                    "A rate limit refused 3 attempts by the user batch, "
                    "in 2 minutes between 02:30 and 02:31."
                )
            ],
        ),
        (
            refused(2),
            [entry("batch", 2)],
            ["A rate limit refused 2 attempts by the user batch, on the page /night."],
        ),
        (
            [*refused(9), *refused(8, "other", "/day")],
            [entry("batch", 9, ["T02:30"]), entry("other", 8, ["T08:00", "T08:07", "T08:19"])],
            [
                (
                    "A rate limit refused 17 attempts by 2 users, most often on the page "
                    "/night (9); the median of the Tuesdays before is 0."
                ),
                "9 of the refused attempts were by the user batch, at 02:30.",
                (
                    "8 of the refused attempts were by the user other, "
                    "in 3 minutes between 08:00 and 08:19."
                ),
            ],
        ),
    ],
)
def test_refusals_are_told_with_their_users_and_times(
    tries: list[Try], entries: list[dict[str, Any]], told: list[str]
) -> None:
    assert texts(limit_pressure, inputs(tries, *entries)) == told


@pytest.mark.parametrize("window", [{"used": None, "most": None}, {"used": 4, "most": 5}])
@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "1 attempt by the user batch was recorded as refused by a rate limit, at 02:30"),
        (2, "2 attempts by the user batch were recorded as refused by a rate limit, at 02:30"),
    ],
)
def test_what_the_users_limit_cannot_have_refused_is_told_as_recorded(
    window: dict[str, int | None], count: int, told: str
) -> None:
    batch = entry("batch", count, ["T02:30"], **window)

    assert texts(limit_pressure, inputs(refused(count), batch)) == [f"{told}, on the page /night."]


def test_what_a_blocked_user_tried_is_told_as_refused() -> None:
    batch = entry("batch", 1, used=0, most=0)

    (told,) = texts(limit_pressure, inputs(refused(1), batch))

    assert told.startswith("A rate limit refused 1 attempt by the user batch")


def refused_users(count: int) -> tuple[list[Try], list[dict[str, Any]]]:
    users = [f"user-{chr(ord('a') + place)}" for place in range(count)]
    tries = [one for user in users for one in refused(1, user)]
    return tries, [entry(user, 1, ["T02:30"]) for user in users]


def test_every_refused_user_is_named() -> None:
    tries, entries = refused_users(4)

    told = texts(limit_pressure, inputs(tries, *entries))

    assert [one.split(" user ")[-1] for one in told[1:]] == [
        f"{one['name']}, at 02:30." for one in entries
    ]


def test_users_that_were_refused_with_several_codes_are_not_counted() -> None:
    users = ["ada", "bob"]
    tries = [Try(user, "import", "/night", "rate_limited", user, "T02:30") for user in users]

    first, *_ = texts(limit_pressure, inputs(tries, *(entry(user, 1) for user in users)))

    assert first == "A rate limit refused 2 attempts, on the page /night."


def test_of_many_refused_users_a_report_says_that_there_are_more() -> None:
    tries, entries = refused_users(8)

    said = analyse(inputs(tries, *entries)).said

    of_users = [one for one in said if one.section == "user_behaviour"]
    assert 1 < len(of_users) < len(entries)
    assert of_users[-1].template == LEFT_OUT


def test_refusals_far_above_usual_are_a_warning_and_their_users_a_notice() -> None:
    both = [entry("batch", 9, ["T02:30"]), entry("other", 8, ["T08:00"])]
    many = inputs([*refused(9), *refused(8, "other")], *both)
    few = inputs(refused(2), entry("batch", 2))

    assert severities(limit_pressure, many) == ["warning", "notice", "notice"]
    assert severities(limit_pressure, few) == ["info"]


def test_what_is_refused_every_day_is_no_warning() -> None:
    dates = [before(TUESDAY, back) for back in range(1, 29)]
    earlier = [day(date, [*usual_tries(date), *refused(12)]) for date in dates]

    as_usual = inputs(refused(12), entry("batch", 12, ["T02:30"]), earlier=earlier)

    assert severities(limit_pressure, as_usual) == ["info"]


def test_a_user_that_used_most_of_its_limit_came_close() -> None:
    close = entry("mail", used=8, most=10, window_seconds=60, fullest_attempt=3)
    fast = entry("fast", used=5, most=5, window_seconds=1, fullest_attempt=3)
    one = entry("once", used=4, most=4, window_seconds=60, fullest_attempt=3)
    far = entry("web", used=7, most=10, window_seconds=60, fullest_attempt=3)
    over = entry("batch", 2, used=10, most=10, window_seconds=60, fullest_attempt=3)
    blocked = entry("blocked", used=0, most=0, window_seconds=60, fullest_attempt=3)

    made = inputs([], over, close, fast, one, far, blocked, entry("stated"))

    assert texts(close_to_limit, made) == [
        "The user mail used 8 of the 10 attempts that its limit allows in 60 seconds.",
        "The user fast used 5 of the 5 attempts that its limit allows in 1 second.",
    ]
    assert texts(close_to_limit, changed(made, limit_share=1.1)) == []
    assert severities(close_to_limit, made) == ["info", "info"]
