"""Nothing acknowledged is lost: writers that are killed at any moment."""

import random
import subprocess
import time
from pathlib import Path
from typing import Any

import processes
import rows

import leadlog
from leadlog.limits import Limit

KILLS = 200
MOST_ROUNDS = 150
STREAM_LINES = 1100


class Victim:
    """One writer, its lines, and the file it prints to."""

    def __init__(self, folder: Path, database: Path, name: str, numbers: range) -> None:
        self.lines = [processes.line(number) for number in numbers]
        self.printed = folder / f"{name}.out"
        if len(numbers) == 1:
            arguments = processes.one_shot(database, numbers[0])
        else:
            file = folder / f"{name}.in"
            file.write_bytes(b"".join(self.lines))
            arguments = ["submit", "--db", database, "--file", file, "--json"]
        with self.printed.open("wb") as out:
            self.process = processes.start(*arguments, stdout=out, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def receipts(self) -> list[dict[str, Any]]:
        return processes.whole_lines(self.printed.read_bytes())


def usual_seconds(folder: Path, database: Path, numbers: range) -> float:
    """Return how long two writers take that nobody kills."""
    before = time.monotonic()
    middle = len(numbers) // 2
    pair = [
        Victim(folder, database, f"usual-{part.start}", part)
        for part in (numbers[:middle], numbers[middle:])
    ]
    for victim in pair:
        assert victim.process.wait(timeout=60) == 0
    return time.monotonic() - before


def test_every_printed_receipt_survives_kill_9_and_nothing_is_recorded_by_halves(
    database: Path, tmp_path: Path
) -> None:
    chance = random.Random(20260310)
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(1_000_000_000, 60))
    next_number = 2 * STREAM_LINES
    patience = usual_seconds(tmp_path, database, range(next_number)) / 5
    victims: list[Victim] = []
    killed: list[Victim] = []

    for place in range(MOST_ROUNDS):
        batch = []
        for which, size in enumerate((1, STREAM_LINES, 1, 1)):
            numbers = range(next_number, next_number + size)
            batch.append(Victim(tmp_path, database, f"{place}-{which}", numbers))
            next_number += size
        for victim in batch:
            time.sleep(chance.uniform(0, patience))
            victim.kill()
            # Who ended before it was killed proves nothing: strike earlier, or later again.
            patience *= 1.02 if victim.process.returncode == -9 else 0.9
        victims += batch
        killed = [victim for victim in victims if victim.process.returncode == -9]
        if len(killed) >= KILLS:
            break

    printed = [receipt for victim in victims for receipt in victim.receipts()]
    with leadlog.open(database) as log:
        stored = {attempt.attempt: attempt.hash for attempt in log.attempts()}
    assert len(killed) >= KILLS
    assert sum(1 for victim in killed if victim.receipts()) >= 1
    assert [r for r in printed if stored.get(r["attempt"]) != r["hash"]] == []
    assert rows.unsound(database) == []

    again = tmp_path / "again"
    again.write_bytes(b"".join(map(processes.line, range(next_number))))
    retried = processes.run("submit", "--db", database, "--file", again, "--json")

    receipts = {r["request_id"]: r["hash"] for r in processes.whole_lines(retried.stdout)}
    assert retried.returncode == 0
    assert [r for r in printed if receipts[r["request_id"]] != r["hash"]] == []
    assert len(rows.content(database, "lead_submission_logs")) == next_number
    assert len(rows.content(database, "leads")) == next_number
    assert rows.unsound(database) == []
