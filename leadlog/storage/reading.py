"""The read side of the SQLite store: what was logged, with corrections applied."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leadlog import tables
from leadlog.clock import Clock
from leadlog.closing import SnapshotRow
from leadlog.limits import Limit, decide, window_start
from leadlog.listings import (
    Attempt,
    AttemptDetail,
    Correction,
    FailureReport,
    Filter,
    Lead,
    LimitChange,
    Logged,
)
from leadlog.model import Failure, Policy, RateLimit, User
from leadlog.report_rows import StoredReport, StoredRun
from leadlog.rows import LastAttempt
from leadlog.snapshot import Facts
from leadlog.storage import day_rows, failure_groups, filters, lookups, reports
from leadlog.storage.window import Window

if TYPE_CHECKING:
    from leadlog.analysis.pressure import LimitUse
    from leadlog.erasure import Found, Place, Target
    from leadlog.replay import Change, LoggedAttempt
    from leadlog.simulation import LimitedAttempt

_ATTEMPT_COLUMNS = (
    "e.id, u.handle, e.log_date, e.created_at, e.occurred_at, e.outcome, e.failure_category,"
    " e.failure_code, e.failure_message, e.failure_field, d.id, e.source, e.page, e.request_id,"
    " e.duration_ms, e.hash"
)
_ATTEMPTS = (
    f"SELECT {_ATTEMPT_COLUMNS} FROM effective_attempts AS e"
    " JOIN users AS u ON u.id = e.user_id LEFT JOIN leads AS d ON d.log_id = e.id"
)
_LEADS = (
    "SELECT d.id, d.log_id, u.handle, d.lead_date, d.created_at, d.source, d.page,"
    " k.payload, e.outcome = 'failure', d.hash"
    " FROM leads AS d JOIN effective_attempts AS e ON e.id = d.log_id"
    " JOIN users AS u ON u.id = d.user_id JOIN contacts AS k ON k.log_id = d.log_id"
)
_DETAIL = (
    f"SELECT {_ATTEMPT_COLUMNS}, l.origin, l.outcome, l.failure_category,"
    " l.failure_code, l.failure_message, l.failure_field, l.context, l.late_for, l.duplicate_of,"
    " l.policy_id, l.used, l.logical_us, l.user_id, k.payload,"
    " (SELECT o.id FROM leads AS o WHERE o.log_id = l.duplicate_of)"
    " FROM effective_attempts AS e JOIN lead_submission_logs AS l ON l.id = e.id"
    " JOIN users AS u ON u.id = e.user_id LEFT JOIN leads AS d ON d.log_id = e.id"
    " LEFT JOIN contacts AS k ON k.log_id = e.id WHERE e.id = ?"
)
_CORRECTIONS = (
    "SELECT id, created_at, log_date, outcome, failure_category, failure_code, failure_message,"
    " failure_field, reason, hash FROM submission_corrections WHERE log_id = ? ORDER BY id"
)
# DISTINCT would walk through every attempt's index entry; this hops from one date to the next.
_NEWEST_DATES = (
    "WITH RECURSIVE dates (log_date) AS ("
    "SELECT max(log_date) FROM lead_submission_logs"
    " UNION ALL"
    " SELECT (SELECT max(l.log_date) FROM lead_submission_logs AS l"
    " WHERE l.log_date < dates.log_date) FROM dates WHERE dates.log_date IS NOT NULL LIMIT ?)"
    " SELECT log_date FROM dates WHERE log_date IS NOT NULL"
)

_SNAPSHOT = (
    f"SELECT {', '.join(SnapshotRow._fields)} FROM daily_analysis_snapshots WHERE snapshot_date = ?"
)
_CLOSED_DATES = (
    "SELECT snapshot_date FROM daily_analysis_snapshots"
    " WHERE snapshot_date >= ? AND snapshot_date <= ? ORDER BY snapshot_date"
)
_SNAPSHOTS_BEFORE = (
    f"SELECT {', '.join(SnapshotRow._fields)} FROM daily_analysis_snapshots"
    " WHERE snapshot_date < ? ORDER BY snapshot_date DESC LIMIT ?"
)
_ARRIVED_LATE = (
    "SELECT log_date, count(*) FROM lead_submission_logs WHERE late_for = ?"
    " GROUP BY log_date ORDER BY log_date"
)


class SqliteReader:
    """One consistent state of the database; implements `repository.Reader`."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    def now_us(self) -> int:
        """Return the wall clock, in µs since 1970."""
        return self._clock.now_us()

    def last_attempt(self) -> LastAttempt:
        """Return the newest attempt's place in time."""
        return lookups.last_attempt(self._connection)

    def find_user(self, handle: str) -> User | None:
        """Return the user with exactly this handle."""
        return lookups.find_user(self._connection, handle) if handle.isascii() else None

    def handles(self) -> Sequence[str]:
        """Return known handles, newest first, at most a few hundred."""
        return lookups.handles(self._connection)

    def users(self) -> list[User]:
        """Return all users but the reserved one, by handle."""
        rows = self._connection.execute(
            "SELECT id, handle, created_at, created_date FROM users WHERE id <> ? ORDER BY handle",
            (tables.RESERVED_USER_ID,),
        )
        return [User(*row) for row in rows]

    def policy(self, user_id: int) -> Policy:
        """Return the limit in force for a user."""
        return lookups.policy(self._connection, user_id)

    def own_policy(self, user_id: int | None) -> Policy | None:
        """Return the user's own limit (None: the default), if one is in force."""
        return lookups.own_policy(self._connection, user_id)

    def in_window(self, user_id: int, after_us: int, up_to_id: int | None = None) -> Sequence[int]:
        """Return the logical times of admitted attempts later than `after_us`, ascending."""
        return Window(self._connection, user_id, after_us, up_to_id)

    def limit_changes(self, user_id: int | None, *, everyone: bool) -> list[LimitChange]:
        """Return limit changes, oldest first: of one user, of the default, or all."""
        rows = self._connection.execute(
            "SELECT c.id, c.created_at, u.handle, c.max_attempts, c.window_seconds, c.reason"
            " FROM rate_limit_changes AS c LEFT JOIN users AS u ON u.id = c.user_id"
            " WHERE ? OR c.user_id IS ? ORDER BY c.id",
            (everyone, user_id),
        )
        return [
            LimitChange(id_, created_at, handle, None if most is None else Limit(most, window), why)
            for id_, created_at, handle, most, window, why in rows
        ]

    def all_limit_changes(self) -> "list[Change]":
        """Return every limit change, oldest first, as replaying needs them."""
        from leadlog.storage import decisions

        return decisions.changes(self._connection)

    def logged_decisions(self, after_id: int, last_id: int, most: int) -> "list[LoggedAttempt]":
        """Return at most `most` attempts after an id, with what is logged of their decisions."""
        from leadlog.storage import decisions

        return decisions.logged(self._connection, after_id, last_id, most)

    def limited_attempts(
        self, after_id: int, last_id: int, user_id: int | None, most: int
    ) -> "list[LimitedAttempt]":
        """Return at most `most` attempts after an id that the limit was asked about."""
        from leadlog.storage import decisions

        return decisions.limited(self._connection, after_id, last_id, user_id, most)

    def limit_uses(self, day: str, last_log_id: int) -> "list[LimitUse]":
        """Return how full the windows of a date's users were, up to an attempt."""
        from leadlog.storage import decisions

        return decisions.uses(self._connection, day, last_log_id)

    def decided_on(self, day: str) -> tuple[int, int]:
        """Return the first and last attempt of a date that may have a decision, or zeros."""
        from leadlog.storage import decisions

        return decisions.decided_on(self._connection, day)

    def count_admitted(self, user_id: int, after_us: int, until_us: int, before_id: int) -> int:
        """Count admitted attempts with `after_us < logical_us <= until_us` and a smaller id."""
        from leadlog.storage import decisions

        return decisions.count_admitted(self._connection, user_id, after_us, until_us, before_id)

    def admitted_at(self, attempt_id: int, window_seconds: int) -> list[int]:
        """Return the admitted attempts that a window held once an attempt was decided, by id."""
        from leadlog.storage import decisions

        return decisions.admitted_at(self._connection, attempt_id, window_seconds)

    def policy_before(self, attempt_id: int) -> int:
        """Return the policy of the last decision before an attempt, or 0."""
        from leadlog.storage import decisions

        return decisions.policy_before(self._connection, attempt_id)

    def find_contacts(self, target: "Target", more: Sequence[int], last_id: int) -> "Found":
        """Return what there is of a target and of `more` attempts, up to an attempt."""
        from leadlog.storage import erasing

        return erasing.find(self._connection, target, more, last_id)

    def contacts_that_may_hold(
        self, contact_key: str, forms: Sequence[str], after_id: int, last_id: int, most: int
    ) -> list[tuple[int, bool, str]]:
        """Return contacts not filed under a key that may hold an address, and if under another."""
        from leadlog.storage import erasing

        return erasing.may_hold(self._connection, contact_key, forms, after_id, last_id, most)

    def contact_payloads(self, target: "Target", last_id: int, most: int) -> list[str]:
        """Return what a target's contacts up to an attempt hold, of at most `most`."""
        from leadlog.storage import erasing

        return erasing.payloads(self._connection, target, last_id, most)

    def count_contacts(self, target: "Target", last_id: int) -> int:
        """Count a target's contacts up to an attempt that hold something."""
        from leadlog.storage import erasing

        return erasing.count(self._connection, target, last_id)

    def contacts_left(
        self, target: "Target", last_id: int, after: "Place", most: int
    ) -> "list[Place]":
        """Return the next of a target's contacts that hold something, at most `most`."""
        from leadlog.storage import erasing

        return erasing.left(self._connection, target, last_id, after, most)

    def unfinished_erasures(self) -> "list[tuple[Target, int]]":
        """Return what erasures cover that still holds something, with each one's last attempt."""
        from leadlog.storage import erasing

        return erasing.unfinished(self._connection)

    def last_erasure_id(self) -> int:
        """Return the newest erasure's id, or 0."""
        from leadlog.storage import erasing

        return erasing.last_id(self._connection)

    def attempts(self, wanted: Filter, *, newest_first: bool) -> list[Attempt]:
        """Return attempts with their effective outcomes."""
        where, parameters = filters.where(wanted, filters.ATTEMPT_COLUMNS)
        order = filters.order("e.id", wanted, newest_first=newest_first)
        rows = self._connection.execute(f"{_ATTEMPTS} {where} {order}", parameters)
        return [_attempt(row) for row in rows]

    def leads(self, wanted: Filter, *, newest_first: bool) -> list[Lead]:
        """Return leads."""
        where, parameters = filters.where(wanted, filters.LEAD_COLUMNS)
        order = filters.order("d.id", wanted, newest_first=newest_first)
        rows = self._connection.execute(f"{_LEADS} {where} {order}", parameters)
        return [_lead(row) for row in rows]

    def attempt(self, attempt_id: int) -> AttemptDetail | None:
        """Return everything about one attempt."""
        row = self._connection.execute(_DETAIL, (attempt_id,)).fetchone()
        if row is None:
            return None
        attempt = _attempt(row[:16])
        origin, outcome, category, code, message, field, context, late_for, original = row[16:25]
        policy_id, used, logical_us, user_id, payload, original_lead = row[25:]
        rate_limit = None
        if policy_id is not None:
            rate_limit = self._limit_as_decided(attempt_id, user_id, policy_id, used, logical_us)
        corrections = self._connection.execute(_CORRECTIONS, (attempt_id,))
        return AttemptDetail._make(
            (
                attempt.attempt,
                attempt.user,
                origin,
                *attempt[2:],
                Logged(outcome, _failure(category, code, message, field)),
                None if payload is None else json.loads(payload),
                None if context is None else json.loads(context),
                rate_limit,
                late_for,
                original,
                original_lead,
                tuple(_correction(row) for row in corrections),
            )
        )

    def failures(self, wanted: Filter, by: Sequence[str]) -> FailureReport:
        """Return failures grouped by the columns `by`."""
        return failure_groups.report(self._connection, wanted, by)

    def last_correction_id(self) -> int:
        """Return the newest correction's id, or 0."""
        query = "SELECT coalesce(max(id), 0) FROM submission_corrections"
        return int(self._connection.execute(query).fetchone()[0])

    def setting(self, key: str) -> str:
        """Return a setting's newest value."""
        return lookups.settings(self._connection)[key]

    def day_rows(
        self, day: str, last_log_id: int, last_correction_id: int
    ) -> Iterator[Sequence[Any]]:
        """Yield a date's attempts by id, each with the fields of `snapshot.Row`, in batches."""
        return day_rows.batches(self._connection, day, last_log_id, last_correction_id)

    def day_facts(self, day: str, last_log_id: int, last_correction_id: int, burst: int) -> Facts:
        """Return what a date's figures depend on beyond its attempts."""
        return day_rows.facts(self._connection, day, last_log_id, last_correction_id, burst)

    def snapshot_row(self, day: str) -> SnapshotRow | None:
        """Return a closed date's stored snapshot."""
        row = self._connection.execute(_SNAPSHOT, (day,)).fetchone()
        return None if row is None else SnapshotRow(*row)

    def closed_dates(
        self, since: str, until: str, *, newest_first: bool, most: int | None
    ) -> list[str]:
        """Return the closed dates of a range, both ends included, at most `most` of them."""
        query = f"{_CLOSED_DATES} {'DESC' if newest_first else 'ASC'} LIMIT ?"
        rows = self._connection.execute(query, (since, until, filters.row_limit(most)))
        return [date for (date,) in rows]

    def snapshots_before(self, day: str, count: int) -> list[SnapshotRow]:
        """Return the stored snapshots of the `count` closed dates before a date, newest first."""
        rows = self._connection.execute(_SNAPSHOTS_BEFORE, (day, count))
        return [SnapshotRow(*row) for row in rows]

    def latest_report(self, day: str) -> StoredReport | None:
        """Return the newest version of a date's report."""
        return reports.latest(self._connection, day)

    def report(self, report_id: int) -> StoredReport | None:
        """Return one report."""
        return reports.by_id(self._connection, report_id)

    def report_ids(self, day: str | None, *, newest_first: bool, most: int | None) -> list[int]:
        """Return the ids of reports, of a date or all, at most `most` of them."""
        return reports.ids(self._connection, day, newest_first=newest_first, most=most)

    def runs(self, day: str | None, *, newest_first: bool, most: int | None) -> list[StoredRun]:
        """Return at most `most` tries to write reports, of a date or all, each step by step."""
        return reports.runs(self._connection, day, newest_first=newest_first, most=most)

    def arrived_late(self, day: str) -> list[tuple[str, int]]:
        """Return how many attempts came too late for a date, by the date they count for."""
        return self._connection.execute(_ARRIVED_LATE, (day,)).fetchall()

    def created_at(self) -> str:
        """Return when the database was created, which is when its first setting was made."""
        row = self._connection.execute("SELECT created_at FROM settings WHERE id = 1").fetchone()
        return str(row[0])

    def last_id(self) -> int:
        """Return the newest attempt's id, or 0."""
        return self.last_attempt().id

    def rows(self) -> dict[str, int]:
        """Return the number of rows in each append-only table; their ids are dense."""
        return {
            table: self._connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[
                0
            ]
            for table in tables.CHAINED
        }

    def log_dates(self) -> tuple[str | None, str | None]:
        """Return the first and the last date that attempts count for."""
        (first,) = self._connection.execute(
            "SELECT min(log_date) FROM lead_submission_logs"
        ).fetchone()
        (last,) = self._connection.execute(
            "SELECT max(log_date) FROM lead_submission_logs"
        ).fetchone()
        return first, last

    def newest_dates(self, most: int) -> list[str]:
        """Return the newest dates that attempts count for, newest first; one index seek each."""
        rows = self._connection.execute(_NEWEST_DATES, (most,))
        return [date for (date,) in rows]

    def _limit_as_decided(
        self, attempt_id: int, user_id: int, policy_id: int, used: int, logical_us: int
    ) -> RateLimit:
        limit = lookups.policy_by_id(self._connection, policy_id).limit
        before = self.in_window(user_id, window_start(limit, logical_us), attempt_id - 1)
        retry_after = decide(limit, before, logical_us).retry_after
        remaining = max(0, limit.max_attempts - used)
        return RateLimit(limit.max_attempts, limit.window_seconds, used, remaining, retry_after)


def _failure(
    category: str | None, code: str | None, message: str | None, field: str | None
) -> Failure | None:
    if category is None or code is None:
        return None
    return Failure(category, code, message or "", field)


def _attempt(row: Sequence[Any]) -> Attempt:
    return Attempt._make((*row[:6], _failure(*row[6:10]), *row[10:16]))


def _correction(row: Sequence[Any]) -> Correction:
    return Correction._make((*row[:4], _failure(*row[4:8]), *row[8:10]))


def _lead(row: Sequence[Any]) -> Lead:
    contact = json.loads(row[7]) if row[7] is not None else {}
    name, email = contact.get("name"), contact.get("email")
    return Lead._make((*row[:7], name, email, bool(row[8]), row[9]))
