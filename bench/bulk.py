"""The documented bulk path: millions of chained attempts in minutes, for measuring only.

Rows get the same ids, hashes, decisions and contacts as `leadlog submit` and `record` would give
them, so that `leadlog verify` finds nothing wrong. But triggers and indexes are taken down while
they are inserted and put back afterwards as they were, and nothing is synced before the end. Never
do this to a log that matters.
"""

import sqlite3
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from leadlog import chain, clock, intake, tables
from leadlog.storage.connection import insert_statement, settle

DAY_US = 86_400 * clock.SECOND_US
_BATCH = 20_000
_POLICY, _WINDOW_US = 1, DAY_US
"""The default limit of the database, which is a day's."""
_DUPLICATE = ("duplicate", "duplicate_lead", "email", "this email was already submitted")
_INVALID = ("validation", "invalid_email", "email", "email: there is nothing after the @ sign")
_UPSTREAM = ("upstream", "crm_500", None, "the CRM answered 500")
_SUCCESS = (None, None, None, None)
_SALT = bytes(16)
_INSERT_CONTACT = "INSERT INTO contacts (log_id, contact_key, payload, salt) VALUES (?, ?, ?, ?)"
_INSERT_STATE = (
    "INSERT INTO user_rate_limits (user_id, policy_id, used, last_log_id, updated_at)"
    " VALUES (?, ?, ?, ?, ?)"
)


def fill(path: Path, *, first_day: str, per_day: list[int], users: int) -> int:
    """Record attempts on consecutive days, spread evenly over each; return how many.

    Args:
        path: a database in UTC with users 2 to `users` + 1, a default limit a day that is never
            reached, and nothing recorded.
        first_day: the date of the first attempts.
        per_day: how many attempts on each day from then on.
        users: how many users take turns.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        settle(connection, str(path), writable=True)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA foreign_keys = OFF")
        settings = dict(connection.execute("SELECT key, value FROM settings"))
        connection.execute("BEGIN IMMEDIATE")
        taken_down = connection.execute(
            "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index')"
            " AND sql IS NOT NULL AND tbl_name IN"
            " ('lead_submission_logs', 'leads', 'contacts', 'user_rate_limits') ORDER BY type"
        ).fetchall()
        for kind, name, _ in taken_down:
            connection.execute(f"DROP {kind} {name}")
        (secret,) = connection.execute("SELECT secret FROM secrets").fetchone()
        rows = _Rows(settings["database_id"], secret, users)
        for attempts, leads, contacts in rows.on(first_day, per_day):
            connection.executemany(insert_statement(tables.ATTEMPTS), attempts)
            connection.executemany(insert_statement(tables.LEADS), leads)
            connection.executemany(_INSERT_CONTACT, contacts)
        connection.executemany(_INSERT_STATE, rows.states.values())
        for _, _, sql in taken_down:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return sum(per_day)


_Row = tuple[str | int | bytes | None, ...]


class _Rows:
    """Makes rows: of ten attempts of a user eight are leads, one fails, one was made elsewhere.

    Attributes:
        states: the limit state of each user after its last decision.
    """

    def __init__(self, database_id: str, secret: bytes, users: int) -> None:
        self._secret = secret
        self._users = users
        self._log_head = chain.genesis(database_id, tables.ATTEMPTS)
        self._lead_head = chain.genesis(database_id, tables.LEADS)
        self._log_id = self._lead_id = 0
        self._windows: list[deque[int]] = [deque() for _ in range(users + 2)]
        self._last_leads: dict[int, tuple[int, str, str]] = {}
        self._bad_key = intake.contact_key("bob@", secret)
        self.states: dict[int, _Row] = {}

    def on(
        self, first_day: str, per_day: list[int]
    ) -> Iterator[tuple[list[_Row], list[_Row], list[_Row]]]:
        """Yield attempts, leads and contacts in batches."""
        start_us = clock.from_text(f"{first_day}T00:00:00.000000Z")
        attempts: list[_Row] = []
        leads: list[_Row] = []
        contacts: list[_Row] = []
        for day, count in enumerate(per_day):
            for number in range(count):
                now_us = start_us + day * DAY_US + number * DAY_US // count
                attempt, lead, contact = self._next(now_us)
                attempts.append(attempt)
                contacts.append(contact)
                if lead is not None:
                    leads.append(lead)
                if len(attempts) == _BATCH:
                    yield attempts, leads, contacts
                    attempts, leads, contacts = [], [], []
        yield attempts, leads, contacts

    def _next(self, now_us: int) -> tuple[_Row, _Row | None, _Row]:
        self._log_id += 1
        log_id, at = self._log_id, clock.to_text(now_us)
        user_id, turn = 2 + log_id % self._users, log_id // self._users % 10
        source, page = ("web", "partner", "import")[log_id % 3], f"/page-{log_id % 20}"
        email = f"person{log_id}@example.org"
        key = intake.contact_key(email, self._secret)
        failure: tuple[str | None, ...] = _SUCCESS
        original = None
        if turn == 9 and log_id % 2 and user_id in self._last_leads:
            failure = _DUPLICATE
            original, key, page = self._last_leads[user_id]
            email = f"person{original}@example.org"
        elif turn == 9:
            failure, key, email = _INVALID, self._bad_key, "bob@"
        elif turn == 8:
            failure = _UPSTREAM if log_id % 2 else _SUCCESS
        payload = f'{{"email":"{email}","name":"Some Person"}}'
        is_recorded = turn == 8
        used = None if is_recorded else self._use(user_id, now_us)
        row: tuple[str | int | None, ...] = (
            log_id,
            at,
            user_id,
            "record" if is_recorded else "submit",
            at,
            at[:10],
            None,
            "success" if failure is _SUCCESS else "failure",
            *failure,
            source,
            page,
            None,
            None,
            original,
            0 if used is None else 1,
            None if used is None else _POLICY,
            used,
            now_us,
            log_id % 900 if is_recorded else None,
            None,
            chain.contact_hash(_SALT, payload),
        )
        if used is not None:
            self.states[user_id] = (user_id, _POLICY, used, log_id, at)
        hash_ = chain.fast_row_hash()(tables.ATTEMPTS, row, self._log_head)
        attempt, self._log_head = (*row, self._log_head, hash_), hash_
        lead = None
        if failure is _SUCCESS:
            self._lead_id += 1
            self._last_leads[user_id] = (log_id, key, page)
            values = (self._lead_id, at, log_id, user_id, source, page, key, at[:10])
            hash_ = chain.fast_row_hash()(tables.LEADS, values, self._lead_head)
            lead, self._lead_head = (*values, self._lead_head, hash_), hash_
        return attempt, lead, (log_id, key, payload, _SALT)

    def _use(self, user_id: int, now_us: int) -> int:
        window = self._windows[user_id]
        while window and window[0] <= now_us - _WINDOW_US:
            window.popleft()
        window.append(now_us)
        return len(window)
