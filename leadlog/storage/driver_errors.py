"""SQLite's errors in our words, by code and never by text."""

import sqlite3

from leadlog.errors import LeadlogError

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_HINT_BUSY = "Nothing was recorded. Try again, or wait longer with --wait SECONDS."
_NO_WRITE_AHEAD_LOG = {
    sqlite3.SQLITE_READONLY_CANTINIT,
    sqlite3.SQLITE_READONLY_DIRECTORY,
    sqlite3.SQLITE_READONLY_RECOVERY,
}
"""A folder that can't be written lacks what even a reader must make there."""

_UNUSABLE = {
    sqlite3.SQLITE_NOTADB: (
        "is not a SQLite database",
        "Nothing in it was changed. Name the leadlog database with --db PATH.",
    ),
    sqlite3.SQLITE_READONLY: (
        "can't be written",
        "Nothing was recorded. Make the file and its folder writable for this user.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "can't be opened",
        (
            "Check that this user may read and write the file and its folder; in a folder that "
            "can't be written, read a copy made with: leadlog backup"
        ),
    ),
    sqlite3.SQLITE_PERM: ("can't be opened", "Check the permissions of the file and its folder."),
    sqlite3.SQLITE_AUTH: ("can't be opened", "Check the permissions of the file and its folder."),
    sqlite3.SQLITE_FULL: (
        "could not grow: the disk is full",
        "Nothing was recorded. Make room and try again.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "could not be read as a sound database",
        (
            "A transient read error reports itself this way too: try again. Do not repair or "
            "recreate the file; keep a copy first."
        ),
    ),
    sqlite3.SQLITE_IOERR: (
        "could not be read or written: the system reported an I/O error",
        "Nothing was recorded. Check the disk and try again.",
    ),
    sqlite3.SQLITE_ERROR: (
        "lacks something that leadlog made in it, or holds something else instead",
        "Look into its schema with: leadlog verify",
    ),
    sqlite3.SQLITE_NOMEM: ("needs more memory than there is", "Nothing was recorded. Try again."),
}


def translate(error: sqlite3.Error, path: str) -> LeadlogError | sqlite3.Error:
    """Return what to raise for a driver error on the database at `path`.

    An error that only a mistake in leadlog can cause is returned as it is, so that it shows as one.
    """
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return error
    primary = code & 0xFF
    if primary in _BUSY:
        message = f"Another program keeps the database {path} locked."
        return LeadlogError("busy", message, _HINT_BUSY)
    if code in _NO_WRITE_AHEAD_LOG:
        primary = sqlite3.SQLITE_CANTOPEN
    if primary in _UNUSABLE:
        what, hint = _UNUSABLE[primary]
        return LeadlogError("unusable", f"The file {path} {what}.", hint)
    if primary == sqlite3.SQLITE_CONSTRAINT:
        message = f"The database {path} refused the write: {error}."
        hint = "Nothing was recorded. Keep a copy of the file, and look into its schema."
        return LeadlogError("unusable", message, hint)
    return error


def commit_failed(error: sqlite3.Error, path: str) -> LeadlogError | sqlite3.Error:
    """Return what to raise when COMMIT itself failed, after which nobody knows what is stored.

    Two failures are sure: of a lock that was not got, and of a disk that was full before the last
    frame of the write-ahead log, without which the others count for nothing.
    """
    if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in {*_BUSY, sqlite3.SQLITE_FULL}:
        return translate(error, path)
    message = f"Whether the database {path} took the write is not known: {error}."
    hint = "Try again with the same request id; what was recorded will not be recorded twice."
    return LeadlogError("unknown_outcome", message, hint)
