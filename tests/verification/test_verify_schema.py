"""The schema and the file itself: what was removed, added or damaged is named."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fakes import FakeClock
from sqlite_utils import Database
from tampering import execute, honest, kinds, problems

from leadlog import service, tables
from leadlog.errors import LeadlogError
from leadlog.storage import audit, audit_beside

LOG = tables.ATTEMPTS


@pytest.fixture
def path(database: Path) -> Path:
    """A copy of the honest log, to be changed."""
    database.write_bytes(honest())
    return database


def plain(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def named(path: Path) -> list[str | None]:
    return [found.column for found in problems(path) if found.kind == "schema"]


def test_every_entry_of_the_schema_is_missed_when_it_is_gone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        query = (
            "SELECT type, name, sql FROM sqlite_schema"
            " WHERE type IN ('trigger', 'view', 'index') AND sql NOTNULL"
            " AND tbl_name <> '_sqlite_migrations'"
        )
        entries = connection.execute(query).fetchall()
    assert len(entries) > 50

    for kind, name, sql in entries:
        plain(path, "PRAGMA synchronous = OFF", f"DROP {kind} {name}")
        assert named(path) == [name]
        plain(path, "PRAGMA synchronous = OFF", sql)
    assert problems(path) == []


def test_a_trigger_that_does_something_else_is_named(path: Path) -> None:
    plain(
        path,
        "DROP TRIGGER users_no_update",
        "CREATE TRIGGER users_no_update BEFORE UPDATE ON users BEGIN SELECT 1; END",
    )

    assert named(path) == ["users_no_update"]


def test_a_trigger_that_is_not_ours_is_named(path: Path) -> None:
    plain(path, "CREATE TRIGGER mine AFTER INSERT ON leads BEGIN SELECT 1; END")

    assert named(path) == ["mine"]


def test_an_index_of_somebody_elses_that_refuses_rows_is_named(path: Path) -> None:
    plain(path, "CREATE UNIQUE INDEX mine ON leads (id, page)")

    assert named(path) == ["mine"]


def test_tables_views_and_indexes_of_other_tools_are_theirs(path: Path) -> None:
    plain(
        path,
        "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)",
        "CREATE TABLE theirs (id INTEGER PRIMARY KEY, a TEXT UNIQUE)",
        "CREATE TRIGGER their_trigger AFTER INSERT ON theirs BEGIN SELECT 1; END",
        "CREATE INDEX looks_up ON leads (page)",
        "CREATE VIEW their_view AS SELECT 1",
        "ANALYZE",
    )

    assert problems(path) == []


def test_a_table_that_was_rebuilt_without_its_constraints_is_named(path: Path) -> None:
    Database(path)["analysis_runs"].transform()  # type: ignore[union-attr]

    assert "analysis_runs" in named(path)


@pytest.mark.parametrize("table", [*tables.CHAINED, "contacts", "user_rate_limits", "secrets"])
def test_a_dropped_table_is_named_and_the_rest_goes_on(path: Path, table: str) -> None:
    plain(path, "PRAGMA foreign_keys = OFF", f"DROP TABLE {table}")
    execute(path, "UPDATE analysis_runs SET detail = 'x'") if table != "analysis_runs" else None

    found = problems(path)

    assert table in [problem.column for problem in found if problem.kind == "schema"]
    if table != "analysis_runs":
        assert ("analysis_runs", 1, "hash") in {(p.table, p.id, p.kind) for p in found}


@pytest.mark.parametrize("pragma", ["application_id = 7", "user_version = 0"])
def test_a_changed_mark_of_the_file_is_named(path: Path, pragma: str) -> None:
    plain(path, f"PRAGMA {pragma}")

    assert kinds(path) == {("file", None, "schema")}


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    plain(path, "PRAGMA user_version = 99")

    with pytest.raises(LeadlogError, match="newer"):
        problems(path)


def test_a_database_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    plain(tmp_path / "theirs.db", "CREATE TABLE a (b)")

    with pytest.raises(LeadlogError, match="not one of leadlog's"):
        problems(tmp_path / "theirs.db")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database" * 1000)

    with pytest.raises(LeadlogError, match="is not a SQLite database"):
        problems(tmp_path / "text.db")


def test_damage_to_any_page_is_named_or_harmless(path: Path) -> None:
    """Overwrites each page in turn with what no page holds; verification never fails."""
    honest = path.read_bytes()
    (page_size,) = (int.from_bytes(honest[16:18], "big"),)
    unnamed = []

    for start in range(page_size, len(honest), page_size):
        path.write_bytes(honest[:start] + b"\xa5" * page_size + honest[start + page_size :])
        if not problems(path):
            unnamed.append(start // page_size + 1)

    assert unnamed == []


def test_a_truncated_file_is_named(path: Path) -> None:
    honest = path.read_bytes()

    for length in (len(honest) - 4096, len(honest) // 2, 8192):
        path.write_bytes(honest[:length])
        assert problems(path) != []


def test_a_damaged_schema_page_is_named(path: Path) -> None:
    honest = bytearray(path.read_bytes())
    honest[100:4096] = b"\xa5" * 3996

    path.write_bytes(bytes(honest))

    assert {found.kind for found in problems(path)} >= {"unreadable"}


def test_an_index_that_lost_a_row_is_named(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        query = "SELECT sql FROM sqlite_schema WHERE name = 'attempts_by_date'"
        (sql,) = connection.execute(query).fetchone()
        partial = f"{sql} WHERE id <> 3"
        connection.execute("DROP INDEX attempts_by_date")
        connection.execute(partial)
        connection.execute(
            "UPDATE sqlite_schema SET sql = ? WHERE name = 'attempts_by_date'", (sql,)
        )

    assert ("file", None, "unsound") in kinds(path)


def test_the_soundness_check_is_stopped_when_verification_ends_early(path: Path) -> None:
    source = audit.SqliteAudit(str(path), FakeClock())
    source.start(None)

    source.close()
    source.close()

    assert problems(path) == []


def test_a_trigger_on_a_view_is_named(path: Path) -> None:
    plain(
        path,
        "CREATE TRIGGER other INSTEAD OF INSERT ON attempt_details BEGIN SELECT 1; END",
    )

    assert named(path) == ["other"]


@pytest.mark.parametrize(
    ("name", "column", "condition"),
    [
        ("attempts_in_window", "user_id, logical_us, admitted", "admitted >= 0"),
        ("attempts_by_failure", "failure_category, failure_code, log_date", "outcome <> 'x'"),
    ],
)
@pytest.mark.parametrize("least_bytes", [0, 2**40], ids=["large", "small"])
def test_an_index_with_more_entries_than_it_should_have(
    path: Path,
    name: str,
    column: str,
    condition: str,
    least_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        query = "SELECT sql FROM sqlite_schema WHERE name = ?"
        (sql,) = connection.execute(query, (name,)).fetchone()
        connection.execute(f"DROP INDEX {name}")
        connection.execute(
            f"CREATE INDEX {name} ON lead_submission_logs ({column}) WHERE {condition}"
        )
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, name))
        (version,) = connection.execute("PRAGMA schema_version").fetchone()
        connection.execute(f"PRAGMA schema_version = {version + 1}")
    monkeypatch.setattr(audit_beside, "LARGE_BYTES", least_bytes)

    assert [each for each in problems(path) if each.kind == "unsound" and name in each.message]


@pytest.mark.parametrize(("place", "bit"), [(0, 0x80), (38, 0x80), (-10, 1), (-9, 1), (-6, 1)])
def test_a_schema_that_is_no_text_is_named(path: Path, place: int, bit: int) -> None:
    # Of an entry: its name, its SQL, and what type its name and its type are of.
    content = bytearray(path.read_bytes())
    content[content.index(b"attempts_late") + place] ^= bit
    path.write_bytes(content)

    assert {each.table for each in problems(path)} & {"schema", "file"}


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(LeadlogError) as caught:
        service.verify(tmp_path / "none.db")

    assert caught.value.kind == "not_found"
