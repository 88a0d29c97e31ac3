"""`limit replay` and `limit simulate`."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import rows
from fakes import FakeClock
from shell import Shell

from leadlog import past_limits, tables


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Two users; `site-form` may submit twice a minute and did so, three times, on two days."""
    shell = Shell(database, clock, capsys)
    shell.ready("site-form", "partner-x")
    shell("limit", "set", "site-form", "2/1m")
    for place in range(6):
        if place == 3:
            clock.advance(86_400)
        shell.submit("site-form", f"a{place}@example.org")
        clock.advance(1)
    shell.submit("partner-x", "x@example.org")
    shell.submit("nobody", "x@example.org")
    shell("record", "--user", "partner-x", "--name", "Bob", "--email", "bob@example.org")
    return shell


def forge(database: Path, statement: str) -> None:
    """Change the log as somebody would who drops what protects it, and puts it back."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
        triggers = connection.execute(query, (tables.ATTEMPTS,)).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


@pytest.fixture
def told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> list[tuple[object, ...]]:
    """What a bar on a terminal is told, and what was printed before it was gone."""
    seen: list[tuple[object, ...]] = []

    @contextmanager
    def bar(doing: str, total: int, noun: str) -> Iterator[Callable[[int], None]]:
        seen.append((doing, total, noun))
        yield lambda count: seen.append((count,))
        seen.append((capsys.readouterr().out,))

    monkeypatch.setattr(past_limits, "PAGE_ROWS", 4)
    monkeypatch.setattr("leadlog.cli.progress.bar", bar)
    monkeypatch.setattr("leadlog.cli.meter.is_seen", lambda: True)
    return seen


# Replay


def test_an_honest_log_agrees(run: Shell) -> None:
    assert run("limit", "replay") == (0, "7 limit decisions replayed: all agree\n", "")
    assert run("limit", "replay", "-q") == (0, "", "")


def test_a_replay_of_one_date(run: Shell) -> None:
    result = run("limit", "replay", "--date", "today")

    assert result == (0, "4 limit decisions of 2026-03-11 replayed: all agree\n", "")
    assert run("limit", "replay", "--date", "2026-03-10").out.startswith("3 limit decisions")
    empty = run("limit", "replay", "--date", "2020-01-01")
    assert empty == (0, "No limit decisions of 2020-01-01 to replay.\n", "")


def test_a_replay_as_json(run: Shell) -> None:
    result = run("limit", "replay", "--json")

    assert result.code == 0
    assert result.object == {
        "ok": True,
        "date": None,
        "decisions": 7,
        "agreeing": 7,
        "untimely": 0,
        "differences": [],
    }


def test_a_forged_decision_is_named(run: Shell) -> None:
    forge(run.database, "UPDATE lead_submission_logs SET used = 1 WHERE id = 2")

    result = run("limit", "replay")
    as_json = run("limit", "replay", "--json")

    logged, derived = (f"admitted, {used} used under 2/1m (no. 2)" for used in (1, 2))
    assert result.code == 4
    assert result.out.splitlines() == [
        f"✗ attempt 2 of site-form: logged {logged}; the log gives {derived}",
        "7 limit decisions replayed: 6 agree, 1 do not",
    ]
    (difference,) = as_json.object["differences"]
    logical_us = 1_773_144_001_000_000
    decided = {"admitted": True, "refused": False, "policy": 2, "limit": "2/1m"}
    ruling = {**decided, "logical_us": logical_us}
    assert as_json.code == 4
    assert (as_json.object["ok"], as_json.object["agreeing"]) == (False, 6)
    assert difference == {
        "attempt": 2,
        "user": "site-form",
        "logged": {**ruling, "used": 1},
        "derived": {**ruling, "used": 2},
    }


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("admitted = 1, used = 3 WHERE id = 3", "logged admitted but failed as rate_limited"),
        (
            "admitted = 1, used = 3, failure_category = 'validation' WHERE id = 3",
            "logged admitted, 3 used under 2/1m (no. 2); the log gives refused, 2 used",
        ),
        ("admitted = 0, used = 0 WHERE id = 1", "logged refused but not as rate_limited, 0 used"),
        (
            "failure_category = 'validation' WHERE id = 3",
            "logged refused but not as rate_limited, 2 used",
        ),
        ("policy_id = 1 WHERE id = 2", "logged admitted, 2 used under 100/1m (no. 1)"),
        ("policy_id = NULL, used = NULL WHERE id = 3", "logged no decision; the log gives refused"),
        (
            "policy_id = 1, used = 0 WHERE id = 9",
            "used under 100/1m (no. 1); the log gives no decision",
        ),
        ("logical_us = logical_us + 7 WHERE id = 2", "its time 7 µs too late; the log gives"),
        ("logical_us = logical_us - 7 WHERE id = 2", "its time 7 µs too early; the log gives"),
    ],
)
def test_whatever_of_a_decision_was_forged_is_named(run: Shell, statement: str, said: str) -> None:
    forge(run.database, f"UPDATE lead_submission_logs SET {statement}")

    result = run("limit", "replay")

    assert result.code == 4
    assert said in result.out


def test_an_attempt_that_was_put_in_beyond_the_limit_is_named(run: Shell) -> None:
    with closing(rows.connect(run.database)) as connection:
        names = ", ".join(tables.CHAINED[tables.ATTEMPTS][1:])
        query = f"SELECT {names} FROM lead_submission_logs WHERE id = 6"
        row = dict(zip(names.split(", "), connection.execute(query).fetchone(), strict=True))
        put_in = {**row, "admitted": 1, "used": 1, "outcome": "success", "logical_us": 0}
        put_in.update(dict.fromkeys([name for name in row if name.startswith("failure")]))
        rows.append(connection, tables.ATTEMPTS, tuple(put_in.values()))

    result = run("limit", "replay")

    assert result.code == 4
    assert "attempt 10 of site-form: logged admitted, 1 used" in result.out


def test_a_forged_date_is_named_when_that_date_is_asked_about(run: Shell) -> None:
    forge(run.database, "UPDATE lead_submission_logs SET used = 0 WHERE id = 5")

    assert run("limit", "replay", "--date", "2026-03-10").code == 0
    assert run("limit", "replay", "--date", "2026-03-11").code == 4


def test_limits_that_change_are_followed(run: Shell, clock: FakeClock) -> None:
    for limit in ("5/1h", "1/1s", "default", "0/1d", "3/2m"):
        run("limit", "set", "site-form", limit)
        run.submit("site-form", f"{limit[0]}@example.org")
        run.submit("site-form", f"{limit[0]}{limit[0]}@example.org")
        clock.advance(20)
    run("limit", "set", "--default", "1/1d")
    run.submit("partner-x", "late@example.org")

    assert run("limit", "replay", "--json").object["untimely"] == 0
    assert run("limit", "replay").out == "18 limit decisions replayed: all agree\n"


def test_a_clock_that_was_wrong_when_a_limit_was_set_is_mentioned(
    run: Shell, clock: FakeClock
) -> None:
    clock.advance(-3600)
    run("limit", "set", "site-form", "9/1m")
    clock.advance(3600)

    result = run("limit", "replay")

    assert result.code == 0
    assert result.out == "7 limit decisions replayed: all agree\n"
    assert result.err == "3 decisions agree only if a clock was wrong when a limit was set.\n"


def test_a_replay_tells_how_far_it_is(run: Shell, told: list[tuple[object, ...]]) -> None:
    run("limit", "replay")

    assert told == [("Replaying", 9, "attempts"), (4,), (4,), (1,), ("",)]


def test_a_replay_of_one_date_tells_how_far_it_is_in_that_date(
    run: Shell, told: list[tuple[object, ...]]
) -> None:
    run("limit", "replay", "--date", "today")

    assert told == [("Replaying", 5, "attempts"), (4,), (1,), ("",)]


def test_what_differs_waits_until_the_bar_is_gone(
    run: Shell, told: list[tuple[object, ...]]
) -> None:
    forge(run.database, "UPDATE lead_submission_logs SET used = 1 WHERE id = 2")

    result = run("limit", "replay")

    assert told[-1] == ("",)
    assert result.out.startswith("✗ attempt 2 of site-form: ")


def test_a_simulation_tells_how_far_it_is(run: Shell, told: list[tuple[object, ...]]) -> None:
    run("limit", "simulate", "1/1h")

    assert told == [("Simulating", 9, "attempts"), (4,), (5,), ("",)]


@pytest.mark.parametrize("command", [["replay"], ["simulate", "1/1h"]], ids=str)
def test_a_quiet_look_back_shows_no_bar(
    run: Shell, told: list[tuple[object, ...]], command: list[str]
) -> None:
    run("limit", *command, "-q")

    assert told == []


# Simulation


def test_another_limit_is_simulated(run: Shell) -> None:
    result = run("limit", "simulate", "1/1m")

    assert result.code == 0
    assert result.out.splitlines() == [
        "Under 1/1m 4 of 7 attempts of 1 user would be refused, 2 of them were not",
        "",
        " date    attempts  would be refused  was refused",
        " 10 Mar         3                 2            1",
        " 11 Mar         4                 2            1",
        "",
        " user       attempts  would be refused  was refused",
        " site-form         6                 4            2",
        " partner-x         1                 0            0",
    ]
    assert result.err == " set it with: leadlog limit set --default 1/1m\n"


def test_a_simulation_as_json(run: Shell) -> None:
    result = run("limit", "simulate", "100/1m", "--json", "--user", "site-form", "--date", "today")

    tally = {"attempts": 3, "would_be_refused": 0, "was_refused": 1}
    assert result.code == 0
    assert result.object == {
        "limit": 100,
        "window_seconds": 60,
        "date": "2026-03-11",
        "user": "site-form",
        **tally,
        "newly_refused": 0,
        "newly_admitted": 1,
        "users_refused": 0,
        "by_date": [{"date": "2026-03-11", **tally}],
        "by_user": [{"user": "site-form", **tally}],
    }


def test_a_simulation_that_refuses_nobody_says_so(run: Shell) -> None:
    first = run("limit", "simulate", "100/1m").out.splitlines()[0]

    assert first == "Under 100/1m none of 7 attempts would be refused"


def test_a_limit_of_nothing_would_refuse_everyone(run: Shell) -> None:
    assert run("limit", "simulate", "0/1d", "--json").object["would_be_refused"] == 7


def test_one_date_counts_as_in_a_simulation_of_all_dates(run: Shell) -> None:
    every = run("limit", "simulate", "1/2d", "--json").object["by_date"]

    one = run("limit", "simulate", "1/2d", "--json", "--date", "today").object

    assert one["by_date"] == every[1:]
    assert one["would_be_refused"] == 3


def test_a_range_without_attempts_is_said_to_be_one(run: Shell) -> None:
    result = run("limit", "simulate", "1/1m", "--date", "2020-01-01")

    assert (result.code, result.out) == (0, "")
    assert result.err.startswith("No attempt that the limit was asked about is in this range.\n")


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (["simulate", "many"], 2, "usage"),
        (["simulate", "1/1m", "--date", "2026-02-30"], 2, "usage"),
        (["simulate", "1/1m", "--user", "site-from"], 3, "not_found"),
        (["replay", "--date", "tomorrow"], 2, "usage"),
    ],
)
def test_what_can_not_be_asked_is_refused(
    run: Shell, arguments: list[str], code: int, kind: str
) -> None:
    result = run("limit", *arguments, "--json")

    assert (result.code, result.error["kind"]) == (code, kind)
