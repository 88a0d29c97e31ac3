"""Deriving past limit decisions from the log again, and comparing them with what was logged.

Each attempt is judged by the log before it: the limits that were set, and the attempts that were
logged as admitted. So a decision that was changed afterwards is named, and so are the later ones
that its place in their windows makes wrong.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import NamedTuple

from leadlog import clock, decision, limits
from leadlog.limits import Limit
from leadlog.tables import RESERVED_USER_ID

FOR_EVER_US = 2**63 - 1

CountAdmitted = Callable[[int, int, int, int], int]
"""Counts a user's admitted attempts with `after_us < logical_us <= until_us` and `id < before`."""


class Change(NamedTuple):
    """A limit as it was set: for a user, or for all (None); `limit` None is back to the default."""

    id: int
    created_at: str
    user_id: int | None
    limit: Limit | None


class LoggedAttempt(NamedTuple):
    """What the log says of an attempt's decision; `before_*` are of the attempt with the id before.

    `policy`, `used` are None where no limit was asked.
    """

    attempt: int
    user_id: int
    user: str
    origin: str
    log_date: str
    category: str | None
    created_at: str
    logical_us: int
    admitted: int
    policy: int | None
    used: int | None
    before_created_at: str | None
    before_logical_us: int | None


class Ruling(NamedTuple):
    """A decision of the limit.

    Attributes:
        admitted: whether the attempt counts in later windows.
        refused: whether it failed as `rate_limited`.
        used: admitted attempts in the window, this one included if it was admitted.
        policy: the row of `rate_limit_changes` that was in force.
        limit: what that row says, such as `100/1m`; None where there is no such row.
        logical_us: the logical time it was decided at.
    """

    admitted: bool
    refused: bool
    used: int | None
    policy: int | None
    limit: str | None
    logical_us: int


class Difference(NamedTuple):
    """An attempt whose logged decision is not the derived one; None stands for no decision."""

    attempt: int
    user: str
    logged: Ruling | None
    derived: Ruling | None


class Policies:
    """Which limit was in force for whom, by how many changes had been made.

    The log and the changes are two chains. What orders them against each other is that a decision
    names its policy, and that changes once made stay made; a wall clock that was set back proves
    nothing.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes = {change.id: change for change in changes}
        self._ids: dict[int | None, list[int]] = {None: []}
        for change in self._changes.values():
            self._ids.setdefault(change.user_id, []).append(change.id)
        # Where a clock went back, a change counts as made at the latest time seen before it.
        self._times = list(accumulate((c.created_at for c in self._changes.values()), max))

    def limit(self, policy: int | None) -> Limit | None:
        """Return what a change set, or None if there is no such change."""
        change = self._changes.get(policy or 0)
        return None if change is None else change.limit

    def in_force(self, user_id: int, made: int) -> int | None:
        """Return the policy of a user after the first `made` changes."""
        own = self._newest(user_id, made)
        if own is not None and self._changes[own].limit is not None:
            return own
        return self._newest(None, made)

    def fewest_made(self, user_id: int, policy: int | None, at_least: int) -> int | None:
        """Return after how few changes, `at_least` or more, a policy was the user's; else None."""
        if self.in_force(user_id, at_least) == policy:
            return at_least
        own, default = self._ids.get(user_id, []), self._ids[None]
        later = sorted(
            own[bisect_right(own, at_least) :] + default[bisect_right(default, at_least) :]
        )
        return next((made for made in later if self.in_force(user_id, made) == policy), None)

    def made_by(self, time: str) -> range:
        """Return how many changes had been made at a time, as far as clocks tell: from, to."""
        return range(bisect_left(self._times, time), bisect_right(self._times, time) + 1)

    def _newest(self, user_id: int | None, made: int) -> int | None:
        ids = self._ids.get(user_id, [])
        place = bisect_right(ids, made)
        return ids[place - 1] if place else None


class _Counted:
    """How many admitted attempts of a user lie after a moment, up to where the replay is."""

    def __init__(self, after_us: int, count: int) -> None:
        self.after_us = after_us
        self.count = count


class Replay:
    """Judges attempts one after the other; give it every one of a stretch of ids, in their order.

    Args:
        changes: all limit changes, oldest first.
        made: how many of these had certainly been made before the first attempt.
        count_admitted: asks the log.

    Attributes:
        decisions: how many decisions were looked at, logged or due.
        agreeing: how many of them are what the log gives.
        untimely: how many agree only if a clock was wrong when a limit was set.
    """

    def __init__(self, changes: Iterable[Change], made: int, count_admitted: CountAdmitted) -> None:
        self._policies = Policies(changes)
        self._made = made
        self._count_admitted = count_admitted
        self._windows: dict[int, _Counted] = {}
        self.decisions = self.agreeing = self.untimely = 0

    def judge(self, row: LoggedAttempt, *, counts: bool = True) -> Difference | None:
        """Return what differs between an attempt's logged and derived decision, if anything does.

        Args:
            row: the next attempt.
            counts: whether it is asked about, rather than passed on the way.
        """
        logged = self._logged(row)
        derived = self._derive(row) if is_limited(row) else None
        window = self._windows.get(row.user_id)
        if window is not None and row.admitted and row.logical_us > window.after_us:
            window.count += 1
        if not counts or (logged is None and derived is None):
            return None
        self.decisions += 1
        if logged != derived:
            return Difference(row.attempt, row.user, logged, derived)
        self.agreeing += 1
        in_time = self._policies.made_by(row.created_at)
        if all(self._policies.in_force(row.user_id, made) != row.policy for made in in_time):
            self.untimely += 1
        return None

    def _logged(self, row: LoggedAttempt) -> Ruling | None:
        if row.policy is None and row.used is None and not row.admitted:
            return None
        limit = self._policies.limit(row.policy)
        return Ruling(
            bool(row.admitted),
            row.category == "rate_limited",
            row.used,
            row.policy,
            None if limit is None else str(limit),
            row.logical_us,
        )

    def _derive(self, row: LoggedAttempt) -> Ruling:
        now_us = decision.elapsed(
            clock.from_text(row.before_created_at) if row.before_created_at else 0,
            row.before_logical_us or 0,
            clock.from_text(row.created_at),
        )
        policy, limit = self._policy(row)
        used = self._used(row, limits.window_start(limit, now_us))
        admitted = used < limit.max_attempts
        return Ruling(admitted, not admitted, used + admitted, policy, str(limit), now_us)

    def _policy(self, row: LoggedAttempt) -> tuple[int | None, Limit]:
        made = self._policies.fewest_made(row.user_id, row.policy, self._made)
        if made is not None:
            self._made = made
        else:  # no order of events gives what was logged; the clocks' order is the best guess
            made = max(self._made, self._policies.made_by(row.created_at)[-1])
        policy = self._policies.in_force(row.user_id, made)
        return policy, self._policies.limit(policy) or Limit(0, 1)

    def _used(self, row: LoggedAttempt, after_us: int) -> int:
        window = self._windows.get(row.user_id)
        if window is None or after_us < window.after_us:
            count = self._count_admitted(row.user_id, after_us, FOR_EVER_US, row.attempt)
            self._windows[row.user_id] = _Counted(after_us, count)
            return count
        if window.count and after_us > window.after_us:
            # Counting what left is cheap; counting the window anew for each attempt is not.
            window.count -= self._count_admitted(
                row.user_id, window.after_us, after_us, row.attempt
            )
        window.after_us = after_us
        return window.count


def is_limited(row: LoggedAttempt) -> bool:
    """Whether the limit had its say about an attempt.

    It has about all that a known user submits, but those whose request id was used for something
    else; what was recorded happened elsewhere.
    """
    known = row.user_id != RESERVED_USER_ID
    return row.origin == "submit" and known and row.category != "conflict"
