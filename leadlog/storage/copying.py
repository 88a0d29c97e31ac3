"""A copy of the database, made while others write.

SQLite's backup API copies page by page inside one read transaction, so the copy is the state of one
moment to the byte: identity, schema, triggers, rows. (`VACUUM INTO` would write every page anew and
could neither be followed nor be compared with the state it began from.) The copy leaves WAL mode,
so that it is whole as a single file.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Final, NamedTuple

from leadlog import tables
from leadlog.errors import LeadlogError
from leadlog.listings import Backup
from leadlog.storage import unfinished
from leadlog.storage.connection import check_identity, connect
from leadlog.storage.creation import sync
from leadlog.storage.driver_errors import translate

_PAGES_PER_STEP: Final = 1024
_STEPS_BETWEEN_LOOKS: Final = 10_000
_BESIDE: Final = ("-wal", "-shm", "-journal")
_BELONGING: Final = (*_BESIDE, ".lock", *(f".unfinished{suffix}" for suffix in ("", *_BESIDE)))
"""What leadlog calls a database's own files; `init` removes what is unfinished."""

_COUNTED: Final = (*tables.CHAINED, "contacts", "user_rate_limits")

OnProgress = Callable[[int, int], None]
"""Is told how many pages are copied, of how many."""


class _State(NamedTuple):
    """What a copy must agree on with what was copied."""

    rows: dict[str, int]
    heads: dict[str, str | None]


def copy(
    source: sqlite3.Connection,
    path: str,
    target: str,
    on_progress: OnProgress,
    stopped: Callable[[], bool],
) -> Backup:
    """Copy an open database at `path` to a new file.

    The file is written under another name and put into place when it is whole and checked; nothing
    that exists is overwritten, and no half of a copy is left. What a copy left that was killed is
    removed from the folder first.

    Args:
        source: a connection that reads, outside a transaction.
        path: its file.
        target: the file to make, by its absolute path.
        on_progress: called after each step.
        stopped: asked again and again; when it says yes, there will be no copy.

    Raises:
        LeadlogError: kind `usage`, when there is something at `target`, or no folder for it;
            `unusable`, when the copy could not be written or is not sound; `interrupted`.
    """
    _refuse_what_exists(target, path)
    folder, name = os.path.split(target)
    with _told_why_not(target, stopped), _ending(source, stopped):
        with unfinished.made(folder, name) as half:
            state = _write(source, path, half, on_progress, stopped)
            _check(half, state, stopped)
            sync(half)
            if stopped():
                raise _was_stopped()
            size = os.path.getsize(half)
            _put_into_place(half, target)
        sync(folder)
    return Backup(
        target, size, state.rows, state.rows[tables.ATTEMPTS], state.heads[tables.ATTEMPTS]
    )


@contextmanager
def _told_why_not(target: str, stopped: Callable[[], bool]) -> Iterator[None]:
    """Turn what ends a copy into what people are told; after a stop, that it was one."""
    try:
        yield
    except (LeadlogError, OSError) as error:
        if stopped():
            raise _was_stopped() from None
        if isinstance(error, OSError):
            raise _not_written(target, error.strerror or str(error)) from None
        raise


@contextmanager
def _ending(connection: sqlite3.Connection, stopped: Callable[[], bool]) -> Iterator[None]:
    """Let the statements of a connection end with an error once `stopped` says yes."""
    connection.set_progress_handler(stopped, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    finally:
        connection.set_progress_handler(None, 0)


def _refuse_what_exists(target: str, path: str) -> None:
    if target in {path, *(f"{path}{suffix}" for suffix in _BELONGING)}:
        message = f"The file {target} belongs to the database itself."
        raise LeadlogError("usage", message, "Name another file for the backup.")
    for name in (target, *(f"{target}{suffix}" for suffix in _BESIDE)):
        if os.path.lexists(name):
            raise _exists(name)
    if not os.path.isdir(os.path.dirname(target)):
        message = f"There is no folder {os.path.dirname(target)}."
        raise LeadlogError("usage", message, "Make it, or name another path.")


def _exists(name: str) -> LeadlogError:
    message = f"There is something at {name} already; a backup never overwrites."
    return LeadlogError("usage", message, "Name another file, or move that one away.")


def _write(
    source: sqlite3.Connection,
    path: str,
    half: str,
    on_progress: OnProgress,
    stopped: Callable[[], bool],
) -> _State:
    def follow(_status: int, remaining: int, total: int) -> None:
        if stopped():
            raise _was_stopped()
        on_progress(total - remaining, total)

    with closing(connect(half, writable=True)) as made:
        made.execute("PRAGMA synchronous = OFF")
        made.execute("PRAGMA journal_mode = OFF").fetchone()
        try:
            source.execute("BEGIN")
            try:
                state = _state(source)  # the transaction's first reading: all else is of its moment
                source.backup(made, pages=_PAGES_PER_STEP, progress=follow)
            finally:
                source.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise _copy_failed(error, half, path) from None
    try:
        with closing(connect(half, writable=True)) as made:
            made.execute("PRAGMA locking_mode = EXCLUSIVE").fetchone()
            (mode,) = made.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.Error as error:
        raise _copy_failed(error, half, half) from None
    if mode != "delete":
        raise _not_written(half, f"its journal mode is {mode}")
    return state


def _check(half: str, state: _State, stopped: Callable[[], bool]) -> None:
    try:
        with closing(connect(half, writable=False)) as made, _ending(made, stopped):
            check_identity(made, half)
            (found,) = made.execute("PRAGMA integrity_check(1)").fetchone()
            same = found == "ok" and _state(made) == state
    except sqlite3.Error as error:
        found, same = str(error), False
    if not same:
        what = found if found != "ok" else "it does not hold the rows that were copied"
        message = f"The backup is not sound, so it was removed: {what}."
        hint = "Check the disk, and the database with: leadlog verify"
        raise LeadlogError("unusable", message, hint)


def _state(connection: sqlite3.Connection) -> _State:
    rows, heads = {}, {}
    for table in _COUNTED:
        (rows[table],) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    for table in tables.CHAINED:
        query = f"SELECT hash FROM {table} ORDER BY id DESC LIMIT 1"
        row = connection.execute(query).fetchone()
        heads[table] = None if row is None else str(row[0])
    return _State(rows, heads)


def _put_into_place(half: str, target: str) -> None:
    """Give a whole file its name, unless somebody else took it in the meantime."""
    try:
        os.link(half, target, follow_symlinks=False)
    except FileExistsError:
        raise _exists(target) from None
    except OSError:  # a file system without hard links: take the name, then replace what is ours
        try:
            os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
        except FileExistsError:
            raise _exists(target) from None
        os.replace(half, target)


def _copy_failed(error: sqlite3.Error, half: str, path: str) -> Exception:
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return _not_written(half, "the disk is full")
    if code == sqlite3.SQLITE_IOERR:
        return _not_written(half, "the system reported an I/O error")
    return translate(error, path)


def _was_stopped() -> LeadlogError:
    hint = "No part of it was left behind. Run the same command again."
    return LeadlogError("interrupted", "The backup was stopped before it was whole.", hint)


def _not_written(target: str, why: str) -> LeadlogError:
    message = f"The backup in {os.path.dirname(target)} could not be written: {why}."
    hint = "No part of it was left behind. Make room, or name another folder, and try again."
    return LeadlogError("unusable", message, hint)
