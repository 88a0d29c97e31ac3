"""What another limit would have done to the attempts in the log.

As if that limit had been in force for everyone from the first attempt on, at the same times. What
it admits fills its own window, so attempts are taken one after the other. Only attempts that the
limit was asked about count: not what was recorded, not unknown users, not reused request ids.
"""

from collections import deque
from typing import NamedTuple

from leadlog import limits
from leadlog.limits import Limit


class LimitedAttempt(NamedTuple):
    """An attempt that the limit was asked about."""

    attempt: int
    user_id: int
    log_date: str
    logical_us: int
    admitted: int


class Tally(NamedTuple):
    """Attempts, how many another limit would have refused, and how many were refused."""

    attempts: int = 0
    would_be_refused: int = 0
    was_refused: int = 0

    def plus(self, *, refused: bool, was_refused: bool) -> "Tally":
        """Return the tally with one more attempt."""
        attempts, would_be, was = self
        return Tally(attempts + 1, would_be + refused, was + was_refused)


class Simulated(NamedTuple):
    """What another limit would have done.

    Attributes:
        newly_refused: attempts that were admitted and would not have been.
        newly_admitted: attempts that were refused and would not have been.
        by_date, by_user: the same counts for each date and each user that has any attempts; users
            by how many attempts would have been refused.
    """

    limit: Limit
    total: Tally
    newly_refused: int
    newly_admitted: int
    by_date: tuple[tuple[str, Tally], ...]
    by_user: tuple[tuple[str, Tally], ...]

    @property
    def users_refused(self) -> int:
        """How many users would have been refused at least once."""
        return sum(tally.would_be_refused > 0 for _, tally in self.by_user)


class Simulation:
    """Takes attempts one after the other, in the order of their ids."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._windows: dict[int, deque[int]] = {}
        self._total = Tally()
        self._newly_refused = self._newly_admitted = 0
        self._by_date: dict[str, Tally] = {}
        self._by_user: dict[int, Tally] = {}

    def submit(self, row: LimitedAttempt, *, counts: bool = True) -> bool:
        """Decide one attempt under the limit, and return whether it would have been admitted.

        Args:
            row: the next attempt.
            counts: whether it is asked about, rather than passed on the way.
        """
        window = self._windows.setdefault(row.user_id, deque())
        after_us = limits.window_start(self._limit, row.logical_us)
        while window and window[0] <= after_us:
            window.popleft()
        admitted = limits.decide(self._limit, window, row.logical_us).admitted
        if admitted:
            window.append(row.logical_us)
        if counts:
            self._count(row, refused=not admitted)
        return admitted

    def result(self, handles: dict[int, str]) -> Simulated:
        """Return the counts so far; `handles` are the users' by id."""
        by_user = [(handles[user_id], tally) for user_id, tally in self._by_user.items()]
        by_user.sort(key=lambda item: (-item[1].would_be_refused, -item[1].attempts, item[0]))
        return Simulated(
            self._limit,
            self._total,
            self._newly_refused,
            self._newly_admitted,
            tuple(sorted(self._by_date.items())),
            tuple(by_user),
        )

    def _count(self, row: LimitedAttempt, *, refused: bool) -> None:
        was_refused = not row.admitted
        by_date = self._by_date.get(row.log_date, Tally())
        by_user = self._by_user.get(row.user_id, Tally())
        self._total = self._total.plus(refused=refused, was_refused=was_refused)
        self._by_date[row.log_date] = by_date.plus(refused=refused, was_refused=was_refused)
        self._by_user[row.user_id] = by_user.plus(refused=refused, was_refused=was_refused)
        self._newly_refused += refused and not was_refused
        self._newly_admitted += was_refused and not refused
