"""Starting and streaming: `submit` as a process of its own, and long files."""

from pathlib import Path

from bench import data
from bench.measuring import LEADLOG, SQLITE_UTILS, Figure, milliseconds, paired, peak_memory_mib
from bench.measuring import seconds as time_process

ONE_ROW = b'{"user": "user-0", "name": "Ada Lovelace", "email": "ada@example.org", "page": "/"}'


def one_submit(folder: Path, *, rounds: int) -> Figure:
    """Measure one `leadlog submit` against one `sqlite-utils insert` of one row."""
    database = data.new_database(folder / "one.db")
    theirs = folder / "one-peer.db"

    def ours(number: int) -> float:
        person = ["--name", "Ada Lovelace", "--email", f"ada{number}@example.org"]
        where = ["--user", "user-0", "--page", "/", "--db", str(database)]
        return time_process([LEADLOG, "submit", *person, *where])

    def peer(_number: int) -> float:
        return time_process([SQLITE_UTILS, "insert", str(theirs), "leads", "-"], ONE_ROW)

    our_median, their_median = paired(ours, peer, rounds)
    raw = {
        "leadlog submit": milliseconds(our_median),
        "sqlite-utils insert": milliseconds(their_median),
        "rounds": str(rounds),
    }
    work = "`submit`, one process, against `sqlite-utils insert` of one row"
    return Figure(work, our_median / their_median, "x", 0.8, 0.6, raw=raw)


def stream(folder: Path, *, lines: int, rounds: int) -> Figure:
    """Measure rows a second of `submit --file` against `sqlite-utils insert --nl`."""
    file = data.write_lines(folder / f"stream-{lines}.ndjson", lines)

    def ours(_number: int) -> float:
        database = data.new_database(folder / "stream.db")
        return time_process([LEADLOG, "submit", "--file", str(file), "-q", "--db", str(database)])

    def peer(_number: int) -> float:
        theirs = folder / "stream-peer.db"
        theirs.unlink(missing_ok=True)
        return time_process([SQLITE_UTILS, "insert", str(theirs), "leads", str(file), "--nl"])

    our_median, their_median = paired(ours, peer, rounds)
    raw = {
        "leadlog": f"{lines / our_median:,.0f} rows/s",
        "sqlite-utils": f"{lines / their_median:,.0f} rows/s",
        "rounds": str(rounds),
    }
    work = f"`submit --file` of {lines:,} lines, rows a second against `sqlite-utils insert --nl`"
    return Figure(work, their_median / our_median, "x", 0.2, 0.3, at_least=True, raw=raw)


def memory(folder: Path, *, lines: int) -> Figure:
    """Measure the peak memory of a long stream, and of one a tenth as long for comparison."""
    peaks = {}
    for count in (lines // 10, lines):
        file = data.write_lines(folder / f"stream-{count}.ndjson", count)
        database = data.new_database(folder / "memory.db")
        command = [LEADLOG, "submit", "--file", str(file), "-q", "--db", str(database)]
        peaks[count] = peak_memory_mib(command)
    raw = {f"{count:,} lines": f"{peak:.0f} MiB" for count, peak in peaks.items()}
    return Figure(f"memory of a {lines:,}-line stream", peaks[lines], "MiB", 150, None, raw=raw)
