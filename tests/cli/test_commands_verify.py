"""`verify` and `checkpoint` as people and scripts see them."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import FakeClock
from shell import Shell

from leadlog import tables

LOG = tables.ATTEMPTS


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A log with a lead and a duplicate."""
    shell = Shell(database, clock, capsys)
    shell.ready("site-form")
    shell.submit("site-form", "ada@example.org", "--page", "/p")
    shell.submit("site-form", "ada@example.org", "--page", "/p")
    return shell


def tamper(database: Path) -> None:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(database)) as connection, connection:
        query = "SELECT sql FROM sqlite_schema WHERE name = 'leads_no_update'"
        (sql,) = connection.execute(query).fetchone()
        connection.execute("DROP TRIGGER leads_no_update")
        connection.execute("UPDATE leads SET page = '/\u202eother' WHERE id = 1")
        connection.execute(sql)


def keep(run: Shell) -> str:
    """Keep a checkpoint in a file; return its path."""
    path = run.database.with_name("kept.json")
    path.write_text(run("checkpoint", "--json").out)
    return str(path)


def test_a_sound_log_is_said_to_be_so_with_what_was_not_proved(run: Shell) -> None:
    result = run("verify")

    assert result.code == 0
    assert result.out.startswith("✓ leads.db is as it was written\n")
    assert "2 attempts, 1 lead, 2 contacts" in result.out
    assert "no receipt or checkpoint was given" in " ".join(result.out.split())
    assert result.err == ""


def test_quiet_says_nothing_of_a_sound_log(run: Shell) -> None:
    assert run("verify", "-q").out == ""


def test_quiet_still_names_each_problem(run: Shell, database: Path) -> None:
    tamper(database)

    result = run("verify", "-q")

    assert result.code == 4
    assert "✗ leads 1" in result.out


def test_each_problem_is_a_line_and_the_exit_code_is_4(run: Shell) -> None:
    tamper(run.database)

    result = run("verify")

    assert result.code == 4
    assert [line.partition(" · ")[0] for line in result.out.splitlines()] == [
        "✗ leads 1, hash",
        "✗ lead_submission_logs 2, duplicate_of",
        "✗ leads 1, page",
        "3 problems in leads.db",
    ]
    assert "· value · Lead 1 has another page than its attempt." in result.out
    assert "docs/verification.md" in result.err


def test_the_json_has_these_keys_and_no_others(run: Shell) -> None:
    tamper(run.database)

    result = run("verify", "--json")

    assert result.code == 4
    assert list(result.object) == ["ok", "checked", "problems", "heads"]
    assert result.object["ok"] is False
    assert result.object["checked"][LOG] == 2
    assert list(result.object["problems"][0]) == ["table", "id", "column", "kind", "message"]
    assert set(result.object["heads"]) == set(tables.CHAINED)
    assert list(result.object["heads"]["leads"]) == ["rows", "hash"]
    assert result.err == ""


def test_the_json_of_a_sound_log_is_ok(run: Shell) -> None:
    result = run("verify", "--json")

    assert (result.code, result.object["ok"], result.object["problems"]) == (0, True, [])


def test_a_checkpoint_is_one_screen_and_its_json_one_object(run: Shell) -> None:
    shown, made = run("checkpoint"), run("checkpoint", "--json")

    assert len(shown.out.splitlines()) <= 24
    assert max(map(len, shown.out.splitlines())) <= 80
    assert list(made.object) == ["database_id", "created_at", "heads", "digest"]
    assert made.object["digest"] in shown.out
    assert made.object["heads"][LOG]["rows"] == 2
    assert made.object["heads"] == run("verify", "--json").object["heads"]


def test_a_kept_checkpoint_proves_up_to_where_it_was_made(run: Shell) -> None:
    kept = keep(run)
    run.submit("site-form", "bob@example.org")

    result = run("verify", "--checkpoint", kept)

    said = " ".join(result.out.split())
    assert result.code == 0
    assert "up to attempt 2, and it fits" in said
    assert "not computed anew, and that none was cut off after them: attempt 3, lead 2." in said
    assert "a receipt covers attempts alone" not in said


def test_a_checkpoint_older_than_a_correction_does_not_prove_it(run: Shell) -> None:
    kept = keep(run)
    run("correct", "1", "--outcome", "failure", "--reason", "it was never there")
    run("report", "--date", "today")

    said = " ".join(run("verify", "--checkpoint", kept).out.split())

    assert "after them: correction 1, report 1, report run steps 1 to 2. No proof" in said


def test_a_checkpoint_of_the_newest_rows_leaves_nothing_but_what_was_cut_after_it(
    run: Shell,
) -> None:
    said = " ".join(run("verify", "--checkpoint", keep(run)).out.split())

    assert "that no row was cut off after these: the newest proof ends where the log does" in said
    assert "computed anew" not in said


def test_a_kept_receipt_proves_its_attempt(run: Shell) -> None:
    receipt = run("show", "2").out.splitlines()[-1].strip()

    result = run("verify", "--receipt", receipt)

    assert result.code == 0
    said = " ".join(result.out.split())
    assert "up to attempt 2, and it fits" in said
    assert "after them: settings 1 to " in said
    assert "lead 1." in said
    assert "a receipt covers attempts alone, a checkpoint every table" in said


def test_a_proof_that_does_not_fit_is_a_problem(run: Shell) -> None:
    kept = Path(keep(run))
    kept.write_text(kept.read_text().replace(f'"{LOG}": {{"rows": 2', f'"{LOG}": {{"rows": 3'))

    result = run("verify", "--checkpoint", str(kept), "--receipt", "7:" + "0" * 64, "--json")

    assert result.code == 4
    kinds = [(found["table"], found["kind"]) for found in result.object["problems"]]
    assert kinds == [("checkpoint", "checkpoint"), (LOG, "checkpoint"), (LOG, "receipt")]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--receipt", "twelve"), ("--checkpoint", "there-is-none.json"), ("--date", "tomorrow")],
)
def test_what_is_malformed_is_wrong_usage(run: Shell, option: str, value: str) -> None:
    result = run("verify", option, value, "--json")

    assert result.code == 2
    assert value in result.error["message"]
    assert result.error["hint"]


def test_a_database_is_no_checkpoint(run: Shell) -> None:
    result = run("verify", "--checkpoint", str(run.database))

    assert result.code == 2
    assert "holds no checkpoint" in result.err


@pytest.mark.parametrize("date", ["today", "2026-03-10"])
def test_a_date_is_verified_by_itself(run: Shell, date: str) -> None:
    run.clock.advance(86_400 if date != "today" else 0)
    run.submit("site-form", "bob@example.org")

    result = run("verify", "--date", date, "--json")

    assert result.code == 0
    assert result.object["checked"][LOG] == (3 if date == "today" else 2)


def test_a_date_does_not_show_what_was_changed_on_another(run: Shell) -> None:
    run.clock.advance(86_400)
    run.submit("site-form", "bob@example.org")
    tamper(run.database)

    assert run("verify", "--date", "2026-03-10").code == 4
    other = run("verify", "--date", "2026-03-11")
    assert other.code == 0
    assert "anything of other dates" in other.out


def test_a_malformed_file_is_a_problem_and_no_traceback(run: Shell) -> None:
    run("verify")
    content = run.database.read_bytes()
    run.database.with_name("leads.db-wal").unlink(missing_ok=True)
    run.database.write_bytes(content[: len(content) // 2])

    result = run("verify")

    assert result.code == 4
    assert "problem" in result.out.splitlines()[-1]


def test_a_file_that_is_no_database_can_not_be_used(run: Shell) -> None:
    run.database.with_name("leads.db-wal").unlink(missing_ok=True)
    run.database.write_bytes(b"no database at all " * 500)

    for command in ("verify", "checkpoint"):
        result = run(command, "--json")
        assert result.code == 8
        assert result.error["kind"] == "unusable"


def test_there_must_be_a_database(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Shell(database, FakeClock(), capsys)

    assert run("verify").code == 3
    assert run("checkpoint").code == 3


def test_progress_is_shown_on_a_terminal_only(run: Shell) -> None:
    command = [sys.executable, "-m", "leadlog", "verify", "--db", str(run.database), "--json"]
    leader, follower = pty.openpty()
    able = {**os.environ, "TERM": "xterm"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=follower, env=able, check=True)
    os.close(follower)

    drawn = os.read(leader, 65536)
    os.close(leader)

    assert b"Verifying" in drawn
    assert json.loads(done.stdout)["ok"]
    assert run("verify").err == ""
