"""What the log says of each closed date, counted while the attempts pass by."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from leadlog.verification.dates import Closed


class Counted(NamedTuple):
    """What the log says of a date, up to the ids that its snapshot names."""

    attempts: int
    successes: int
    log_digest: str


NOTHING: Final = Counted(0, 0, sha256().hexdigest())
"""What the log says of a date without attempts."""


class CorrectionOf(NamedTuple):
    """One correction of an attempt, and whether it was logged, and is now, a success."""

    log_id: int
    was_success: bool
    is_success: bool
    hash: str


class _Day:
    def __init__(self, last_log_id: int) -> None:
        self.last_log_id = last_log_id
        self.attempts = self.successes = 0
        self.first_id = self.last_id = 0
        self.digest = sha256()

    def add(self, ids: Sequence[int], hashes: Sequence[str], successes: Sequence[int]) -> None:
        self.first_id, self.last_id = self.first_id or ids[0], ids[-1]
        self.attempts += len(ids)
        self.successes += sum(successes)
        self.digest.update("".join(hashes).encode("utf-8", "surrogateescape"))


class Days:
    """Counts the attempts of closed dates.

    Args:
        closed: the closed dates.
    """

    def __init__(self, closed: Mapping[str, Closed]) -> None:
        self._days = {date: _Day(each.last_log_id) for date, each in closed.items()}

    def add(
        self, log_date: str, ids: Sequence[int], hashes: Sequence[str], successes: Sequence[int]
    ) -> None:
        """Count attempts of one log date, which follow one another.

        Args:
            successes: one for each that was logged as a success, else zero.
        """
        day = self._days.get(log_date)
        if day is None:
            return
        if ids[-1] > day.last_log_id:  # those added since are named elsewhere, and do not count
            kept = sum(id_ <= day.last_log_id for id_ in ids)
            ids, hashes, successes = ids[:kept], hashes[:kept], successes[:kept]
        if ids:
            day.add(ids, hashes, successes)

    def span(self, date: str) -> tuple[int, int]:
        """Return the first and the last attempt of a closed date, or zeros."""
        day = self._days.get(date)
        return (0, 0) if day is None else (day.first_id, day.last_id)

    def counted(self, date: str, corrections: Iterable[CorrectionOf]) -> Counted:
        """Return the figures of a closed date, with its corrections in the order they were made."""
        day = self._days.get(date) or _Day(0)
        digest, changes = day.digest.copy(), {}
        for correction in corrections:
            digest.update(correction.hash.encode("utf-8", "surrogateescape"))
            changes[correction.log_id] = correction.is_success - correction.was_success
        return Counted(day.attempts, day.successes + sum(changes.values()), digest.hexdigest())
