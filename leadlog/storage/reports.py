"""Stored reports and the steps of the tries that wrote them."""

import sqlite3
from typing import Final

from leadlog.report_rows import ReportRow, RunRow, StoredReport, StoredRun

_REPORTS: Final = (
    f"SELECT id, created_at, {', '.join(ReportRow._fields)} FROM daily_analysis_reports"
)
_RUNS: Final = f"SELECT id, created_at, {', '.join(RunRow._fields)} FROM analysis_runs AS r"
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


def listed(connection: sqlite3.Connection, date: str | None) -> list[StoredReport]:
    """Return reports in the order they were written, of a date or all."""
    query = f"{_REPORTS} WHERE ? IS NULL OR report_date = ? ORDER BY id"
    return [_report(row) for row in connection.execute(query, (date, date))]


def last_version(connection: sqlite3.Connection, date: str) -> int:
    """Return the number of the newest version of a date's report, or 0."""
    query = "SELECT coalesce(max(version), 0) FROM daily_analysis_reports WHERE report_date = ?"
    return int(connection.execute(query, (date,)).fetchone()[0])


def runs(connection: sqlite3.Connection, date: str | None) -> list[StoredRun]:
    """Return the steps of tries in order, of a date or all."""
    query = f"{_RUNS} WHERE ? IS NULL OR r.report_date = ? ORDER BY r.id"
    return [_run(row) for row in connection.execute(query, (date, date))]


def not_ended(connection: sqlite3.Connection, date: str) -> list[StoredRun]:
    """Return the first steps of a date's tries that have no last one."""
    query = f"{_RUNS} WHERE {_NOT_ENDED} ORDER BY r.id"
    return [_run(row) for row in connection.execute(query, (date,))]


def _report(row: tuple[int, str]) -> StoredReport:
    return StoredReport(row[0], row[1], ReportRow._make(row[2:]))


def _run(row: tuple[int, str]) -> StoredRun:
    return StoredRun(row[0], row[1], RunRow._make(row[2:]))
