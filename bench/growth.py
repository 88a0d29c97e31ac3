"""What a command costs when the log is long, against an empty one."""

import time
from functools import partial
from pathlib import Path

from bench import bulk, data
from bench.measuring import LEADLOG, Figure, milliseconds, paired
from bench.measuring import seconds as time_process

USERS = 50
DAYS = 500
FIRST_DAY = "2025-01-01"
ONE_DAY = "2025-06-15"


def long_database(folder: Path, *, attempts: int) -> tuple[Path, float]:
    """Build a long log by the bulk path; return it and the seconds that took."""
    path = data.new_database(folder / "long.db", users=USERS)
    started = time.perf_counter()
    bulk.fill(path, first_day=FIRST_DAY, per_day=[attempts // DAYS] * DAYS, users=USERS)
    return path, time.perf_counter() - started


def commands(folder: Path, long: Path, *, attempts: int, rounds: int) -> list[Figure]:
    """Measure three everyday commands on a long log against an empty one."""
    empty = data.new_database(folder / "empty.db", users=USERS)
    figures = []
    for name in ("submit", "limit status", "failures --date"):
        ours, theirs = paired(partial(_run, name, long), partial(_run, name, empty), rounds)
        raw = {
            f"at {attempts:,}": milliseconds(ours),
            "empty": milliseconds(theirs),
            "rounds": str(rounds),
        }
        work = f"`{name}` at {attempts:,} attempts against an empty database"
        figures.append(Figure(work, ours / theirs, "x", 1.3, 1.1, raw=raw))
    return figures


def _run(name: str, database: Path, number: int) -> float:
    return time_process([LEADLOG, *_arguments(name, number), "--db", str(database)])


def _arguments(name: str, number: int) -> list[str]:
    if name == "submit":
        email = f"new{number}@example.org"
        return ["submit", "--user", "user-3", "--name", "A B", "--email", email, "--page", "/new"]
    if name == "limit status":
        return ["limit", "status", "user-3"]
    return ["failures", "--date", ONE_DAY]
