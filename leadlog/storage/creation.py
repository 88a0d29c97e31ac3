"""Making a new database."""

import os
import secrets
import sqlite3
import uuid
from contextlib import closing, suppress
from typing import Final

from leadlog import chain, tables
from leadlog.clock import Clock, to_text
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.storage.connection import APPLICATION_ID, connect, insert_statement, settle
from leadlog.storage.driver_errors import translate
from leadlog.storage.gate import Gate

DEFAULT_SETTINGS: Final = {"burst_attempts_per_minute": "20"}
"""Thresholds that the figures of a day depend on; settings like the time zone."""


def create(
    path: str, clock: Clock, wait_seconds: float, *, timezone: str, limit: Limit, today: str
) -> bool:
    """Make a new database at `path` unless one is there; return whether it was made.

    The file is built under another name and linked into place when it is whole, so that nobody
    ever sees half of one, and nothing that exists is overwritten.

    Args:
        timezone: the name of a valid time zone.
        limit: the default rate limit.
        today: the local date, for the first limit's row.

    Raises:
        LeadlogError: kind `unusable`, when the folder can't be made or written.
    """
    folder = os.path.dirname(path)
    try:
        _make_folder(folder)
    except OSError as error:
        message = f"The folder {folder} can't be made: {error.strerror}."
        raise LeadlogError("unusable", message, "Name another path with --db PATH.") from None
    gate = Gate(path, clock, wait_seconds)
    try:
        with gate:
            if os.path.lexists(path):
                _remove_unfinished(path)
                return False
            _build(path, clock, timezone=timezone, limit=limit, today=today)
            return True
    finally:
        gate.close()


def _make_folder(folder: str) -> None:
    """Make a folder and those above it for their owner alone; `os.makedirs` does so for one."""
    if not os.path.isdir(folder):
        _make_folder(os.path.dirname(folder))
        with suppress(FileExistsError):  # somebody else was faster
            os.mkdir(folder, 0o700)


def _build(path: str, clock: Clock, *, timezone: str, limit: Limit, today: str) -> None:
    unfinished = f"{path}.unfinished"
    try:
        _remove_unfinished(path)
        os.close(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        with closing(connect(unfinished, writable=True)) as connection:
            settle(connection, unfinished, writable=True)
            connection.execute("BEGIN IMMEDIATE")
            _migrate(connection)
            _first_rows(connection, to_text(clock.now_us()), timezone, limit, today)
            connection.execute("COMMIT")
        if os.path.exists(f"{unfinished}-wal"):
            # Closing brings the log into the file, unless it can't; and it fails without a word.
            message = f"The database {path} can't be made: the disk did not take it."
            raise LeadlogError("unusable", message, "Make room and try again.")
        sync(unfinished)
        os.link(unfinished, path, follow_symlinks=False)
        os.remove(unfinished)
        sync(os.path.dirname(path))
    except sqlite3.Error as error:
        raise translate(error, path) from None
    except OSError as error:
        message = f"The database {path} can't be made: {error.strerror}."
        raise LeadlogError("unusable", message, "Name another path with --db PATH.") from None


def _remove_unfinished(path: str) -> None:
    """Remove what a process left that was killed while it made this database."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        with suppress(FileNotFoundError):
            os.remove(f"{path}.unfinished{suffix}")


def _migrate(connection: sqlite3.Connection) -> None:
    from sqlite_utils import Database

    from leadlog.storage import migrations

    migrations.all_steps().apply(Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {migrations.LATEST}")


def _first_rows(
    connection: sqlite3.Connection, created_at: str, timezone: str, limit: Limit, today: str
) -> None:
    database_id = str(uuid.uuid4())
    secret = secrets.token_bytes(32)
    connection.execute("INSERT INTO secrets (id, secret) VALUES (1, ?)", (secret,))
    settings = {
        "database_id": database_id,
        "timezone": timezone,
        "secret_sha256": chain.secret_fingerprint(secret),
        **DEFAULT_SETTINGS,
    }
    rows: dict[str, list[tuple[str | int | None, ...]]] = {
        tables.SETTINGS: list(settings.items()),
        tables.USERS: [(tables.RESERVED_HANDLE, today)],
        tables.LIMIT_CHANGES: [(None, limit.max_attempts, limit.window_seconds, None, today)],
    }
    for table, entries in rows.items():
        prev_hash = chain.genesis(database_id, table)
        for id_, entry in enumerate(entries, 1):
            values = (id_, created_at, *entry)
            hash_ = chain.row_hash(table, values, prev_hash)
            connection.execute(insert_statement(table), (*values, prev_hash, hash_))
            prev_hash = hash_


def sync(path: str) -> None:
    """See that a file's content, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
