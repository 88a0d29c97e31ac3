"""What closing a date costs: against plain SQL, and in a long log against a short one."""

import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import leadlog
from bench import bulk, data, growth
from bench.measuring import LEADLOG, Figure, milliseconds, paired, percentile
from bench.measuring import seconds as time_process

# The groups a snapshot is made of, each by a query of its own, through the same index.
_BY_NAME = "count(*), sum(outcome = 'success')"
_GROUPS = {
    "outcome": "count(*)",
    "failure_category": "count(*)",
    "failure_code": "count(*), count(DISTINCT user_id), min(id), max(id)",
    "source": _BY_NAME,
    "page": _BY_NAME,
    "user_id": _BY_NAME,
    "substr(occurred_at, 1, 13)": _BY_NAME,
    "substr(occurred_at, 1, 16)": "count(*)",
    "duration_ms": "count(*)",
}


def against_sql(database: Path, *, attempts: int, rounds: int) -> Figure:
    """Measure `snapshot` of one large day against the same groups in the `sqlite3` shell."""
    shell = shutil.which("sqlite3")
    if shell is None:
        raise RuntimeError("this compares with the sqlite3 shell, which is not installed")
    queries = "".join(
        f"SELECT {group}, {counts} FROM lead_submission_logs"
        f" WHERE log_date = '{growth.ONE_DAY}' GROUP BY 1;\n"
        for group, counts in _GROUPS.items()
    ).encode()

    def plain_sql(_number: int) -> float:
        return time_process([shell, "-readonly", str(database)], queries)

    ours, theirs = paired(partial(_snapshot, database), plain_sql, rounds)
    raw = {
        "leadlog snapshot": milliseconds(ours),
        f"{len(_GROUPS)} GROUP BYs": milliseconds(theirs),
        "rounds": str(rounds),
    }
    work = f"`snapshot` of a {attempts:,}-attempt day against the same groups as plain SQL"
    return Figure(work, ours / theirs, "x", 1.5, 1.0, raw=raw)


def submit_meanwhile(database: Path, *, attempts: int) -> Figure:
    """Measure the longest of the submissions that are made while a large day is closed."""
    waits: list[float] = []
    command = [LEADLOG, "snapshot", "--date", growth.ONE_DAY, "--db", str(database)]
    with (
        leadlog.open(database, writable=True) as log,
        subprocess.Popen(command, stdout=subprocess.DEVNULL) as process,
    ):
        while process.poll() is None:
            started = time.perf_counter()
            log.submit(user="user-3", name="A B", email=f"new{len(waits)}@example.org")
            waits.append(time.perf_counter() - started)
            time.sleep(0.002)
    _reopen(database)
    raw = {
        "median": milliseconds(percentile(waits, 0.5)),
        "p99": milliseconds(percentile(waits, 0.99)),
        "submissions": f"{len(waits):,}",
    }
    work = f"the longest `submit` while a {attempts:,}-attempt day is closed"
    return Figure(work, max(waits) * 1000, "ms", 100, None, raw=raw)


def in_long_log(folder: Path, long: Path, *, attempts: int, rounds: int) -> Figure:
    """Measure `snapshot` of one day of a long log against a log that holds such a day alone."""
    per_day = attempts // growth.DAYS
    alone = one_day(folder / "alone.db", per_day)
    ours, theirs = paired(partial(_snapshot, long), partial(_snapshot, alone), rounds)
    raw = {
        f"in {attempts:,}": milliseconds(ours),
        "alone": milliseconds(theirs),
        "rounds": str(rounds),
    }
    work = f"`snapshot` of a {per_day:,}-attempt day in {attempts:,} against one alone"
    return Figure(work, ours / theirs, "x", 1.3, 1.1, raw=raw)


def one_day(path: Path, attempts: int) -> Path:
    """Build a log with one day's attempts by the bulk path."""
    data.new_database(path, users=growth.USERS)
    bulk.fill(path, first_day=growth.ONE_DAY, per_day=[attempts], users=growth.USERS)
    return path


def _snapshot(database: Path, _number: int) -> float:
    elapsed = time_process([LEADLOG, "snapshot", "--date", growth.ONE_DAY, "--db", str(database)])
    _reopen(database)
    return elapsed


def _reopen(database: Path) -> None:
    """Take back the closing of a date, so that it can be closed again; for measuring only."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        query = "SELECT sql FROM sqlite_schema WHERE name = 'daily_analysis_snapshots_no_delete'"
        (trigger,) = connection.execute(query).fetchone()
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DROP TRIGGER daily_analysis_snapshots_no_delete")
        taken_back = connection.execute("DELETE FROM daily_analysis_snapshots").rowcount
        connection.execute(trigger)
        connection.execute("COMMIT")
    if taken_back != 1:
        raise RuntimeError(f"{taken_back} dates were closed where one was to be")
