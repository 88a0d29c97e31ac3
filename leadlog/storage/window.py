"""The sliding window of one user, read from the log and followed cheaply through a stream."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import overload

_COUNT = (
    "SELECT count(*) FROM lead_submission_logs"
    " WHERE admitted = 1 AND user_id = ? AND logical_us > ? AND logical_us <= ? AND id <= ?"
)
_NTH = (
    "SELECT logical_us FROM lead_submission_logs"
    " WHERE admitted = 1 AND user_id = ? AND logical_us > ? AND id <= ?"
    " ORDER BY logical_us LIMIT 1 OFFSET ?"
)
_FOR_EVER = 2**63 - 1


class Window(Sequence[int]):
    """Logical times of a user's admitted attempts after a moment, ascending.

    A decision needs the length and one element, so that is what is read: counting a window of
    100,000 attempts takes 3 ms, fetching it takes a hundred. While the window only moves on, what
    left it is counted instead, and what came is added by `admit`.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        user_id: int,
        after_us: int,
        up_to_id: int | None = None,
        before_asking: Callable[[], None] = lambda: None,
    ) -> None:
        self._connection = connection
        self._before_asking = before_asking
        self._user_id = user_id
        self._after_us = after_us
        self._up_to_id = _FOR_EVER if up_to_id is None else up_to_id
        self._length = self._count(after_us, _FOR_EVER)
        self._first: int | None = None

    def move_to(self, after_us: int) -> bool:
        """Move the window's start on; return False, doing nothing, if that would be back."""
        if after_us < self._after_us:
            return False
        if self._length and self[0] <= after_us:
            self._length -= self._count(self._after_us, after_us)
            self._first = None
        self._after_us = after_us
        return True

    def admit(self, logical_us: int) -> None:
        """Count an attempt that was admitted and appended after all in the window."""
        if self._length == 0:
            self._first = logical_us
        self._length += 1

    def __len__(self) -> int:
        """Return how many attempts are in the window."""
        return self._length

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        """Return the logical time at `index`, the oldest first."""
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._length))]
        if not 0 <= index < self._length:
            raise IndexError(index)
        if index == 0 and self._first is not None:
            return self._first
        self._before_asking()
        parameters = (self._user_id, self._after_us, self._up_to_id, index)
        (logical_us,) = self._connection.execute(_NTH, parameters).fetchone()
        if index == 0:
            self._first = logical_us
        return int(logical_us)

    def _count(self, after_us: int, until_us: int) -> int:
        self._before_asking()
        parameters = (self._user_id, after_us, until_us, self._up_to_id)
        (count,) = self._connection.execute(_COUNT, parameters).fetchone()
        return int(count)
