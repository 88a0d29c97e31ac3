"""Many processes writing at once."""

import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import processes
import pytest
import rows

import leadlog
from leadlog import tables
from leadlog.limits import Limit

WRITERS = 32


@pytest.fixture
def started(database: Path) -> Path:
    """A database with the user `site-form`, whose limit is out of the way."""
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(1_000_000_000, 60))
    return database


def test_one_shot_writers_at_once_all_succeed_and_never_pass_the_limit(database: Path) -> None:
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(10, 3600))

    ended = processes.finish(
        [processes.start(*processes.one_shot(database, number)) for number in range(WRITERS)]
    )

    receipts = [json.loads(stdout) for _, stdout, _ in ended]
    with leadlog.open(database) as log:
        stored = {attempt.attempt: attempt.hash for attempt in log.attempts()}
    assert sorted(code for code, _, _ in ended) == [0] * 10 + [6] * (WRITERS - 10)
    assert {stderr for _, _, stderr in ended} == {b""}
    assert {receipt["attempt"]: receipt["hash"] for receipt in receipts} == stored
    assert sorted(stored) == list(range(1, WRITERS + 1))
    assert rows.unsound(database) == []


def test_no_window_holds_more_than_the_limit_when_streams_race(database: Path) -> None:
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(50, 1))
    streams = [
        processes.start("submit", "--db", database, "--file", "-", "--json", stdin=subprocess.PIPE)
        for _ in range(4)
    ]
    for place, stream in enumerate(streams):
        assert stream.stdin is not None
        stream.stdin.write(b"".join(processes.line(place * 2000 + n) for n in range(2000)))

    processes.finish(streams)

    with closing(rows.connect(database)) as connection:
        query = "SELECT logical_us FROM lead_submission_logs WHERE admitted = 1 ORDER BY id"
        admitted = [us for (us,) in connection.execute(query)]
    assert len(rows.content(database, tables.ATTEMPTS)) == 8000
    assert len(admitted) >= 50
    assert admitted == sorted(admitted)
    apart = [b - a for a, b in zip(admitted, admitted[50:], strict=False)]
    assert all(us >= 1_000_000 for us in apart)
    assert rows.unsound(database) == []


def test_many_processes_create_the_same_database_at_once(tmp_path: Path) -> None:
    database = tmp_path / "new" / "leads.db"

    ended = processes.finish(
        [processes.start("init", "--db", database, "--json") for _ in range(WRITERS)]
    )

    assert {code for code, _, _ in ended} == {0}
    assert {stderr for _, _, stderr in ended} == {b""}
    assert rows.unsound(database) == []
    assert len(rows.content(database, tables.USERS)) == 1
    left = {file.name for file in database.parent.iterdir()}
    assert left <= {"leads.db", "leads.db-wal", "leads.db-shm", "leads.db.lock"}


def test_a_slow_producer_keeps_no_other_writer_waiting(started: Path) -> None:
    stream = processes.start(
        "submit", "--db", started, "--file", "-", "--json", stdin=subprocess.PIPE
    )
    assert stream.stdin is not None
    assert stream.stdout is not None
    stream.stdin.write(processes.line(1) + processes.line(2)[:20])
    stream.stdin.flush()
    first = json.loads(stream.stdout.readline())

    other = processes.run(*processes.one_shot(started, 3, "--wait", "0.2"))

    rest, _ = stream.communicate(processes.line(2)[20:], timeout=60)
    assert other.returncode == 0
    assert [first["attempt"], json.loads(other.stdout)["attempt"]] == [1, 2]
    assert json.loads(rest)["attempt"] == 3
    assert stream.returncode == 0


def test_a_gate_that_stays_shut_is_busy_and_nothing_is_recorded(started: Path) -> None:
    holder = (
        "import fcntl, sys\n"
        "lock = open(sys.argv[1])\n"
        "fcntl.flock(lock, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", holder, f"{started}.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as held:
        assert held.stdout is not None
        held.stdout.readline()

        tried = processes.run(*processes.one_shot(started, 1, "--wait", "0.1"))

        held.communicate()
    assert tried.returncode == 8
    assert json.loads(tried.stderr)["error"]["kind"] == "busy"
    assert rows.content(started, tables.ATTEMPTS) == []


_AT_ANOTHER_TIME = """
import sys, time
import leadlog
from leadlog.clock import SystemClock

class Shifted(SystemClock):
    def now_us(self):
        return 1_773_144_000_000_000 + int(sys.argv[2]) * 1_000_000

with leadlog.open(sys.argv[1], clock=Shifted()) as log:
    receipt = log.submit(user="site-form", name="A", email=f"a{sys.argv[3]}@example.org")
    print(receipt.ok, receipt.rate_limit.retry_after)
"""


def test_a_clock_set_back_between_processes_grants_no_second_quota(database: Path) -> None:
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(2, 60))

    said = [
        subprocess.run(
            [sys.executable, "-c", _AT_ANOTHER_TIME, database, str(seconds), str(number)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for number, seconds in enumerate((0, 0, -7200, -7141, -7140, -7140))
    ]

    assert said == ["True 0", "True 60", "False 60", "False 1", "True 0", "True 60"]


def test_two_thousand_one_shots_leave_a_short_write_ahead_log(started: Path) -> None:
    wal = started.with_name("leads.db-wal")
    longest = 0

    for number in range(2000):
        with leadlog.open(started, writable=True) as log:
            log.submit(user="site-form", name="P", email=f"p{number}@example.org")
        longest = max(longest, wal.stat().st_size)

    assert 0 < longest <= 2 * 1024 * 1024
    assert len(rows.content(started, tables.LEADS)) == 2000


def test_a_writer_that_was_killed_frees_the_gate_at_once(started: Path) -> None:
    script = (
        "import sys, time, leadlog\n"
        "log = leadlog.open(sys.argv[1], writable=True)\n"
        "def work(tx):\n"
        "    tx.append_user('half', '2026-03-10T12:00:00.000000Z', '2026-03-10')\n"
        "    print('inside', flush=True)\n"
        "    time.sleep(60)\n"
        "log._store.write(work)\n"
    )
    command = [sys.executable, "-c", script, str(started)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
        holder.wait()
    before = time.monotonic()

    with leadlog.open(started, wait_seconds=1) as log:
        receipt = log.submit(user="site-form", name="A", email="a@example.org")

        assert receipt.ok
        assert [user.handle for user, _, _ in log.users()] == ["site-form"]
    assert time.monotonic() - before < 1
