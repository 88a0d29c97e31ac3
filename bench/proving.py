"""What verification costs: everything derived again, of a log whose day is closed."""

import statistics
from pathlib import Path

from bench import growth
from bench.measuring import LEADLOG, Figure, peak_memory_mib, seconds

MILLION = 1_000_000


def verify(day: Path, *, attempts: int, rounds: int) -> Figure:
    """Measure `verify` of a log with one large day, after closing it; a problem ends the run."""
    seconds([LEADLOG, "snapshot", "--date", growth.ONE_DAY, "--db", str(day)])
    command = [LEADLOG, "verify", "--db", str(day)]
    taken = statistics.median(seconds(command) for _ in range(rounds))
    raw = {
        f"{attempts:,} attempts": f"{taken:.1f} s",
        "memory": f"{peak_memory_mib(command):.0f} MiB",
        "rounds": str(rounds),
    }
    return Figure("`verify`, a million attempts", taken * MILLION / attempts, "s", 10, 5, raw=raw)
