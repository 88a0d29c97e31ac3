"""What reaches a terminal: nothing that acts on it, nothing wider than it, colours where wanted."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import FakeClock
from rich.cells import cell_len
from shell import Result, Shell

import leadlog
from leadlog.cli import output
from leadlog.limits import Limit

HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07 \x9b31m \x7f \u202eevil\u2066 zero\u200bwidth\ufeff \r\n\ttab"
    " [/] [link=https://x]y[/link] [red]r"
)
HUMAN = [
    ["attempts"],
    ["leads"],
    ["failures"],
    ["failures", "--by", "page"],
    ["failures", "--by", "source"],
    ["failures", "--by", "user"],
    ["failures", "--list"],
    ["tail", "-n", "50"],
    ["show", "1"],
    ["show", "2"],
    ["show", "3"],
    ["show", "4"],
    ["show", "5"],
    ["info"],
    ["user", "list"],
    ["user", "show", "h" * 128],
    ["limit", "status"],
    ["limit", "history"],
]
TABLES = [command for command in HUMAN if command[0] not in ("show", "info")]


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERMINAL_WIDTH", "LEADLOG_DB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A log with hostile text wherever text may come from."""
    with leadlog.open(database, create=True, clock=clock) as log:
        for user in ("site-form", "h" * 128):
            log.add_user(user, Limit(1_000_000_000, 86400))
        log.set_limit("site-form", Limit(999_999, 3600), f"reason {HOSTILE}")
        lead = {
            "user": "site-form",
            "name": f"Ada {HOSTILE}",
            "email": "ada@example.org",
            "phone": "+49 \x1b[1m\u202e [/] \x9b1m",
            "company": f"{HOSTILE} company",
            "message": f"{HOSTILE} message",
            "source": HOSTILE,
            "page": f"/{HOSTILE}",
            "fields": {"\x1b[1m\u202e [/] field": f"{HOSTILE} value"},
        }
        stated = log.record({**lead, "outcome": "success", "context": {"key": HOSTILE}})
        assert stated.ok, stated.failure
        statement = {"outcome": "failure", "category": "upstream", "code": "crm_500"}
        log.record({**lead, **statement, "error": HOSTILE})
        log.record({**lead, "user": f"claimed {HOSTILE}"})
        log.submit(
            user="h" * 128, name="Ünïcödé 名前" * 9, email=f"bad {HOSTILE}@", page="/p" * 400
        )
        log.submit(user="h" * 128, name="名前" * 40, email="n@example.org", page="/名前" * 300)
    return Shell(database, clock, capsys)


def is_harmless(text: str) -> bool:
    """Whether nothing in a text acts on a terminal, line feeds apart."""
    return not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        for character in text.replace("\n", "")
    )


@pytest.mark.parametrize("command", HUMAN, ids=lambda command: " ".join(command)[:30])
def test_no_command_lets_hostile_text_act(run: Shell, command: list[str]) -> None:
    result = run(*command)

    assert result.code == 0
    assert result.out
    assert is_harmless(result.out)
    assert is_harmless(result.err)


@pytest.mark.parametrize("command", HUMAN, ids=lambda command: " ".join(command)[:30])
def test_json_is_harmless_even_when_it_is_looked_at(run: Shell, command: list[str]) -> None:
    result = run(*command, "--json")

    assert result.out.isascii()
    assert is_harmless(result.out)
    for line in result.out.splitlines():
        json.loads(line)


@pytest.mark.parametrize("attempt", ["1", "2"])
def test_markup_comes_out_as_it_was_written(run: Shell, attempt: str) -> None:
    shown = run("show", attempt).out

    assert "[/] [link=https://x]y[/link] [red]r" in " ".join(shown.split())
    assert "\\x1b[31mred" in shown
    assert "\\u202e" in shown


def test_markup_in_tables_is_text(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "900")

    for command in (["attempts"], ["leads"], ["failures", "--by", "page"], ["limit", "history"]):
        shown = run(*command).out
        assert "[/] [" in shown  # what is between is masked in a page, as words of the name
        assert "] [red]r" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        [HOSTILE],
        ["attempts", f"--{HOSTILE}"],
        ["attempts", HOSTILE],
        ["attempts", "--date", HOSTILE],
        ["attempts", "--user", HOSTILE],
        ["attempts", "--outcome", HOSTILE],
        ["attempts", "--category", HOSTILE],
        ["attempts", "--limit", HOSTILE],
        ["failures", "--by", HOSTILE],
        ["show", HOSTILE],
        ["user", HOSTILE],
        ["user", "add", HOSTILE],
        ["user", "show", HOSTILE],
        ["limit", "set", "site-form", HOSTILE],
        ["limit", "set", HOSTILE, "1/1m"],
        ["init", "--timezone", HOSTILE],
        ["submit", "--field", HOSTILE.replace("=", "")],
        ["submit", "--file", f"/{HOSTILE}"],
        ["submit", "--file", "/dev/null", "--rejects", f"/none/{HOSTILE}"],
        ["submit", "--wait", HOSTILE],
        ["attempts", "--db", f"/tmp/{HOSTILE}"],
        ["attempts", "\udcff\udcfe"],
    ],
    ids=lambda arguments: " ".join(arguments)[:24].encode("ascii", "backslashreplace").decode(),
)
def test_errors_quote_hostile_text_harmlessly(run: Shell, arguments: list[str]) -> None:
    call = run.bare if "--db" in arguments else run
    said = call(*arguments)
    as_json = call(*arguments, "--json")

    assert said.code in (2, 3)
    assert said.code == as_json.code
    assert is_harmless(said.err)
    assert is_harmless(as_json.err)
    assert as_json.error["message"]


def test_receipts_quote_hostile_text_harmlessly(run: Shell) -> None:
    unknown = run.submit(HOSTILE, "ada@example.org")
    duplicate = [run.submit("site-form", "x@example.org", "--page", HOSTILE) for _ in range(2)]
    stream = run("submit", "--file", run.file("l", {"user": HOSTILE, "page": HOSTILE}))

    for result in (unknown, *duplicate, stream):
        assert result.out
        assert is_harmless(result.out)
        assert is_harmless(result.err)


@pytest.mark.parametrize("command", TABLES, ids=lambda command: " ".join(command)[:30])
def test_piped_tables_fit_into_80_columns(run: Shell, command: list[str]) -> None:
    result = run(*command)

    longest = 128 + 40 if command[:2] == ["user", "show"] else 80  # a handle is never cut in two
    assert max(map(cell_len, result.out.splitlines())) <= longest
    assert max(map(cell_len, result.err.splitlines()), default=0) <= 80


def test_a_hundred_groups_and_large_numbers_fit(run: Shell) -> None:
    lines = [
        {
            "user": "site-form",
            "name": "A",
            "email": f"a{n}@example.org",
            "outcome": "failure",
            "category": "upstream",
            "code": f"code_{n}" + "x" * 50,
        }
        for n in range(100)
    ]
    run("record", "--file", run.file("log", *lines))

    result = run("failures")

    assert len(result.out.splitlines()) > 100
    assert max(map(cell_len, result.out.splitlines())) <= 80
    assert "…" in result.out


NARROW = [
    ["attempts"],
    ["leads"],
    ["failures"],
    ["failures", "--by", "page"],
    ["failures", "--list"],
    ["tail"],
    ["limit", "status"],
    ["limit", "history"],
    ["limit", "simulate", "2/1h"],
    ["limit", "replay"],
    ["user", "list"],
    ["snapshots"],
    ["snapshot", "--date", "2026-03-09"],
    ["snapshot", "--from", "2026-03-08", "--to", "2026-03-09"],
    ["trace", "2026-03-09", "/success_rate"],
    ["reports"],
    ["runs"],
    ["submit", "--user", "site-form", "--name", "Ada", "--email", "no@", "--page", "/pricing"],
    ["correct", "7", "--outcome", "failure", "--reason", "the CRM said so later"],
]


@pytest.fixture
def usual(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A log of a usual size: some attempts of every kind, two closed dates and a report."""
    shell = Shell(database, clock, capsys)
    shell.ready("site-form", "partner-feed-of-acme")
    clock.set("2026-03-09T12:00:00Z")
    with leadlog.open(database, clock=clock) as log:
        log.set_limit("partner-feed-of-acme", Limit(3, 3600), "they asked for it")
        log.set_limit(None, Limit(1_000_000, 86_400))
        for n in range(40):
            user = ("site-form", "partner-feed-of-acme")[n % 2]
            log.submit(user=user, name="Ada Lovelace", email=f"a{n}@example.org", page="/pricing")
            log.record(
                {
                    "user": user,
                    "name": "Ada",
                    "email": f"b{n}@example.org",
                    "page": "/partners/acme/spring",
                    "outcome": "failure",
                    "category": "upstream",
                    "code": "crm_service_unavailable",
                }
            )
        clock.set("2026-03-10T12:00:00Z")
        log.snapshot("2026-03-08")
        log.report("2026-03-09")
    return shell


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let what is printed seem to go to a terminal of so many columns."""
    return lambda columns: monkeypatch.setattr(output, "screen_columns", lambda _stream: columns)


@pytest.mark.parametrize("columns", [40, 60])
@pytest.mark.parametrize("command", NARROW, ids=lambda command: " ".join(command)[:30])
def test_on_a_narrow_screen_all_fits_and_nothing_is_cut_to_nonsense(
    usual: Shell, command: list[str], columns: int, screen: Callable[[int], None]
) -> None:
    screen(columns)

    result = usual(*command)

    said = [*result.out.splitlines(), *result.err.splitlines()]
    # A command stays in one piece, to be copied.
    prose = [line for line in said if not line.lstrip().startswith("leadlog ")]
    assert prose
    assert [line for line in prose if cell_len(line) > columns] == []
    assert [line for line in said if re.search(r"(^|\s)…|(^ |  )\S{1,3}…|\d…", line)] == []


def test_a_hint_wraps_before_the_command_it_names(
    usual: Shell, screen: Callable[[int], None]
) -> None:
    screen(40)

    result = usual("snapshot", "--date", "2026-03-09")

    assert result.err == (
        " every figure:\n leadlog trace 2026-03-09 /failures_by_category/upstream\n"
    )


def test_json_on_stderr_is_one_line_on_any_screen(
    usual: Shell, screen: Callable[[int], None]
) -> None:
    screen(40)

    result = usual("submit", "--json", "--file", usual.file("l", {"user": "site-form"}))

    assert json.loads(result.err)["lines"] == 1
    assert usual("show", "9999", "--json").error["kind"] == "not_found"


def test_sentences_are_wrapped_at_a_terminal_only(usual: Shell) -> None:
    wrong = ["snapshot", "--from", "2026-03-09", "--to", "2026-03-08"]

    at_40 = in_terminal(40, *wrong, "--db", str(usual.database), NO_COLOR="1")

    assert at_40.out.splitlines()[:2] == [
        "The range ends on 2026-03-08, before it",
        "begins on 2026-03-09.",
    ]
    assert usual(*wrong).err.startswith(" ".join(at_40.out.splitlines()[:2]) + "\n")


def test_a_piped_receipt_is_one_line(usual: Shell) -> None:
    page = f"/{'p' * 100}"

    result = usual.submit("site-form", "ada@example.org", "--page", page)
    again = usual.submit("site-form", "ada@example.org", "--page", page)

    assert len((result.out + again.out).splitlines()) == 2
    assert len(again.out) > 100


def test_long_values_are_cut_and_never_wrapped(run: Shell) -> None:
    rows = run("attempts").out.splitlines()

    assert len(rows) == 6
    assert "…" in rows[1]


def test_show_wraps_at_words_and_keeps_long_ones_whole(run: Shell) -> None:
    shown = run("show", "4").out

    assert "h" * 128 in shown
    assert "  page /" not in shown.split("h" * 128)[0]


@pytest.mark.parametrize("columns", ["", "abc", "0", "-5", "3", "40"])
def test_an_odd_width_in_the_environment_does_no_harm(
    run: Shell, columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    for command in HUMAN:
        assert run(*command).code == 0


@pytest.mark.parametrize(
    "help_of", ["", "submit", "record", "attempts", "failures", "leads", "tail", "init"]
)
def test_help_fits_into_80_columns(run: Shell, help_of: str) -> None:
    result = run.bare(*help_of.split(), "--help")

    assert result.code == 0
    assert max(map(cell_len, result.out.splitlines())) <= 80
    for odd in ("default: None", "x>=", "{", "30.0"):
        assert odd not in result.out


def test_help_paragraphs_flow(run: Shell) -> None:
    text = " ".join(run.bare("submit", "--help").out.split())

    assert "0: a lead was created; 5: recorded as a failure; 6: refused by the rate limit." in text
    lines = [line.rstrip() for line in run.bare("submit", "--help").out.splitlines()]
    assert not any(line.strip() == "as a failure; 6: refused by the rate limit." for line in lines)


def in_terminal(columns: int, *command: str, typed: str = "", **environment: str) -> Result:
    """Run a command in a real process whose streams are a pseudo-terminal."""
    ours, theirs = pty.openpty()
    os.write(ours, typed.encode())
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "leadlog", *command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **environment},
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 65536):
                seen += chunk
        except OSError:  # how Linux says that the other side has ended
            pass
    os.close(ours)
    return Result(process.returncode, seen.decode().replace("\r\n", "\n"), "")


def test_a_terminal_gets_colours(run: Shell) -> None:
    result = in_terminal(80, "attempts", "--db", str(run.database))

    assert result.code == 0
    assert "\x1b[32m✓ lead 1" in result.out
    assert "\x1b[31m✗ crm_500" in result.out


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_that_wants_no_colours_gets_none(
    run: Shell, environment: dict[str, str]
) -> None:
    for command in (["attempts"], ["show", "1"], ["limit", "status"], ["failures"], ["tail"]):
        result = in_terminal(80, *command, "--db", str(run.database), **environment)

        assert result.code == 0
        assert "\x1b" not in result.out


def test_a_narrow_terminal_gets_something_and_a_wide_one_more(run: Shell) -> None:
    narrow = in_terminal(40, "failures", "--db", str(run.database), NO_COLOR="1")
    usual = in_terminal(80, "failures", "--db", str(run.database), NO_COLOR="1")
    wide = in_terminal(160, "failures", "--db", str(run.database), NO_COLOR="1")

    assert (narrow.code, usual.code, wide.code) == (0, 0, 0)
    assert "first seen" not in usual.out
    assert "first seen" in wide.out
    by_page = ["failures", "--by", "page", "--db", str(run.database)]
    at_80, at_160 = (in_terminal(columns, *by_page, NO_COLOR="1").out for columns in (80, 160))
    assert max(map(cell_len, at_80.splitlines())) <= 80
    assert 120 < max(map(cell_len, at_160.splitlines())) <= 160


def test_a_stream_shows_its_progress_at_a_terminal_only(run: Shell) -> None:
    lines = [{"user": "site-form", "email": f"p{n}@example.org", "name": "P"} for n in range(3000)]
    file = run.file("leads", *lines)

    shown = in_terminal(80, "submit", "--file", file, "--db", str(run.database))
    dumb = in_terminal(80, "submit", "--file", file, "--db", str(run.database), TERM="dumb")
    quiet = in_terminal(80, "submit", "--file", file, "-q", "--db", str(run.database))

    assert shown.code == 0
    assert "of 3,000 lines" in shown.out
    assert "3,000 lines = 3,000 attempts: 3,000 leads, 0 failures" in shown.out
    assert "Submitting" not in dumb.out
    assert "\x1b" not in dumb.out
    assert quiet.out == ""


def test_a_backup_shows_its_progress_at_a_terminal_only(run: Shell, tmp_path: Path) -> None:
    shown = in_terminal(80, "backup", str(tmp_path / "a.db"), "--db", str(run.database))
    quiet = in_terminal(80, "backup", str(tmp_path / "b.db"), "-q", "--db", str(run.database))

    assert shown.code == 0
    assert "Copying" in shown.out
    assert " pages" in shown.out
    assert "5 attempts, " in shown.out
    assert quiet.out == ""


def test_verifying_shows_its_progress_at_a_terminal_that_can(run: Shell) -> None:
    shown = in_terminal(80, "verify", "--db", str(run.database))
    dumb = in_terminal(80, "verify", "--db", str(run.database), TERM="dumb")

    assert " of 5 attempts" in shown.out
    assert dumb.out.startswith("✓ ")  # and no empty line where a bar would have been


@pytest.mark.parametrize("command", [["replay"], ["simulate", "1/1m"]], ids=str)
def test_a_look_back_at_limits_shows_its_progress_at_a_terminal_only(
    run: Shell, command: list[str]
) -> None:
    shown = in_terminal(60, "limit", *command, "--db", str(run.database))
    dumb = in_terminal(60, "limit", *command, "--db", str(run.database), TERM="dumb")
    quiet = in_terminal(60, "limit", *command, "-q", "--db", str(run.database))

    assert shown.code == 0
    assert " of 5 attempts" in shown.out
    assert "ing " not in dumb.out
    assert " of 5 attempts" not in quiet.out


def test_forgetting_asks_at_a_terminal(run: Shell) -> None:
    erase = ["forget", "--attempt", "1", "--reason", "asked", "--db", str(run.database)]

    declined = in_terminal(80, *erase, typed="n\n")
    there = run("show", "1", "--json").object["contact"]
    agreed = in_terminal(80, *erase, typed="y\n")

    assert "This erases 1 contact (site-form 1)" in declined.out
    assert "Erase? [y/N]" in declined.out
    assert (declined.code, agreed.code) == (130, 0)
    assert there is not None
    assert run("show", "1", "--json").object["contact"] is None


def test_a_large_erasure_shows_its_progress_at_a_terminal_only(run: Shell) -> None:
    lines = [{"user": "site-form", "email": f"p{n}@example.org", "name": "P"} for n in range(3000)]
    run("submit", "--file", run.file("leads", *lines), "-q")
    forget = ["forget", "--reason", "r", "--yes", "--db", str(run.database)]

    few = in_terminal(80, *forget, "--attempt", "1")
    many = in_terminal(80, *forget, "--before", "2999-01-01")

    assert (few.code, many.code) == (0, 0)
    assert "Erasing" not in few.out
    assert "3,004 of 3,004 contacts" in many.out
    assert "Erased 3,004 contacts" in many.out


def test_a_hostile_correction_or_erasure_is_harmless(run: Shell) -> None:
    corrected = run("correct", "1", "--outcome", "failure", "--error", HOSTILE, "--reason", HOSTILE)
    erased = run("forget", "--attempt", "1", "--reason", HOSTILE, "--yes")

    assert (corrected.code, erased.code) == (0, 0)
    assert is_harmless(corrected.out + corrected.err + erased.out + erased.err)
    assert is_harmless(run("show", "1").out)
