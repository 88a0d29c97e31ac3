"""Small questions that reading and writing share; each takes the connection it asks."""

import sqlite3

from leadlog.clock import from_text, next_date
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.model import Policy, User
from leadlog.rows import LastAttempt

MAX_SUGGESTED_HANDLES = 500
_NEVER_US = from_text("9999-12-31T23:59:59.999999Z")


def settings(connection: sqlite3.Connection) -> dict[str, str]:
    """Return the value of each setting; the newest row of a key counts."""
    return dict(connection.execute("SELECT key, value FROM settings ORDER BY id").fetchall())


def secret(connection: sqlite3.Connection) -> bytes:
    """Return the database's secret."""
    (value,) = connection.execute("SELECT secret FROM secrets WHERE id = 1").fetchone()
    return bytes(value)


def last_attempt(connection: sqlite3.Connection) -> LastAttempt:
    """Return the newest attempt's place in time."""
    row = connection.execute(
        "SELECT id, created_at, logical_us FROM lead_submission_logs ORDER BY id DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return LastAttempt(0, 0, 0)
    try:
        return LastAttempt(row[0], from_text(row[1]), row[2])
    except ValueError:
        # A forged row with a time that does not exist: no time has passed since, and go on.
        return LastAttempt(row[0], _NEVER_US, row[2])


def find_user(connection: sqlite3.Connection, handle: str) -> User | None:
    """Return the user with exactly this handle."""
    row = connection.execute(
        "SELECT id, handle, created_at, created_date FROM users WHERE handle = ?", (handle,)
    ).fetchone()
    return None if row is None else User(*row)


def handles(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the newest handles, without the reserved one, for suggestions."""
    rows = connection.execute(
        "SELECT handle FROM users WHERE id > 1 ORDER BY id DESC LIMIT ?", (MAX_SUGGESTED_HANDLES,)
    )
    return tuple(handle for (handle,) in rows)


def own_policy(connection: sqlite3.Connection, user_id: int | None) -> Policy | None:
    """Return the limit set for a user (None: the default), unless it was set back."""
    row = connection.execute(
        "SELECT id, max_attempts, window_seconds FROM rate_limit_changes"
        " WHERE user_id IS ? ORDER BY id DESC LIMIT 1",
        (user_id,),
    ).fetchone()
    if row is None or row[1] is None:
        return None
    return Policy(row[0], Limit(row[1], row[2]), user_id is None)


def policy(connection: sqlite3.Connection, user_id: int) -> Policy:
    """Return the limit in force for a user: its own, else the default."""
    found = own_policy(connection, user_id) or own_policy(connection, None)
    if found is None:
        message = "The database has no default rate limit, which it was created with."
        raise LeadlogError("unusable", message, "Restore it from a copy.")
    return found


def policy_by_id(connection: sqlite3.Connection, policy_id: int) -> Policy:
    """Return the limit that one change set."""
    row = connection.execute(
        "SELECT id, max_attempts, window_seconds, user_id FROM rate_limit_changes WHERE id = ?",
        (policy_id,),
    ).fetchone()
    return Policy(row[0], Limit(row[1], row[2]), row[3] is None)


def first_open_date(connection: sqlite3.Connection, day: str) -> str:
    """Return the first date on or after `day` that has no snapshot."""
    closed = connection.execute(
        "SELECT snapshot_date FROM daily_analysis_snapshots"
        " WHERE snapshot_date >= ? ORDER BY snapshot_date",
        (day,),
    )
    for (date,) in closed:
        if date != day:
            break
        day = next_date(day)
    return day
