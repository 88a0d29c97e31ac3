"""A date's attempts, read in the order of their ids through the index on the date."""

import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from leadlog.snapshot import Facts

_BATCH: Final = 500
_DATE: Final = "l.log_date = :date AND l.id <= :last_log"
_AS_LOGGED: Final = (
    "SELECT l.id, l.user_id, l.source, l.page, l.outcome, l.outcome, l.failure_category,"
    " l.failure_code, substr(l.occurred_at, 1, 16), l.duration_ms, l.late_for, l.hash"
    f" FROM lead_submission_logs AS l WHERE {_DATE} ORDER BY l.id"
)
# Found between the date's first and last attempt, so that neither the date's attempts nor the
# corrections of all other dates are looked through. CROSS JOIN and the plus keep SQLite to that.
_CORRECTIONS_OF: Final = (
    "SELECT c.log_id, c.outcome, c.failure_category, c.failure_code, c.hash"
    " FROM submission_corrections AS c CROSS JOIN lead_submission_logs AS l"
    " WHERE c.log_id >= (SELECT min(id) FROM lead_submission_logs WHERE log_date = :date)"
    " AND c.log_id <= (SELECT max(id) FROM lead_submission_logs WHERE log_date = :date)"
    f" AND +c.id <= :last_correction AND l.id = c.log_id AND {_DATE} ORDER BY c.id"
)
# What an attempt was before one correction: the correction before it, else what was logged.
_CORRECTIONS_ON: Final = (
    "SELECT l.log_date,"
    " CASE WHEN p.id IS NULL THEN coalesce(l.failure_category, 'success')"
    "  ELSE coalesce(p.failure_category, 'success') END,"
    " coalesce(c.failure_category, 'success'), l.id"
    " FROM submission_corrections AS c JOIN lead_submission_logs AS l ON l.id = c.log_id"
    " LEFT JOIN submission_corrections AS p ON p.id ="
    " (SELECT max(n.id) FROM submission_corrections AS n"
    "  WHERE n.log_id = c.log_id AND n.id < c.id)"
    " WHERE c.log_date = :date AND c.id <= :last_correction ORDER BY c.id"
)


def batches(
    connection: sqlite3.Connection, date: str, last_log: int, last_correction: int
) -> Iterator[list[Any]]:
    """Yield a date's attempts, each with the fields of `snapshot.Row`, in lists.

    Args:
        last_log, last_correction: the newest attempt and correction that count.
    """
    parameters = {"date": date, "last_log": last_log, "last_correction": last_correction}
    corrected = {row[0]: row[1:4] for row in connection.execute(_CORRECTIONS_OF, parameters)}
    cursor = connection.execute(_AS_LOGGED, parameters)
    while rows := list(islice(cursor, _BATCH)):
        if corrected:
            rows = [_as_it_stands(row, corrected.get(row[0])) for row in rows]
        yield rows


def facts(
    connection: sqlite3.Connection, date: str, last_log: int, last_correction: int, burst: int
) -> Facts:
    """Return what a date's snapshot says beyond its rows."""
    parameters = {"date": date, "last_log": last_log, "last_correction": last_correction}
    hashes = [row[4] for row in connection.execute(_CORRECTIONS_OF, parameters)]
    made = connection.execute(_CORRECTIONS_ON, parameters).fetchall()
    handles = dict(connection.execute("SELECT id, handle FROM users").fetchall())
    return Facts(handles, made, hashes, last_correction, burst)


def _as_it_stands(row: tuple[Any, ...], newest: tuple[Any, ...] | None) -> tuple[Any, ...]:
    return row if newest is None else (*row[:5], *newest, *row[8:])
