"""Past limit decisions, read from the log in pages."""

import sqlite3

from leadlog.analysis.pressure import LimitUse
from leadlog.clock import SECOND_US
from leadlog.limits import Limit
from leadlog.replay import Change, LoggedAttempt
from leadlog.simulation import LimitedAttempt

_CHANGES = (
    "SELECT id, created_at, user_id, max_attempts, window_seconds FROM rate_limit_changes"
    " ORDER BY id"
)
_LOGGED = (
    "SELECT l.id, l.user_id, u.handle, l.origin, l.log_date, l.failure_category, l.created_at,"
    " l.logical_us, l.admitted, l.policy_id, l.used, b.created_at, b.logical_us"
    " FROM lead_submission_logs AS l JOIN users AS u ON u.id = l.user_id"
    " LEFT JOIN lead_submission_logs AS b ON b.id = l.id - 1"
    " WHERE l.id > ? AND l.id <= ? ORDER BY l.id LIMIT ?"
)
_LIMITED = (
    "SELECT id, user_id, log_date, logical_us, admitted FROM lead_submission_logs"
    " WHERE id > ? AND id <= ? AND policy_id IS NOT NULL AND (? IS NULL OR user_id = ?)"
    " ORDER BY id LIMIT ?"
)
_DECIDED_ON = (
    "SELECT min(id), max(id) FROM lead_submission_logs"
    " WHERE log_date = ? AND (origin = 'submit' OR policy_id IS NOT NULL OR admitted = 1)"
)
# One row for each user and limit, however many attempts found its window a little fuller.
_USES = (
    "WITH fullest AS (SELECT user_id, policy_id, max(used) AS used FROM lead_submission_logs"
    "  WHERE log_date = :day AND id <= :last AND policy_id IS NOT NULL"
    "  GROUP BY user_id, policy_id)"
    " SELECT l.user_id, l.used, c.max_attempts, c.window_seconds, min(l.id)"
    " FROM lead_submission_logs AS l CROSS JOIN fullest AS f"
    "  ON f.user_id = l.user_id AND f.policy_id = l.policy_id AND f.used = l.used"
    " JOIN rate_limit_changes AS c ON c.id = l.policy_id"
    " WHERE l.log_date = :day AND l.id <= :last AND c.max_attempts IS NOT NULL"
    " GROUP BY l.user_id, c.id, l.used, c.max_attempts, c.window_seconds"
    " ORDER BY l.user_id, c.id"
)
_COUNT = (
    "SELECT count(*) FROM lead_submission_logs"
    " WHERE admitted = 1 AND user_id = ? AND logical_us > ? AND logical_us <= ? AND id < ?"
)
_ADMITTED_AT = (
    "SELECT w.id FROM lead_submission_logs AS l CROSS JOIN lead_submission_logs AS w"
    "  ON w.user_id = l.user_id AND w.admitted = 1 AND w.logical_us > l.logical_us - ?"
    "  AND w.logical_us <= l.logical_us AND w.id <= l.id"
    " WHERE l.id = ? ORDER BY w.id"
)
_POLICY_BEFORE = (
    "SELECT policy_id FROM lead_submission_logs WHERE id < ? AND policy_id IS NOT NULL"
    " ORDER BY id DESC LIMIT 1"
)


def changes(connection: sqlite3.Connection) -> list[Change]:
    """Return every limit change, oldest first."""
    return [
        Change(id_, created_at, user_id, None if most is None else Limit(most, window))
        for id_, created_at, user_id, most, window in connection.execute(_CHANGES)
    ]


def logged(
    connection: sqlite3.Connection, after_id: int, last_id: int, most: int
) -> list[LoggedAttempt]:
    """Return the attempts after an id, with what the log says of their decisions."""
    rows = connection.execute(_LOGGED, (after_id, last_id, most))
    return [LoggedAttempt._make(row) for row in rows]


def limited(
    connection: sqlite3.Connection, after_id: int, last_id: int, user_id: int | None, most: int
) -> list[LimitedAttempt]:
    """Return the attempts after an id that the limit was asked about; of one user if given."""
    rows = connection.execute(_LIMITED, (after_id, last_id, user_id, user_id, most))
    return [LimitedAttempt._make(row) for row in rows]


def uses(connection: sqlite3.Connection, day: str, last_id: int) -> list[LimitUse]:
    """Return how full the windows of a date's users were, each with the first attempt of it."""
    return [LimitUse._make(row) for row in connection.execute(_USES, {"day": day, "last": last_id})]


def decided_on(connection: sqlite3.Connection, day: str) -> tuple[int, int]:
    """Return the first and last attempt of a date that may have a decision; zeros if none has."""
    first, last = connection.execute(_DECIDED_ON, (day,)).fetchone()
    return first or 0, last or 0


def count_admitted(
    connection: sqlite3.Connection, user_id: int, after_us: int, until_us: int, before_id: int
) -> int:
    """Count a user's admitted attempts in a stretch of logical time, of those before an id."""
    parameters = (user_id, after_us, until_us, before_id)
    return int(connection.execute(_COUNT, parameters).fetchone()[0])


def admitted_at(connection: sqlite3.Connection, attempt_id: int, window_seconds: int) -> list[int]:
    """Return the admitted attempts that a window held once an attempt was decided, by id."""
    parameters = (window_seconds * SECOND_US, attempt_id)
    return [id_ for (id_,) in connection.execute(_ADMITTED_AT, parameters)]


def policy_before(connection: sqlite3.Connection, attempt_id: int) -> int:
    """Return the policy of the last decision before an attempt, or 0."""
    row = connection.execute(_POLICY_BEFORE, (attempt_id,)).fetchone()
    return 0 if row is None else int(row[0])
