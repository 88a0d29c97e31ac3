"""What verification reads of a SQLite file; implements `verification.source.Source`.

It reads on a connection that can only read, in one transaction. What needs nobody runs beside it
(`audit_beside`) and may see a commit that came a moment later: it holds for any state of the file.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from leadlog import tables
from leadlog.clock import Clock
from leadlog.errors import LeadlogError
from leadlog.storage import audit_schema
from leadlog.storage.audit_beside import Beside, which_file
from leadlog.storage.audit_queries import Queries
from leadlog.storage.audit_rows import UNREADABLE, damaged
from leadlog.storage.connection import APPLICATION_ID, SCHEMA_VERSION, check_file, connect
from leadlog.storage.driver_errors import translate
from leadlog.verification.log_pass import Passed
from leadlog.verification.problems import Damaged
from leadlog.verification.schema import Item
from leadlog.verification.source import Outcome

if TYPE_CHECKING:
    from typing import Self

    from leadlog.repository import Reader

_CACHE_KIB: Final = 4 * 1024
"""Rows are read in their order, once; a page that is used again at once stays near the core."""


class SqliteAudit(Queries):
    """An open file to be verified, in one state of it.

    Args:
        path: the file; it may be damaged.
        clock: where time comes from.

    Raises:
        LeadlogError: kind `not_found` or `unusable`, when there is nothing to verify: no file, or
            none of leadlog's, or one of a newer version.
    """

    def __init__(self, path: str, clock: Clock) -> None:
        check_file(path)
        self._path = path
        self._clock = clock
        self._file = which_file(path)
        super().__init__(connect(path, writable=False))
        self._begun: Sequence[str] = ()
        self._beside: Beside | None = None
        try:
            _prepare(self._connection)
            self._refuse_what_is_not_ours()
        except sqlite3.Error as error:
            self.close()
            raise translate(error, path) from None
        except BaseException:  # whatever it was, nobody else knows of the connection
            self.close()
            raise

    def __enter__(self) -> "Self":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Give everything back; what still runs beside it is stopped."""
        if self._beside is not None:
            self._beside.stop()
        self._connection.close()

    def start(self, date: str | None) -> None:
        """Begin what goes on beside: the rules, and of a whole file soundness and small chains."""
        self._begun = ("rules",) if date is not None else ("chains", "rules", "file")
        has_closed = self._has_closed()
        self._beside = Beside(self._begun, self._path, date, has_closed=has_closed, file=self._file)

    def identity(self) -> Sequence[tuple[str, int, int]]:
        """Return what marks the file as ours: name, value, and the value it must have."""
        found = []
        for name, due in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
            found.append((name, int(self._one(f"PRAGMA {name}")), due))
        return found

    def passed(self, progress: Callable[[int], None]) -> Passed | None:
        """Return what the pass over all attempts found, if it was made beside."""
        return None if self._beside is None else self._beside.passed(progress)

    def computed_alike(self, progress: Callable[[int], None]) -> Collection[int]:
        """Return the snapshots that were computed again beside and came out byte for byte."""
        return () if self._beside is None else self._beside.computed_alike(progress)

    def beside(self) -> Iterator[tuple[str, Callable[[], Outcome]]]:
        """Yield what was begun, by its name, and what waits for it."""
        for task in self._begun:
            yield task, partial(self._result, task)

    def schema(self) -> tuple[Mapping[str, Item], Mapping[str, Item]]:
        """Return the schema as it must be and as it is, by lower-case name."""
        found = audit_schema.items(self._all(audit_schema.QUERY))
        return audit_schema.reference().items, found

    def reader(self) -> "Reader":
        """Return the reader that the rest of leadlog uses, on the same state."""
        from leadlog.storage.reading import SqliteReader

        return SqliteReader(self._connection, self._clock)

    def _has_closed(self) -> bool:
        try:
            return self.closed_attempts() > 0
        except Damaged:
            return False  # what is damaged is named by those who look at it

    def _result(self, task: str) -> Outcome:
        if self._beside is None:
            return Outcome((), {})
        try:
            return self._beside.result(task)
        except UNREADABLE as error:
            raise damaged(error) from error

    def _refuse_what_is_not_ours(self) -> None:
        """Raise `unusable` for a database in which no table is ours, or one of a newer version."""
        try:
            version = self._one("PRAGMA user_version")
            names = {row[1] for row in self._all(audit_schema.QUERY)}
            application_id = self._one("PRAGMA application_id")
        except Damaged as damage:
            if isinstance(damage.__cause__, sqlite3.Error) and not _is_damage(damage.__cause__):
                raise damage.__cause__ from None
            return
        if not names & {*tables.CHAINED} and application_id != APPLICATION_ID:
            message = f"The file {self._path} is a SQLite database, but not one of leadlog's."
            hint = "Nothing in it was changed. Name the leadlog database with --db PATH."
            raise LeadlogError("unusable", message, hint)
        if version > SCHEMA_VERSION:
            message = f"The database {self._path} says a newer leadlog made it (schema {version})."
            hint = f"This version knows schema {SCHEMA_VERSION}. Verify it with the newer leadlog."
            raise LeadlogError("unusable", message, hint)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")
    cache = f"cache_size = -{_CACHE_KIB}"
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", cache):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except UNREADABLE as error:
            if not _is_damage(error):
                raise
    connection.execute("BEGIN")


def _is_damage(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or (code & 0xFF) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}
