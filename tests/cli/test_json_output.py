"""docs/json.md names every key of every object that `--json` prints, and no other."""

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import documents
import pytest
from fakes import FakeClock

from leadlog import cli
from leadlog.errors import EXIT_CODES

PAGE = documents.page("docs/json.md")

Ask = Callable[..., tuple[list[dict[str, Any]], list[dict[str, Any]]]]

BOB = ("--user", "site-form", "--name", "Bob", "--email", "bob@example.org", "--page", "/demo")
OBJECTS_OF_DATA = {
    *("contact", "context", "rows", "user_limits", "failures", "checked", "heads"),
    *("failures_by_category", "sections"),
}


@pytest.fixture
def ask(
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Ask:
    """Run a command with `--json`; return the objects on stdout and those on stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADLOG_DB", "leads.db")

    def run(*command: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        cli.main([*command, "--json"], clock=clock)
        out, err = capsys.readouterr()
        return [json.loads(x) for x in out.splitlines()], [json.loads(x) for x in err.splitlines()]

    run("init")
    run("user", "add", "site-form")
    run("submit", *BOB)
    run("submit", *BOB)
    return run


def documented(heading: str) -> list[str]:
    """Return the keys that a section names, `outer.inner` for those of an object within."""
    return re.findall(r"^\| `([a-z0-9_.]+)` \|", section_of(heading), re.MULTILINE)


def section_of(heading: str) -> str:
    section = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    assert section is not None, heading
    return section[1]


def keys(value: dict[str, Any]) -> list[str]:
    """Return the keys of an object, those of objects within as `outer.inner`."""
    found = []
    for key, inner in value.items():
        if isinstance(inner, dict) and key not in OBJECTS_OF_DATA:
            found += [f"{key}.{name}" for name in inner]
        else:
            found.append(key)
    return found


def assert_documented(value: dict[str, Any], *headings: str) -> None:
    assert sorted(keys(value)) == sorted(key for heading in headings for key in documented(heading))
    for key, inner in value.items():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            named = re.findall(r"`(\w+)`", meaning(key, *headings))
            assert set(inner[0]) <= set(named), key


def meaning(key: str, *headings: str) -> str:
    """Return what sections say of a key."""
    for heading in headings:
        found = re.search(rf"^\| `{key}` \| (.*) \|$", section_of(heading), re.MULTILINE)
        if found is not None:
            return found[1]
    raise AssertionError(key)


RECEIPT = "A receipt: submit, record"
ATTEMPT = "A line of attempts, tail, failures --list"


def test_a_receipt(ask: Ask) -> None:
    (receipt,), _ = ask("submit", *BOB)

    assert_documented(receipt, RECEIPT)


def test_a_receipt_of_a_lead_has_the_same_keys(ask: Ask) -> None:
    (receipt,), _ = ask("submit", *BOB, "--page", "/other")

    assert receipt["failure"] is None
    assert [key.partition(".")[0] for key in keys(receipt)] == [
        key.partition(".")[0]
        for key in documented(RECEIPT)
        if not key.startswith("failure.") or key == "failure.category"
    ]


def test_a_line_of_a_stream_and_its_totals(ask: Ask) -> None:
    line = {"user": "site-form", "name": "Bob", "email": "bob@example.org", "page": "/demo"}
    Path("in.ndjson").write_text(json.dumps(line) + "\n\n", encoding="utf-8")

    (receipt,), (totals,) = ask("submit", "--file", "in.ndjson")

    assert_documented(receipt, RECEIPT, "A line of a stream: submit --file, record --file")
    assert_documented(totals, "Totals of a stream")
    assert totals["failures"] == {"duplicate": 1}


@pytest.mark.parametrize("command", ["attempts", "tail", "failures --list"])
def test_a_line_of_attempts(ask: Ask, command: str) -> None:
    lines, _ = ask(*command.split())

    assert_documented(lines[-1], ATTEMPT)


def test_show(ask: Ask) -> None:
    (detail,), _ = ask("show", "2")

    assert_documented(detail, ATTEMPT, "show")


@pytest.mark.parametrize(
    ("command", "headings"),
    [
        ("leads", ["A line of leads"]),
        ("failures", ["A line of failures"]),
        ("limit status", ["A line of limit status"]),
        ("limit set site-form 5/1m --reason because", ["limit set"]),
        ("limit history", ["A line of limit history"]),
        ("limit replay", ["limit replay"]),
        ("limit simulate 1/1m", ["limit simulate"]),
        ("snapshot --date today", ["snapshot"]),
        ("correct 1 --outcome failure --reason spam", ["correct"]),
        ("forget bob@example.org --yes --reason asked", ["forget"]),
        ("backup copy.db", ["backup"]),
        ("user list", ["A line of user list"]),
        ("user show site-form", ["A line of user list", "user add, user show"]),
        ("user add another", ["A line of user list", "user add, user show"]),
        ("init", ["init"]),
        ("info", ["init", "info"]),
        ("verify", ["verify"]),
        ("checkpoint", ["checkpoint"]),
        ("trace today /attempts", ["trace"]),
        ("report --date today", ["report"]),
    ],
)
def test_what_other_commands_print(ask: Ask, command: str, headings: list[str]) -> None:
    lines, _ = ask(*command.split())

    assert_documented(lines[0], *headings)


def test_lists_of_closed_dates_reports_and_tries(ask: Ask) -> None:
    ask("snapshot")
    ask("report")

    for command in ("snapshots", "reports", "runs"):
        (line,), _ = ask(command)
        assert_documented(line, f"A line of {command}")


def test_a_figure_of_a_report_is_traced(ask: Ask) -> None:
    ask("report", "--date", "today")

    lines, _ = ask("trace", "--report", "1")

    assert_documented(lines[0], "trace", "A line of trace --report")


def test_a_snapshot_with_a_row_in_every_list(ask: Ask) -> None:
    ask("limit", "set", "site-form", "2/1h")
    ask("submit", *BOB)
    ask("snapshot")
    late = ("--occurred-at", "2026-03-09T12:00:00Z", "--outcome", "failure")
    ask("record", *BOB, *late, "--duration-ms", "5")
    ask("correct", "1", "--outcome", "failure", "--reason", "spam")

    (snapshot,), _ = ask("snapshot", "--date", "today")

    assert [key for key, value in snapshot.items() if value == []] == []
    assert_documented(snapshot, "snapshot")


def test_a_problem_and_a_decision_that_differs(ask: Ask) -> None:
    forge("UPDATE lead_submission_logs SET used = 5 WHERE id = 1")

    (verdict,), _ = ask("verify")
    (replayed,), _ = ask("limit", "replay")

    assert (verdict["ok"], replayed["ok"]) == (False, False)
    assert_documented(verdict, "verify")
    assert_documented(replayed, "limit replay")


def forge(statement: str) -> None:
    """Change the log as somebody would who drops what protects it, and puts it back."""
    with closing(sqlite3.connect("leads.db")) as connection:
        query = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        triggers = connection.execute(query).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
        connection.commit()


def test_every_example_prints_and_ends_as_shown(
    clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADLOG_DB", "leads.db")
    for name, text in documents.files(PAGE).items():
        Path(name).write_text(text, encoding="utf-8")

    for example in documents.examples(PAGE):
        clock.advance(1)
        code, output = documents.run(example, clock)
        assert code == example.exit_code, example.command + "\n" + output
        assert documents.matches(example.output, output), f"$ {example.command}\n{output}"


@pytest.mark.parametrize(
    "command",
    [
        *("snapshot", "snapshots", "trace", "report", "trace --report", "reports", "runs"),
        *("limit replay", "limit simulate", "correct", "forget", "backup", "verify", "checkpoint"),
    ],
)
def test_a_command_of_days_and_proofs_has_an_example(command: str) -> None:
    commands = [example.command for example in documents.examples(PAGE)]

    assert [one for one in commands if f"{one} ".startswith(f"leadlog {command} ")]


@pytest.mark.parametrize("key", ["category", "source", "page", "user"])
def test_a_group_has_the_key_it_is_grouped_by_and_no_state(ask: Ask, key: str) -> None:
    (group,), _ = ask("failures", "--by", key)

    common = [name for name in documented("A line of failures") if name not in ("category", "code")]
    assert list(group) == [key, *(name for name in common if name != "state")]


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("show 99", "not_found"),
        ("show nothing", "usage"),
        ("attempts --date 2026-02-30", "usage"),
        ("attempts --user nobody", "not_found"),
        ("attempts --db nowhere.db", "not_found"),
        ("attempts --db .", "unusable"),
    ],
)
def test_an_error_is_one_object_on_standard_error(ask: Ask, command: str, kind: str) -> None:
    lines, (error,) = ask(*command.split())

    assert lines == []
    assert_documented(error, "An error")
    assert error["error"]["kind"] == kind
    assert kind in PAGE.partition("\n## An error\n")[2]


def test_every_kind_of_error_is_documented() -> None:
    codes = {"unverified", "terminated"}  # exit codes that no error stands behind

    assert [
        kind for kind in EXIT_CODES if f"`{kind}`" not in meaning("error.kind", "An error")
    ] == [kind for kind in EXIT_CODES if kind in codes]


def test_json_is_ascii_and_each_object_is_one_line(
    ask: Ask, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    ask("submit", "--user", "site-form", "--name", "Zoë\u2028\n", "--email", "zoe@example.org")

    cli.main(["leads", "--json"], clock=clock)

    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out.splitlines()[-1])["name"] == "Zoë\u2028\n"
