"""A stream keeps neither other writers nor a signal waiting, and says how far it came."""

import fcntl
import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import processes

import leadlog


def handle(number: int) -> str:
    return f"partner-feed-no-{number:010d}"


def unknown(number: int) -> bytes:
    person = {"user": handle(number + 70_000)[:-1] + "x", "name": "P", "email": "p@example.org"}
    return json.dumps(person).encode() + b"\n"


def test_a_stream_of_unknown_handles_lets_others_in_and_ends_on_a_signal(tmp_path: Path) -> None:
    path, lines = tmp_path / "leads.db", tmp_path / "lines"
    with leadlog.open(path, create=True) as log:
        for number in range(500):
            log.add_user(handle(number))
        log.add_user("site-form")
    lines.write_bytes(b"".join(map(unknown, range(200_000))))
    stream = processes.start("submit", "--file", lines, "--db", path, stdout=os.open(os.devnull, 1))
    time.sleep(1.5)
    took = []
    with leadlog.open(path) as log:
        for number in range(5):
            started = time.monotonic()
            log.submit(user="site-form", name="P", email=f"p{number}@example.org")
            took.append(time.monotonic() - started)
    assert stream.poll() is None

    stream.send_signal(signal.SIGTERM)
    started = time.monotonic()
    _, said = stream.communicate(timeout=30)

    assert max(took) < 1
    assert time.monotonic() - started < 3
    assert stream.returncode == 143
    assert b"lines" in said


def start_on_a_pipe(path: Path, *more: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start a stream, feed it one line, and shut the gate once that is recorded."""
    stream = processes.start("submit", "--file", "-", "--db", path, *more, stdin=subprocess.PIPE)
    assert stream.stdin is not None
    assert stream.stdout is not None
    stream.stdin.write(processes.line(1))
    assert stream.stdout.readline()
    gate = os.open(f"{path}.lock", os.O_RDWR)
    fcntl.flock(gate, fcntl.LOCK_EX)
    stream.stdin.write(processes.line(2))
    return stream, gate


def made(tmp_path: Path) -> Path:
    path = tmp_path / "leads.db"
    with leadlog.open(path, create=True) as log:
        log.add_user("site-form")
    return path


def test_a_stream_that_meets_a_busy_gate_says_what_is_recorded(tmp_path: Path) -> None:
    stream, gate = start_on_a_pipe(made(tmp_path), "--wait", "0.3", "--json")

    _, said = stream.communicate(timeout=30)

    os.close(gate)
    totals, error = map(json.loads, said.splitlines())
    assert stream.returncode == 8
    assert (totals["lines"], totals["successes"]) == (1, 1)
    assert error["error"]["hint"].startswith("Line 1 is recorded; nothing after that.")


def test_waiting_for_the_gate_ends_on_a_signal(tmp_path: Path) -> None:
    stream, gate = start_on_a_pipe(made(tmp_path), "--wait", "25", "--json")
    threading.Timer(0.8, stream.send_signal, [signal.SIGINT]).start()
    started = time.monotonic()

    _, said = stream.communicate(timeout=30)

    os.close(gate)
    assert stream.returncode == 130
    assert time.monotonic() - started < 10
    assert json.loads(said.splitlines()[0])["lines"] == 1
