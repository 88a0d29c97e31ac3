"""Looking back at the limit: replaying its decisions, and simulating another one.

Both read the log in pages up to the attempt that was the newest when they began, each page from a
state of its own: attempts and limits that were logged never change, and no long reading keeps the
write-ahead log from being emptied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadlog import replay, simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadlog.limits import Limit
    from leadlog.replay import Difference, LoggedAttempt
    from leadlog.repository import Reader, Store
    from leadlog.simulation import LimitedAttempt, Simulated

    OnProgress = Callable[[int, int], None]

PAGE_ROWS: Final = 5000


class LimitReplay:
    """Every past limit decision, or those of one date, derived again from the log.

    Iterate over it for what differs; the counts are those of what was looked at so far.

    Args:
        store: the database.
        date: the log date, or None for all of the log.
        on_progress: told how many attempts were read, of how many.
    """

    def __init__(self, store: Store, date: str | None, on_progress: OnProgress) -> None:
        self._store = store
        self._date = date
        self._on_progress = on_progress
        self._before_id, self._last_id, changes, made = store.read(self._begin)
        self._after_id = self._before_id
        self._replay = replay.Replay(changes, made, self._count_admitted)
        self._reader: Reader | None = None

    @property
    def decisions(self) -> int:
        """How many decisions were looked at."""
        return self._replay.decisions

    @property
    def agreeing(self) -> int:
        """How many of them are what the log gives."""
        return self._replay.agreeing

    @property
    def untimely(self) -> int:
        """How many agree only if a clock was wrong when a limit was set."""
        return self._replay.untimely

    def __iter__(self) -> Iterator[Difference]:
        """Yield the decisions that differ, by attempt."""
        while self._after_id < self._last_id:
            differing = self._store.read(self._judge_page)
            self._on_progress(self._after_id - self._before_id, self._last_id - self._before_id)
            yield from differing

    def _begin(self, reader: Reader) -> tuple[int, int, list[replay.Change], int]:
        first, last = 1, reader.last_id()
        if self._date is not None:
            first, last = reader.decided_on(self._date)
        return first - 1, last, reader.all_limit_changes(), reader.policy_before(first)

    def _judge_page(self, reader: Reader) -> list[Difference]:
        self._reader = reader
        rows: list[LoggedAttempt] = reader.logged_decisions(
            self._after_id, self._last_id, PAGE_ROWS
        )
        self._after_id = rows[-1].attempt if rows else self._last_id
        judged = (self._replay.judge(row, counts=self._is_asked(row.log_date)) for row in rows)
        return [difference for difference in judged if difference is not None]

    def _is_asked(self, date: str) -> bool:
        return self._date is None or date == self._date

    def _count_admitted(self, user_id: int, after_us: int, until_us: int, before_id: int) -> int:
        if self._reader is None:
            raise RuntimeError("attempts are judged while their page is read")
        return self._reader.count_admitted(user_id, after_us, until_us, before_id)


def simulate(
    store: Store,
    limit: Limit,
    date: str | None,
    user_id: int | None,
    on_progress: OnProgress,
) -> Simulated:
    """Return what another limit would have done, on one date or all, to one user or everyone.

    Args:
        store: the database.
        limit: the other limit.
        date, user_id: which attempts count; None for all.
        on_progress: told how many attempts were read, of how many.
    """

    def begin(reader: Reader) -> tuple[int, dict[int, str]]:
        last = reader.last_id() if date is None else reader.decided_on(date)[1]
        return last, {user.id: user.handle for user in reader.users()}

    def page(reader: Reader) -> list[LimitedAttempt]:
        return reader.limited_attempts(after_id, last_id, user_id, PAGE_ROWS)

    last_id, handles = store.read(begin)
    simulated, after_id = simulation.Simulation(limit), 0
    while True:
        rows = store.read(page)
        for row in rows:
            simulated.submit(row, counts=date is None or row.log_date == date)
        if len(rows) < PAGE_ROWS:
            on_progress(last_id, last_id)
            return simulated.result(handles)
        after_id = rows[-1].attempt
        on_progress(after_id, last_id)
