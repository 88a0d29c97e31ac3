"""A backup that is stopped or killed leaves no copy that nobody knows of."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import processes
import pytest
import rows

import leadlog
from leadlog.storage import connection, copying

_PAUSING = """
import sys
from leadlog.cli import main
from leadlog.storage import copying

place = [int(sys.argv[1])]
take = copying._state

def paused(connection):
    state = take(connection)
    place[0] -= 1
    if place[0] == 0:
        print("copying", flush=True)
        sys.stdin.readline()
    return state

copying._state = paused
sys.exit(main(sys.argv[2:]))
"""
_COPYING, _CHECKING = 1, 2

STOPS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]


@pytest.fixture
def started(database: Path) -> Path:
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form")
        log.submit(user="site-form", name="Zyxwvia", email="zyx@wixom.example")
    return database


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the copy goes: a folder of its own."""
    (tmp_path / "copies").mkdir()
    return tmp_path / "copies" / "leads.db"


@contextmanager
def paused(
    database: Path, target: Path, place: int = _COPYING
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a backup that waits, in the middle of copying or of checking, for its input to end."""
    arguments = ["backup", str(target), "--db", str(database), "--json"]
    command = [sys.executable, "-c", _PAUSING, str(place), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as backup:
        assert backup.stdout is not None
        backup.stdout.readline()
        yield backup


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize("place", [_COPYING, _CHECKING], ids=["copying", "checking"])
@pytest.mark.parametrize(("number", "code"), STOPS, ids=["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_backup_that_is_stopped_leaves_nothing_and_says_so(
    started: Path, target: Path, number: signal.Signals, code: int, place: int
) -> None:
    with paused(started, target, place) as backup:
        assert len(names(target.parent)) == 1
        backup.send_signal(number)
        _, stderr = backup.communicate(timeout=60)

    error = json.loads(stderr)["error"]
    assert backup.returncode == code
    assert error["message"] == "The backup was stopped before it was whole."
    assert "Run the same command again" in error["hint"]
    assert names(target.parent) == []


def test_a_backup_that_is_stopped_again_and_again_leaves_nothing(
    started: Path, target: Path
) -> None:
    with paused(started, target) as backup:
        for number, _ in STOPS * 3:
            backup.send_signal(number)
        backup.communicate(timeout=60)

    assert backup.returncode in {130, 143}
    assert names(target.parent) == []


def test_a_backup_under_nohup_goes_on_without_its_terminal(started: Path, target: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with paused(started, target) as backup:
            backup.send_signal(signal.SIGHUP)
            backup.communicate(timeout=60)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert backup.returncode == 0
    assert names(target.parent) == ["leads.db"]


@pytest.mark.parametrize("name", ["leads.db", "leads-of-the-next-day.db"])
def test_what_a_killed_backup_left_is_removed_by_the_next(
    started: Path, target: Path, name: str
) -> None:
    with paused(started, target, _CHECKING) as backup:
        backup.kill()
    (left,) = names(target.parent)
    for suffix in ("-wal", "-shm", "-journal"):
        (target.parent / f"{left}{suffix}").touch()
    assert b"zyx@wixom" in (target.parent / left).read_bytes()

    done = processes.run("backup", target.with_name(name), "--db", started)

    assert done.returncode == 0
    assert names(target.parent) == [name]


@pytest.mark.parametrize("place", [_COPYING, _CHECKING], ids=["copying", "checking"])
def test_what_another_backup_is_writing_is_left_alone(
    started: Path, target: Path, place: int
) -> None:
    with paused(started, target, place) as backup:
        between = processes.run("backup", target.with_name("other.db"), "--db", started)
        backup.communicate(timeout=60)

    assert (between.returncode, backup.returncode) == (0, 0)
    assert names(target.parent) == ["leads.db", "other.db"]
    assert rows.unsound(target) == []


def test_only_what_backups_leave_is_removed(started: Path, target: Path) -> None:
    folder, ours = target.parent, ".leads.db.0123abcd.unfinished"
    (folder / ".notes.0123abcd.unfinished").write_text("mine")
    (folder / ".leads.db.unfinished").touch()
    (folder / "leads.db.0123abcd.unfinished").touch()
    (folder / ".link.0123abcd.unfinished").symlink_to("kept")
    (folder / "kept").touch()
    (folder / ".folder.0123abcd.unfinished").mkdir()
    with closing(sqlite3.connect(folder / ".foreign.0123abcd.unfinished")) as foreign:
        foreign.execute("CREATE TABLE mine (id)")
    before = names(folder)
    (folder / ours).write_bytes(b"\0" * 5000)

    assert processes.run("backup", target, "--db", started).returncode == 0

    assert names(folder) == sorted([*before, "leads.db"])


def test_a_backup_that_was_killed_when_it_was_whole_stays_and_is_not_opened(
    started: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processes.run("backup", target, "--db", started)
    left = target.with_name(".leads.db.0123abcd.unfinished")
    left.hardlink_to(target)
    opened: list[str] = []

    def open_then(path: str, *arguments: int) -> int:
        opened.append(str(path))
        return open_file(path, *arguments)

    open_file = os.open
    monkeypatch.setattr(os, "open", open_then)

    with leadlog.open(target) as log:
        log.backup(target.with_name("next.db"))

    assert names(target.parent) == ["leads.db", "next.db"]
    assert str(left) not in opened


def test_a_check_that_takes_long_is_stopped_in_the_middle(
    started: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop: list[int] = []
    compared: list[object] = []

    def check_then(opened: sqlite3.Connection, path: str) -> None:
        connection.check_identity(opened, path)
        stop.append(1)

    def compare(opened: sqlite3.Connection) -> object:
        compared.append(take(opened))
        return compared[-1]

    take = copying._state
    monkeypatch.setattr(copying, "check_identity", check_then)
    monkeypatch.setattr(copying, "_state", compare)
    monkeypatch.setattr(copying, "_STEPS_BETWEEN_LOOKS", 1)

    with leadlog.open(started) as log, pytest.raises(leadlog.LeadlogError) as caught:
        log.backup(target, stopped=lambda: bool(stop))

    assert caught.value.kind == "interrupted"
    assert len(compared) == 1
    assert names(target.parent) == []
