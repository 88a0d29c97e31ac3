"""The schema and the file itself: what was removed, added or damaged is named."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fakes import FakeClock
from sqlite_utils import Database
from tampering import DAY, execute, honest, kinds, problems

from leadlog import service, tables
from leadlog.errors import LeadlogError
from leadlog.storage import audit, audit_beside, audit_process, audit_workers
from leadlog.verification import Problem, run, snapshots

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


@pytest.fixture
def found_here(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Problem]:
    """Break a rule, a reference between tables and a chain, in a file that passes for large.

    Returns:
        What is found of it in this process.
    """
    execute(
        path,
        "UPDATE leads SET page = '/other' WHERE id = 2",
        "UPDATE lead_submission_logs SET duration_ms = 5 WHERE id = 1",
        "UPDATE lead_submission_logs SET user_id = 99 WHERE id = 2",
    )
    found = problems(path)
    assert {each.kind for each in found} >= {"unsound", "value", "hash"}
    monkeypatch.setattr(audit_beside, "LARGE_BYTES", 0)
    return found


@pytest.mark.parametrize("cores", [1, 2, 3, 64])
def test_processes_that_map_a_large_file_find_what_is_found_here(
    path: Path, found_here: list[Problem], cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_beside, "Background", None)  # nothing may be done here
    monkeypatch.setattr(run, "pass_over", None)
    monkeypatch.setattr(audit_beside, "_cores", lambda: cores)

    assert problems(path) == found_here


def test_of_a_large_file_nothing_is_done_twice(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_beside, "LARGE_BYTES", 0)
    monkeypatch.setattr(audit_beside, "Background", None)
    monkeypatch.setattr(run, "pass_over", None)
    monkeypatch.setattr(snapshots, "recompute_snapshot", None)

    assert problems(path) == []


def test_a_closed_date_that_a_process_computes_otherwise_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = """replace(metrics, '"burst_minutes":0', '"burst_minutes":1')"""
    execute(path, f"UPDATE daily_analysis_snapshots SET metrics = {changed}")
    here = problems(path)
    monkeypatch.setattr(audit_beside, "LARGE_BYTES", 0)

    assert [each for each in here if "burst_minutes" in each.message]
    assert problems(path) == here


def test_another_file_in_its_place_is_not_what_is_verified(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(path, "UPDATE lead_submission_logs SET page = '/other' WHERE id = 9")
    monkeypatch.setattr(audit_beside, "LARGE_BYTES", 0)
    other = tmp_path / "other.db"
    other.write_bytes(honest())

    def started(_: int) -> Callable[[int], None]:
        return lambda _: None

    with audit.SqliteAudit(str(path), FakeClock()) as source:
        other.replace(path)
        verdict = run.verify(source, started=started)

    assert [each.id for each in verdict.problems if each.kind == "hash"] == [9]


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


def put_blob(path: Path, table: str, column: str, change: str) -> None:
    """Store a BLOB in a column of a strict table."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        query = "SELECT sql FROM sqlite_schema WHERE name = ?"
        (strict,) = connection.execute(query, (table,)).fetchone()
    set_schema(path, table, strict.replace(f"{column} TEXT", f"{column} BLOB"), 998)
    execute(path, f"UPDATE {table} SET {column} = {change}")
    set_schema(path, table, strict, 999)


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


def set_schema(path: Path, table: str, sql: str, version: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, table))
        connection.execute(f"PRAGMA schema_version = {version}")


@pytest.mark.parametrize(("place", "bit"), [(0, 0x80), (38, 0x80), (-10, 1), (-9, 1), (-6, 1)])
def test_a_schema_that_is_no_text_is_named(path: Path, place: int, bit: int) -> None:
    # Of an entry: its name, its SQL, and what type its name and its type are of.
    content = bytearray(path.read_bytes())
    content[content.index(b"attempts_late") + place] ^= bit
    path.write_bytes(content)

    assert {each.table for each in problems(path)} & {"schema", "file"}


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


def test_what_a_process_reads_is_told_like_what_is_read_here(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[int]] = []

    def started(expected: int) -> Callable[[int], None]:
        told.append([expected])
        return told[-1].append

    here = service.verify(path, clock=FakeClock(), started=started)
    monkeypatch.setattr(audit_beside, "LARGE_BYTES", 0)
    beside = service.verify(path, clock=FakeClock(), started=started)

    assert beside == here
    assert [(counts[0], sum(counts[1:])) for counts in told] == [(told[0][0], told[0][0])] * 2


def test_what_a_process_that_died_was_to_do_is_done_here(
    path: Path, found_here: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    assert problems(path) == found_here


@pytest.mark.parametrize("cores", [1, 2])
def test_what_a_process_left_undone_when_it_died_is_done_here(
    path: Path,
    found_here: list[Problem],
    tmp_path: Path,
    cores: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It says that all is well, but dies within the line.
    dying = tmp_path / "dying"
    dying.write_text("""#!/bin/sh\nread task\nprintf '["%s", [], {}, {}]' "$task"\n""")
    dying.chmod(0o700)
    monkeypatch.setattr(audit_beside, "_cores", lambda: cores)
    monkeypatch.setattr(sys, "executable", str(dying))

    assert problems(path) == found_here


def test_what_is_left_when_a_process_died_is_done_by_another(
    path: Path, found_here: list[Problem], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first to be started dies of what it is told; what it took is all that is done here.
    first = tmp_path / "first"
    dying = tmp_path / "dying"
    dying.write_text(
        f"#!/bin/sh\nif mkdir {first} 2>/dev/null; then read task; exit 1; fi\n"
        f'exec {sys.executable} "$@"\n'
    )
    dying.chmod(0o700)
    done_here: list[str] = []
    begin = audit_beside.Beside._begin_here

    def begin_here(self: audit_beside.Beside, task: str) -> None:
        done_here.append(task)
        begin(self, task)

    monkeypatch.setattr(audit_beside.Beside, "_begin_here", begin_here)
    monkeypatch.setattr(audit_beside, "_cores", lambda: 2)
    monkeypatch.setattr(sys, "executable", str(dying))

    assert problems(path) == found_here
    assert first.exists()
    assert len(done_here) <= 1


def test_a_process_ends_with_the_one_that_started_it() -> None:
    waiting = "from leadlog.storage import audit_process; import signal;"
    waiting += " print(next(audit_process.told()), flush=True); signal.pause()"

    with subprocess.Popen(
        [sys.executable, "-c", waiting], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"a task\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"a task\n"
        process.stdin.close()  # as when its parent was killed

        assert process.wait(30) == 0


@pytest.mark.parametrize("said", ["hello", "5", "[]", "null"])
def test_a_process_that_says_what_makes_no_sense_did_nothing(
    path: Path,
    found_here: list[Problem],
    tmp_path: Path,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    talking = tmp_path / "talking"
    talking.write_text(f"#!/bin/sh\nread task\necho '{said}'\n")
    talking.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(talking))

    assert problems(path) == found_here


def test_nobody_waits_for_what_was_not_to_be_done(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_done = tmp_path / "never_done"
    never_done.write_text("#!/bin/sh\nwhile read task; do :; done\n")
    never_done.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(never_done))
    workers = audit_workers.Workers(["rules"], str(path), None, 1)
    found: list[object] = []
    asking = Thread(target=lambda: found.append(workers.result("dates", lambda _: None)))

    asking.start()
    asking.join(10)
    in_time = list(found)
    workers.stop()

    assert in_time == [None]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_start_that_fails_leaves_no_process(
    path: Path, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen, start = subprocess.Popen, Thread.start

    def note(*given: Any, **named: Any) -> Any:
        started.append(popen(*given, **named))
        return started[-1]

    def fail_later(thread: Thread) -> None:
        if len(started) > 1:
            raise error
        start(thread)

    monkeypatch.setattr(subprocess, "Popen", note)
    monkeypatch.setattr(Thread, "start", fail_later)
    if error is KeyboardInterrupt:
        with pytest.raises(KeyboardInterrupt):
            audit_workers.Workers(["rules"], str(path), None, 2)
    else:  # there are no more threads; one must do
        workers = audit_workers.Workers(["rules"], str(path), None, 2)
        assert workers.result("rules", lambda _: None) == [[], {}]
        workers.stop()

    assert len(started) == 2
    assert all(process.poll() is not None for process in started)


def test_where_no_process_can_be_started_all_is_done_here(
    path: Path, found_here: list[Problem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    assert problems(path) == found_here


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(LeadlogError) as caught:
        service.verify(tmp_path / "none.db")

    assert caught.value.kind == "not_found"


def test_a_process_does_what_it_is_told_until_its_stdin_is_closed(path: Path) -> None:
    command = [sys.executable, "-m", audit_process.__name__, str(path)]

    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for task in ("rules", "file"):
            process.stdin.write(f"{task}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == [task, [], {}]
        process.stdin.close()

        assert (process.wait(30), process.stdout.read(), process.stderr.read()) == (0, b"", b"")
