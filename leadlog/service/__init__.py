"""The use cases, and the Python API: what the commands do, without a terminal and without SQL.

The methods of `Leadlog` stand in a file for each group of them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from leadlog.clock import Clock, SystemClock, Zone
from leadlog.limits import Limit
from leadlog.service.days import Days
from leadlog.service.keeping import Keeping
from leadlog.service.limiting import Limiting
from leadlog.service.looking import Looking
from leadlog.service.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

    from leadlog.verification import Verdict
    from leadlog.verification.proofs import Checkpoint, ProvenAttempt

DEFAULT_LIMIT = Limit(100, 60)
DEFAULT_TIMEZONE = "UTC"
DEFAULT_WAIT_SECONDS = 30.0


def open(  # noqa: A001  # the API reads leadlog.open(path), like the built-in
    path: str | os.PathLike[str],
    *,
    create: bool = False,
    timezone: str = DEFAULT_TIMEZONE,
    limit: Limit = DEFAULT_LIMIT,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
    clock: Clock | None = None,
    writable: bool = False,
) -> Leadlog:
    """Open a leadlog database.

    Args:
        path: the file.
        create: make it, with `timezone` and `limit`, if it is not there.
        timezone: the IANA time zone whose calendar days the log counts, for a new file.
        limit: the default rate limit of a new file.
        wait_seconds: how long a write waits for other writers.
        clock: where time comes from; the machine's clock unless given.
        writable: connect for writing at once; otherwise the first write does.

    Raises:
        LeadlogError: kind `not_found` when there is no such file, `unusable` when it is not a
            leadlog database that this version can use, `usage` for an unknown time zone.
    """
    from leadlog.storage.sqlite import SqliteStore

    the_clock = clock or SystemClock()
    text = os.path.abspath(os.fspath(path))
    if create and not os.path.lexists(text):
        from leadlog.storage.creation import create as create_file

        today = Zone(timezone).local_date(the_clock.now_us())
        folder = os.path.realpath(os.path.dirname(text))
        real = os.path.join(folder, os.path.basename(text))
        create_file(real, the_clock, wait_seconds, timezone=timezone, limit=limit, today=today)
    return Leadlog(SqliteStore(text, the_clock, wait_seconds, writable=writable), the_clock)


def verify(
    path: str | os.PathLike[str],
    *,
    date: str | None = None,
    checkpoints: Sequence[tuple[str, Checkpoint]] = (),
    receipts: Sequence[ProvenAttempt] = (),
    started: Callable[[int], Callable[[int], None]] | None = None,
    clock: Clock | None = None,
) -> Verdict:
    """Prove that nothing in a file was changed, or name what was; it may be too damaged to open.

    Args:
        path: the file.
        date: look at this log date only.
        checkpoints, receipts: proofs kept elsewhere, from `leadlog.verification.proofs`.
        started: told how many rows there are to read, it returns what takes how many more were.
        clock: where time comes from; the machine's clock unless given.

    Raises:
        LeadlogError: kind `not_found` or `unusable`, when there is no database of leadlog's.
    """
    from leadlog import verification
    from leadlog.storage.audit import SqliteAudit

    with SqliteAudit(os.path.abspath(os.fspath(path)), clock or SystemClock()) as source:
        return verification.verify(
            source, date=date, checkpoints=checkpoints, receipts=receipts, started=started
        )


class Leadlog(Recording, Limiting, Looking, Days, Keeping):
    """An open log. Use it as a context manager, or call `close`; not to be shared by threads.

    Every method raises `LeadlogError` of kind `unusable` or `busy` when the database can't be used.
    """

    def __enter__(self) -> Self:
        """Return the log itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the log."""
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._store.close()
