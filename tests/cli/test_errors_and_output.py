"""Wrong usage, bugs, interruptions, and output that does not arrive."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes import FakeClock
from shell import Shell

import leadlog
from leadlog.cli import layout
from leadlog.cli.commands import COMMANDS

LEADLOG = [sys.executable, "-m", "leadlog"]


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(database, clock, capsys)
    shell.ready("site-form")
    return shell


def shell(script: str, database: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `$L` is leadlog and $LEADLOG_DB the database."""
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "L": " ".join(LEADLOG), "LEADLOG_DB": str(database), **environment},
    )


def attempts(database: Path) -> int:
    with leadlog.open(database) as log:
        return log.last_attempt_id()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["atempts"], "No such command 'atempts'. Did you mean 'attempts'?"),
        (["fialures"], "No such command 'fialures'. Did you mean 'failures'?"),
        (["limit", "statis"], "No such command 'statis'. Did you mean 'status'?"),
        (["user", "ad"], "No such command 'ad'. Did you mean 'add'?"),
        (["attempts", "--nope"], "No such option: --nope"),
        (["attempts", "extra"], "There is no use for (extra)"),
        (["attempts", "--limit"], "Option '--limit' requires an argument."),
        (["attempts", "--limit", "x"], "'x' is not a whole number."),
        (["submit", "--wait", "x"], "'x' is not a number."),
        (["show"], "Missing argument 'ATTEMPT'."),
        (["user", "show"], "Missing argument 'HANDLE'."),
    ],
)
def test_wrong_usage_is_one_error_and_exit_2(
    run: Shell, arguments: list[str], message: str
) -> None:
    said = run.bare(*arguments)
    as_json = run.bare(arguments[0], "--json", *arguments[1:])
    if arguments[0] in ("user", "limit"):
        as_json = run.bare(*arguments[:2], "--json", *arguments[2:])

    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert "--help" in said.err
    assert (as_json.code, as_json.out) == (2, "")
    assert as_json.error["kind"] == "usage"
    assert message in as_json.error["message"]


def test_an_option_before_the_command_is_told_its_place(run: Shell) -> None:
    result = run.bare("--db", "x", "attempts")

    assert result.code == 2
    assert "--db comes after the command" in result.err


def test_version(run: Shell) -> None:
    assert run.bare("--version") == (0, f"leadlog {leadlog.__version__}\n", "")


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command_under_what_it_is_for(run: Shell, option: str) -> None:
    result = run.bare(option)

    assert result.code == 0
    for name, entry in COMMANDS.items():
        assert f" {name} " in result.out
        assert entry.help in result.out
    for expected in ("Set up", "Record", "Look", "--install-completion", "--show-completion"):
        assert expected in result.out


@pytest.mark.parametrize("arguments", [[], ["user"], ["limit"]], ids=" ".join)
def test_nothing_to_do_shows_the_help_and_exits_2(run: Shell, arguments: list[str]) -> None:
    result = run.bare(*arguments)

    assert result.code == 2
    assert "Usage: leadlog" in result.out
    assert result.err == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_of_itself_what_the_list_says(run: Shell, name: str) -> None:
    result = run.bare(name, "--help")

    assert result.code == 0
    assert f"Usage: leadlog {name}" in result.out


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("broken on purpose")


def test_a_bug_is_one_line_and_how_to_get_the_traceback(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "size_text", broken)

    said = run("info")
    as_json = run("info", "--nope", "--json")

    assert said.code == 1
    assert said.err == (
        "This is a bug in leadlog: ZeroDivisionError.\n"
        "Run the same command with --debug and report what it prints.\n"
    )
    assert as_json.code == 2


def test_a_bug_with_json_is_one_object(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadlog.Leadlog, "info", broken)

    result = run("info", "--json")

    assert result.code == 1
    assert result.error["kind"] == "bug"


def test_debug_shows_the_traceback(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "size_text", broken)

    with pytest.raises(ZeroDivisionError):
        run("info", "--debug")


def test_an_interruption_is_exit_130_without_a_word(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(leadlog.Leadlog, "append", interrupted)

    assert run.submit("site-form", "ada@example.org") == (130, "", "")


def test_ctrl_c_while_waiting_for_other_writers_is_exit_130(run: Shell) -> None:
    lead = ["--user", "site-form", "--name", "Ada", "--email", "ada@example.org"]
    with open(f"{run.database}.lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [*LEADLOG, "submit", *lead, "--db", str(run.database)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)

    assert (process.returncode, out, err) == (130, b"", b"")
    assert attempts(run.database) == 0


def test_waiting_for_other_writers_has_an_end(run: Shell) -> None:
    with open(f"{run.database}.lock", "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = run.submit("site-form", "ada@example.org", "--wait", "0", "--json")

    assert result.code == 8
    assert result.error["kind"] == "busy"
    assert attempts(run.database) == 0


SUBMIT = "$L submit --user site-form --name Ada --email ada@example.org"


@pytest.mark.parametrize("closing", [">&-", "> /dev/full", "| true"])
def test_a_receipt_that_does_not_arrive_is_exit_9(run: Shell, closing: str) -> None:
    done = shell(f"(sleep 0.2; {SUBMIT}) {closing}", run.database)

    assert done.returncode == 9
    assert done.stderr.startswith("Attempt 1 was recorded, but its receipt could not be written")
    assert "same request id" in done.stderr
    assert "Traceback" not in done.stderr
    assert attempts(run.database) == 1


def test_nobody_to_hear_at_all_does_not_change_the_exit_code(run: Shell) -> None:
    both = shell(f"{SUBMIT} > /dev/full 2> /dev/full", run.database)
    closed = shell(f"{SUBMIT} >&- 2>&- <&-", run.database)
    usage = shell("$L attempts --nope 2> /dev/full", run.database)

    assert (both.returncode, closed.returncode, usage.returncode) == (9, 9, 2)


def test_a_stream_whose_reader_left_is_exit_9(run: Shell) -> None:
    lines = [{"user": "site-form", "email": f"p{n}@example.org", "name": "P"} for n in range(5000)]
    file = run.file("leads", *lines)

    done = shell(f"$L submit --file {file} | head -1", run.database)

    assert done.returncode == 9
    assert done.stdout.startswith("1 ✓ lead 1")
    assert "Lines were recorded" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", ["attempts", "attempts --json", "leads --json", "failures --list --json", "info"]
)
def test_a_reading_command_whose_reader_left_is_done(run: Shell, command: str) -> None:
    lines = [{"user": "site-form", "email": f"p{n}@example.org", "name": "P"} for n in range(500)]
    run("limit", "set", "site-form", "300/1d")
    run("submit", "--file", run.file("leads", *lines))

    done = shell(f"$L {command} | head -1", run.database)

    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("closing", [">&-", "> /dev/full"])
def test_a_list_that_does_not_arrive_is_exit_9_and_promises_nothing(
    run: Shell, closing: str
) -> None:
    run.submit("site-form", "ada@example.org")

    done = shell(f"$L attempts --json {closing}", run.database)

    assert done.returncode == 9
    error = json.loads(done.stderr)["error"]
    assert error["kind"] == "not_delivered"
    assert error["hint"] is None


def test_a_closed_standard_input_is_wrong_usage(run: Shell) -> None:
    done = shell("$L submit --file - <&-", run.database)

    assert done.returncode == 2
    assert done.stderr == "Standard input is closed.\nName a file with --file F.\n"


def test_standard_input_is_read(run: Shell) -> None:
    lead = '{"user": "site-form", "name": "Ada", "email": "ada@example.org"}'

    done = shell(f"echo '{lead}' | $L submit --file -", run.database)

    assert done.returncode == 0
    assert done.stderr == "1 line = 1 attempt: 1 lead, 0 failures\n"


def test_warnings_and_a_plain_locale_change_nothing(run: Shell) -> None:
    locale = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    strict = shell(SUBMIT, run.database, PYTHONWARNINGS="error", PYTHONDEVMODE="1")
    plain = shell("$L attempts && $L failures --list", run.database, **locale)

    assert (strict.returncode, strict.stderr) == (0, "")
    assert plain.returncode == 0
    assert "lead 1" in plain.stdout
    assert plain.stdout.isascii()


def test_tail_follows_until_interrupted(run: Shell) -> None:
    process = subprocess.Popen(
        [*LEADLOG, "tail", "-f", "--json", "--db", str(run.database)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    time.sleep(1)
    run.submit("site-form", "ada@example.org")
    run.submit("site-form", "bob@")

    seen = [json.loads(process.stdout.readline()) for _ in range(2)]
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)

    assert [one["attempt"] for one in seen] == [1, 2]
    assert (process.returncode, err) == (130, "")


def test_a_stream_that_is_interrupted_tells_how_to_go_on(run: Shell, tmp_path: Path) -> None:
    lines = [{"user": "site-form", "email": f"p{n}@example.org", "name": "P"} for n in range(60000)]
    file = run.file("leads", *lines)
    results = tmp_path / "results"
    with results.open("wb") as stdout:
        process = subprocess.Popen(
            [*LEADLOG, "submit", "--file", file, "--db", str(run.database)],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )
        while results.stat().st_size == 0:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    count = attempts(run.database)
    assert process.returncode == 130
    assert len(results.read_text().splitlines()) == count
    assert f"Interrupted after line {count:,}; all up to there is recorded." in err
    assert f"tail -n +{count + 1} {file} | leadlog submit --file -" in err
