"""A BLOB in the place of a text or a number is named, with its row."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tampering import DAY, execute, honest, kinds, problems

from leadlog.storage import audit_beside


@pytest.fixture
def path(database: Path) -> Path:
    """A copy of the honest log, to be changed."""
    database.write_bytes(honest())
    return database


def put_blob(path: Path, table: str, column: str, change: str) -> None:
    """Store a BLOB in a column of a strict table."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        query = "SELECT sql FROM sqlite_schema WHERE name = ?"
        (strict,) = connection.execute(query, (table,)).fetchone()
    set_schema(path, table, strict.replace(f"{column} TEXT", f"{column} BLOB"), 998)
    execute(path, f"UPDATE {table} SET {column} = {change}")
    set_schema(path, table, strict, 999)


def set_schema(path: Path, table: str, sql: str, version: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, table))
        connection.execute(f"PRAGMA schema_version = {version}")


@pytest.mark.parametrize("least_bytes", [0, 2**40], ids=["large", "small"])
def test_a_blob_is_named_though_sqlite_can_not_go_through_the_file(
    path: Path, least_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_blob(path, "lead_submission_logs", "request_id", "x'37722D30' WHERE id = 1")
    with closing(sqlite3.connect(path)) as connection:
        (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'runs_by_date'"
        (page,) = connection.execute(query).fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek((page - 1) * page_bytes)
        file.write(b"\x77")
    monkeypatch.setattr(audit_beside, "LARGE_BYTES", least_bytes)

    found = problems(path)

    assert [each for each in found if (each.table, each.kind) == ("file", "unreadable")]
    assert [each.id for each in found if "has a BLOB for its request_id" in each.message] == [1]


def test_many_blobs_are_counted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadlog.verification.problems.MOST_OF_A_KIND", 2)
    put_blob(path, "contacts", "payload", "CAST(payload AS BLOB) WHERE log_id <= 5")

    found = [each for each in problems(path) if each.kind == "value"]

    assert [(each.table, each.column) for each in found] == [("contacts", "payload")] * 3
    assert found[-1].message == "3 more like this."


def test_a_setting_that_is_no_text_is_named(path: Path) -> None:
    put_blob(path, "settings", "value", "x'ff' WHERE id = 2")

    assert ("settings", 2, "hash") in kinds(path)


@pytest.mark.parametrize("options", [{}, {"date": DAY}], ids=["whole", "date"])
@pytest.mark.parametrize("least_bytes", [0, 2**40], ids=["large", "small"])
def test_a_value_in_binary_json_is_not_the_text_that_it_stands_for(
    path: Path, least_bytes: int, options: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_blob(path, "lead_submission_logs", "request_id", "x'37722D30' WHERE id = 1")  # r-0
    monkeypatch.setattr(audit_beside, "LARGE_BYTES", least_bytes)

    assert ("lead_submission_logs", 1, "request_id", "value") in {
        each[:4] for each in problems(path, **options)
    }


@pytest.mark.parametrize(
    ("table", "column", "id_"),
    [("contacts", "payload", "log_id"), ("analysis_runs", "engine", "id")],
)
def test_the_bytes_of_a_text_are_not_the_text(
    path: Path, table: str, column: str, id_: str
) -> None:
    put_blob(path, table, column, f"CAST({column} AS BLOB) WHERE {id_} = 1")

    assert (table, 1, column, "value") in {each[:4] for each in problems(path)}
