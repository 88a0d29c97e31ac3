"""Timing whole processes, several rounds, and what a bound says of the result."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BIN = Path(sys.executable).parent
LEADLOG = str(BIN / "leadlog")
SQLITE_UTILS = str(BIN / "sqlite-utils")


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        work: what was measured, as the table of goals names it.
        value: the figure.
        unit: `x` for a ratio, else `MiB`, `ms` or `s`.
        must: the bound that fails the run, or None for a figure that is only reported.
        aim: what we hope for.
        at_least: whether the bounds are lower ones.
        raw: the medians and counts behind the figure.
    """

    work: str
    value: float
    unit: str
    must: float | None
    aim: float | None
    at_least: bool = False
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def missed(self) -> bool:
        """Whether the figure is beyond its bound."""
        if self.must is None:
            return False
        return self.value < self.must if self.at_least else self.value > self.must


def seconds(command: Sequence[str], stdin: bytes | None = None) -> float:
    """Return how long a command takes from start to end, its output thrown away.

    Raises:
        RuntimeError: when it ends with anything but 0 or 5 (a recorded failure).
    """
    started = time.perf_counter()
    done = subprocess.run(
        command, input=stdin, capture_output=True, check=False, env=_environment()
    )
    elapsed = time.perf_counter() - started
    if done.returncode not in (0, 5):
        raise RuntimeError(f"{command[:3]} ended with {done.returncode}: {done.stderr[-500:]!r}")
    return elapsed


def _environment() -> dict[str, str]:
    """Return ours, without what would have every start compile all modules again."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def paired(
    first: Callable[[int], float], second: Callable[[int], float], rounds: int
) -> tuple[float, float]:
    """Run two measurements in turn and return the median of each, in seconds.

    They alternate, and so does who begins, so that a slow spell of the machine falls on both.
    """
    ours, theirs = [], []
    first(-1)
    second(-1)
    for number in range(rounds):
        if number % 2:
            theirs.append(second(number))
            ours.append(first(number))
        else:
            ours.append(first(number))
            theirs.append(second(number))
    return statistics.median(ours), statistics.median(theirs)


def peak_memory_mib(command: Sequence[str]) -> float:
    """Run a command and return the most memory it held at once, in MiB."""
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=_environment()
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    error = process.stderr.read() if process.stderr is not None else b""
    if process.stderr is not None:
        process.stderr.close()
    if process.returncode not in (0, 5):
        raise RuntimeError(f"{command[:3]} ended with {process.returncode}: {error[-500:]!r}")
    return usage.ru_maxrss / 1024


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * int(share * 100) // 100) - 1)]


def milliseconds(value: float) -> str:
    """Return seconds as text in milliseconds."""
    return f"{value * 1000:.1f} ms"
