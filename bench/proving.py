"""What verification costs: everything derived again, of a log whose day is closed."""

import statistics
import sys
from pathlib import Path

from bench import growth
from bench.measuring import LEADLOG, Figure, milliseconds, peak_memory_mib, seconds

MILLION = 1_000_000
BARE_STARTS = 11
"""Between the rounds: a bound in seconds says as much about the machine, which these tell of."""


def verify(day: Path, *, attempts: int, rounds: int) -> Figure:
    """Measure `verify` of a log with one large day, after closing it; a problem ends the run."""
    seconds([LEADLOG, "snapshot", "--date", growth.ONE_DAY, "--db", str(day)])
    command = [LEADLOG, "verify", "--db", str(day)]
    bare = [sys.executable, "-c", "pass"]
    taken, starts = [], []
    for _ in range(rounds):
        starts += [seconds(bare) for _ in range(BARE_STARTS)]
        taken.append(seconds(command))
    median = statistics.median(taken)
    raw = {
        f"{attempts:,} attempts": ", ".join(f"{each:.1f}" for each in taken) + " s",
        "a bare Python starts in": milliseconds(statistics.median(starts)),
        "memory": f"{peak_memory_mib(command):.0f} MiB",
    }
    return Figure("`verify`, a million attempts", median * MILLION / attempts, "s", 10, 5, raw=raw)
