"""The sliding window against an oracle that counts, and against the `limits` library."""

import threading
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from leadlog import limits
from leadlog.limits import Decision, Limit

SECOND = 1_000_000

any_limit = st.builds(Limit, st.integers(0, 5), st.integers(1, 8))
# Whole, half and odd seconds, so that attempts meet the window's edge exactly.
any_gap = st.sampled_from([0, 1, 499_999, 500_000, 999_999, SECOND, 2 * SECOND, 5 * SECOND])
any_history = st.lists(st.tuples(any_gap, any_limit | st.none()), min_size=1, max_size=40)


class Log:
    """Every admitted attempt, and the window read from it as a store would."""

    def __init__(self) -> None:
        self.admitted: list[int] = []

    def decide(self, limit: Limit, now_us: int) -> Decision:
        after_us = limits.window_start(limit, now_us)
        in_window = [time_us for time_us in self.admitted if time_us > after_us]
        decision = limits.decide(limit, in_window, now_us)
        if decision.admitted:
            self.admitted.append(now_us)
        return decision


def counted(admitted: list[int], limit: Limit, now_us: int) -> int:
    return sum(now_us - time_us < limit.window_seconds * SECOND for time_us in admitted)


def seconds_until_one_more(admitted: list[int], limit: Limit, now_us: int) -> int | None:
    for seconds in range(limit.window_seconds + 1):
        if counted(admitted, limit, now_us + seconds * SECOND) < limit.max_attempts:
            return seconds
    return None


@given(any_limit, any_history)
def test_every_decision_is_the_one_that_counting_gives(
    limit: Limit, history: list[tuple[int, Limit | None]]
) -> None:
    log, now_us = Log(), 0
    for gap_us, changed in history:
        now_us += gap_us
        limit = changed or limit
        before = counted(log.admitted, limit, now_us)

        decision = log.decide(limit, now_us)

        assert decision.admitted == (before < limit.max_attempts)
        assert decision.used == before + decision.admitted
        assert decision.remaining == max(0, limit.max_attempts - decision.used)
        assert decision.retry_after == seconds_until_one_more(log.admitted, limit, now_us)
        assert decision.retry_after is None or decision.retry_after >= 0


@given(any_limit, any_history)
def test_the_status_is_the_next_decision_without_its_attempt(
    limit: Limit, history: list[tuple[int, Limit | None]]
) -> None:
    log, now_us = Log(), 0
    for gap_us, changed in history:
        now_us += gap_us
        limit = changed or limit
        after_us = limits.window_start(limit, now_us)
        in_window = [time_us for time_us in log.admitted if time_us > after_us]

        status = limits.status(limit, in_window, now_us)

        decision = log.decide(limit, now_us)
        assert status.admitted == decision.admitted
        assert status.used == decision.used - decision.admitted
        assert status.remaining == max(0, limit.max_attempts - status.used)
        assert status.retry_after == (0 if decision.admitted else decision.retry_after)


@given(any_limit, st.lists(any_gap, min_size=1, max_size=40))
def test_no_window_ever_holds_more_than_the_limit(limit: Limit, gaps: list[int]) -> None:
    log, now_us = Log(), 0

    for gap_us in gaps:
        now_us += gap_us
        log.decide(limit, now_us)

    for end_us in log.admitted:
        until_end = [time_us for time_us in log.admitted if time_us <= end_us]
        assert counted(until_end, limit, end_us) <= limit.max_attempts


@settings(max_examples=60)
@given(
    st.integers(1, 5),
    st.integers(1, 8),
    st.lists(st.integers(0, 20), min_size=1, max_size=40),
)
def test_it_admits_what_the_moving_window_of_another_library_admits(
    max_attempts: int, window_seconds: int, gaps: list[int]
) -> None:
    # That library still counts an attempt exactly as old as the window and we do not. The odd
    # microseconds keep any two attempts from being a whole number of seconds apart.
    quarters = [sum(gaps[: count + 1]) for count in range(len(gaps))]
    times = [1000 * SECOND + quarter * 250_000 + 7 * i for i, quarter in enumerate(quarters)]
    limit, log, now = Limit(max_attempts, window_seconds), Log(), SimpleNamespace(us=0)
    other_clock = SimpleNamespace(time=lambda: now.us / SECOND)
    no_threads = SimpleNamespace(RLock=threading.RLock, Timer=_IdleTimer)
    ours, theirs = [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("limits.storage.memory.time", other_clock)
        patch.setattr("limits.storage.memory.threading", no_threads)
        other = MovingWindowRateLimiter(MemoryStorage())
        item = RateLimitItemPerSecond(max_attempts, window_seconds)

        for now.us in times:
            decision = log.decide(limit, now.us)
            ours.append((decision.admitted, decision.remaining))
            admitted = other.hit(item, "site-form")
            theirs.append((admitted, other.get_window_stats(item, "site-form").remaining))

    assert ours == theirs


class _IdleTimer:
    """Stands in for the thread in which the other library forgets what is long over."""

    def __init__(self, _seconds: float, _work: object) -> None:
        pass

    def start(self) -> None:
        pass

    def is_alive(self) -> bool:
        return True
