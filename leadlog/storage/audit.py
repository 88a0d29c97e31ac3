"""What verification reads of a SQLite file; implements `verification.source.Source`.

Rows are read from the tables themselves, never through an index that could hide one, on a
connection that can only read, in one transaction. Two things that SQLite does without our help run
beside it (`audit_beside`): the soundness of the file, and the search for rows that break a rule.
They may see a commit that came a moment later, and hold for any state of the file.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from leadlog import tables
from leadlog.clock import Clock
from leadlog.errors import LeadlogError
from leadlog.replay import Change
from leadlog.storage import audit_schema, decisions
from leadlog.storage.audit_beside import CACHE_KIB, Beside
from leadlog.storage.connection import APPLICATION_ID, SCHEMA_VERSION, check_file, connect
from leadlog.storage.creation import DEFAULT_SETTINGS
from leadlog.storage.driver_errors import translate
from leadlog.verification.contacts import Erasure
from leadlog.verification.dates import Closed
from leadlog.verification.days import CorrectionOf
from leadlog.verification.hashing import body
from leadlog.verification.problems import Problem
from leadlog.verification.reports import Stored as StoredReport
from leadlog.verification.schema import Item
from leadlog.verification.snapshots import Stored as StoredSnapshot
from leadlog.verification.source import Batch, Damaged

if TYPE_CHECKING:
    from typing import Self

    from leadlog.repository import Reader

_ROWS_A_BATCH: Final = 1_000
"""Each may carry 64 KiB, so this bounds the memory."""


_KEY_IF_UNSURE: Final = (
    "CASE WHEN k.payload IS NULL OR t.outcome <> 'success' THEN CAST(k.contact_key AS TEXT) END"
)


def _text(column: str) -> str:
    """Return a column that in a damaged file may hold anything, as a text in any case."""
    return f"coalesce(CAST({column} AS TEXT), '')"


def _integer(column: str) -> str:
    return f"coalesce(CAST({column} AS INTEGER), 0)"


# A value of another type than its column's makes a wrong hash, and may not break the other checks.
_HEAD: Final = f"t.id, {_text('t.prev_hash')}, {_text('t.hash')}"
_ATTEMPT_EXTRAS: Final = ", ".join(
    (
        *map(_text, ("t.created_at", "t.occurred_at", "t.log_date")),
        *map(_integer, ("t.logical_us", "t.user_id", "t.admitted")),
        "CAST(t.policy_id AS INTEGER), CAST(t.used AS INTEGER)",
        "CAST(t.late_for AS TEXT), CAST(t.context AS TEXT)",
        _text("t.contact_hash"),
        "coalesce(t.outcome = 'success', 0)",
        "k.log_id",
        "k.payload IS NOT NULL AND t.outcome = 'success'",
        _KEY_IF_UNSURE,
        "CAST(k.payload AS BLOB), CAST(k.salt AS BLOB)",
    )
)
# Leads are found by their attempts, of which there is an index by date.
_ON_DATE: Final = {
    tables.USERS: "t.created_date = :date",
    tables.LIMIT_CHANGES: "t.change_date = :date",
    tables.ATTEMPTS: "t.log_date = :date",
    tables.LEADS: (
        "t.log_id BETWEEN (SELECT min(id) FROM lead_submission_logs WHERE log_date = :date)"
        " AND (SELECT max(id) FROM lead_submission_logs WHERE log_date = :date) AND :date ="
        " (SELECT l.log_date FROM lead_submission_logs AS l WHERE l.id = t.log_id)"
    ),
    tables.CORRECTIONS: "t.log_date = :date",
    tables.ERASURES: "t.log_date = :date",
    tables.SNAPSHOTS: "t.snapshot_date = :date",
    tables.REPORTS: "t.report_date = :date",
    tables.RUNS: "t.report_date = :date",
}
# Found by the attempts between the date's first and last, so that of no other date are looked at.
_CORRECTIONS_OF: Final = (
    "SELECT c.log_id, l.outcome = 'success', c.outcome = 'success', c.hash"
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
        self.progress: Callable[[int], None] = lambda _: None
        self.tables: Sequence[str] = tuple(tables.CHAINED)
        self.thresholds: Sequence[str] = tuple(DEFAULT_SETTINGS)
        self._connection = connect(path, writable=False)
        self._beside: dict[str, Beside] = {}
        try:
            _prepare(self._connection)
            self._refuse_what_is_not_ours()
            self._reference, self._columns = audit_schema.reference()
        except sqlite3.Error as error:
            self.close()
            raise translate(error, path) from None
        except BaseException:
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
        for task in self._beside.values():
            task.stop()
        self._connection.close()

    def start(self, date: str | None) -> None:
        """Begin what SQLite does by itself: rules, and of a whole file its soundness."""
        for task in ("broken",) if date is not None else ("unsound", "broken"):
            self._beside[task] = Beside(task, self._path, date)

    def identity(self) -> Sequence[tuple[str, int, int]]:
        """Return what marks the file as ours: name, value, and the value it must have."""
        found = []
        for name, due in (("application_id", APPLICATION_ID), ("user_version", SCHEMA_VERSION)):
            found.append((name, int(self._one(f"PRAGMA {name}")), due))
        return found

    def unsound(self) -> Sequence[Problem]:
        """Return what SQLite finds wrong with the file itself; waits for it."""
        return self._found("unsound")

    def broken(self) -> Sequence[Problem]:
        """Return the rows that break a rule; waits for the search."""
        return self._found("broken")

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
        found = self._all("SELECT secret FROM secrets WHERE id = 1")
        return found[0][0] if found else None

    def changes(self) -> list[Change]:
        """Return all limit changes."""
        try:
            found = decisions.changes(self._connection)
        except sqlite3.Error as error:
            raise _damaged(error) from error
        # Half a limit, which a rule names, is none.
        return [c._replace(limit=None) if None in (c.limit or ()) else c for c in found]

    def erasures(self) -> list[Erasure]:
        """Return all erasures."""
        query = (
            "SELECT CAST(contact_key AS TEXT), CAST(log_id AS INTEGER), CAST(before_date AS TEXT),"
            f" {_integer('last_log_id')}, {_integer('contacts_erased')} FROM erasures NOT INDEXED"
        )
        return [Erasure(*row) for row in self._all(query)]

    def closed(self) -> dict[str, Closed]:
        """Return all closed dates."""
        query = (
            f"SELECT {_text('snapshot_date')}, {_text('starts_at')}, {_text('ends_at')},"
            f" {_integer('last_log_id')}, {_text('sha256')}"
            " FROM daily_analysis_snapshots NOT INDEXED"
        )
        return {row[0]: Closed(*row[1:]) for row in self._all(query)}

    def chained(self, table: str, date: str | None) -> Iterator[Batch]:
        """Yield id, prev_hash, hash and hashed bytes of each row, by id, in batches."""
        return self._links(table, date, "", "")

    def attempts(self, date: str | None) -> Iterator[Batch]:
        """Yield each attempt, by id, with its contact, in batches."""
        join = " LEFT JOIN contacts AS k ON k.log_id = t.id"
        return self._links(tables.ATTEMPTS, date, f", {_ATTEMPT_EXTRAS}", join)

    def decided(self, first: int, last: int) -> Iterator[tuple[Any, ...]]:
        """Yield the decisions of a stretch of attempts, both ends included."""
        return self._stream(
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
            "SELECT user_id, policy_id, used, last_log_id, updated_at FROM user_rate_limits"
            " NOT INDEXED ORDER BY user_id"
        )

    def snapshots(self, date: str | None) -> Iterator[StoredSnapshot]:
        """Yield snapshots, by id."""
        columns = ", ".join(StoredSnapshot._fields)
        where = "" if date is None else " WHERE snapshot_date = ?"
        query = f"SELECT {columns} FROM daily_analysis_snapshots NOT INDEXED{where} ORDER BY id"
        return map(StoredSnapshot._make, self._stream(query, () if date is None else (date,)))

    def corrections_of(
        self, date: str, first: int, last: int, last_correction: int
    ) -> Iterator[CorrectionOf]:
        """Yield the corrections of a date's attempts, by id, up to one correction.

        Args:
            first, last: the date's first and last attempt.
        """
        parameters = {"day": date, "first": first, "last": last, "correction": last_correction}
        return map(CorrectionOf._make, self._stream(_CORRECTIONS_OF, parameters))

    def reports(self, date: str | None) -> Iterator[StoredReport]:
        """Yield reports, by id."""
        columns = ", ".join(StoredReport._fields)
        where = "" if date is None else " WHERE report_date = ?"
        query = f"SELECT {columns} FROM daily_analysis_reports NOT INDEXED{where} ORDER BY id"
        return map(StoredReport._make, self._stream(query, () if date is None else (date,)))

    def reader(self) -> "Reader":
        """Return the reader that the rest of leadlog uses, on the same state."""
        from leadlog.storage.reading import SqliteReader

        return SqliteReader(self._connection, self._clock)

    def _links(self, table: str, date: str | None, extras: str, join: str) -> Iterator[Batch]:
        """Yield rows of a chained table: id, prev_hash, hash, hashed bytes, then `extras`.

        SQLite makes the bytes. Where it can't, because a value is none that a row of ours holds,
        or where a text is no text, the rest is read row by row, and column by column.
        """
        columns = [f"t.{column}" for column in self._columns[table][:-1]]
        array = f"json_array('{table}', {', '.join(columns)})"
        bytes_ = f"CAST('leadlog/1' || char(10) || {array} AS BLOB)"
        where, unindexed = "t.id > :last", " NOT INDEXED"
        parameters: dict[str, Any] = {"last": -(2**63)}
        if date is not None and table in _ON_DATE:
            where, unindexed = f"{where} AND {_ON_DATE[table]}", ""
            parameters["date"] = date
        rest = f"FROM {table} AS t{unindexed}{join} WHERE {where} ORDER BY t.id"
        try:
            query = f"SELECT {_HEAD}, {bytes_}{extras} {rest}"
            for batch in self._batches(query, parameters):
                parameters["last"] = batch[-1][0]
                yield batch
        except Damaged:
            pass
        else:
            return
        count = len(columns)
        query = f"SELECT {_HEAD}, {', '.join(columns)}{extras} {rest}"
        self._connection.text_factory = _lenient
        try:
            for row in self._stream(query, parameters):
                self.progress(1)
                yield [(*row[:3], body(table, row[3 : 3 + count]), *row[3 + count :])]
        finally:
            self._connection.text_factory = str

    def _batches(self, query: str, parameters: Any = ()) -> Iterator[Batch]:
        """Yield rows in batches, telling how far it is.

        Raises:
            Damaged: when SQLite can't read on; what was read of the next batch is lost.
        """
        try:
            cursor = self._connection.execute(query, parameters)
            while batch := cursor.fetchmany(_ROWS_A_BATCH):
                self.progress(len(batch))
                yield batch
        except sqlite3.Error as error:
            raise _damaged(error) from error

    def _stream(self, query: str, parameters: Any = ()) -> Iterator[Any]:
        """Yield rows one by one, up to the last that SQLite can read.

        Raises:
            Damaged: when SQLite can't read on.
        """
        try:
            yield from self._connection.execute(query, parameters)
        except sqlite3.Error as error:
            raise _damaged(error) from error

    def _all(self, query: str, parameters: Any = ()) -> list[Any]:
        try:
            return self._connection.execute(query, parameters).fetchall()
        except sqlite3.Error as error:
            raise _damaged(error) from error

    def _one(self, query: str) -> Any:
        return self._all(query)[0][0]

    def _found(self, task: str) -> Sequence[Problem]:
        started = self._beside.get(task)
        try:
            return [] if started is None else started.result()
        except sqlite3.Error as error:
            raise _damaged(error) from error

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
    cache = f"cache_size = -{CACHE_KIB}"
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


def _damaged(error: sqlite3.Error) -> Damaged:
    return Damaged(str(error))


def _lenient(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
