"""`python -m bench`: measure, print a table, exit 1 when a bound is missed."""

import argparse
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from bench import closing, crowds, growth, processes, proving
from bench.measuring import Figure


def main() -> int:
    """Run the measurements and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the sizes, to try it out")
    parser.add_argument("--only", metavar="TEXT", help="only work whose name holds TEXT")
    parser.add_argument("--folder", type=Path, help="where to put files (a temporary folder)")
    options = parser.parse_args()
    print(_machine())
    print()
    print("| work | measured | must | aim | raw |")
    print("|---|---|---|---|---|")
    missed = []
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for figure in _figures(Path(folder), 10 if options.quick else 1, options.only or ""):
            print(_line(figure), flush=True)
            if figure.missed:
                missed.append(figure.work)
    for work in missed:
        print(f"\nMissed: {work}", file=sys.stderr)
    return 1 if missed else 0


def _figures(folder: Path, less: int, only: str) -> Iterator[Figure]:
    if only in "submit one process":
        yield processes.one_submit(folder, rounds=max(10, 40 // less))
    if only in "stream":
        yield processes.stream(folder, lines=200_000 // less, rounds=3)
    if only in "memory":
        yield processes.memory(folder, lines=1_000_000 // less)
    if only in "snapshot" or only in "verify":
        yield from _large_day(folder, 1_000_000 // less, only)
    if only in "growth" or only in "snapshot":
        attempts = 5_000_000 // less
        long, seconds = growth.long_database(folder, attempts=attempts)
        work = f"building {attempts:,} attempts by the bulk path"
        yield Figure(work, seconds, "s", None, None)
        if only in "growth":
            yield from growth.commands(folder, long, attempts=attempts, rounds=max(7, 15 // less))
        if only in "snapshot":
            yield closing.in_long_log(folder, long, attempts=attempts, rounds=max(7, 15 // less))
    if only in "crowd":
        yield crowds.started_writers(folder, rounds=max(3, 30 // less))
        yield crowds.one_shot_writers(folder, rounds=max(2, 10 // less))


def _large_day(folder: Path, attempts: int, only: str) -> Iterator[Figure]:
    day = closing.one_day(folder / "day.db", attempts)
    if only in "snapshot":
        yield closing.against_sql(day, attempts=attempts, rounds=5)
        yield closing.submit_meanwhile(day, attempts=attempts)
    if only in "verify":
        yield proving.verify(day, attempts=attempts, rounds=3)


def _line(figure: Figure) -> str:
    sign = "≥" if figure.at_least else "≤"
    bounds = [
        "reported" if bound is None else f"{sign} {bound:g} {figure.unit}"
        for bound in (figure.must, figure.aim)
    ]
    raw = ", ".join(f"{name} {value}" for name, value in figure.raw.items())
    measured = f"{figure.value:.2f} {figure.unit}"
    mark = " **missed**" if figure.missed else ""
    return f"| {figure.work} | {measured}{mark} | {bounds[0]} | {bounds[1]} | {raw} |"


def _machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("leadlog", "typer", "sqlite-utils"))
    return (
        f"{platform.machine()}, {_cores()} cores, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {packages}"
    )


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0))


if __name__ == "__main__":
    sys.exit(main())
