"""The documented bulk path: millions of chained attempts in minutes, for measuring only.

Rows get the same ids, hashes and contacts as `leadlog record` would give them, but triggers and
indexes are taken down while they are inserted and put back afterwards as they were, and nothing is
synced before the end. Never do this to a log that matters.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from leadlog import chain, clock, tables
from leadlog.storage.connection import insert_statement, settle

DAY_US = 86_400 * clock.SECOND_US
_BATCH = 20_000
_FAILURES = (
    ("duplicate", "duplicate_lead", "email", "this email was already submitted"),
    ("validation", "invalid_email", "email", "email: there is no @ sign"),
    ("upstream", "crm_500", None, "the CRM answered 500"),
)
_PAYLOAD = '{"email":"person@example.org","name":"Some Person"}'
_INSERT_CONTACT = "INSERT INTO contacts (log_id, contact_key, payload, salt) VALUES (?, ?, ?, ?)"


def fill(path: Path, *, first_day: str, per_day: list[int], users: int) -> int:
    """Record attempts on consecutive days, spread evenly over each; return how many.

    Args:
        path: a database in UTC with users 2 to `users` + 1 and nothing recorded.
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
            " AND sql IS NOT NULL AND tbl_name IN ('lead_submission_logs', 'leads', 'contacts')"
            " ORDER BY type"
        ).fetchall()
        for kind, name, _ in taken_down:
            connection.execute(f"DROP {kind} {name}")
        total = 0
        rows = _rows(settings["database_id"], first_day, per_day, users)
        for attempts, leads, contacts in rows:
            connection.executemany(insert_statement(tables.ATTEMPTS), attempts)
            connection.executemany(insert_statement(tables.LEADS), leads)
            connection.executemany(_INSERT_CONTACT, contacts)
            total += len(attempts)
        for _, _, sql in taken_down:
            connection.execute(sql)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return total


_Row = tuple[str | int | bytes | None, ...]


def _rows(
    database_id: str, first_day: str, per_day: list[int], users: int
) -> Iterator[tuple[list[_Row], list[_Row], list[_Row]]]:
    log_head = chain.genesis(database_id, tables.ATTEMPTS)
    lead_head = chain.genesis(database_id, tables.LEADS)
    start_us = clock.from_text(f"{first_day}T00:00:00.000000Z")
    salt = bytes(16)
    contact_hash = chain.contact_hash(salt, _PAYLOAD)
    attempts: list[_Row] = []
    leads: list[_Row] = []
    contacts: list[_Row] = []
    log_id = lead_id = 0
    for day, count in enumerate(per_day):
        day_us = start_us + day * DAY_US
        log_date = clock.to_text(day_us)[:10]
        for number in range(count):
            log_id += 1
            now_us = day_us + number * DAY_US // count
            at = clock.to_text(now_us)
            user_id = 2 + log_id % users
            source, page = ("web", "partner", "import")[log_id % 3], f"/page-{log_id % 20}"
            failed = log_id % 10 == 0
            failure = _FAILURES[log_id // 10 % len(_FAILURES)] if failed else (None,) * 4
            row: tuple[str | int | None, ...] = (
                log_id,
                at,
                user_id,
                "record",
                at,
                log_date,
                None,
                "failure" if failed else "success",
                *failure,
                source,
                page,
                None,
                None,
                None,
                0,
                None,
                None,
                now_us,
                log_id % 900,
                None,
                contact_hash,
            )
            hash_ = chain.row_hash(tables.ATTEMPTS, row, log_head)
            attempts.append((*row, log_head, hash_))
            log_head = hash_
            contact_key = hashlib.sha256(b"%d" % log_id).hexdigest()
            contacts.append((log_id, contact_key, _PAYLOAD, salt))
            if not failed:
                lead_id += 1
                lead = (lead_id, at, log_id, user_id, source, page, contact_key, log_date)
                hash_ = chain.row_hash(tables.LEADS, lead, lead_head)
                leads.append((*lead, lead_head, hash_))
                lead_head = hash_
            if len(attempts) == _BATCH:
                yield attempts, leads, contacts
                attempts, leads, contacts = [], [], []
    yield attempts, leads, contacts
