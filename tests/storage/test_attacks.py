"""Rows do not change: what every client is refused, from leadlog's own to the `sqlite3` shell."""

import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock
from sqlite_utils import Database
from sqlite_utils.db import Table

import leadlog
from leadlog import tables
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.storage import connection as connections
from leadlog.storage.connection import insert_statement

CHAINED = tuple(tables.CHAINED)
PROTECTED = (*CHAINED, "contacts", "user_rate_limits", "secrets")
SHELL = shutil.which("sqlite3")

Client = Callable[[Path, str], str | None]
"""Runs one statement on a file; returns the error, or None when there was none."""


# Clients


def own(path: Path, statement: str) -> str | None:
    """A connection with leadlog's own settings."""
    with closing(connections.connect(str(path), writable=True)) as connection:
        connections.settle(connection, str(path), writable=True)
        return error_of(connection, statement)


def hostile(path: Path, statement: str) -> str | None:
    """A connection that turned off whatever can be turned off."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for name in ("recursive_triggers", "foreign_keys"):
            connection.execute(f"PRAGMA {name} = OFF")
        for name in ("ignore_check_constraints", "trusted_schema", "reverse_unordered_selects"):
            connection.execute(f"PRAGMA {name} = ON")
        return error_of(connection, statement)


def shell(path: Path, statement: str) -> str | None:
    """The stock command line tool."""
    if SHELL is None:
        pytest.skip("the sqlite3 command line tool is not installed")
    command = [SHELL, "-batch", "-init", "/dev/null", str(path), statement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stderr if done.returncode else None


def through_sqlite_utils(path: Path, statement: str) -> str | None:
    """The library that people reach for."""
    database = Database(path)
    try:
        return error_of(database.conn, statement)
    finally:
        database.close()


def error_of(connection: sqlite3.Connection, statement: str) -> str | None:
    try:
        with connection:
            connection.execute(statement)
    except sqlite3.Error as error:
        return str(error)
    return None


CLIENTS: tuple[Client, ...] = (own, hostile, shell, through_sqlite_utils)
every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.__name__)
every_table = pytest.mark.parametrize("table", PROTECTED)


# A database with rows in every table


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with at least one row in every table."""
    path = tmp_path_factory.mktemp("template") / "leads.db"
    with leadlog.open(path, create=True, clock=FakeClock()) as log:
        log.add_user("site-form", Limit(5, 60))
        log.add_user("partner")
        log.submit(user="site-form", name="Ada", email="ada@example.org", request_id="r-1")
        log.submit(user="site-form", name="Bob", email="bob@example.org")
        log.submit(user="site-form", name="Bob", email="bob@example.org")
        log.submit(user="partner", name="Cy", email="cy@example.org", request_id="r-2")
        log.submit(user="site-form", name="Di", email="di@example.org")
    with closing(rows.connect(path)) as connection:
        for table, columns in rows.SAMPLES.items():
            rows.append(connection, table, columns)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def path(template: Path, tmp_path: Path) -> Path:
    """A copy of the template."""
    copy = tmp_path / "leads.db"
    shutil.copy(template, copy)
    return copy


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(rows.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
            for table in PROTECTED
        }


def refused(client: Client, path: Path, statement: str, reason: str) -> None:
    """Run a statement that must fail for a reason and change nothing."""
    before = everything(path)

    error = client(path, statement)

    assert error is not None, f"went through: {statement}"
    assert reason in error
    assert everything(path) == before


def columns_of(path: Path, table: str) -> list[str]:
    with closing(rows.connect(path)) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def literal(values: Sequence[object]) -> str:
    texts = []
    for value in values:
        if value is None:
            texts.append("NULL")
        elif isinstance(value, str):
            texts.append("'" + value.replace("'", "''") + "'")
        else:
            texts.append(str(value))
    return ", ".join(texts)


def next_row(path: Path, table: str, **changes: rows.Value) -> list[rows.Value]:
    """Return a row that continues a chain properly: the last row's columns with changes."""
    names = tables.CHAINED[table]
    with closing(rows.connect(path)) as connection:
        query = f"SELECT {', '.join(names)} FROM {table} ORDER BY id DESC LIMIT 1"
        last = dict(zip(names, connection.execute(query).fetchone(), strict=True))
        given = [{**last, **changes}[name] for name in names[1:]]
        return list(rows.next_values(connection, table, given))


def insert(verb: str, table: str, values: Sequence[rows.Value]) -> str:
    names = ", ".join((*tables.CHAINED[table], "prev_hash", "hash"))
    return f"{verb} INTO {table} ({names}) VALUES ({literal(values)})"


def test_the_template_has_rows_everywhere_and_is_sound(path: Path) -> None:
    assert [table for table, found in everything(path).items() if not found] == []
    assert rows.unsound(path) == []


def test_a_row_that_continues_its_chain_is_taken(path: Path) -> None:
    values = next_row(path, tables.RUNS)

    assert shell(path, insert("INSERT", tables.RUNS, values)) is None
    assert len(rows.content(path, tables.RUNS)) == 2


# Changing and deleting


@every_client
@every_table
def test_no_column_of_a_row_is_updated(client: Client, path: Path, table: str) -> None:
    names = columns_of(path, table) if client is hostile else columns_of(path, table)[-2:]

    for name in names:
        refused(client, path, f"UPDATE {table} SET {name} = {name}", table)


@every_table
@pytest.mark.parametrize("verb", ["UPDATE OR IGNORE", "UPDATE OR REPLACE"])
def test_no_other_way_of_updating_goes_through(path: Path, table: str, verb: str) -> None:
    for name in columns_of(path, table):
        refused(hostile, path, f"{verb} {table} SET {name} = {name}", table)


@every_client
@every_table
def test_no_row_is_deleted(client: Client, path: Path, table: str) -> None:
    refused(client, path, f"DELETE FROM {table}", table)
    last = f"(SELECT max(rowid) FROM {table})"
    refused(client, path, f"DELETE FROM {table} WHERE rowid = {last}", table)


@every_client
@every_table
def test_no_row_is_put_in_again_by_its_key(client: Client, path: Path, table: str) -> None:
    names = ", ".join(columns_of(path, table))
    verbs = ["REPLACE", "INSERT OR REPLACE", "INSERT OR IGNORE", "INSERT OR ROLLBACK"]

    for verb in verbs if client is hostile else verbs[:1]:
        for which in ("min", "max"):
            row = f"SELECT {names} FROM {table} WHERE rowid = (SELECT {which}(rowid) FROM {table})"
            refused(client, path, f"{verb} INTO {table} ({names}) {row}", table)


@every_client
@every_table
def test_no_row_is_upserted(client: Client, path: Path, table: str) -> None:
    names = columns_of(path, table)
    listed = ", ".join(names)

    for what in ("DO NOTHING", f"DO UPDATE SET {names[-1]} = {names[-1]}"):
        again = f"SELECT {listed} FROM {table} WHERE true ON CONFLICT {what}"
        refused(client, path, f"INSERT INTO {table} ({listed}) {again}", table)


# Forging


@every_client
@pytest.mark.parametrize("table", CHAINED)
def test_no_row_takes_another_id_than_the_next(client: Client, path: Path, table: str) -> None:
    first, *others = next_row(path, table)
    forged: tuple[rows.Value, ...] = (0, -1, 2**62, int(first or 0) + 1, None)

    for forged_id in forged if client is hostile else forged[-2:]:
        refused(client, path, insert("INSERT", table, [forged_id, *others]), table)


@every_client
@pytest.mark.parametrize("table", CHAINED)
def test_no_row_takes_another_prev_hash_than_the_last_hash(
    client: Client, path: Path, table: str
) -> None:
    values = next_row(path, table)

    for forged_hash in ("0" * 64, "", None) if client is hostile else ("0" * 64,):
        values[-2] = forged_hash
        refused(client, path, insert("INSERT OR REPLACE", table, values), table)


UNIQUE: dict[str, dict[str, rows.Value]] = {
    tables.USERS: {"handle": "site-form"},
    tables.LEADS: {"log_id": 1, "user_id": 2},
    tables.ATTEMPTS: {"user_id": 2, "request_id": "r-1", "request_digest": "d"},
    tables.SNAPSHOTS: {"snapshot_date": "2026-03-01"},
    tables.REPORTS: {"report_date": "2026-03-01", "version": 1},
}


@every_client
@pytest.mark.parametrize("table", UNIQUE)
@pytest.mark.parametrize("verb", ["INSERT", "REPLACE", "INSERT OR IGNORE"])
def test_no_row_is_replaced_by_another_unique_column(
    client: Client, path: Path, table: str, verb: str
) -> None:
    values = next_row(path, table, **UNIQUE[table])

    refused(client, path, insert(verb, table, values), table)


@every_client
@pytest.mark.parametrize("table", [tables.ATTEMPTS, tables.CORRECTIONS])
def test_nothing_is_added_to_a_closed_date(client: Client, path: Path, table: str) -> None:
    values = next_row(path, table, log_date="2026-03-01", request_digest=None)

    refused(client, path, insert("INSERT", table, values), "closed")


# Leads


@every_client
@pytest.mark.parametrize(
    ("log_id", "user_id"),
    [(3, 2), (2, 3), (2, 2), (99, 2)],
    ids=["failed attempt", "another user's attempt", "attempt with a lead", "no attempt"],
)
def test_no_lead_is_made_but_for_its_successful_attempt(
    client: Client, path: Path, log_id: int, user_id: int
) -> None:
    values = next_row(path, tables.LEADS, log_id=log_id, user_id=user_id)

    refused(client, path, insert("INSERT", tables.LEADS, values), "leads")


# Contacts


@every_client
@pytest.mark.parametrize("log_id", [1, 5, 6])
def test_no_contact_is_added_to_an_attempt_from_outside(
    client: Client, path: Path, log_id: int
) -> None:
    statement = f"INSERT OR REPLACE INTO contacts VALUES ({log_id}, NULL, '{{}}', x'00')"

    refused(client, path, statement, "contacts")


@every_client
@pytest.mark.parametrize(
    "change",
    [
        "payload = NULL, salt = NULL WHERE log_id = 1",
        "payload = NULL WHERE log_id = 2",
        "salt = NULL WHERE log_id = 2",
        "payload = '{}' WHERE log_id = 2",
        "payload = NULL, salt = x'00' WHERE log_id = 2",
        "payload = NULL, salt = NULL, contact_key = NULL WHERE log_id = 2",
        "payload = NULL, salt = NULL, log_id = 1 WHERE log_id = 2",
        "payload = NULL, salt = NULL",
    ],
)
def test_no_contact_changes_but_by_an_erasure_that_covers_it(
    client: Client, path: Path, change: str
) -> None:
    refused(client, path, f"UPDATE contacts SET {change}", "contacts")


def erase(path: Path, **covered: rows.Value) -> None:
    values = next_row(path, tables.ERASURES, **covered)
    with closing(rows.connect(path)) as connection:
        connection.execute(insert_statement(tables.ERASURES), values)


def key_of(path: Path, log_id: int) -> str:
    with closing(rows.connect(path)) as connection:
        query = "SELECT contact_key FROM contacts WHERE log_id = ?"
        return str(connection.execute(query, (log_id,)).fetchone()[0])


def erased(path: Path) -> list[int]:
    with closing(rows.connect(path)) as connection:
        query = "SELECT log_id FROM contacts WHERE payload IS NULL ORDER BY log_id"
        return [log_id for (log_id,) in connection.execute(query)]


def null(log_id: int) -> str:
    return f"UPDATE contacts SET payload = NULL, salt = NULL WHERE log_id = {log_id}"


@every_client
def test_a_contact_is_erased_when_an_erasure_names_its_attempt(client: Client, path: Path) -> None:
    assert client(path, null(2)) is None
    assert erased(path) == [2]


def test_a_contact_is_erased_when_an_erasure_names_its_person(path: Path) -> None:
    erase(path, log_id=None, contact_key=key_of(path, 2), last_log_id=3)

    assert [shell(path, null(log_id)) is None for log_id in (1, 2, 3)] == [False, True, True]
    assert erased(path) == [2, 3]


def test_an_erasure_covers_no_later_attempt_of_its_person(path: Path) -> None:
    erase(path, log_id=None, contact_key=key_of(path, 2), last_log_id=2)

    refused(shell, path, null(3), "contacts")


def test_a_contact_is_erased_when_an_erasure_names_a_later_date(path: Path) -> None:
    erase(path, log_id=None, before_date="2026-03-11", last_log_id=4)

    assert shell(path, null(4)) is None
    refused(shell, path, null(5), "contacts")


def test_a_contact_of_the_very_date_is_not_erased(path: Path) -> None:
    erase(path, log_id=None, before_date="2026-03-10", last_log_id=5)

    refused(shell, path, null(4), "contacts")


@every_client
def test_an_erased_contact_does_not_come_back(client: Client, path: Path) -> None:
    assert client(path, null(2)) is None

    refused(client, path, "UPDATE contacts SET payload = '{}', salt = x'00' WHERE log_id = 2", "")
    refused(client, path, "REPLACE INTO contacts VALUES (2, NULL, '{}', x'00')", "contacts")


# Limit states


@every_client
@pytest.mark.parametrize(
    "change",
    [
        "used = 0",
        "used = used - 1, last_log_id = last_log_id",
        "last_log_id = 1, used = 1",
        "policy_id = 1",
        "user_id = 1",
        "updated_at = '2030-01-01T00:00:00.000000Z'",
    ],
)
def test_no_limit_state_says_anything_but_the_log(client: Client, path: Path, change: str) -> None:
    refused(client, path, f"UPDATE user_rate_limits SET {change}", "user_rate_limits")


@every_client
@pytest.mark.parametrize(
    "state",
    [
        "2, 2, 0, 5, '2026-03-10T12:00:00.000000Z'",
        "2, 2, 4, 5, '2026-03-10T12:00:00.000000Z'",
        "1, 1, 0, 1, '2026-03-10T12:00:00.000000Z'",
    ],
    ids=["made up", "stated again", "of the reserved user"],
)
def test_no_limit_state_is_put_in_place_of_another(client: Client, path: Path, state: str) -> None:
    statement = f"INSERT OR REPLACE INTO user_rate_limits VALUES ({state})"

    refused(client, path, statement, "user_rate_limits")


# The secret


@every_client
@pytest.mark.parametrize("verb", ["INSERT", "REPLACE", "INSERT OR IGNORE"])
def test_there_is_no_second_secret(client: Client, path: Path, verb: str) -> None:
    statement = f"{verb} INTO secrets (id, secret) VALUES (1, zeroblob(32))"

    refused(client, path, statement, "secrets")


# Through the methods of sqlite_utils


Row = dict[str, Any]
METHODS: dict[str, Callable[[Table, str, Row], object]] = {
    "insert with replace": lambda table, _, row: table.insert(row, replace=True),
    "insert with ignore": lambda table, key, row: table.insert(row, ignore=True, pk=key),
    "upsert": lambda table, key, row: table.upsert(row, pk=key),
    "delete": lambda table, key, row: table.delete(row[key]),
    "delete_where": lambda table, _key, _row: table.delete_where("1 = 1"),
    "update": lambda table, key, row: table.update(row[key], dict(list(row.items())[-1:])),
}


@every_table
@pytest.mark.parametrize("method", METHODS)
def test_no_method_of_sqlite_utils_changes_a_row(path: Path, table: str, method: str) -> None:
    before = everything(path)
    database = Database(path)
    found = database.table(table)
    first = dict(next(iter(found.rows)))

    with pytest.raises(sqlite3.Error):
        METHODS[method](found, found.pks[0], first)

    database.close()
    assert everything(path) == before


# Triggers that swallow what leadlog writes


SWALLOWED = (tables.ATTEMPTS, tables.LEADS, "contacts", "user_rate_limits")
_SWALLOW = "TRIGGER swallow BEFORE {what} ON {table} BEGIN SELECT RAISE(IGNORE); END"


@pytest.fixture
def log(path: Path) -> Iterator[leadlog.Leadlog]:
    """The copy of the template, open for writing."""
    with leadlog.open(path, clock=FakeClock("2026-03-10T13:00:00Z"), writable=True) as opened:
        yield opened


def submission_fails(log: leadlog.Leadlog, path: Path, user: str) -> None:
    before = everything(path)

    with pytest.raises(LeadlogError) as caught:
        log.submit(user=user, name="Eve", email="eve@example.org")

    assert caught.value.kind == "unusable"
    assert "Nothing was recorded" in (caught.value.hint or "")
    assert everything(path) == before


@pytest.mark.parametrize("table", SWALLOWED)
def test_a_permanent_trigger_that_swallows_a_row_fails_the_write(
    log: leadlog.Leadlog, path: Path, table: str
) -> None:
    with closing(rows.connect(path)) as connection:
        connection.execute("CREATE " + _SWALLOW.format(what="INSERT", table=table))
    with closing(rows.connect(path)) as connection:
        if table == "user_rate_limits":
            connection.execute(
                "CREATE " + _SWALLOW.replace("swallow", "too").format(what="UPDATE", table=table)
            )

    submission_fails(log, path, "site-form")


@pytest.mark.parametrize("table", SWALLOWED)
def test_a_temporary_trigger_that_swallows_a_row_fails_the_write(
    log: leadlog.Leadlog, path: Path, table: str
) -> None:
    writer: sqlite3.Connection = log._store._writer  # type: ignore[attr-defined]
    what = "UPDATE" if table == "user_rate_limits" else "INSERT"
    writer.execute("CREATE TEMP " + _SWALLOW.format(what=what, table=f"main.{table}"))

    submission_fails(log, path, "site-form")


def test_a_trigger_that_deletes_what_was_written_fails_the_write(
    log: leadlog.Leadlog, path: Path
) -> None:
    with closing(rows.connect(path)) as connection:
        connection.execute(
            "CREATE TRIGGER swallow AFTER INSERT ON lead_submission_logs"
            " BEGIN DELETE FROM lead_submission_logs WHERE id = NEW.id; END"
        )

    submission_fails(log, path, "site-form")


@pytest.mark.parametrize("table", [tables.USERS, tables.LIMIT_CHANGES])
def test_a_trigger_that_swallows_a_user_or_its_limit_fails_the_write(
    log: leadlog.Leadlog, path: Path, table: str
) -> None:
    with closing(rows.connect(path)) as connection:
        connection.execute("CREATE " + _SWALLOW.format(what="INSERT", table=table))
    before = everything(path)

    with pytest.raises(LeadlogError) as caught:
        log.add_user("third", Limit(1, 1))

    assert caught.value.kind == "unusable"
    assert everything(path) == before


def test_after_a_swallowed_row_the_next_write_is_sound(log: leadlog.Leadlog, path: Path) -> None:
    writer: sqlite3.Connection = log._store._writer  # type: ignore[attr-defined]
    writer.execute("CREATE TEMP " + _SWALLOW.format(what="INSERT", table="main.leads"))
    submission_fails(log, path, "site-form")
    writer.execute("DROP TRIGGER swallow")

    receipt = log.submit(user="site-form", name="Eve", email="eve@example.org")

    assert (receipt.ok, receipt.attempt) == (True, 6)
    assert rows.unsound(path) == []


def test_a_forged_row_is_found_and_does_not_stop_recording(tmp_path: Path) -> None:
    path = tmp_path / "leads.db"
    with leadlog.open(path, create=True) as log:
        log.add_user("form")
        log.submit(user="form", name="Ada", email="ada@example.org")
    with closing(sqlite3.connect(path)) as shell:
        shell.execute(
            "INSERT INTO lead_submission_logs (id, created_at, user_id, origin, occurred_at,"
            " log_date, outcome, admitted, logical_us, contact_hash, prev_hash, hash)"
            " SELECT id + 1, '2026-02-31T25:00:00.000000Z', user_id, origin, occurred_at, log_date,"
            " outcome, 0, logical_us, contact_hash, hash, ? FROM lead_submission_logs",
            ("f" * 64,),
        )
        shell.commit()

    with leadlog.open(path) as log:
        receipt = log.submit(user="form", name="Bob", email="bob@example.org")
        verdict = log.verify()

    assert (receipt.attempt, receipt.ok) == (3, True)
    assert any("Attempt 2 has no contact" in problem.message for problem in verdict.problems)
