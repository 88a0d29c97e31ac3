"""`backup`."""

import errno
import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock
from shell import Shell

import leadlog
from leadlog import tables
from leadlog.cli.layout import size_text
from leadlog.storage import connection, copying

SUFFIXES = ("", "-wal", "-shm", "-journal")


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(database, clock, capsys)
    shell.ready("site-form")
    for number in range(20):
        shell.submit("site-form", f"a{number}@example.org")
    return shell


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the copy goes: a folder of its own."""
    (tmp_path / "copies").mkdir()
    return tmp_path / "copies" / "leads.db"


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def test_a_backup_is_the_database_again(run: Shell, target: Path) -> None:
    result = run("backup", str(target))

    receipt = run("show", "20", "--json").object["hash"]
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        f"✓ {target}: 20 attempts, 20 leads, {size_text(target.stat().st_size)}, checked",
        f"  its newest attempt, to be kept elsewhere: 20:{receipt}",
    ]
    for table in (*tables.CHAINED, "contacts", "secrets", "user_rate_limits", "sqlite_schema"):
        assert rows.content(target, table) == rows.content(run.database, table)
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("PRAGMA application_id").fetchone() == (connection.APPLICATION_ID,)
        assert copy.execute("PRAGMA user_version").fetchone() == (connection.SCHEMA_VERSION,)
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_backup_is_one_file_for_its_owner_alone(run: Shell, target: Path) -> None:
    before = os.umask(0)
    try:
        run("backup", str(target))
    finally:
        os.umask(before)

    assert names(target) == ["leads.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_backup_as_json(run: Shell, target: Path) -> None:
    result = run("backup", str(target), "--json")

    assert list(result.object) == ["path", "size_bytes", "rows", "last_attempt", "last_hash"]
    assert result.object["path"] == str(target)
    assert result.object["size_bytes"] == target.stat().st_size
    assert result.object["rows"]["lead_submission_logs"] == 20
    assert result.object["last_attempt"] == 20


def test_a_backup_quietly_says_nothing(run: Shell, target: Path) -> None:
    assert run("backup", str(target), "-q") == (0, "", "")


def test_a_restored_backup_can_be_written(run: Shell, target: Path) -> None:
    run("backup", str(target))
    for suffix in SUFFIXES:
        run.database.with_name(f"leads.db{suffix}").unlink(missing_ok=True)
    target.rename(run.database)

    assert run.submit("site-form", "new@example.org", "--json").object["attempt"] == 21
    assert rows.unsound(run.database) == []


def test_a_backup_can_be_backed_up_and_read_where_nothing_can_be_written(
    run: Shell, target: Path
) -> None:
    run("backup", str(target))
    target.chmod(0o400)

    assert run.bare("attempts", "--db", str(target), "--json").code == 0
    again = run.bare("backup", str(target.with_name("again")), "--db", str(target))
    assert again.code == 0
    assert target.with_name("again").read_bytes()[100:] == target.read_bytes()[100:]


def test_an_empty_log_can_be_backed_up(
    database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str], target: Path
) -> None:
    shell = Shell(database, clock, capsys)
    shell.ready()

    result = shell("backup", str(target))

    assert (
        result.out
        == f"✓ {target}: 0 attempts, 0 leads, {size_text(target.stat().st_size)}, checked\n"
    )


@pytest.mark.parametrize("what", ["file", "folder", "link", "dangling link", "-wal", "-journal"])
def test_nothing_that_exists_is_overwritten(run: Shell, target: Path, what: str) -> None:
    elsewhere = target.with_name("elsewhere")
    taken = target.with_name(f"leads.db{what}") if what.startswith("-") else target
    if what == "folder":
        target.mkdir()
    elif what.endswith("link"):
        target.symlink_to(elsewhere)
        if what == "link":
            elsewhere.write_text("mine")
    else:
        taken.write_text("mine")
    before = names(target)

    result = run("backup", str(target), "--json")

    assert (result.code, result.error["kind"]) == (2, "usage")
    assert result.error["message"] == (
        f"There is something at {taken} already; a backup never overwrites."
    )
    assert names(target) == before
    assert what != "file" or target.read_text() == "mine"


def test_a_name_that_is_taken_meanwhile_is_not_overwritten(
    run: Shell, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "sync", lambda _path: target.write_text("mine"))

    result = run("backup", str(target), "--json")

    assert (result.code, result.error["kind"]) == (2, "usage")
    assert (names(target), target.read_text()) == (["leads.db"], "mine")


def test_a_file_system_without_links_will_do(
    run: Shell, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_more: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)

    assert run("backup", str(target)).code == 0
    assert names(target) == ["leads.db"]
    assert run("backup", str(target)).code == 2


@pytest.mark.parametrize(
    "suffix", ["", "-wal", "-shm", "-journal", ".lock", ".unfinished", ".unfinished-wal"]
)
def test_the_databases_own_files_are_no_target(run: Shell, suffix: str) -> None:
    result = run("backup", f"{run.database}{suffix}", "--json")

    assert (result.code, result.error["kind"]) == (2, "usage")
    assert result.error["message"].endswith("belongs to the database itself.")


@pytest.mark.parametrize("name", ["", "nowhere/leads.db"])
def test_a_place_that_is_none_is_wrong_usage(run: Shell, tmp_path: Path, name: str) -> None:
    result = run("backup", str(tmp_path / name) if name else "", "--json")

    assert (result.code, result.error["kind"]) == (2, "usage")


def test_a_backup_without_a_name_says_how_to_name_it(run: Shell) -> None:
    error = run("backup", "", "--json").error

    assert error["message"] == "The backup needs a file's name."
    assert error["hint"] == "Name the file to make, as in: leadlog backup leads-copy.db"


@pytest.mark.parametrize("letter", ["n", "ü", "本"])
def test_any_name_that_fits_into_a_folder_will_do(run: Shell, target: Path, letter: str) -> None:
    name = letter * (252 // len(letter.encode())) + ".db"

    assert run("backup", str(target.with_name(name))).code == 0
    assert names(target) == [name]


def test_a_missing_database_is_not_found(run: Shell, target: Path) -> None:
    run.database.unlink()

    assert run("backup", str(target)).code == 3
    assert names(target) == []


def test_a_copy_that_is_not_sound_is_not_kept(
    run: Shell, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(source: Any, path: str, half: str, *more: Any) -> object:
        state = write(source, path, half, *more)
        with closing(sqlite3.connect(half)) as made:
            made.execute("DROP TRIGGER user_rate_limits_no_delete")
            made.execute("DELETE FROM user_rate_limits")
            made.commit()
        return state

    write = copying._write
    monkeypatch.setattr(copying, "_write", damaged)

    result = run("backup", str(target), "--json")

    assert (result.code, result.error["kind"]) == (8, "unusable")
    assert "it does not hold the rows that were copied" in result.error["message"]
    assert names(target) == []


_WITH_FULL_DISK = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))
from leadlog.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_a_disk_that_takes_no_more_leaves_no_part_of_a_backup(run: Shell, target: Path) -> None:
    command = ["backup", str(target), "--db", str(run.database)]

    done = subprocess.run(
        [sys.executable, "-c", _WITH_FULL_DISK, *command],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 8
    assert done.stderr.startswith(f"The backup in {target.parent} could not be written: ")
    assert "No part of it was left behind." in done.stderr
    assert names(target) == []


def test_a_full_disk_is_called_one(
    run: Shell, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: str, *, writable: bool) -> sqlite3.Connection:
        opened = connect(path, writable=writable)
        if writable:
            opened.execute("PRAGMA max_page_count = 10")
        return opened

    connect = connection.connect
    monkeypatch.setattr(copying, "connect", full)

    result = run("backup", str(target), "--json")

    assert (result.code, result.error["kind"]) == (8, "unusable")
    assert result.error["message"].endswith("could not be written: the disk is full.")
    assert names(target) == []


def test_a_file_that_can_not_be_brought_to_the_disk_is_no_backup(
    run: Shell, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(copying, "sync", fail)

    result = run("backup", str(target), "--json")

    assert (result.code, result.error["kind"]) == (8, "unusable")
    assert result.error["message"] == (
        f"The backup in {target.parent} could not be written: {os.strerror(errno.EIO)}."
    )
    assert names(target) == []


def test_a_copy_is_of_one_moment_whatever_is_written_meanwhile(
    run: Shell, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_PAGES_PER_STEP", 1)
    written: list[int] = []

    with (
        leadlog.open(run.database, clock=run.clock) as log,
        leadlog.open(run.database, clock=run.clock, writable=True) as other,
    ):

        def write_one(*_progress: int) -> None:
            email = f"b{len(written)}@example.org"
            written.append(other.submit(user="site-form", name="B", email=email).attempt)

        def write_then(connection: sqlite3.Connection) -> object:
            state = take(connection)
            if not written:
                write_one()
            return state

        take = copying._state
        monkeypatch.setattr(copying, "_state", write_then)
        made = log.backup(target, write_one)

    assert len(written) > 20
    assert made.last_attempt == 20
    assert len(rows.content(target, tables.ATTEMPTS)) == 20
    assert rows.unsound(target) == []
