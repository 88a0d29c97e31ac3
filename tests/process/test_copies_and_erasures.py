"""Backups and erasures beside processes that write and read."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import processes
import pytest
import rows

import leadlog
from leadlog import tables
from leadlog.limits import Limit

WRITERS = 4
LINES = 4000

ERASE_ALL = ["forget", "--before", "2999-01-01", "--reason", "asked", "--yes", "--json"]

_READER = """
import sqlite3, sys
reader = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, isolation_level=None)
reader.execute("BEGIN")
reader.execute("SELECT count(*) FROM contacts").fetchone()
print("reading", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def started(database: Path) -> Path:
    """A database with the user `site-form`, whose limit is out of the way."""
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(1_000_000_000, 60))
    return database


def test_backups_while_writers_run_are_whole_and_prefixes(started: Path, tmp_path: Path) -> None:
    writers = []
    for place in range(WRITERS):
        lines = tmp_path / f"lines-{place}"
        numbers = range(place * LINES, (place + 1) * LINES)
        lines.write_bytes(b"".join(map(processes.line, numbers)))
        writers.append(processes.start("submit", "--db", started, "--file", lines, "-q"))
    copies: list[Path] = []
    while any(writer.poll() is None for writer in writers) and len(copies) < 20:
        copies.append(tmp_path / f"copy-{len(copies)}.db")
        made = processes.run("backup", copies[-1], "--db", started, "--json")
        assert made.returncode == 0, made.stderr
        assert (
            json.loads(made.stdout)["rows"]["contacts"] == json.loads(made.stdout)["last_attempt"]
        )

    ended = processes.finish(writers)

    assert {code for code, _, _ in ended} == {0}
    whole = rows.content(started, tables.ATTEMPTS)
    assert len(whole) == WRITERS * LINES
    sizes = []
    for copy in copies:
        copied = rows.content(copy, tables.ATTEMPTS)
        assert copied == whole[: len(copied)]
        assert rows.unsound(copy) == []
        sizes.append(len(copied))
    assert any(0 < size < len(whole) for size in sizes)
    assert not list(tmp_path.glob(".*.unfinished*"))


def test_a_reader_that_keeps_old_bytes_alive_is_said_to_and_the_next_run_finishes(
    started: Path,
) -> None:
    with leadlog.open(started) as log:
        log.submit(user="site-form", name="Zyxwvia Quorthonqua", email="zyx@wixom.example")
    why = ("--reason", "asked", "--yes", "--json")
    forget: list[str | Path] = ["forget", "zyx@wixom.example", "--db", started, *why]
    command = [sys.executable, "-c", _READER, str(started)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()

        kept = processes.run(*forget)
        still = processes.run(*forget)

        reader.communicate()
    finished = processes.run(*forget)

    assert (kept.returncode, still.returncode, finished.returncode) == (8, 8, 0)
    error, again = (json.loads(tried.stderr)["error"] for tried in (kept, still))
    assert error["kind"] == "busy"
    assert error["message"].startswith("The erasure is recorded, but another program that reads")
    assert again["message"].startswith("The erasure was recorded earlier, but another program")
    assert "Run the same command again" in error["hint"]
    assert json.loads(finished.stdout)["erasures"] == []
    assert len(rows.content(started, tables.ERASURES)) == 1
    for suffix in ("", "-wal", "-shm"):
        path = started.with_name(f"leads.db{suffix}")
        content = path.read_bytes().lower() if path.exists() else b""
        assert not any(marker in content for marker in (b"zyxwvia", b"quorthonqua", b"zyx@"))


_PAUSING = """
import sys
from leadlog import forgetting
from leadlog.cli import main
from leadlog.storage.sqlite import SqliteStore

def pause(store):
    print("erasing", flush=True)
    sys.stdin.readline()

forgetting._CONTACTS_AT_ONCE = 50
SqliteStore.make_way = pause
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def people(started: Path) -> Path:
    """The same with 500 people."""
    person = b'{"user": "site-form", "name": "Quorth", "email": "zyx%d@wixom.example"}\n'
    processes.run(
        "submit", "--db", started, "--file", "-", stdin=b"".join(person % n for n in range(500))
    )
    return started


@contextmanager
def erasing_all(database: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start to erase everything, and wait in the middle for the input to end."""
    command = [sys.executable, "-c", _PAUSING, *ERASE_ALL, "--db", str(database)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as erasing:
        assert erasing.stdout is not None
        erasing.stdout.readline()
        yield erasing


def test_an_erasure_that_was_killed_is_finished_by_running_it_again(people: Path) -> None:
    with erasing_all(people) as erasing:
        one = processes.run(*processes.one_shot(people, 1))
        erasing.kill()
    proof = processes.run("verify", "--db", people)
    left = [row for row in rows.content(people, "contacts") if row[2] is not None]

    finished = processes.run(*ERASE_ALL, "--db", people)

    assert (one.returncode, proof.returncode, finished.returncode) == (0, 0, 0)
    assert 0 < len(left) - 1 < 500
    done = json.loads(finished.stdout)
    assert (done["finished"], done["contacts_erased"]) == (len(left) - 1, 1)
    assert [row[6] for row in rows.content(people, tables.ERASURES)] == [500, 1]
    assert processes.run("verify", "--db", people).returncode == 0
    for suffix in ("", "-wal", "-shm"):
        path = people.with_name(f"leads.db{suffix}")
        assert b"wixom" not in (path.read_bytes() if path.exists() else b"")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)]
)
def test_an_erasure_that_is_stopped_says_how_to_go_on(
    people: Path, number: signal.Signals, code: int
) -> None:
    with erasing_all(people) as erasing:
        erasing.send_signal(number)
        _, stderr = erasing.communicate(timeout=60)

    error = json.loads(stderr)["error"]
    assert erasing.returncode == code
    assert "The erasure is recorded, but some of its contacts are still there." in error["message"]
    assert "Run the same command again" in error["hint"]
    assert processes.run(*ERASE_ALL, "--db", people).returncode == 0
    assert not [row for row in rows.content(people, "contacts") if row[2] is not None]


def test_erasing_while_a_stream_writes_covers_what_was_there(started: Path) -> None:
    stream = processes.start(
        "submit", "--db", started, "--file", "-", "--json", stdin=subprocess.PIPE
    )
    assert stream.stdin is not None
    assert stream.stdout is not None
    stream.stdin.write(processes.line(1))
    stream.stdin.flush()
    stream.stdout.readline()

    erased = processes.run(
        "forget", "--before", "2999-01-01", "--db", started, "--reason", "asked", "--yes", "--json"
    )

    stream.communicate(processes.line(2), timeout=60)
    assert (erased.returncode, stream.returncode) == (0, 0)
    payloads = [row[2] for row in rows.content(started, "contacts")]
    assert payloads[0] is None
    assert payloads[1] is not None
    assert rows.unsound(started) == []
