"""What verification asks of one state of a file; implements `verification.source.Log`."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from leadlog import tables
from leadlog.limits import Limit
from leadlog.replay import Change
from leadlog.storage.audit_rows import UNREADABLE, Rows, columns_of, damaged, integer, text
from leadlog.storage.creation import DEFAULT_SETTINGS
from leadlog.verification.contacts import SALT_BYTES, Erasure
from leadlog.verification.dates import Closed
from leadlog.verification.days import CorrectionOf
from leadlog.verification.reports import Stored as StoredReport
from leadlog.verification.snapshots import Stored as StoredSnapshot
from leadlog.verification.source import Batch

# NULL where there is none, or it is erased; nothing where the salt is not as long as ours are.
_SALTED: Final = (
    f"CASE WHEN length(CAST(k.salt AS BLOB)) = {SALT_BYTES} THEN CAST(k.salt || k.payload AS BLOB)"
    " WHEN k.salt IS NOT NULL AND k.payload IS NOT NULL THEN x'' END"
)
# The rules say that a lead, which is chained, has its attempt's key, and its duplicates' keys too.
_IS_KEY_SURE: Final = "t.outcome = 'success' OR t.duplicate_of IS NOT NULL"
_IS_PLAIN: Final = (
    "t.outcome = 'success' AND t.occurred_at = t.created_at AND t.late_for IS NULL"
    " AND t.context IS NULL AND k.salt IS NOT NULL AND k.payload IS NOT NULL"
)
# What most attempts need not tell: it is as `Unusual` says of those that tell nothing.
_UNUSUAL: Final = (
    f"CASE WHEN {_IS_PLAIN} THEN NULL ELSE json_array({text('t.occurred_at')},"
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


class Queries:
    """Asks on a connection.

    Args:
        connection: to the file; in a transaction.
    """

    tables: Sequence[str] = tuple(tables.CHAINED)
    thresholds: Sequence[str] = tuple(DEFAULT_SETTINGS)

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows = Rows(connection)

    def report_progress(self, progress: Callable[[int], None]) -> None:
        """Tell how many attempts more were read from now on."""
        self._rows.progress = progress

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
        return self._all(
            f"SELECT id, {text('key')}, {text('value')} FROM settings NOT INDEXED ORDER BY id"
        )

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
            f" {integer('last_log_id')}, {integer('last_correction_id')}, {text('sha256')}"
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

    def _all(self, query: str, parameters: Any = ()) -> list[Any]:
        try:
            return self._connection.execute(query, parameters).fetchall()
        except UNREADABLE as error:
            raise damaged(error) from error

    def _one(self, query: str) -> Any:
        return self._all(query)[0][0]
