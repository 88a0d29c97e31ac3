"""How a writer ends when somebody stops it, or when its output goes nowhere."""

import json
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import processes
import pytest
import rows

import leadlog
from leadlog import tables
from leadlog.limits import Limit


@pytest.fixture
def started(database: Path) -> Path:
    """A database with the user `site-form`, whose limit is out of the way."""
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(1_000_000_000, 60))
    return database


def attempts(database: Path) -> int:
    return len(rows.content(database, tables.ATTEMPTS))


# Signals


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_waiting_stream_that_is_stopped_prints_its_totals(
    started: Path, number: signal.Signals, code: int
) -> None:
    stream = processes.start(
        "submit", "--db", started, "--file", "-", "--json", stdin=subprocess.PIPE
    )
    assert stream.stdin is not None
    assert stream.stdout is not None
    stream.stdin.write(processes.line(1) + processes.line(2) + b"{half")
    stream.stdin.flush()
    printed = [json.loads(stream.stdout.readline()) for _ in range(2)]

    stream.send_signal(number)
    rest, stderr = stream.communicate(timeout=60)

    totals = json.loads(stderr.splitlines()[0])
    assert stream.returncode == code
    assert rest == b""
    assert [receipt["attempt"] for receipt in printed] == [1, 2]
    assert (totals["lines"], totals["attempts"], totals["successes"]) == (2, 2, 2)
    assert attempts(started) == 2


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_a_busy_stream_that_is_stopped_has_printed_all_that_it_committed(
    started: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"".join(map(processes.line, range(50_000))))
    stream = processes.start("submit", "--db", started, "--file", file, "--json")
    assert stream.stdout is not None
    first = stream.stdout.readline()

    stream.send_signal(number)
    rest, stderr = stream.communicate(timeout=60)

    receipts = processes.whole_lines(first + rest)
    totals = json.loads(stderr.splitlines()[0])
    assert stream.returncode == code
    assert len(receipts) == totals["lines"] == totals["successes"] == attempts(started)
    assert 0 < len(receipts) < 50_000
    assert rows.unsound(started) == []


# Output that goes nowhere


@pytest.fixture
def closed_pipe() -> Iterator[int]:
    """The writing end of a pipe that nobody reads."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    yield write_end
    os.close(write_end)


@pytest.fixture
def full_device() -> Iterator[IO[bytes]]:
    """A device on which nothing finds room."""
    with Path("/dev/full").open("wb", buffering=0) as device:
        yield device


def not_delivered(process: subprocess.Popen[bytes], database: Path, expected: int) -> None:
    [(code, _, stderr)] = processes.finish([process])
    assert code == 9
    assert json.loads(stderr)["error"]["kind"] == "not_delivered"
    assert b"Traceback" not in stderr
    assert attempts(database) == expected
    assert rows.unsound(database) == []


def test_a_receipt_that_nobody_reads_is_recorded(started: Path, closed_pipe: int) -> None:
    process = processes.start(*processes.one_shot(started, 1), stdout=closed_pipe)

    not_delivered(process, started, 1)


def test_a_receipt_on_a_full_device_is_recorded(started: Path, full_device: IO[bytes]) -> None:
    process = processes.start(*processes.one_shot(started, 1), stdout=full_device)

    not_delivered(process, started, 1)


def test_a_receipt_without_any_output_is_recorded(started: Path) -> None:
    command = [*processes.LEADLOG, *map(str, processes.one_shot(started, 1))]
    closing = ["sh", "-c", 'exec "$@" >&-', "sh", *command]

    done = subprocess.run(closing, capture_output=True, check=False)

    assert done.returncode == 9
    assert json.loads(done.stderr)["error"]["kind"] == "not_delivered"
    assert attempts(started) == 1


def test_a_receipt_that_was_not_delivered_comes_with_a_retry(
    started: Path, full_device: IO[bytes]
) -> None:
    processes.finish([processes.start(*processes.one_shot(started, 1), stdout=full_device)])

    retried = processes.run(*processes.one_shot(started, 1))

    receipt = json.loads(retried.stdout)
    assert (receipt["attempt"], receipt["replayed"]) == (1, True)
    assert attempts(started) == 1


def test_a_stream_that_nobody_reads_stops_after_its_group(
    started: Path, tmp_path: Path, closed_pipe: int
) -> None:
    file = tmp_path / "lines"
    file.write_bytes(b"".join(map(processes.line, range(5000))))

    process = processes.start(
        "submit", "--db", started, "--file", file, "--json", stdout=closed_pipe
    )

    [(code, _, stderr)] = processes.finish([process])
    assert code == 9
    assert b"not_delivered" in stderr
    assert 0 < attempts(started) <= 1000
    assert rows.unsound(started) == []


# A disk that is full


def submit_with_file_size(database: Path, most_bytes: int) -> subprocess.CompletedProcess[bytes]:
    command = [*processes.LEADLOG, *map(str, processes.one_shot(database, 2))]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    limited = ["prlimit", f"--fsize={most_bytes}", *command]
    assert before[0] == resource.RLIM_INFINITY
    return subprocess.run(limited, capture_output=True, check=False)


def test_a_file_that_may_not_grow_takes_nothing_by_halves(started: Path) -> None:
    processes.run(*processes.one_shot(started, 1))
    wal = started.with_name("leads.db-wal")
    assert wal.stat().st_size > 0

    tried = submit_with_file_size(started, wal.stat().st_size + 5000)

    assert tried.returncode in {8, 9}
    assert tried.stdout == b""
    assert b"Traceback" not in tried.stderr
    assert attempts(started) == 1
    assert rows.unsound(started) == []
    assert processes.run(*processes.one_shot(started, 2)).returncode == 0
    assert attempts(started) == 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes; only root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system takes root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
    return filler


def test_a_full_disk_takes_nothing_and_says_so(small_disk: Path) -> None:
    database = small_disk / "leads.db"
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form")
    filler = fill(small_disk)

    tried = processes.run(*processes.one_shot(database, 1))

    filler.unlink()
    error = json.loads(tried.stderr)["error"]
    assert tried.returncode == 8
    assert (error["kind"], "disk is full" in error["message"]) == ("unusable", True)
    assert attempts(database) == 0
    assert rows.unsound(database) == []
    assert processes.run(*processes.one_shot(database, 1)).returncode == 0


def test_a_full_disk_ends_a_stream_after_whole_groups(small_disk: Path, tmp_path: Path) -> None:
    database = small_disk / "leads.db"
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(1_000_000, 60))
    file = tmp_path / "lines"
    file.write_bytes(b"".join(map(processes.line, range(4000))))

    tried = processes.run("submit", "--db", database, "--file", file, "--json")

    printed = processes.whole_lines(tried.stdout)
    assert tried.returncode == 8
    assert len(printed) == attempts(database)
    assert rows.unsound(database) == []


def test_a_full_disk_gets_no_half_a_database(small_disk: Path) -> None:
    filler = fill(small_disk)

    tried = processes.run("init", "--db", small_disk / "leads.db", "--json")

    filler.unlink()
    assert tried.returncode == 8
    assert json.loads(tried.stderr)["error"]["kind"] == "unusable"
    assert not (small_disk / "leads.db").exists()
    assert processes.run("init", "--db", small_disk / "leads.db").returncode == 0
