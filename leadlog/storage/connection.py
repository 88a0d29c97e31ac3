"""Opening a file as a leadlog database."""

import os
import sqlite3
import stat
from typing import Final
from urllib.parse import quote

from leadlog import tables
from leadlog.errors import LeadlogError
from leadlog.storage.driver_errors import translate

APPLICATION_ID: Final = 0x4C4C4F47  # "LLOG"
SCHEMA_VERSION: Final = 1
"""The `user_version` this code reads and writes; a test holds it to the migrations."""

_CACHE_KIB: Final = 32 * 1024


def connect(path: str, *, writable: bool) -> sqlite3.Connection:
    """Connect to an existing file, without looking at what it is.

    Transactions are begun by hand (`isolation_level=None`): the driver's own deferred ones fail at
    once when two of them read and then write.
    """
    mode = "rw" if writable else "ro"
    try:
        return sqlite3.connect(
            f"file:{quote(os.fsencode(path))}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=5.0,
            cached_statements=256,
        )
    except sqlite3.Error as error:
        raise translate(error, path) from None


def check_file(path: str) -> None:
    """See that `path` may be a database, before anything opens it.

    Raises:
        LeadlogError: kind `not_found` when there is nothing; `unusable` when it is a symbolic link,
            a folder, a device or an empty file.
    """
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        message = f"There is no leadlog database at {path}."
        raise LeadlogError("not_found", message, "Create it with: leadlog init") from None
    except (OSError, ValueError) as error:
        message = f"The file {path} can't be opened: {getattr(error, 'strerror', None) or error}."
        raise LeadlogError("unusable", message, "Check the path and its permissions.") from None
    if stat.S_ISLNK(status.st_mode):
        message = f"The path {path} is a symbolic link."
        hint = "Name the file itself, so that its lock and its write-ahead log lie beside it."
        raise LeadlogError("unusable", message, hint)
    if not stat.S_ISREG(status.st_mode):
        message = f"The path {path} is not a file."
        raise LeadlogError("unusable", message, "Name the leadlog database with --db PATH.")
    if status.st_size == 0:
        message = f"The file {path} is empty, so it is not a leadlog database."
        hint = "Remove it or name another path; leadlog init never overwrites a file."
        raise LeadlogError("unusable", message, hint)


def check_identity(connection: sqlite3.Connection, path: str) -> None:
    """See that an open file is a leadlog database of this version; reads only.

    Raises:
        LeadlogError: kind `unusable`, when it is not ours, or newer or older than this version.
    """
    try:
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        raise translate(error, path) from None
    if application_id != APPLICATION_ID:
        message = f"The file {path} is a SQLite database, but not one of leadlog's."
        hint = "Nothing in it was changed. Name the leadlog database with --db PATH."
        raise LeadlogError("unusable", message, hint)
    if version > SCHEMA_VERSION:
        message = f"The database {path} was made by a newer leadlog (schema {version})."
        hint = f"This version knows schema {SCHEMA_VERSION}. Update leadlog to use the file."
        raise LeadlogError("unusable", message, hint)
    if version != SCHEMA_VERSION:
        message = f"The database {path} is unfinished (schema {version})."
        raise LeadlogError("unusable", message, "Restore it from a backup, or name another path.")


def settle(connection: sqlite3.Connection, path: str, *, writable: bool) -> None:
    """Set what every connection relies on, and read back that it is so.

    Raises:
        LeadlogError: kind `unusable`, when the engine did not take a setting.
    """
    wanted: list[tuple[str, str | int, str | int]] = [
        ("foreign_keys", 1, 1),
        ("recursive_triggers", 1, 1),
        ("trusted_schema", 0, 0),
    ]
    if writable:
        wanted += [("journal_mode", "wal", "wal"), ("synchronous", "FULL", 2)]
        # What is erased must leave no copy: not in pages that were freed or split, now or when
        # the contact was written, and not in a temporary file.
        wanted += [("secure_delete", "ON", 1), ("temp_store", "MEMORY", 2)]
    try:
        for name, value, expected in wanted:
            connection.execute(f"PRAGMA {name} = {value}").fetchone()
            (actual,) = connection.execute(f"PRAGMA {name}").fetchone()
            if actual != expected:
                message = f"The database {path} can't be used: {name} is {actual}, not {expected}."
                hint = "Use a local file system that supports SQLite's write-ahead log."
                raise LeadlogError("unusable", message, hint)
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if writable:
            # Checkpoints happen inside the gate only, which keeps leadlog's own processes clear
            # of the WAL-reset bug of SQLite before 3.51.3.
            connection.execute("PRAGMA wal_autocheckpoint = 0")
    except sqlite3.Error as error:
        raise translate(error, path) from None


def insert_statement(table: str) -> str:
    """Return the INSERT of one row of an append-only table, its columns named one by one."""
    columns = (*tables.CHAINED[table], "prev_hash", "hash")
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
