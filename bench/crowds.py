"""Thirty-two writers at once: nobody fails, the limit is exact, and nobody waits long."""

import json
import subprocess
import sys
from pathlib import Path

from bench import data
from bench.measuring import Figure, percentile

WRITERS = 32
LIMIT = 400

# Each writer times how long it stands at the gate, which nothing outside the process can see.
_STARTED = """
import sys, time, leadlog
from leadlog.storage.gate import Gate
path, writer = sys.argv[1], sys.argv[2]
waits, enter = [], Gate._enter
def timed(*arguments):
    started = time.perf_counter()
    enter(*arguments)
    waits.append(time.perf_counter() - started)
Gate._enter = timed
with leadlog.open(path, writable=True) as log:
    print("ready", flush=True)
    for number, signal in enumerate(sys.stdin):
        log.submit(user="user-0", name="A B", email=f"w{writer}-{number}@example.org")
        print(waits.pop(), flush=True)
"""
_ONE_SHOT = """
import sys, time
from leadlog.storage.gate import Gate
from leadlog.cli import main
waits, enter = [], Gate._enter
def timed(*arguments):
    started = time.perf_counter()
    enter(*arguments)
    waits.append(time.perf_counter() - started)
Gate._enter = timed
code = main(["submit", "--db", sys.argv[1], "--user", "user-0", "--name", "A B",
             "--email", f"{sys.argv[2]}@example.org", "-q"])
print(*waits, file=sys.stderr)
sys.exit(0 if code in (0, 6) else code)
"""


def started_writers(folder: Path, *, rounds: int) -> Figure:
    """Let 32 running processes submit one lead each at the same moment, round after round."""
    database = data.new_database(folder / "crowd.db", users=1, limit=f"{LIMIT}/1h")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _STARTED, str(database), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(WRITERS)
    ]
    for writer in writers:
        if writer.stdout is not None:
            writer.stdout.readline()
    waits = []
    for _ in range(rounds):
        for writer in writers:
            if writer.stdin is not None:
                writer.stdin.write("\n")
                writer.stdin.flush()
        waits += [float(writer.stdout.readline()) for writer in writers if writer.stdout]
    for writer in writers:
        writer.communicate()
    failures = sum(writer.returncode != 0 for writer in writers)
    tries = WRITERS * rounds
    return _figure("writers already started", waits, 100, 60, database, tries, failures)


def one_shot_writers(folder: Path, *, rounds: int) -> Figure:
    """Start 32 processes at once, several times; measure the wait for the gate."""
    database = data.new_database(folder / "crowd.db", users=1, limit=f"{LIMIT}/1h")
    waits, failures = [], 0
    for number in range(rounds):
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", _ONE_SHOT, str(database), f"r{number}-{writer}"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
            )
            for writer in range(WRITERS)
        ]
        waits += [float(wait) for writer in writers for wait in writer.communicate()[1].split()]
        failures += sum(writer.returncode != 0 for writer in writers)
    tries = WRITERS * rounds
    return _figure("one-shot processes", waits, None, 300, database, tries, failures)


def _figure(
    who: str,
    waits: list[float],
    must: float | None,
    aim: float,
    database: Path,
    tries: int,
    failures: int,
) -> Figure:
    lines = data.leadlog("attempts", "--json", "--db", str(database)).splitlines()
    outcomes = [json.loads(line)["outcome"] for line in lines]
    admitted = outcomes.count("success")
    if failures or len(outcomes) != tries or admitted != min(LIMIT, tries):
        raise RuntimeError(
            f"{failures} writers failed, {len(outcomes)} of {tries} tries were recorded,"
            f" {admitted} were admitted under a limit of {LIMIT}"
        )
    raw = {
        "median": f"{percentile(waits, 0.5) * 1000:.1f} ms",
        "worst": f"{max(waits) * 1000:.1f} ms",
        "tries": f"{tries:,}",
        "failed": "0",
        "admitted": f"{admitted} of {LIMIT} allowed",
    }
    work = f"32 writers at once, exact limit: wait for the gate, p99, {who}"
    return Figure(work, percentile(waits, 0.99) * 1000, "ms", must, aim, raw=raw)
