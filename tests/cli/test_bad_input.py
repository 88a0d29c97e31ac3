"""Every row of docs/bad-input.md is what happens."""

import json
import os
import re
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import documents
import pytest
from fakes import FakeClock

import leadlog
from leadlog import cli
from leadlog.text import safe

PAGE = documents.page("docs/bad-input.md")
LEADLOG = str(documents.SCRIPTS / "leadlog")

HOSTILE = "\x1b[31mX\x9b2J\x07\u202ee\u2066[/][link=x]y[/link]\u200f\x7f"

SUBMIT = ("submit", "--user", "site-form")
WHO = ("--name", "Bob", "--email", "bob@example.org")
RECORD = ("record", "--user", "site-form", *WHO)

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "no-user": ("submit", *WHO),
    "empty-user": ("submit", "--user", "", *WHO),
    "unknown-user": ("submit", "--user", "site-from", *WHO),
    "reserved-user": ("submit", "--user", "unknown", *WHO),
    "no-email": (*SUBMIT, "--name", "Bob"),
    "empty-email": (*SUBMIT, "--name", "Bob", "--email", ""),
    "invalid-email": (*SUBMIT, "--name", "Bob", "--email", "bob@"),
    "long-email": (*SUBMIT, "--name", "Bob", "--email", "b" * 250 + "@example.org"),
    "huge-email": (*SUBMIT, "--name", "Bob", "--email", "b" * 100_000 + "@example.org"),
    "no-name": (*SUBMIT, "--email", "bob@example.org"),
    "empty-name": (*SUBMIT, "--name", "", "--email", "bob@example.org"),
    "blank-name": (*SUBMIT, "--name", "  ", "--email", "bob@example.org"),
    "invisible-name": (*SUBMIT, "--name", "\u200b\u2060", "--email", "bob@example.org"),
    "long-name": (*SUBMIT, "--name", "ö" * 129, "--email", "bob@example.org"),
    "long-page": (*SUBMIT, *WHO, "--page", "/" + "p" * 1024),
    "many-fields": (*SUBMIT, *WHO, *(x for n in range(65) for x in ("--field", f"f{n}=1"))),
    "bad-request-id": (*SUBMIT, *WHO, "--request-id", "a b"),
    "surrogate-name": (*SUBMIT, "--name", "\udcff", "--email", "bob@example.org"),
    "query-page": (*SUBMIT, *WHO, "--page", "/pricing?utm=1#form"),
    "terminal-name": (*SUBMIT, "--name", HOSTILE, "--email", "bob@example.org"),
    "no-offset": (*RECORD, "--occurred-at", "2026-03-09T10:00:00"),
    "second-60": (*RECORD, "--occurred-at", "2026-03-09T10:00:60Z"),
    "no-such-date": (*RECORD, "--occurred-at", "2026-02-30T10:00:00Z"),
    "year-9999": (*RECORD, "--occurred-at", "9999-12-31T23:59:59Z"),
    "bad-category": (*RECORD, "--category", "nonsense"),
    "bad-code": (*RECORD, "--code", "Not A Code"),
    "bad-field": (*SUBMIT, *WHO, "--field", "city"),
    "bad-limit": ("user", "add", "another", "--limit", "x/y"),
    "zero-window": ("limit", "set", "site-form", "10/0s"),
    "bad-zone": ("init", "--timezone", "Mars/Olympus", "--db", "elsewhere.db"),
    "bad-date": ("attempts", "--date", "2026-02-30"),
    "no-database": (*SUBMIT, *WHO, "--db", "elsewhere.db"),
}

# What it takes a process of its own, or a database of its own, to try.
APART = {"odd-path", "closed-stdout", "full-stdout"}


def line(**changes: object) -> bytes:
    record = {"user": "site-form", "name": "Bob", "email": "bob@example.org", **changes}
    return json.dumps({key: value for key, value in record.items() if value is not None}).encode()


def raw(value: bytes, key: bytes = b"message") -> bytes:
    """Return a good line with one more value, which need not be JSON."""
    return line()[:-1] + b', "%s": %s}' % (key, value)


LINES: dict[str, bytes] = {
    "line-no-user": line(user=None),
    "line-unknown-user": line(user="site-from"),
    "line-number-user": line(user=7),
    "line-invalid-email": line(email="bob@"),
    "line-number-email": line(email=7),
    "line-many-fields": line(fields={f"f{n}": n for n in range(65)}),
    "line-list-field": line(fields={"cities": ["Berlin"]}),
    "line-unknown-key": line(emial="bob@example.org"),
    "line-long-name": line(name="n" * 257),
    "line-65-kib": line(message="m" * 65 * 1024),
    "line-10-mb": line(message="m" * 10_000_000),
    "line-nul": raw(rb'"a\u0000b"'),
    "line-raw-nul": raw(b'"a\0b"'),
    "line-surrogate": raw(rb'"\ud800"'),
    "line-nan": raw(b"NaN"),
    "line-infinity": raw(b"-Infinity"),
    "line-1e999": raw(b"1e999"),
    "line-integer": raw(b"9223372036854775808"),
    "line-digits": raw(b"9" * 60_000),
    "line-duplicate-key": raw(b'"Eve"', key=b"name"),
    "line-deep": raw(b"[" * 100_000 + b"]" * 100_000, key=b"fields"),
    "line-deep-64-kib": raw(b"[" * 30_000 + b"]" * 30_000, key=b"fields"),
    "line-deep-open": b"[" * 60_000,
    "line-bom": b"\xef\xbb\xbf" + line(),
    "line-invalid-utf8": raw(b'"\xff\xfe"'),
    "line-list": b"[1, 2]",
    "line-text": b'"a text"',
    "line-cut": line()[:-9],
    "line-empty": b"",
    "line-crlf": line() + b"\r",
    "line-first-bom": b"\xef\xbb\xbf" + line(),
    "line-separator": raw('"one\u2028two"'.encode()),
    "line-query-page": line(page="/pricing?utm=1#form"),
}


class Row(NamedTuple):
    """A row of a table: what goes in, what is recorded of it, and the exit code."""

    id: str
    recorded: str
    exit_code: int


def rows(heading: str) -> list[Row]:
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [re.split(r" *(?<!\\)\| *", text)[1:-1] for text in section.splitlines() if "|" in text]
    return [Row(cell[0], cell[-2], int(cell[-1])) for cell in cells[2:]]


ONE = rows("One attempt on the command line")
STREAM = rows("A line of a stream")
FILES = rows("Files")


@pytest.fixture(autouse=True)
def ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock) -> Path:
    """A folder with a database `leads.db` that knows the user `site-form`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADLOG_DB", "leads.db")
    with leadlog.open("leads.db", create=True, clock=clock) as log:
        log.add_user("site-form")
    return tmp_path


def is_harmless(text: str) -> bool:
    """Whether a terminal would only show `text`, and nobody sees a traceback."""
    return all(part == safe(part) for part in text.split("\n")) and "Traceback" not in text


def recorded(row: Row) -> tuple[str, str] | None:
    """Return the category and code a row names, or None where it names no failure."""
    category, slash, code = row.recorded.partition(" / ")
    return (category, code) if slash else None


def test_every_row_is_tried_and_every_trial_has_its_row() -> None:
    assert {row.id for row in ONE} == ARGUMENTS.keys() | APART
    assert {row.id for row in STREAM} == LINES.keys()
    assert len(ONE) + len(STREAM) == len(ARGUMENTS) + len(APART) + len(LINES)


@pytest.mark.parametrize("row", [row for row in ONE if row.id not in APART], ids=lambda row: row.id)
def test_one_attempt_gets_what_its_row_says(
    row: Row, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    code = cli.main(ARGUMENTS[row.id], clock=clock)
    out, err = capsys.readouterr()

    assert code == row.exit_code, out + err
    assert is_harmless(out)
    assert is_harmless(err)
    with leadlog.open("leads.db", clock=clock) as log:
        attempts = list(log.attempts())
    if row.recorded == "nothing":
        assert attempts == []
        assert out == ""
        assert err
        assert not Path("elsewhere.db").exists()
        return
    (attempt,) = attempts
    failure = attempt.failure
    assert (failure and (failure.category, failure.code)) == recorded(row)
    assert (attempt.outcome == "success") == row.recorded.startswith("success")
    if "with the page `/pricing`" in row.recorded:
        assert attempt.page == "/pricing"


@pytest.mark.parametrize("row", STREAM, ids=lambda row: row.id)
def test_a_line_gets_what_its_row_says_and_its_neighbours_their_leads(
    row: Row, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = line(email="before@example.org"), line(email="after@example.org")
    lines = [before, LINES[row.id], after]
    if row.id == "line-first-bom":
        lines = [LINES[row.id], before, after]
    Path("in.ndjson").write_bytes(b"\n".join(lines) + b"\n")

    code = cli.main(["submit", "--file", "in.ndjson", "--rejects", "rejects.ndjson"], clock=clock)
    out, err = capsys.readouterr()

    assert code == row.exit_code, out[:500] + err
    assert is_harmless(out)
    assert is_harmless(err)
    with leadlog.open("leads.db", clock=clock) as log:
        attempts = list(log.attempts())
    tried = [attempt for attempt in attempts if attempt.lead is None or attempt.attempt == 2]
    if row.recorded.startswith("nothing"):
        assert [attempt.lead for attempt in attempts] == [1, 2]
        assert "1 blank" in err
        return
    assert len(attempts) == 3
    if recorded(row) is None:
        assert [attempt.lead for attempt in attempts] == [1, 2, 3]
        assert Path("rejects.ndjson").read_bytes() == b""
        if "with the page `/pricing`" in row.recorded:
            assert attempts[1].page == "/pricing"
        return
    (attempt,) = tried
    assert [attempt.lead for attempt in attempts] == [1, None, 2]
    failure = attempt.failure
    assert failure is not None
    assert (failure.category, failure.code) == recorded(row)
    assert Path("rejects.ndjson").read_bytes() == LINES[row.id] + b"\n"


def test_a_path_with_question_mark_and_hash_is_that_file(clock: FakeClock) -> None:
    name = "a?mode=memory#b.db"

    created = cli.main(["user", "add", "site-form", "--db", name], clock=clock)
    submitted = cli.main([*SUBMIT, *WHO, "--db", name], clock=clock)

    assert (created, submitted) == (0, exit_code("odd-path"))
    assert Path(name).stat().st_size > 0
    with leadlog.open(name, clock=clock) as log:
        assert log.last_attempt_id() == 1


def exit_code(name: str) -> int:
    return next(row.exit_code for row in ONE if row.id == name)


@pytest.mark.parametrize(
    ("name", "redirection"), [("closed-stdout", ">&-"), ("full-stdout", ">/dev/full")]
)
@pytest.mark.parametrize("options", ["", " --json"])
def test_a_receipt_that_can_not_be_written_is_exit_9(
    name: str, redirection: str, options: str
) -> None:
    command = f'"$LEADLOG" submit --user site-form --name Bob --email b@example.org{options}'
    if redirection == ">/dev/full" and not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full")

    done = shell(f"{command} {redirection}")

    assert done.returncode == exit_code(name) == 9
    assert "Attempt 1 was recorded" in done.stderr
    assert "Traceback" not in done.stderr
    with leadlog.open("leads.db") as log:
        assert [attempt.lead for attempt in log.attempts()] == [1]


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_results_of_a_stream_that_can_not_be_written_are_exit_9(redirection: str) -> None:
    Path("in.ndjson").write_bytes(line() + b"\n" + line(email="c@example.org") + b"\n")

    done = shell(f'"$LEADLOG" submit --file in.ndjson {redirection}')

    assert done.returncode == 9
    assert "Lines were recorded" in done.stderr
    assert "Traceback" not in done.stderr


def shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, "LEADLOG": LEADLOG},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


SHOWN: list[tuple[str, ...]] = [
    ("attempts",),
    ("attempts", "--limit", "500"),
    ("leads",),
    ("failures",),
    ("failures", "--by", "source"),
    ("failures", "--by", "page"),
    ("failures", "--by", "user"),
    ("failures", "--list"),
    ("show", "1"),
    ("show", "2"),
    ("show", "3"),
    ("show", "4"),
    ("tail",),
    ("limit", "status"),
    ("limit", "history"),
    ("user", "list"),
    ("user", "show", "site-form"),
    ("info",),
]


@pytest.mark.parametrize("width", ["80", "200"])
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
def test_no_hostile_text_in_any_field_reaches_the_terminal(
    width: str,
    as_json: bool,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    contact = dict.fromkeys(("name", "phone", "company", "message", "source", "page"), HOSTILE)
    hostile = {**contact, "fields": {HOSTILE: HOSTILE}}
    with leadlog.open("leads.db", clock=clock) as log:
        lead = log.record({"user": "site-form", "email": "bob@example.org", **hostile})
        log.record({"user": "site-form", "email": HOSTILE, "error": HOSTILE, **hostile})
        log.record({"user": HOSTILE, "email": HOSTILE, **hostile})
        failure = {"outcome": "failure", "context": {HOSTILE: HOSTILE}, "duration_ms": 7}
        stated = log.record({"user": "site-form", **failure, **hostile})
        log.set_limit("site-form", leadlog.Limit(5, 60), HOSTILE)
    assert lead.lead == 1
    assert stated.failure is not None
    assert stated.failure.category == "rejected"
    extra = ["--json"] if as_json else []
    asked = [
        *SHOWN,
        ("attempts", "--source", HOSTILE),
        ("attempts", "--email", HOSTILE),
        ("attempts", "--user", HOSTILE),
        ("attempts", "--date", HOSTILE),
        ("attempts", "--category", HOSTILE),
        ("failures", "--by", HOSTILE),
        ("user", "add", HOSTILE),
        ("limit", "set", HOSTILE, "1/1m"),
        ("limit", "set", "site-form", HOSTILE),
        ("show", HOSTILE),
        (HOSTILE,),
        ("info", "--db", f"{HOSTILE.replace('/', '')}.db"),
        ("init", "--timezone", HOSTILE, "--db", "new.db"),
        ("submit", "--user", HOSTILE, *WHO),
        ("submit", "--user", "site-form", "--name", HOSTILE, "--email", HOSTILE),
        ("submit", "--file", HOSTILE),
        (*SUBMIT, "--field", HOSTILE),
    ]

    for command in asked:
        code = cli.main([*command, *extra], clock=clock)
        out, err = capsys.readouterr()

        assert code in (0, 2, 3, 5), (command, err)
        assert is_harmless(out), (command, out)
        assert is_harmless(err), (command, err)
        if as_json:
            assert (out + err).isascii(), command


def test_square_brackets_are_shown_as_they_are(
    clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with leadlog.open("leads.db", clock=clock) as log:
        log.record({"user": "site-form", "name": "[/]", "email": "b@example.org", "source": "[/b]"})

    cli.main(["leads"], clock=clock)
    cli.main(["attempts"], clock=clock)

    out = capsys.readouterr().out
    assert "[/]" in out
    assert "[/b]" in out


def _make_nothing(_path: Path) -> None:
    pass


def _make_text(path: Path) -> None:
    path.write_text("a shopping list\n" * 100)


def _make_other(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (id INTEGER)")


KINDS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "file-missing": ("missing.db", _make_nothing),
    "file-no-folder": ("nowhere/missing.db", _make_nothing),
    "file-empty": ("empty.db", lambda path: path.touch()),
    "file-text": ("text.db", _make_text),
    "file-other": ("other.db", _make_other),
    "file-folder": ("folder.db", lambda path: path.mkdir()),
}


@pytest.mark.parametrize("row", FILES, ids=lambda row: row.id)
@pytest.mark.parametrize("command", [(*SUBMIT, *WHO), ("attempts",)], ids=["submit", "attempts"])
def test_a_file_that_is_no_database_gets_a_sentence_and_is_left_alone(
    row: Row, command: tuple[str, ...], clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    name, make = KINDS[row.id]
    path = Path(name)
    make(path)
    before = path.read_bytes() if path.is_file() else None
    around = sorted(Path().iterdir())

    code = cli.main([*command, "--db", name], clock=clock)
    out, err = capsys.readouterr()

    assert code == row.exit_code, err
    assert out == ""
    assert is_harmless(err)
    assert (path.read_bytes() if path.is_file() else None) == before
    assert [made for made in Path().iterdir() if made not in around] in ([], [Path(f"{name}.lock")])
