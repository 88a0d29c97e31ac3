"""Real processes across a faked midnight: writers go on while a date is closed under them."""

import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from mmap import mmap
from pathlib import Path

import pytest
import rows
from fakes import FakeClock

import leadlog
from leadlog import closing, tables
from leadlog.clock import SECOND_US, Zone
from leadlog.limits import Limit

DATE = "2026-10-25"  # 25 hours long in Berlin
NEXT = "2026-10-26"
MIDNIGHT_US = Zone("Europe/Berlin").bounds(DATE)[1]
PATIENCE_SECONDS = 60

# All processes read one clock, which lies in a file and which the test sets; each sees it with a
# skew of its own. It does its work again and again until the clock reads zero.
_PROCESS = """
import mmap, struct, sys, leadlog
from leadlog.clock import SystemClock
path, who, skew_us = sys.argv[1], sys.argv[2], int(sys.argv[3])
file = open(path + ".clock", "r+b")
memory = mmap.mmap(file.fileno(), 8)
class Shared(SystemClock):
    last_us = 0
    def now_us(self):
        self.last_us = struct.unpack("q", memory)[0] or self.last_us
        return self.last_us + skew_us
number = 0
with leadlog.open(path, clock=Shared(), writable=True) as log:
    print("ready", flush=True)
    while struct.unpack("q", memory)[0]:
        number += 1
        email = f"{who}-{number}@example.org"
        WORK
"""
_SUBMIT = 'log.submit(user="site-form", name="A", email=email)'
_RECORD = """log.record({"user": "site-form", "name": "A", "email": email, "outcome": "success",
            "occurred_at": "2026-10-25T23:59:58.5+01:00"})"""
_CORRECT = """receipt = log.submit(user="site-form", name="A", email=email)
        log.correct(receipt.attempt, "failure", reason="spam")"""
_CLOSE = 'log.snapshot("2026-10-25")'


class Crowd:
    """Processes that work on one database, and their clock."""

    def __init__(self, database: Path, work: Sequence[tuple[str, float]]) -> None:
        clock_file = Path(f"{database}.clock")
        clock_file.write_bytes(bytes(8))
        with clock_file.open("r+b") as file:
            self.memory = mmap(file.fileno(), 8)
        self.set(MIDNIGHT_US - SECOND_US)
        self.processes = []
        for number, (what, skew_seconds) in enumerate(work):
            script = _PROCESS.replace("WORK", what)
            more = [str(database), f"p{number}", str(round(skew_seconds * SECOND_US))]
            process = subprocess.Popen(
                [sys.executable, "-c", script, *more], stdout=subprocess.PIPE
            )
            self.processes.append(process)
        for process in self.processes:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"

    def set(self, now_us: int) -> None:
        self.memory[:] = struct.pack("q", now_us)

    def finish(self) -> list[int]:
        """Let all processes come to their end; return their exit codes."""
        self.set(0)
        for process in self.processes:
            process.communicate(timeout=PATIENCE_SECONDS)
        return [process.returncode for process in self.processes]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)


@pytest.fixture
def log(database: Path) -> leadlog.Leadlog:
    """A database in Berlin, a second after midnight, with a user whose limit is out of the way."""
    clock = FakeClock("2026-10-25T22:00:00Z")
    opened = leadlog.open(database, create=True, timezone="Europe/Berlin", clock=clock)
    opened.add_user("site-form", Limit(1_000_000_000, 60))
    clock.us = MIDNIGHT_US + SECOND_US
    return opened


def run_across_midnight(
    log: leadlog.Leadlog, database: Path, work: Sequence[tuple[str, float]]
) -> None:
    """Run processes, each with its work and its clock's skew, until much happened on both dates."""

    def corrected() -> int:
        return log._store.read(lambda reader: reader.last_correction_id())

    def closed() -> closing.SnapshotRow | None:
        return log._store.read(lambda reader: reader.snapshot_row(DATE))

    def much_since(attempts: int, corrections: int) -> bool:
        return log.last_attempt_id() > attempts + 60 and corrected() > corrections + 10

    crowd = Crowd(database, work)
    try:
        wait_until(lambda: much_since(0, 0))
        crowd.set(MIDNIGHT_US)
        wait_until(lambda: closed() is not None)
        row = closed()
        assert row is not None
        wait_until(lambda: much_since(row.last_log_id, row.last_correction_id))
    finally:
        codes = crowd.finish()
    assert codes == [0] * len(work)


def test_nothing_slips_into_a_date_that_is_closed_while_writers_go_on(
    log: leadlog.Leadlog, database: Path
) -> None:
    slow = -0.5
    writers = [(_SUBMIT, 0.0), (_SUBMIT, slow), (_RECORD, 0.0), (_CORRECT, slow)]
    closers = [(_CLOSE, 0.0), (_CLOSE, 0.3)]

    run_across_midnight(log, database, [*writers, *closers])

    with log:
        row = log._store.read(lambda reader: reader.snapshot_row(DATE))
        assert row is not None
        again = log._store.read(lambda reader: closing.recompute(reader, row))
        closed, running = log.snapshot(DATE), log.snapshot(NEXT)
        attempts = list(log.attempts())
        details = [log.attempt(attempt.attempt) for attempt in attempts]
    on_the_date = [attempt.attempt for attempt in attempts if attempt.log_date == DATE]
    late = sum(detail.late_for == DATE for detail in details)
    assert again == row.metrics
    assert 0 < max(on_the_date) <= row.last_log_id < len(attempts)
    assert row.attempts == closed.metrics["attempts"] == len(on_the_date)
    assert running.metrics["attempts"] == len(attempts) - len(on_the_date)
    assert {attempt.log_date for attempt in attempts} == {DATE, NEXT}
    assert running.metrics["late"] == [{"for_date": DATE, "attempts": late}]
    assert closed.arrived_late == ((NEXT, late),)
    assert len(rows.content(database, tables.SNAPSHOTS)) == 1
    assert rows.unsound(database) == []


def test_corrections_made_while_a_date_is_closed_count_for_it_or_for_the_next(
    log: leadlog.Leadlog, database: Path
) -> None:
    work = [(_CORRECT, 0.0), (_CORRECT, -0.5), (_CORRECT, 0.0), (_CLOSE, 0.0)]

    run_across_midnight(log, database, work)

    with log:
        row = log._store.read(lambda reader: reader.snapshot_row(DATE))
        assert row is not None
        details = [log.attempt(n) for n in range(1, log.last_attempt_id() + 1)]
        metrics = log.snapshot(DATE).metrics
    made = [(each, attempt.log_date) for attempt in details for each in attempt.corrections]
    on_the_date = [each.correction for each, _ in made if each.log_date == DATE]
    counted = [
        each for each, date in made if date == DATE and each.correction <= row.last_correction_id
    ]
    assert 0 < max(on_the_date) <= row.last_correction_id < len(made)
    assert metrics["failures"] == len(counted)
    assert sum(entry["attempts"] for entry in metrics["corrections"]) == len(on_the_date)
