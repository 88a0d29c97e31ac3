"""A large file is looked through by processes, which find what is found without them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fakes import FakeClock
from tampering import execute, honest, problems

from leadlog import service
from leadlog.storage import audit, audit_beside, audit_process, audit_workers
from leadlog.verification import Problem, run, snapshots


@pytest.fixture
def path(database: Path) -> Path:
    """A copy of the honest log, to be changed."""
    database.write_bytes(honest())
    return database


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
