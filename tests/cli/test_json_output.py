"""docs/json.md names every key of every object that `--json` prints, and no other."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import documents
import pytest
from fakes import FakeClock

from leadlog import cli

PAGE = documents.page("docs/json.md")

Ask = Callable[..., tuple[list[dict[str, Any]], list[dict[str, Any]]]]

BOB = ("--user", "site-form", "--name", "Bob", "--email", "bob@example.org", "--page", "/demo")
OBJECTS_OF_DATA = {
    "contact",
    "context",
    "rows",
    "user_limits",
    "failures",
    "corrections",
    "sections",
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
    section = re.search(
        rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    assert section is not None, heading
    return re.findall(r"^\| `([a-z0-9_.]+)` \|", section[1], re.MULTILINE)


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
        ("correct 1 --outcome failure --reason spam", ["correct"]),
        ("forget bob@example.org --yes --reason asked", ["forget"]),
        ("backup copy.db", ["backup"]),
        ("user list", ["A line of user list"]),
        ("user show site-form", ["A line of user list", "user add, user show"]),
        ("user add another", ["A line of user list", "user add, user show"]),
        ("report", ["report"]),
        ("init", ["init"]),
        ("info", ["init", "info"]),
    ],
)
def test_what_other_commands_print(ask: Ask, command: str, headings: list[str]) -> None:
    lines, _ = ask(*command.split())

    assert_documented(lines[0], *headings)


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


def test_json_is_ascii_and_each_object_is_one_line(
    ask: Ask, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    ask("submit", "--user", "site-form", "--name", "Zoë\u2028\n", "--email", "zoe@example.org")

    cli.main(["leads", "--json"], clock=clock)

    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out.splitlines()[-1])["name"] == "Zoë\u2028\n"
