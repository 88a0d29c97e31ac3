"""The written form of a rate limit, and the sliding window at its edges."""

import pytest

from leadlog import limits
from leadlog.errors import LeadlogError
from leadlog.limits import Decision, Limit

SECOND = 1_000_000
TWO_A_MINUTE = Limit(2, 60)
BLOCKED = Limit(0, 86400)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10/30s", Limit(10, 30)),
        ("100/1m", Limit(100, 60)),
        ("1000/1h", Limit(1000, 3600)),
        ("5000/1d", Limit(5000, 86400)),
        ("0/1d", Limit(0, 86400)),
        (" 10/30s\n", Limit(10, 30)),
        ("1000000000/366d", Limit(1_000_000_000, 366 * 86400)),
    ],
)
def test_a_limit_is_read_from_its_written_form(text: str, limit: Limit) -> None:
    assert limits.parse(text) == limit


@pytest.mark.parametrize(
    "text", ["", "100", "100/1", "/1m", "100/m", "-1/1m", "1.5/1m", "100/1w", "1 0/1m", "١٠/1m"]
)
def test_a_text_of_another_form_is_wrong_usage_with_examples_as_the_hint(text: str) -> None:
    with pytest.raises(LeadlogError) as caught:
        limits.parse(text)

    assert caught.value.kind == "usage"
    assert caught.value.message == f'"{text}" is not a rate limit.'
    assert "100/1m" in (caught.value.hint or "")


@pytest.mark.parametrize("text", ["100/0s", "1/367d", "1/31622401s"])
def test_a_window_lasts_from_one_second_to_366_days(text: str) -> None:
    with pytest.raises(LeadlogError) as caught:
        limits.parse(text)

    assert caught.value.kind == "usage"
    assert caught.value.message == "A rate limit's window lasts from one second to 366 days."


def test_a_limit_allows_at_most_a_thousand_million_attempts() -> None:
    with pytest.raises(LeadlogError) as caught:
        limits.parse("1000000001/1m")

    assert caught.value.kind == "usage"
    assert caught.value.message == "A rate limit allows at most 1000000000 attempts."


@pytest.mark.parametrize(
    ("window_seconds", "text", "words"),
    [
        (1, "1s", "1 second"),
        (90, "90s", "90 seconds"),
        (5400, "90m", "90 minutes"),
        (100_000, "100000s", "100,000 seconds"),
        (60, "1m", "1 minute"),
        (120, "2m", "2 minutes"),
        (3600, "1h", "1 hour"),
        (7200, "2h", "2 hours"),
        (86400, "1d", "1 day"),
        (172800, "2d", "2 days"),
    ],
)
def test_a_window_is_written_in_its_largest_whole_unit(
    window_seconds: int, text: str, words: str
) -> None:
    assert limits.window_text(window_seconds) == text
    assert limits.window_words(window_seconds) == words


def test_a_limit_is_shown_in_the_form_that_is_read() -> None:
    assert str(Limit(100, 60)) == "100/1m"


def test_the_first_attempt_is_admitted() -> None:
    decision = limits.decide(TWO_A_MINUTE, [], 0)

    assert decision == Decision(admitted=True, used=1, remaining=1, retry_after=0)


def test_the_last_one_admitted_tells_when_the_oldest_leaves_the_window() -> None:
    decision = limits.decide(TWO_A_MINUTE, [10 * SECOND], 30 * SECOND)

    assert decision == Decision(admitted=True, used=2, remaining=0, retry_after=40)


def test_a_limit_of_one_tells_the_whole_window_after_the_attempt_it_admits() -> None:
    decision = limits.decide(Limit(1, 60), [], 30 * SECOND)

    assert decision == Decision(admitted=True, used=1, remaining=0, retry_after=60)


def test_one_too_many_is_refused_and_does_not_count() -> None:
    decision = limits.decide(TWO_A_MINUTE, [10 * SECOND, 20 * SECOND], 30 * SECOND)

    assert decision == Decision(admitted=False, used=2, remaining=0, retry_after=40)


def test_a_wait_is_rounded_up_to_whole_seconds() -> None:
    decision = limits.decide(TWO_A_MINUTE, [10 * SECOND + 1, 20 * SECOND], 30 * SECOND)

    assert decision.retry_after == 41


def test_an_attempt_leaves_the_window_exactly_when_it_is_as_old_as_the_window() -> None:
    start = limits.window_start(TWO_A_MINUTE, 70 * SECOND)

    assert start == 10 * SECOND  # later ones count, this one no longer does


def test_after_the_limit_was_lowered_enough_attempts_must_leave_first() -> None:
    in_window = [10 * SECOND, 20 * SECOND, 30 * SECOND, 40 * SECOND]

    decision = limits.decide(TWO_A_MINUTE, in_window, 50 * SECOND)

    assert decision == Decision(admitted=False, used=4, remaining=0, retry_after=40)


def test_a_limit_of_zero_refuses_and_names_no_wait() -> None:
    decision = limits.decide(BLOCKED, [], 0)

    assert decision == Decision(admitted=False, used=0, remaining=0, retry_after=None)


def test_the_status_counts_no_attempt() -> None:
    status = limits.status(TWO_A_MINUTE, [10 * SECOND], 30 * SECOND)

    assert status == Decision(admitted=True, used=1, remaining=1, retry_after=0)


def test_the_status_of_a_full_window_is_what_the_next_attempt_would_hear() -> None:
    in_window = [10 * SECOND, 20 * SECOND]

    status = limits.status(TWO_A_MINUTE, in_window, 30 * SECOND)

    assert status == limits.decide(TWO_A_MINUTE, in_window, 30 * SECOND)


def test_the_status_of_a_blocked_user_names_no_wait() -> None:
    assert limits.status(BLOCKED, [], 0).retry_after is None
