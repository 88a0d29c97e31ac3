"""What is wrong is named however the rows fall into batches, in the row where it is wrong."""

from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection

import pytest
from tampering import honest, kinds, rechain, unguarded

from leadlog import chain, tables
from leadlog.storage import audit_rows

LOG = tables.ATTEMPTS
SIZES = (1, 2, 3, 1000)


@pytest.fixture(params=SIZES)
def path(database: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the honest log, which is verified in batches of so many rows."""
    database.write_bytes(honest())
    monkeypatch.setattr(audit_rows, "_ROWS_A_BATCH", request.param)
    return database


def test_an_honest_log_has_no_problem(path: Path) -> None:
    assert kinds(path) == set()


def named(path: Path, change: str) -> set[tuple[str, int | None, str]]:
    """Change attempts, compute their chain anew, and return what is named of them."""
    with unguarded(path) as connection:
        connection.execute(f"UPDATE {LOG} SET {change}")
        rechain(connection, LOG)
    return {found for found in kinds(path) if found[0] in (LOG, "contacts")}


def test_elapsed_time_that_does_not_follow(path: Path) -> None:
    found = named(path, "logical_us = logical_us + 1 WHERE id = 3")

    assert {(LOG, 3, "clock"), (LOG, 4, "clock")} <= found


def test_both_times_set_back_together(path: Path) -> None:
    back = "created_at = replace(created_at, ':02.', ':00.'), logical_us = logical_us - 2000000"

    found = named(path, f"{back}, occurred_at = replace(occurred_at, ':02.', ':00.') WHERE id = 3")

    assert {(LOG, 3, "clock"), (LOG, 4, "clock")} & found


def test_a_context_that_leadlog_does_not_write(path: Path) -> None:
    assert (LOG, 2, "value") in named(path, """context = '{"other":1}' WHERE id = 2""")


def test_a_step_of_the_clock_that_did_not_happen(path: Path) -> None:
    change = """context = '{"clock_step":{"back_ms":5000}}' WHERE id = 2"""

    assert (LOG, 2, "clock") in named(path, change)


def test_an_attempt_late_for_a_date_that_was_open(path: Path) -> None:
    assert (LOG, 6, "value") in named(path, "late_for = '2026-03-09' WHERE id = 6")


@pytest.mark.parametrize("time", ["2026-03-11T00:00:00.000000Z", "2026-03-09T01:00:00.000000Z"])
def test_an_attempt_that_occurred_on_another_date(path: Path, time: str) -> None:
    assert (LOG, 6, "value") in named(path, f"occurred_at = '{time}' WHERE id = 6")


def test_an_attempt_that_occurred_long_after_it_was_recorded(path: Path) -> None:
    later = "occurred_at = substr(created_at, 1, 11) || '23:59:59.000000Z'"

    assert (LOG, 6, "value") in named(path, f"{later} WHERE id = 6")


def test_an_attempt_that_counts_for_an_earlier_date(path: Path) -> None:
    assert (LOG, 6, "value") in named(path, "log_date = '2026-03-09' WHERE id = 6")


def test_an_attempt_added_to_a_closed_date_does_not_make_its_snapshot_wrong(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute(f"UPDATE {LOG} SET log_date = '2026-03-10' WHERE id = 10")
        rechain(connection, LOG)

    found = kinds(path)

    assert (LOG, 10, "closed") in found
    assert not [each for each in found if each[0] == tables.SNAPSHOTS]


@pytest.mark.parametrize("log_id", [3, 5])
def test_the_key_of_a_contact_that_made_no_lead(path: Path, log_id: int) -> None:
    with unguarded(path) as connection:
        connection.execute(
            "UPDATE contacts SET contact_key = replace(contact_key, '1', '2')"
            f" WHERE log_id = {log_id}"
        )

    assert kinds(path) == {("contacts", log_id, "contact")}


def test_a_decision_that_differs(path: Path) -> None:
    assert (LOG, 3, "decision") in named(path, "used = used + 1 WHERE id = 3")


def test_an_attempt_refused_that_was_within_its_limit(path: Path) -> None:
    refused = (
        "outcome = 'failure', failure_category = 'rate_limited', failure_code = 'limit_exceeded',"
        " failure_message = 'm', admitted = 0"
    )

    assert (LOG, 1, "decision") in named(path, f"{refused} WHERE id = 1")


def rehash(connection: Connection, table: str, id_: int) -> None:
    """Compute the hash of one row anew, and of no other."""
    columns = ", ".join(tables.CHAINED[table])
    query = f"SELECT prev_hash, {columns} FROM {table} WHERE id = ?"
    prev_hash, *row = connection.execute(query, (id_,)).fetchone()
    hash_ = chain.row_hash(table, row, prev_hash)
    connection.execute(f"UPDATE {table} SET hash = ? WHERE id = ?", (hash_, id_))


@pytest.mark.parametrize("table", ["users", LOG, "leads"])
def test_a_row_with_a_hash_of_its_own_is_a_broken_link(path: Path, table: str) -> None:
    with unguarded(path) as connection:
        connection.execute(
            f"UPDATE {table} SET created_at = '2026-03-10T00:00:00.000001Z' WHERE id = 2"
        )
        rehash(connection, table, 2)

    assert (table, 3, "link") in kinds(path)


def drop(connection: Connection, table: str) -> None:
    connection.execute(f"DELETE FROM {table} WHERE id = 2")
    rechain(connection, table)


def renumber(connection: Connection, table: str) -> None:
    connection.execute(f"UPDATE {table} SET id = id + 1000 WHERE id >= 3")
    rechain(connection, table)


@pytest.mark.parametrize("change", [drop, renumber])
@pytest.mark.parametrize("table", ["settings", LOG, "analysis_runs"])
def test_an_id_that_is_missing_in_a_chain_computed_anew(
    path: Path, table: str, change: Callable[[Connection, str], None]
) -> None:
    with unguarded(path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        change(connection, table)

    assert (table, "gap") in {(found[0], found[2]) for found in kinds(path)}
