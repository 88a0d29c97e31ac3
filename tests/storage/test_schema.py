"""The tables as they stand in the file."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import rows

import leadlog
from leadlog import tables
from leadlog.storage import migrations
from leadlog.storage.connection import APPLICATION_ID, SCHEMA_VERSION

OTHERS = {"contacts", "user_rate_limits", "secrets"}
VIEWS = ("attempt_details", "effective_attempts", "lead_details")


@pytest.fixture
def connection(log: leadlog.Leadlog, database: Path) -> Iterator[sqlite3.Connection]:
    """A plain connection to a database with a success, a failure and a correction."""
    log.submit(user="site-form", name="Ada", email="ada@example.org", page="/p")
    log.submit(user="site-form", name="Ada", email="ada@example.org", page="/p")
    rows.correct(database, 1, "failure")
    with closing(rows.connect(database)) as opened:
        yield opened


@pytest.mark.parametrize("table", tables.CHAINED)
def test_a_chained_table_has_its_columns_in_the_order_that_is_hashed(
    connection: sqlite3.Connection, table: str
) -> None:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]

    assert columns == [*tables.CHAINED[table], "prev_hash", "hash"]


def test_every_table_is_known_and_strict(connection: sqlite3.Connection) -> None:
    listed = connection.execute("PRAGMA table_list").fetchall()

    foreign = ("_sqlite_migrations", "sqlite_schema", "sqlite_temp_schema")
    ours = {row[1]: row[5] for row in listed if row[2] == "table" and row[1] not in foreign}
    assert set(ours) == {*tables.CHAINED, *OTHERS}
    assert set(ours.values()) == {1}


def test_the_version_of_the_code_is_that_of_the_migrations(
    connection: sqlite3.Connection,
) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()

    assert SCHEMA_VERSION == migrations.LATEST == version
    assert application_id == APPLICATION_ID


@pytest.mark.parametrize("table", [*tables.CHAINED, *sorted(OTHERS)])
def test_no_reference_deletes_or_changes_a_row(connection: sqlite3.Connection, table: str) -> None:
    references = connection.execute(f"PRAGMA foreign_key_list({table})").fetchall()

    assert {row[5:7] for row in references} <= {("NO ACTION", "NO ACTION")}


@pytest.mark.parametrize("table", [*tables.CHAINED, *sorted(OTHERS)])
def test_every_table_guards_insert_update_and_delete(
    connection: sqlite3.Connection, table: str
) -> None:
    query = "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"

    triggers = " ".join(sql for (sql,) in connection.execute(query, (table,)))

    assert [
        what for what in ("INSERT", "UPDATE", "DELETE") if f"BEFORE {what}" not in triggers
    ] == []


@pytest.mark.parametrize("trusted", ["ON", "OFF"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_answers_whether_or_not_the_schema_is_trusted(
    connection: sqlite3.Connection, view: str, trusted: str
) -> None:
    connection.execute(f"PRAGMA trusted_schema = {trusted}")

    found = connection.execute(f"SELECT * FROM {view}").fetchall()

    assert len(found) == (1 if view == "lead_details" else 2)


def test_there_are_no_other_views(connection: sqlite3.Connection) -> None:
    query = "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name"

    assert [name for (name,) in connection.execute(query)] == list(VIEWS)


def test_effective_attempts_apply_the_newest_correction(
    connection: sqlite3.Connection, database: Path
) -> None:
    query = "SELECT outcome, failure_category, correction_id FROM effective_attempts WHERE id = 1"
    once = connection.execute(query).fetchone()

    rows.correct(database, 1, "success")

    assert once == ("failure", "rejected", 1)
    assert connection.execute(query).fetchone() == ("success", None, 2)


def test_lead_details_say_that_a_lead_is_revoked(connection: sqlite3.Connection) -> None:
    query = 'SELECT lead, attempt, "user", revoked, contact FROM lead_details'

    found = connection.execute(query).fetchone()

    assert found == (1, 1, "site-form", 1, '{"email":"ada@example.org","name":"Ada"}')


def test_attempt_details_join_user_contact_and_lead(connection: sqlite3.Connection) -> None:
    query = 'SELECT attempt, "user", lead, outcome, contact FROM attempt_details ORDER BY attempt'

    found = connection.execute(query).fetchall()

    contact = '{"email":"ada@example.org","name":"Ada"}'
    assert found == [
        (1, "site-form", 1, "failure", contact),
        (2, "site-form", None, "failure", contact),
    ]


def test_the_schema_is_found_whole_by_sqlite(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


# Which index answers


def plans(connection: sqlite3.Connection, action: Callable[[], object]) -> dict[str, str]:
    """Return each SELECT that an action runs on a connection, with SQLite's plan for it."""
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    action()
    connection.set_trace_callback(None)
    return {
        statement: "; ".join(
            row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
        )
        for statement in statements
        if statement.startswith("SELECT")
    }


def plan_with(found: dict[str, str], *parts: str) -> str:
    """Return the plans of the statements that hold all parts; at least one must."""
    matching = [
        plan for statement, plan in found.items() if all(part in statement for part in parts)
    ]
    assert matching, list(found)
    return "; ".join(matching)


@pytest.fixture
def writing(log: leadlog.Leadlog) -> dict[str, str]:
    """The plans of all that a submission asks, by somebody who is a lead of another page."""
    log.submit(user="site-form", name="Bob", email="bob@example.org", request_id="r-0")
    log._store._memory_version = -1  # type: ignore[attr-defined]  # what is remembered is not asked
    return plans(
        log._store._writer,  # type: ignore[attr-defined]
        lambda: log.submit(
            user="site-form", name="Bob", email="bob@example.org", page="/p", request_id="r-1"
        ),
    )


def reading(log: leadlog.Leadlog, action: Callable[[], object]) -> dict[str, str]:
    return plans(log._store._reader, action)  # type: ignore[attr-defined]


def test_a_submission_scans_no_table(writing: dict[str, str]) -> None:
    scans = {
        statement: plan
        for statement, plan in writing.items()
        if "SCAN" in plan and "DESC LIMIT" not in statement
    }

    assert scans == {}


def test_the_window_is_counted_in_its_index(writing: dict[str, str]) -> None:
    plan = plan_with(writing, "count(*)", "admitted = 1")

    assert "COVERING INDEX attempts_in_window" in plan


def test_a_request_id_is_found_in_its_index(writing: dict[str, str]) -> None:
    assert "attempts_by_request" in plan_with(writing, "request_digest IS NOT NULL")


def test_a_duplicate_is_found_in_its_index(writing: dict[str, str]) -> None:
    plan = plan_with(writing, "+d.contact_key =")

    assert "leads_by_contact (user_id=? AND <expr>=?)" in plan  # whether there is a lead at all
    assert "leads_by_contact (user_id=? AND <expr>=? AND page=?)" in plan
    assert "leads_masked (user_id=? AND <expr>=?)" in plan
    assert "corrections_by_attempt" in plan


def test_the_last_attempt_is_found_by_its_key(writing: dict[str, str]) -> None:
    plan = plan_with(writing, "logical_us FROM lead_submission_logs ORDER BY id DESC LIMIT 1")

    assert plan == "SCAN lead_submission_logs"  # backwards along the key, one row
    assert "TEMP B-TREE" not in plan


def scans_of_the_log(found: dict[str, str]) -> list[str]:
    return [
        statement
        for statement, plan in found.items()
        for step in plan.split("; ")
        if step in ("SCAN l", "SCAN lead_submission_logs", "SCAN e")
    ]


def test_failures_of_a_date_are_found_by_the_date(log: leadlog.Leadlog) -> None:
    wanted = leadlog.Filter(since="2026-03-10", until="2026-03-10")

    found = reading(log, lambda: log.failures(wanted))

    assert "attempts_by_date" in plan_with(found, "UNION ALL")
    assert scans_of_the_log(found) == []


def test_failures_of_a_range_are_found_by_the_date(log: leadlog.Leadlog) -> None:
    wanted = leadlog.Filter(since="2026-03-01", until="2026-03-10")

    found = reading(log, lambda: log.failures(wanted))

    assert "attempts_by_date" in plan_with(found, "UNION ALL")
    assert scans_of_the_log(found) == []


def test_failures_of_all_dates_are_found_among_failures(log: leadlog.Leadlog) -> None:
    found = reading(log, log.failures)

    assert "attempts_by_failure" in plan_with(found, "UNION ALL")


def test_failures_of_a_kind_are_found_by_their_kind(log: leadlog.Leadlog) -> None:
    wanted = leadlog.Filter(category="validation", code="missing_name")

    found = reading(log, lambda: log.failures(wanted))

    assert "attempts_by_failure (failure_category=? AND failure_code=?)" in plan_with(
        found, "UNION ALL"
    )


def test_attempts_of_a_date_are_found_by_the_date(log: leadlog.Leadlog) -> None:
    wanted = leadlog.Filter(since="2026-03-10", until="2026-03-10", limit=10)

    found = reading(log, lambda: list(log.attempts(wanted)))

    plan = plan_with(found, "log_date")
    assert "attempts_by_date (log_date=?)" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize(
    "ask",
    [
        lambda log, wanted: list(log.attempts(wanted)),
        lambda log, wanted: list(log.leads(wanted)),
        lambda log, wanted: log.failures(wanted),
    ],
    ids=["attempts", "leads", "failures"],
)
def test_what_is_of_a_person_is_found_by_the_person(
    log: leadlog.Leadlog, ask: Callable[[leadlog.Leadlog, leadlog.Filter], object]
) -> None:
    wanted = leadlog.Filter(email_key="k" * 64, limit=10)

    found = reading(log, lambda: ask(log, wanted))

    assert "contacts_by_key (<expr>=?)" in plan_with(found, "contact_key")
    assert scans_of_the_log(found) == []


def test_the_newest_attempts_are_read_from_the_end(log: leadlog.Leadlog) -> None:
    wanted = leadlog.Filter(limit=10)

    found = reading(log, lambda: list(log.attempts(wanted, newest_first=True)))

    assert "TEMP B-TREE" not in plan_with(found, "ORDER BY")


def test_limit_status_counts_in_the_windows_index(log: leadlog.Leadlog) -> None:
    found = reading(log, lambda: log.limit_status("site-form"))

    assert "COVERING INDEX attempts_in_window" in plan_with(found, "count(*)")
    assert [s for s in scans_of_the_log(found) if "DESC LIMIT 1" not in s] == []
