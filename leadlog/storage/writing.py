"""The write side of the SQLite store: append and find inside one transaction."""

import os
import sqlite3
from collections.abc import Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from leadlog import chain, tables
from leadlog.clock import Clock, from_text
from leadlog.limits import Limit
from leadlog.model import Policy, User
from leadlog.rows import Appended, AttemptRow, LastAttempt, Original, StoredAttempt
from leadlog.storage import lookups
from leadlog.storage.buffer import CONTACTS, Buffer, Values, expect, insert
from leadlog.storage.contact_keys import is_key
from leadlog.storage.window import Window

if TYPE_CHECKING:
    from leadlog.closing import SnapshotRow
    from leadlog.corrections import CorrectionRow, Standing
    from leadlog.erasure import ErasureRow
    from leadlog.report_rows import ReportRow, RunRow, StoredRun

_SALT_BYTES = 16
_MAX_REMEMBERED = 10_000

_BOUND_COLUMNS = ", ".join(f"l.{column}" for column in AttemptRow._fields)
_FIND_BOUND = (
    f"SELECT l.id, l.hash, d.id, u.handle, {_BOUND_COLUMNS}"
    " FROM lead_submission_logs AS l JOIN users AS u ON u.id = l.user_id"
    " LEFT JOIN leads AS d ON d.log_id = l.id"
    " WHERE l.user_id = ? AND l.request_id = ? AND l.request_digest IS NOT NULL"
)
# A lead whose attempt was corrected to a failure is revoked and stands in nobody's way.
_NOT_REVOKED = (
    " AND coalesce((SELECT c.outcome FROM submission_corrections AS c"
    "   WHERE c.log_id = d.log_id ORDER BY c.id DESC LIMIT 1), 'success') = 'success'"
)
_OF_CONTACT = f"d.user_id = ?1 AND {is_key('d.contact_key', '?2')}"
# Most contacts are new, which this tells in a third of the time.
_HAS_LEADS = f"SELECT 1 FROM leads AS d WHERE {_OF_CONTACT} LIMIT 1"
_FIND_ORIGINALS = (
    "SELECT log_id, page, NULL FROM (SELECT d.log_id, d.page FROM leads AS d"
    f"  WHERE {_OF_CONTACT} AND d.page IS ?3"
    f"  AND instr(coalesce(?3, ''), '<') = 0{_NOT_REVOKED} ORDER BY d.id LIMIT 1)"
    " UNION ALL SELECT d.log_id, d.page, k.payload"
    " FROM leads AS d INDEXED BY leads_masked LEFT JOIN contacts AS k ON k.log_id = d.log_id"
    f" WHERE {_OF_CONTACT} AND instr(d.page, '<') > 0{_NOT_REVOKED}"
)
_HAS_GROWN = (
    "SELECT EXISTS (SELECT 1 FROM lead_submission_logs WHERE log_date = :day AND id > :log)"
    " OR EXISTS (SELECT 1 FROM submission_corrections AS c"
    "  JOIN lead_submission_logs AS l ON l.id = c.log_id"
    "  WHERE c.id > :correction AND (c.log_date = :day OR l.log_date = :day))"
)
_UPDATE_STATE = (
    "UPDATE user_rate_limits SET policy_id = ?, used = ?, last_log_id = ?, updated_at = ?"
    " WHERE user_id = ?"
)
_INSERT_STATE = (
    "INSERT INTO user_rate_limits (policy_id, used, last_log_id, updated_at, user_id)"
    " VALUES (?, ?, ?, ?, ?)"
)


class Memory:
    """What a writer remembers from one transaction to the next, so as not to ask again.

    Valid only while nobody else commits; whoever begins a transaction must see to that.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.buffer = Buffer(connection)
        self.heads: dict[str, chain.Head] = {}
        self.last: LastAttempt | None = None
        self.users: dict[str, User] = {}
        self.handles: tuple[str, ...] | None = None
        self.policies: dict[int, Policy] = {}
        self.windows: dict[int, Window] = {}
        self.open_dates: dict[str, str] = {}


class SqliteTransaction:
    """One write transaction on an open connection; implements `repository.Transaction`."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        clock: Clock,
        database_id: str,
        memory: Memory,
        row_hash: chain.RowHash = chain.row_hash,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._database_id = database_id
        self._memory = memory
        self._buffer = memory.buffer
        self._row_hash = row_hash
        self._limit_states: dict[int, tuple[int, int, int, str]] = {}

    def now_us(self) -> int:
        """Return the wall clock, in µs since 1970."""
        return self._clock.now_us()

    def last_attempt(self) -> LastAttempt:
        """Return the newest attempt's place in time."""
        if self._memory.last is None:
            self._memory.last = lookups.last_attempt(self._connection)
        return self._memory.last

    def find_user(self, handle: str) -> User | None:
        """Return the user with exactly this handle."""
        user = self._memory.users.get(handle)
        if user is None:
            if not handle.isascii():
                return None  # no handle is; and a lone surrogate could not even be looked up
            user = lookups.find_user(self._connection, handle)
            if user is not None and len(self._memory.users) < _MAX_REMEMBERED:
                self._memory.users[handle] = user
        return user

    def handles(self) -> Sequence[str]:
        """Return known handles, newest first, at most a few hundred."""
        if self._memory.handles is None:
            self._memory.handles = lookups.handles(self._connection)
        return self._memory.handles

    def policy(self, user_id: int) -> Policy:
        """Return the limit in force for a user."""
        policy = self._memory.policies.get(user_id)
        if policy is None:
            policy = lookups.policy(self._connection, user_id)
            if len(self._memory.policies) < _MAX_REMEMBERED:
                self._memory.policies[user_id] = policy
        return policy

    def policy_by_id(self, policy_id: int) -> Policy:
        """Return the limit that one change set."""
        return lookups.policy_by_id(self._connection, policy_id)

    def in_window(self, user_id: int, after_us: int, up_to_id: int | None = None) -> Sequence[int]:
        """Return the logical times of admitted attempts later than `after_us`, ascending."""
        if up_to_id is not None:
            self._buffer.flush()
            return Window(self._connection, user_id, after_us, up_to_id)
        window = self._memory.windows.get(user_id)
        if window is None or not window.move_to(after_us):
            self._buffer.flush()
            window = Window(self._connection, user_id, after_us, before_asking=self._buffer.flush)
            if len(self._memory.windows) < _MAX_REMEMBERED:
                self._memory.windows[user_id] = window
        return window

    def find_bound(self, user_id: int, request_id: str) -> StoredAttempt | None:
        """Return the decided attempt that a request id is bound to."""
        self._buffer.flush_for(tables.ATTEMPTS, user_id, request_id)
        row = self._connection.execute(_FIND_BOUND, (user_id, request_id)).fetchone()
        return None if row is None else StoredAttempt._make((*row[:4], AttemptRow._make(row[4:])))

    def find_originals(
        self, user_id: int, contact_key: str, page: str | None
    ) -> Sequence[Original]:
        """Return the user's leads of this contact that may be of a page, the oldest first."""
        self._buffer.flush_for(tables.LEADS, user_id, contact_key, page)
        self._buffer.flush_for(tables.LEADS, user_id, contact_key)
        if self._connection.execute(_HAS_LEADS, (user_id, contact_key)).fetchone() is None:
            return ()
        rows = self._connection.execute(_FIND_ORIGINALS, (user_id, contact_key, page)).fetchall()
        return sorted(map(Original._make, rows), key=itemgetter(0))

    def first_open_date(self, day: str) -> str:
        """Return the first date on or after `day` that is not closed."""
        found = self._memory.open_dates.get(day)
        if found is None:
            found = lookups.first_open_date(self._connection, day)
            if len(self._memory.open_dates) < _MAX_REMEMBERED:
                self._memory.open_dates[day] = found
        return found

    def append_attempt(self, row: AttemptRow, contact_key: str | None, payload: str) -> Appended:
        """Append an attempt with its contact, and its lead if it succeeded."""
        salt = os.urandom(_SALT_BYTES)
        head = self._chained(tables.ATTEMPTS, (*row, chain.contact_hash(salt, payload)))
        self._buffer.add(CONTACTS, (head.id, contact_key, payload, salt))
        if row.request_digest is not None:
            self._buffer.mark(tables.ATTEMPTS, row.user_id, row.request_id)
        lead_id = None
        if row.outcome == "success":
            lead = (row.created_at, head.id, row.user_id, row.source, row.page, contact_key)
            lead_id = self._chained(tables.LEADS, (*lead, row.log_date)).id
            self._buffer.mark(tables.LEADS, row.user_id, contact_key, row.page)
            if row.page is not None and "<" in row.page:  # it may be of any page
                self._buffer.mark(tables.LEADS, row.user_id, contact_key)
        # The wall clock the row was given is the one the next row's time continues from.
        self._memory.last = LastAttempt(head.id, from_text(row.created_at), row.logical_us)
        if row.policy_id is not None and row.used is not None:
            if row.admitted and row.user_id in self._memory.windows:
                self._memory.windows[row.user_id].admit(row.logical_us)
            state = (row.policy_id, row.used, head.id, row.created_at)
            self._limit_states[row.user_id] = state
        return Appended(head.id, head.hash, lead_id)

    def append_user(self, handle: str, created_at: str, created_date: str) -> User:
        """Append a user."""
        head = self._append(tables.USERS, (created_at, handle, created_date))
        self._memory.handles = None
        return User(head.id, handle, created_at, created_date)

    def append_limit(
        self,
        user_id: int | None,
        limit: Limit | None,
        reason: str | None,
        created_at: str,
        day: str,
    ) -> int:
        """Append a limit change and return its id."""
        numbers = (None, None) if limit is None else tuple(limit)
        row = (created_at, user_id, *numbers, reason, day)
        self._memory.policies.clear()
        self._memory.windows.clear()
        return self._append(tables.LIMIT_CHANGES, row).id

    def find_standing(self, attempt_id: int) -> "Standing | None":
        """Return an attempt as it stands, the newest correction applied."""
        from leadlog.storage import correcting

        self._buffer.flush()
        return correcting.standing(self._connection, attempt_id)

    def append_correction(self, row: "CorrectionRow") -> chain.Head:
        """Append a correction."""
        return self._append(tables.CORRECTIONS, row)

    def last_erasure_id(self) -> int:
        """Return the newest erasure's id, or 0."""
        return (self._memory.heads.get(tables.ERASURES) or self._read_head(tables.ERASURES)).id

    def append_erasure(self, row: "ErasureRow") -> chain.Head:
        """Append an erasure; `erase_contacts` does what it says."""
        return self._append(tables.ERASURES, row)

    def erase_contacts(self, ids: Sequence[int]) -> int:
        """Erase attempts' contacts, which erasures must cover; return how many there were."""
        from leadlog.storage import erasing

        self._buffer.flush()
        return erasing.erase(self._connection, ids)

    def is_closed(self, day: str) -> bool:
        """Whether a date has its snapshot."""
        query = "SELECT 1 FROM daily_analysis_snapshots WHERE snapshot_date = ?"
        return self._connection.execute(query, (day,)).fetchone() is not None

    def has_grown(self, day: str, last_log_id: int, last_correction_id: int) -> bool:
        """Whether anything that a date's figures depend on is newer than these ids."""
        parameters = {"day": day, "log": last_log_id, "correction": last_correction_id}
        return bool(self._connection.execute(_HAS_GROWN, parameters).fetchone()[0])

    def append_snapshot(self, created_at: str, row: "SnapshotRow") -> None:
        """Append a date's figures, which closes it."""
        self._append(tables.SNAPSHOTS, (created_at, *row))
        self._memory.open_dates.clear()

    def open_runs(self, day: str) -> "list[StoredRun]":
        """Return the first steps of a date's report tries that have no last one."""
        from leadlog.storage import reports

        return reports.not_ended(self._connection, day)

    def next_run_id(self) -> str:
        """Return the id of a try that is about to start."""
        return str((self._memory.heads.get(tables.RUNS) or self._read_head(tables.RUNS)).id + 1)

    def append_run(self, created_at: str, row: "RunRow") -> None:
        """Append a step of a try to write a report."""
        self._append(tables.RUNS, (created_at, *row))

    def last_report_version(self, day: str) -> int:
        """Return the newest version of a date's report, or 0."""
        from leadlog.storage import reports

        return reports.last_version(self._connection, day)

    def append_report(self, created_at: str, row: "ReportRow") -> int:
        """Append a report and return its id."""
        return self._append(tables.REPORTS, (created_at, *row)).id

    def finish(self) -> None:
        """Insert what waits and bring the derived limit states up to date, before the commit."""
        self._buffer.flush()
        for user_id, state in self._limit_states.items():
            values = (*state, user_id)
            if self._connection.execute(_UPDATE_STATE, values).rowcount == 0:
                expect(self._connection.execute(_INSERT_STATE, values), 1)

    def _append(self, table: str, columns: Values) -> chain.Head:
        """Append a row at once; what refers to it may be waiting, never the other way round."""
        head, values = self._next(table, columns)
        insert(self._connection, table, [values])
        return head

    def _chained(self, table: str, columns: Values) -> chain.Head:
        """Append a row by and by."""
        head, values = self._next(table, columns)
        self._buffer.add(table, values)
        return head

    def _next(self, table: str, columns: Values) -> tuple[chain.Head, Values]:
        """Return the head a row makes, and the row with its id and hashes."""
        last = self._memory.heads.get(table) or self._read_head(table)
        values = (last.id + 1, *columns)
        head = chain.Head(last.id + 1, self._row_hash(table, values, last.hash))
        self._memory.heads[table] = head
        return head, (*values, last.hash, head.hash)

    def _read_head(self, table: str) -> chain.Head:
        query = f"SELECT id, hash FROM {table} ORDER BY id DESC LIMIT 1"
        row = self._connection.execute(query).fetchone()
        if row is None:
            return chain.Head(0, chain.genesis(self._database_id, table))
        return chain.Head(*row)
