"""Limit decisions, derived again from the log with a sliding window of their own.

A decision is right if its policy was in force and as many admitted attempts lay in that policy's
window as it says. Limit changes and attempts are two chains, and wall clocks may have been set, so
what is provable of a policy is this: there is one order in which the changes, as numbered, can have
been made between the attempts, as numbered, that gives every decision its policy. A change that no
decision shows to have been in force may have been made later than it says.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from typing import Final, NamedTuple

from leadlog.replay import Change, Policies
from leadlog.verification.problems import Findings

TABLE: Final = "lead_submission_logs"
_SECOND_US: Final = 1_000_000
_CLEAN_UP_EVERY: Final = 8192


class State(NamedTuple):
    """A user's last decision, as `user_rate_limits` must repeat it."""

    policy_id: int
    used: int
    last_log_id: int
    updated_at: str


Decision = tuple[int, int, int, int | None, int | None, int, str, str]
"""Of an attempt: id, user_id, admitted, policy_id, used, logical_us, created_at, log_date.

Without a policy, no limit was asked.
"""


class _Window:
    """Logical times of one user's admitted attempts, ascending, as far back as any limit looks."""

    __slots__ = (
        "deviation",
        "first",
        "last",
        "longest_us",
        "made",
        "max_attempts",
        "policy",
        "times",
        "window_us",
    )

    def __init__(self, longest_us: int) -> None:
        self.times = array("q")
        self.first = 0
        self.longest_us = longest_us
        self.policy = 0
        self.made = -1
        self.max_attempts = 0
        self.window_us = 0
        self.deviation: tuple[int, bool] | None = None
        self.last: Decision | None = None

    def follow(self, policy: int, max_attempts: int, window_us: int, now_us: int) -> None:
        """Let another limit count."""
        self.policy, self.max_attempts, self.window_us = policy, max_attempts, window_us
        self.first = bisect_right(self.times, now_us - window_us)

    def clean_up(self, now_us: int) -> None:
        """Forget what no limit looks back to from `now_us` on."""
        gone = bisect_right(self.times, now_us - self.longest_us, 0, self.first)
        del self.times[:gone]
        self.first -= gone


class Decisions:
    """Judges each decision by the attempts before it; give it all of a stretch in order.

    Windows are built from what is logged as admitted. A decision that differs makes later ones in
    its window differ by as much; these are not named again.

    Args:
        changes: all limit changes, by id.
        date: name problems of this log date only; other decisions just count for those after them.
        findings: where problems go.
    """

    def __init__(self, changes: Iterable[Change], date: str | None, findings: Findings) -> None:
        self._date = date
        self._changes = list(changes)
        self._limits = {c.id: c.limit for c in self._changes if c.limit is not None}
        self._policies = Policies(self._changes)
        self._made = 0
        self._windows: dict[int, _Window] = {}
        self._findings = findings

    def longest_us(self, user_id: int | None = None) -> int:
        """Return the longest window of any limit, or of those that ever applied to a user."""
        seconds = [
            c.limit.window_seconds
            for c in self._changes
            if c.limit is not None and (user_id is None or c.user_id in (None, user_id))
        ]
        return max(seconds, default=0) * _SECOND_US

    def add(self, decisions: Iterable[Decision]) -> None:
        """Check the next decisions."""
        for decision in decisions:
            log_id, user_id, admitted, policy, used, now_us, _, log_date = decision
            if policy is None:
                continue
            window = self._windows.get(user_id)
            if window is None:
                window = self._windows[user_id] = _Window(self.longest_us(user_id))
            asked = self._date is None or log_date == self._date
            if window.policy != policy or window.made != self._made:
                self._follow(window, log_id, user_id, policy, now_us, asked=asked)
            # What left the limit's window since the last decision: time only moves on.
            times, first, start_us = window.times, window.first, now_us - window.window_us
            end = len(times)
            while first < end and times[first] <= start_us:
                first += 1
            window.first = first
            counted = end - first
            right = counted < window.max_attempts
            if used == counted + right and admitted == right:
                window.deviation = None
            else:
                deviation = ((used or 0) - counted - right, admitted != right)
                if deviation != window.deviation and asked and policy in self._limits:
                    self._name(log_id, admitted, used, counted, window.max_attempts)
                window.deviation = deviation
            if admitted:
                times.append(now_us)
                if end % _CLEAN_UP_EVERY == 0:
                    window.clean_up(now_us)
            window.last = decision

    def states(self) -> dict[int, State]:
        """Return each user's last decision."""
        found = {}
        for user_id, window in self._windows.items():
            if window.last is not None:
                log_id, _, _, policy, used, _, created_at, _ = window.last
                found[user_id] = State(policy or 0, used or 0, log_id, created_at)
        return found

    def _follow(
        self,
        window: _Window,
        log_id: int,
        user_id: int,
        policy: int,
        logical_us: int,
        *,
        asked: bool,
    ) -> None:
        made = self._policies.fewest_made(user_id, policy, self._made)
        if made is not None:
            self._made = made
        elif window.policy != policy and asked:
            message = f"Attempt {log_id} was decided by limit {policy}, which was not in force."
            self._findings.add(TABLE, log_id, "policy_id", "decision", message)
        if window.policy != policy:
            limit = self._limits.get(policy)
            most, seconds = (0, 1) if limit is None else limit
            window.follow(policy, most, seconds * _SECOND_US, logical_us)
        window.made = self._made

    def _name(
        self, log_id: int, admitted: int, used: int | None, counted: int, max_attempts: int
    ) -> None:
        right = counted < max_attempts
        column = "admitted" if bool(admitted) != right else "used"
        message = (
            f"Attempt {log_id} was {'admitted' if admitted else 'refused'} with {used} used;"
            f" the log gives {'admitted' if right else 'refused'} with {counted + right}."
        )
        self._findings.add(TABLE, log_id, column, "decision", message)


def check_states(
    stored: Iterable[tuple[int, int, int, int, str]],
    expected: dict[int, State],
    findings: Findings,
) -> int:
    """Compare `user_rate_limits` with the last decisions; return how many rows there were."""
    table, rows, left = "user_rate_limits", 0, dict(expected)
    for user_id, *rest in stored:
        rows += 1
        state = left.pop(user_id, None)
        if state is None:
            message = f"User {user_id} has a limit state and never had a decision."
            findings.add(table, user_id, "user_id", "state", message)
            continue
        for column, value, due in zip(State._fields, rest, state, strict=True):
            if value != due:
                message = f"The limit state of user {user_id} is not that of its last decision."
                findings.add(table, user_id, column, "state", message)
    for user_id in left:
        message = f"User {user_id} had decisions and has no limit state."
        findings.add(table, user_id, "user_id", "missing", message)
    return rows
