"""What is looked at beside the rest of verification, each task on a connection of its own."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from leadlog import tables
from leadlog.clock import SystemClock
from leadlog.storage import audit_blobs, audit_checks, audit_rules, audit_scans, audit_schema
from leadlog.storage.audit_indexes import miscounted
from leadlog.storage.audit_queries import Queries
from leadlog.storage.audit_rows import UNREADABLE, Rows, damaged
from leadlog.storage.reading import SqliteReader
from leadlog.text import safe
from leadlog.verification import chains
from leadlog.verification.log_pass import Passed, pass_over
from leadlog.verification.problems import UNREAD, Findings
from leadlog.verification.settings import Settings
from leadlog.verification.snapshots import recompute_snapshot
from leadlog.verification.source import Outcome

_CACHE_KIB: Final = 32 * 1024


def unsound(connection: sqlite3.Connection, date: str | None = None) -> Outcome:
    """Return what is wrong with the file itself, and with references between tables.

    That is of the whole file, whatever the date.
    """
    del date
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    findings, is_clean = Findings(), False
    with findings.reading("file"):
        is_clean = _is_clean(connection, findings)
    if not is_clean:  # then a BLOB may be among it, or hidden by it
        blobs = audit_scans.broken(connection, audit_blobs.SCANS, None)
        findings.extend(each for each in blobs if each.kind != UNREAD)  # the rules name that
    with findings.reading("file"):
        _check_references(connection, findings)
    return Outcome(list(dict.fromkeys(findings.all())), {})


def _is_clean(connection: sqlite3.Connection, findings: Findings) -> bool:
    """Have SQLite check the file; whether it found nothing, of tables that leadlog made.

    Raises:
        Damaged: when it can't go through the file.
    """
    try:
        texts = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
        try:
            texts += [f"wrong # of entries in index {name}" for name in miscounted(connection)]
        except UNREADABLE:
            if not texts:  # or it is what these tell of
                raise
        for text in dict.fromkeys(texts):
            message = f"SQLite finds the file unsound: {safe(text)}."
            findings.add("file", None, None, "unsound", message)
        return not texts and audit_schema.is_as_made(connection, audit_blobs.STRICT)
    except UNREADABLE as error:
        raise damaged(error) from error


def _check_references(connection: sqlite3.Connection, findings: Findings) -> None:
    """Have SQLite look for rows that refer to none; of leads and contacts the rules tell it.

    Raises:
        Damaged: when it can't go through a table.
    """
    referring = [table for table in tables.CHAINED if table != tables.LEADS]
    try:
        for table in (*referring, "user_rate_limits"):
            for _, id_, parent, _ in connection.execute(f"PRAGMA foreign_key_check({table})"):
                message = f"{table} row {id_} refers to a row of {parent} that is not there."
                findings.add("file", None, None, "unsound", message)
    except UNREADABLE as error:
        raise damaged(error) from error


def broken(connection: sqlite3.Connection, date: str | None) -> Outcome:
    """Return the rows that break a rule, of one log date or of all."""
    scans = (*audit_rules.SCANS, *audit_checks.scans())
    if date is not None:  # of a whole file, its soundness tells whether to look for these
        scans += audit_blobs.SCANS
    return Outcome(audit_scans.broken(connection, scans, date), {})


def linked(connection: sqlite3.Connection, date: str | None = None) -> Outcome:
    """Check the chains of all tables but that of the attempts, from end to end."""
    del date
    rows, findings = Rows(connection), Findings()
    query = "SELECT value FROM settings WHERE key = 'database_id' ORDER BY id LIMIT 1"
    try:
        found = connection.execute(query).fetchone()
    except sqlite3.Error:
        found = None  # which the pass over the settings names
    shorter = {name: rows.linked(name, None) for name in tables.CHAINED if name != tables.ATTEMPTS}
    checked = chains.check_tables(shorter, None if found is None else str(found[0]), findings)
    return Outcome(list(findings.all()), checked)


def passed_over(
    connection: sqlite3.Connection, date: str | None, progress: Callable[[int], None]
) -> Passed:
    """Check the attempts, with all that one reading of them proves."""
    queries = Queries(connection)
    queries.report_progress(progress)
    given = queries.settings(), queries.thresholds, queries.secret()
    return pass_over(queries, Settings(*given, Findings()), date)  # others look at the settings


def computed_alike(
    connection: sqlite3.Connection, date: str | None, progress: Callable[[int], None]
) -> list[int]:
    """Return the snapshots whose figures a fresh computation gives byte for byte."""
    queries, reader = Queries(connection), SqliteReader(connection, SystemClock())
    alike = []
    for stored in queries.snapshots(date):
        with suppress(Exception):  # whatever it is, it is looked at again
            if recompute_snapshot(reader, stored) == stored.metrics:
                alike.append(stored.id)
        progress(stored.attempts)
    return alike


BESIDE: Final[dict[str, Callable[..., Outcome]]] = {
    "file": unsound,
    "rules": broken,
    "chains": linked,
}
"""The tasks that are always done beside, by their names; what takes longest comes first."""
