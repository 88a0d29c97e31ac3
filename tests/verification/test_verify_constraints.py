"""A row that breaks a constraint of the schema is named, although SQLite does not look for it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tampering import honest, problems, rechain, unguarded

from leadlog import tables
from leadlog.storage import audit_checks, audit_schema

LOG, CONTACTS, STATES = tables.ATTEMPTS, "contacts", "user_rate_limits"
NO_TIME = "substr(created_at, 1, 19) || 'Z'"

CASES = [
    (LOG, "outcome", "outcome = 'maybe' WHERE id = 1"),
    (LOG, "failure_category", "failure_category = 'bogus' WHERE id = 3"),
    (LOG, "origin", "origin = 'import' WHERE id = 7"),
    (LOG, "failure_code", "failure_code = NULL WHERE id = 3"),
    (LOG, "failure_message", "failure_field = 'email' WHERE id = 1"),
    (LOG, "outcome", "outcome = 'failure' WHERE id = 1"),
    (LOG, "late_for", "late_for = 'then' WHERE id = 7"),
    (LOG, "policy_id", "used = NULL WHERE id = 1"),
    (LOG, "policy_id", "policy_id = NULL, used = NULL WHERE id = 1"),
    (LOG, "request_digest", "request_id = NULL WHERE id = 1"),
    (LOG, "id", "id = -1 WHERE id = 10"),
    (LOG, "prev_hash", "prev_hash = 'ab' WHERE id = 6"),
    (LOG, "hash", "hash = 'ab' WHERE id = 6"),
    (LOG, "duration_ms", "duration_ms = -1 WHERE id = 6"),
    (LOG, "created_at", f"created_at = {NO_TIME} WHERE id = 7"),
    (LOG, "created_at", f"created_at = {NO_TIME}, occurred_at = {NO_TIME} WHERE id = 1"),
    (LOG, "occurred_at", f"occurred_at = {NO_TIME} WHERE id = 7"),
    (LOG, "log_date", "log_date = replace(log_date, '-', '') WHERE id = 10"),
    (LOG, "contact_hash", "contact_hash = 'ab' WHERE id = 6"),  # whose contact is erased
    (LOG, "admitted", "admitted = 7 WHERE id = 1"),
    (LOG, "used", "used = -1 WHERE id = 1"),
    (LOG, "logical_us", "logical_us = -1 WHERE id = 1"),
    (tables.LEADS, "contact_key", "contact_key = 'ab' WHERE id = 1"),
    (tables.LEADS, "lead_date", "lead_date = 'then' WHERE id = 1"),
    (tables.LEADS, "created_at", f"created_at = {NO_TIME} WHERE id = 1"),
    (tables.LEADS, "id", "id = -1 WHERE id = 1"),
    (tables.LEADS, "prev_hash", "prev_hash = 'ab' WHERE id = 2"),
    (tables.LEADS, "hash", "hash = 'ab' WHERE id = 2"),
    (CONTACTS, "contact_key", "contact_key = 'ab' WHERE log_id = 6"),
    (CONTACTS, "payload", "salt = NULL WHERE log_id = 1"),
    (tables.SETTINGS, "created_at", f"created_at = {NO_TIME} WHERE id = 2"),
    (tables.USERS, "created_date", "created_date = 'then' WHERE id = 2"),
    (tables.LIMIT_CHANGES, "max_attempts", "max_attempts = -1 WHERE id = 2"),
    (tables.LIMIT_CHANGES, "window_seconds", "window_seconds = 0 WHERE id = 2"),
    (tables.CORRECTIONS, "outcome", "outcome = 'maybe' WHERE id = 1"),
    (tables.CORRECTIONS, "failure_category", "failure_category = 'bogus' WHERE id = 1"),
    (tables.ERASURES, "contacts_erased", "contacts_erased = -1 WHERE id = 1"),
    (tables.ERASURES, "contact_key", "log_id = NULL WHERE id = 1"),
    (tables.SNAPSHOTS, "attempts", "failures = failures + 1 WHERE id = 1"),
    (tables.REPORTS, "version", "version = 0 WHERE id = 1"),
    (tables.REPORTS, "provisional", "provisional = 2 WHERE id = 1"),
    (tables.RUNS, "event", "event = 'paused' WHERE id = 1"),
    (STATES, "used", "used = -1 WHERE user_id = 2"),
    ("secrets", "secret", "secret = x'00' WHERE id = 1"),
]
"""For each constraint a value that breaks it: the table, the column that is named, the change."""


@pytest.fixture
def path(database: Path) -> Path:
    database.write_bytes(honest())
    return database


@pytest.mark.parametrize(("table", "column", "change"), CASES)
def test_a_value_that_a_constraint_rules_out(
    path: Path, table: str, column: str, change: str
) -> None:
    with unguarded(path) as connection:
        assert connection.execute(f"UPDATE {table} SET {change}").rowcount == 1
        if table in tables.CHAINED and column not in ("id", "prev_hash", "hash"):
            rechain(connection, table)

    assert (table, column) in {(each.table, each.column) for each in problems(path)}


def test_every_constraint_of_a_table_that_is_not_large_is_a_rule() -> None:
    expected, columns = audit_schema.reference()
    found = {
        scan.table: sum(rule.broken_if.startswith("NOT (") for rule in scan.rules)
        for scan in audit_checks.scans()
    }

    assert found == {
        name: str(expected[name].sql).count("CHECK")
        for name in columns
        if name not in (LOG, tables.LEADS, CONTACTS)
    }


@pytest.mark.parametrize("table", [LOG, tables.LEADS, CONTACTS])
def test_of_a_large_table_every_constraint_has_its_case_here(path: Path, table: str) -> None:
    expected, _ = audit_schema.reference()
    constraints = [rule.broken_if for rule in audit_checks.rules(str(expected[table].sql))]
    counts = ", ".join(f"sum({each})" for each in constraints)
    broken: set[str] = set()
    with unguarded(path) as connection:
        for change in [change for changed, _, change in CASES if changed == table]:
            connection.execute("SAVEPOINT before")
            connection.execute(f"UPDATE {table} SET {change}")
            found = connection.execute(f"SELECT {counts} FROM {table} AS t").fetchone()
            broken |= {each for each, rows in zip(constraints, found, strict=True) if rows}
            connection.execute("ROLLBACK TO before")

    assert {*constraints} - broken == set()


def test_each_rule_is_about_a_column_of_its_table() -> None:
    _, columns = audit_schema.reference()

    for scan in audit_checks.scans():
        assert {rule.column for rule in scan.rules} <= {*columns[scan.table]}


def test_rows_of_other_dates_are_not_looked_at(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute(f"UPDATE {tables.RUNS} SET event = 'paused'")
        rechain(connection, tables.RUNS)

    assert [each for each in problems(path) if each.table == tables.RUNS]
    assert not [each for each in problems(path, date="2026-03-11") if each.table == tables.RUNS]


def test_a_table_that_is_not_there_hides_no_broken_rule_of_another(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TABLE {tables.USERS}")
    whole = path.with_name("whole.db")
    shutil.copy(path, whole)
    with unguarded(path) as connection:
        connection.execute("UPDATE secrets SET secret = x'00'")

    def found(file: Path) -> set[str]:
        return {each.table for each in problems(file)}

    assert "secrets" in found(path) - found(whole)
