"""What verification reads of a SQLite file; implements `verification.source.Source`.

It reads on a connection that can only read, in one transaction. What needs nobody runs beside it
(`audit_beside`) and may see a commit that came a moment later: it holds for any state of the file.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from leadlog import tables
from leadlog.clock import Clock
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.replay import Change
from leadlog.storage import audit_scans, audit_schema
from leadlog.storage.audit_beside import Beside
from leadlog.storage.audit_rows import Rows, columns_of, damaged, integer, text
from leadlog.storage.audit_rules import ATTEMPTS, BREAKS_ONE, PLAIN
from leadlog.storage.connection import APPLICATION_ID, SCHEMA_VERSION, check_file, connect
from leadlog.storage.creation import DEFAULT_SETTINGS
from leadlog.storage.driver_errors import translate
from leadlog.verification.contacts import SALT_BYTES, Erasure
from leadlog.verification.dates import Closed
from leadlog.verification.days import CorrectionOf
from leadlog.verification.problems import Damaged, Problem
from leadlog.verification.reports import Stored as StoredReport
from leadlog.verification.schema import Item
from leadlog.verification.snapshots import Stored as StoredSnapshot
from leadlog.verification.source import Batch, Outcome

if TYPE_CHECKING:
    from typing import Self

    from leadlog.repository import Reader

_CACHE_KIB: Final = 4 * 1024
"""Rows are read in their order, once; a page that is used again at once stays near the core."""
# NULL where there is none, or it is erased; nothing where the salt is not as long as ours are.
_SALTED: Final = (
    f"CASE WHEN length(CAST(k.salt AS BLOB)) = {SALT_BYTES} THEN CAST(k.salt || k.payload AS BLOB)"
    " WHEN k.salt IS NOT NULL AND k.payload IS NOT NULL THEN x'' END"
)
# The rules say that a lead, which is chained, has its attempt's key, and its duplicates' keys too.
_IS_KEY_SURE: Final = "t.outcome = 'success' OR t.duplicate_of IS NOT NULL"
# What most attempts need not tell: it is as `attempts.Unusual` says of those that tell nothing.
_UNUSUAL: Final = (
    f"CASE WHEN {PLAIN} THEN NULL ELSE json_array({BREAKS_ONE}, {text('t.occurred_at')},"
    " CAST(t.late_for AS TEXT), CAST(t.context AS TEXT), k.log_id,"
    f" CAST(k.contact_key AS TEXT), {_IS_KEY_SURE}) END"
)
_ATTEMPT_EXTRAS: Final = ", ".join(
    (
        *map(text, ("t.created_at", "t.log_date")),
        *map(integer, ("t.logical_us", "t.user_id")),
        "CAST(t.policy_id AS INTEGER), CAST(t.used AS INTEGER)",
        "(t.outcome IS 'success') * 2 + (t.admitted IS 1)",
        text("t.contact_hash"),
        _SALTED,
        _UNUSUAL,
    )
)
# Found by the attempts between the date's first and last, so that of no other date are looked at.
_CORRECTIONS_OF: Final = (
    "SELECT c.log_id, coalesce(l.outcome = 'success', 0), coalesce(c.outcome = 'success', 0),"
    f" {text('c.hash')}"
    " FROM submission_corrections AS c CROSS JOIN lead_submission_logs AS l NOT INDEXED"
    " WHERE c.log_id BETWEEN :first AND :last AND +c.id <= :correction"
    " AND l.id = c.log_id AND l.log_date = :day ORDER BY c.id"
)


class SqliteAudit:
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
        self.tables: Sequence[str] = tuple(tables.CHAINED)
        self.thresholds: Sequence[str] = tuple(DEFAULT_SETTINGS)
        self._connection = connect(path, writable=False)
        self._begun: Sequence[str] = ()
        self._beside: Beside | None = None
        try:
            _prepare(self._connection)
            self._refuse_what_is_not_ours()
            self._reference, columns = audit_schema.reference()
            self._rows = Rows(self._connection, columns)
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
        self._beside = Beside(self._begun, self._path, date)

    def report_progress(self, progress: Callable[[int], None]) -> None:
        """Tell how many attempts more were read from now on."""
        self._rows.progress = progress

    def identity(self) -> Sequence[tuple[str, int, int]]:
        """Return what marks the file as ours: name, value, and the value it must have."""
        found = []
        for name, due in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
            found.append((name, int(self._one(f"PRAGMA {name}")), due))
        return found

    def beside(self) -> Iterator[tuple[str, Callable[[], Outcome]]]:
        """Yield what was begun, by its name, and what waits for it."""
        for task in self._begun:
            yield task, partial(self._result, task)

    def schema(self) -> tuple[Mapping[str, Item], Mapping[str, Item]]:
        """Return the schema as it must be and as it is, by lower-case name."""
        return self._reference, audit_schema.items(self._all(audit_schema.QUERY))

    def closed_attempts(self) -> int:
        """Return how many attempts closed dates say they have."""
        query = "SELECT coalesce(sum(CAST(attempts AS INTEGER)), 0) FROM daily_analysis_snapshots"
        return int(self._one(query))

    def rows(self, table: str) -> int:
        """Return the newest id of a table, which is how many rows it has."""
        return int(self._one(f"SELECT coalesce(max(id), 0) FROM {table} NOT INDEXED"))

    def find_hash(self, table: str, id_: int) -> str | None:
        """Return the hash of a row, or None."""
        found = self._all(f"SELECT hash FROM {table} NOT INDEXED WHERE id = ?", (id_,))
        return str(found[0][0]) if found else None

    def settings(self) -> list[tuple[int, str, str]]:
        """Return id, key and value of each setting."""
        return self._all("SELECT id, key, value FROM settings NOT INDEXED ORDER BY id")

    def secret(self) -> bytes | None:
        """Return the secret."""
        found = self._all("SELECT CAST(secret AS BLOB) FROM secrets WHERE id = 1")
        return found[0][0] if found else None

    def changes(self) -> list[Change]:
        """Return all limit changes."""
        query = (
            f"SELECT id, {text('created_at')}, CAST(user_id AS INTEGER),"
            " CAST(max_attempts AS INTEGER), CAST(window_seconds AS INTEGER)"
            " FROM rate_limit_changes NOT INDEXED ORDER BY id"
        )
        # Half a limit, which a rule names, is none.
        return [
            Change(id_, made_at, user_id, None if None in (most, window) else Limit(most, window))
            for id_, made_at, user_id, most, window in self._all(query)
        ]

    def erasures(self) -> list[Erasure]:
        """Return all erasures."""
        query = (
            "SELECT CAST(contact_key AS TEXT), CAST(log_id AS INTEGER), CAST(before_date AS TEXT),"
            f" {integer('last_log_id')}, {integer('contacts_erased')} FROM erasures NOT INDEXED"
        )
        return [Erasure(*row) for row in self._all(query)]

    def closed(self) -> dict[str, Closed]:
        """Return all closed dates."""
        query = (
            f"SELECT {text('snapshot_date')}, {text('starts_at')}, {text('ends_at')},"
            f" {integer('last_log_id')}, {text('sha256')}"
            " FROM daily_analysis_snapshots NOT INDEXED"
        )
        return {row[0]: Closed(*row[1:]) for row in self._all(query)}

    def chained(self, table: str, date: str | None) -> Iterator[Batch]:
        """Yield id, prev_hash, hash and hashed bytes of each row, by id, in batches."""
        return self._rows.linked(table, date)

    def attempts(self, date: str | None) -> Iterator[Batch]:
        """Yield each attempt, by id, with its contact, in batches."""
        join = " LEFT JOIN contacts AS k ON k.log_id = t.id"
        return self._rows.linked(tables.ATTEMPTS, date, f", {_ATTEMPT_EXTRAS}", join)

    def contacts(self) -> int:
        """Return how many contacts there are."""
        return int(self._one("SELECT count(*) FROM contacts NOT INDEXED"))

    def broken_attempts(self, date: str | None) -> list[Problem]:
        """Return what is wrong with single attempts, with their contacts and leads."""
        try:
            return audit_scans.broken(self._connection, ATTEMPTS, date)
        except sqlite3.Error as error:
            raise damaged(error) from error

    def decided(self, first: int, last: int) -> Iterator[tuple[Any, ...]]:
        """Yield the decisions of a stretch of attempts, both ends included."""
        return self._rows.stream(
            "SELECT id, user_id, admitted, policy_id, used, logical_us, created_at, log_date"
            " FROM lead_submission_logs NOT INDEXED"
            " WHERE id BETWEEN ? AND ? AND policy_id IS NOT NULL ORDER BY id",
            (first, last),
        )

    def before(self, log_id: int) -> tuple[str | None, int | None]:
        """Return created_at and logical_us of the attempt before one."""
        query = "SELECT created_at, logical_us FROM lead_submission_logs WHERE id = ?"
        found = self._all(query, (log_id - 1,))
        return found[0] if found else (None, None)

    def warm_up(self, log_id: int, longest_us: int) -> int:
        """Return an attempt from which on to read to know every window at `log_id`."""
        found = self._all(
            "SELECT id FROM lead_submission_logs NOT INDEXED WHERE id < ?1 AND logical_us <"
            " (SELECT logical_us FROM lead_submission_logs WHERE id = ?1) - ?2"
            " ORDER BY id DESC LIMIT 1",
            (log_id, longest_us),
        )
        return int(found[0][0]) if found else 1

    def next_prev_hash(self, table: str, id_: int) -> str | None:
        """Return what the row after one names as the hash before it."""
        found = self._all(f"SELECT prev_hash FROM {table} WHERE id = ?", (id_ + 1,))
        return found[0][0] if found else None

    def states(self) -> list[tuple[int, int, int, int, str]]:
        """Return `user_rate_limits`."""
        return self._all(
            f"SELECT user_id, {integer('policy_id')}, {integer('used')},"
            f" {integer('last_log_id')}, {text('updated_at')}"
            " FROM user_rate_limits NOT INDEXED ORDER BY user_id"
        )

    def snapshots(self, date: str | None) -> Iterator[StoredSnapshot]:
        """Yield snapshots, by id."""
        columns = columns_of(StoredSnapshot)
        where = "" if date is None else " WHERE snapshot_date = ?"
        query = f"SELECT {columns} FROM daily_analysis_snapshots NOT INDEXED{where} ORDER BY id"
        return map(StoredSnapshot._make, self._rows.stream(query, () if date is None else (date,)))

    def corrections_of(
        self, date: str, first: int, last: int, last_correction: int
    ) -> Iterator[CorrectionOf]:
        """Yield the corrections of a date's attempts, by id, up to one correction.

        Args:
            first, last: the date's first and last attempt.
        """
        parameters = {"day": date, "first": first, "last": last, "correction": last_correction}
        return map(CorrectionOf._make, self._rows.stream(_CORRECTIONS_OF, parameters))

    def reports(self, date: str | None) -> Iterator[StoredReport]:
        """Yield reports, by id."""
        columns = columns_of(StoredReport)
        where = "" if date is None else " WHERE report_date = ?"
        query = f"SELECT {columns} FROM daily_analysis_reports NOT INDEXED{where} ORDER BY id"
        return map(StoredReport._make, self._rows.stream(query, () if date is None else (date,)))

    def reader(self) -> "Reader":
        """Return the reader that the rest of leadlog uses, on the same state."""
        from leadlog.storage.reading import SqliteReader

        return SqliteReader(self._connection, self._clock)

    def _result(self, task: str) -> Outcome:
        if self._beside is None:
            return Outcome((), {})
        try:
            return self._beside.result(task)
        except sqlite3.Error as error:
            raise damaged(error) from error

    def _all(self, query: str, parameters: Any = ()) -> list[Any]:
        try:
            return self._connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise damaged(error) from error

    def _one(self, query: str) -> Any:
        return self._all(query)[0][0]

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
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
    connection.execute("BEGIN")


def _is_damage(error: BaseException) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or (code & 0xFF) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}
