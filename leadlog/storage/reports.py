"""Stored reports and the steps of the tries that wrote them."""

import sqlite3
from typing import Final

from leadlog.report_rows import ReportRow, RunRow, StoredReport, StoredRun
from leadlog.storage.filters import row_limit

_REPORTS: Final = (
    f"SELECT id, created_at, {', '.join(ReportRow._fields)} FROM daily_analysis_reports"
)
_RUN: Final = ", ".join(f"r.{name}" for name in ("id", "created_at", *RunRow._fields))
_NOT_ENDED: Final = (
    "r.report_date = ? AND r.event = 'started' AND NOT EXISTS"
    " (SELECT 1 FROM analysis_runs AS e"
    "  WHERE e.report_date = r.report_date AND e.run_id = r.run_id AND e.event <> 'started')"
)


def by_id(connection: sqlite3.Connection, report_id: int) -> StoredReport | None:
    """Return one report."""
    row = connection.execute(f"{_REPORTS} WHERE id = ?", (report_id,)).fetchone()
    return None if row is None else _report(row)


def latest(connection: sqlite3.Connection, date: str) -> StoredReport | None:
    """Return the newest version of a date's report."""
    query = f"{_REPORTS} WHERE report_date = ? ORDER BY version DESC LIMIT 1"
    row = connection.execute(query, (date,)).fetchone()
    return None if row is None else _report(row)


def ids(
    connection: sqlite3.Connection, date: str | None, *, newest_first: bool, most: int | None
) -> list[int]:
    """Return the ids of reports, of a date or all, at most `most` of them."""
    where, values = ("WHERE report_date = ?", (date,)) if date is not None else ("", ())
    order = "DESC" if newest_first else "ASC"
    query = f"SELECT id FROM daily_analysis_reports {where} ORDER BY id {order} LIMIT ?"
    rows = connection.execute(query, (*values, row_limit(most)))
    return [report_id for (report_id,) in rows]


def last_version(connection: sqlite3.Connection, date: str) -> int:
    """Return the number of the newest version of a date's report, or 0."""
    query = "SELECT coalesce(max(version), 0) FROM daily_analysis_reports WHERE report_date = ?"
    return int(connection.execute(query, (date,)).fetchone()[0])


def runs(
    connection: sqlite3.Connection, date: str | None, *, newest_first: bool, most: int | None
) -> list[StoredRun]:
    """Return at most `most` tries, of a date or all, each step by step."""
    where, values = ("AND report_date = ?", (date,)) if date is not None else ("", ())
    order = "DESC" if newest_first else "ASC"
    # A try's date is the same in all its steps, and leads to them by an index.
    query = (
        "WITH tries AS (SELECT id AS first_id, run_id, report_date FROM analysis_runs"
        f" WHERE event = 'started' {where} ORDER BY id {order} LIMIT ?)"
        f" SELECT {_RUN} FROM tries CROSS JOIN analysis_runs AS r"
        " ON r.report_date = tries.report_date AND r.id >= first_id AND r.run_id = tries.run_id"
        f" ORDER BY first_id {order}, r.id"
    )
    rows = connection.execute(query, (*values, row_limit(most)))
    return [_run(row) for row in rows]


def not_ended(connection: sqlite3.Connection, date: str) -> list[StoredRun]:
    """Return the first steps of a date's tries that have no last one."""
    query = f"SELECT {_RUN} FROM analysis_runs AS r WHERE {_NOT_ENDED} ORDER BY r.id"
    return [_run(row) for row in connection.execute(query, (date,))]


def _report(row: tuple[int, str]) -> StoredReport:
    return StoredReport(row[0], row[1], ReportRow._make(row[2:]))


def _run(row: tuple[int, str]) -> StoredRun:
    return StoredRun(row[0], row[1], RunRow._make(row[2:]))
