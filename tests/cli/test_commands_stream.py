"""`submit --file` and `record --file`."""

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeClock
from shell import Shell

GOOD = {"user": "site-form", "name": "Ada", "email": "ada@example.org"}
BAD = {"user": "site-form", "name": "Bob", "email": "bob@"}
RECEIPT_KEYS = [
    *("line", "attempt", "outcome", "lead", "user", "log_date", "created_at", "request_id"),
    *("replayed", "failure", "duplicate_of", "rate_limit", "hash"),
]


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(database, clock, capsys)
    shell.ready("site-form")
    return shell


def test_every_line_gets_its_result_in_order(run: Shell) -> None:
    file = run.file("leads.ndjson", GOOD, b"", BAD, GOOD)

    result = run("submit", "--file", file, "--json")

    assert result.code == 5
    assert [list(one) for one in result.objects] == 3 * [RECEIPT_KEYS]
    assert [one["line"] for one in result.objects] == [1, 3, 4]
    assert [one["attempt"] for one in result.objects] == [1, 2, 3]


def test_the_totals_are_one_object_on_stderr(run: Shell) -> None:
    file = run.file("leads.ndjson", GOOD, b"", BAD, GOOD, b"{")

    result = run("submit", "--file", file, "--json")

    totals: dict[str, Any] = json.loads(result.err)
    assert list(totals.items()) == [
        ("lines", 5),
        ("blank", 1),
        ("replayed", 0),
        ("attempts", 4),
        ("successes", 1),
        ("failures", {"duplicate": 1, "malformed": 1, "validation": 1}),
    ]


def test_the_totals_as_sentences_name_the_next_step(run: Shell) -> None:
    file = run.file("leads.ndjson", GOOD, b"", BAD)

    result = run("submit", "--file", file)

    assert result.out.splitlines()[0].startswith("1 ✓ lead 1 created")
    assert result.out.splitlines()[1].startswith("3 ✗ validation")
    assert result.err.splitlines() == [
        "3 lines = 2 attempts + 1 blank: 1 lead, 1 failure",
        "  validation 1",
        "  see them: leadlog failures --since today",
    ]


def test_a_stream_without_failures_exits_0(run: Shell) -> None:
    file = run.file("leads.ndjson", GOOD)

    result = run("submit", "--file", file)

    assert result.code == 0
    assert result.err == "1 line = 1 attempt: 1 lead, 0 failures\n"


def test_quiet_leaves_the_results(run: Shell) -> None:
    result = run("submit", "--file", run.file("leads.ndjson", GOOD, BAD), "-q")

    assert result.code == 5
    assert len(result.out.splitlines()) == 2
    assert result.err == ""


def test_totals_of_many_kinds_stay_within_80_columns(run: Shell) -> None:
    stated = [
        {**GOOD, "outcome": "failure", "category": category, "code": "x"}
        for category in ("upstream", "timeout", "internal", "rejected", "duplicate", "rate_limited")
    ]
    file = run.file("log.ndjson", *stated, {**GOOD, "user": "nobody"}, {**BAD, "outcome": "maybe"})

    result = run("record", "--file", file)

    assert result.err.splitlines()[0] == "8 lines = 8 attempts: 0 successes, 8 failures"
    assert max(map(len, result.err.splitlines())) <= 80
    assert result.err.splitlines()[-1] == "  see them: leadlog failures"


def test_a_recorded_failure_is_no_failed_line(run: Shell) -> None:
    stated = {**GOOD, "outcome": "failure", "category": "upstream", "code": "crm_500"}
    rejects = run.database.with_name("rejects")

    result = run("record", "--file", run.file("l", stated), "--rejects", str(rejects))

    assert result.code == 0
    assert rejects.read_bytes() == b""


def test_rejects_gives_failed_lines_back_byte_for_byte(run: Shell) -> None:
    crlf = b'{"user": "site-form",  "name": "Bob", "email": "bob@"}\r'
    not_utf8 = b'{"name": "\xff\xfe"}'
    huge = b'{"name": "' + b"x" * 10_000_000 + b'"}'
    separator = '{"name": "a\u2028b"}'.encode()
    path = run.database.with_name("leads.ndjson")
    good = json.dumps(GOOD).encode()
    last = b'{"no": "line feed"}'
    lines = [crlf, good, not_utf8, huge, b"", separator, last]
    path.write_bytes(b"\n".join(lines))
    rejects = run.database.with_name("rejects")

    result = run("submit", "--file", str(path), "--rejects", str(rejects), "--json")

    assert result.code == 5
    assert rejects.read_bytes() == b"\n".join([crlf, not_utf8, huge, separator, last]) + b"\n"
    assert rejects.stat().st_mode & 0o777 == 0o600


def test_a_mended_rejects_file_can_be_submitted(run: Shell) -> None:
    rejects = run.database.with_name("rejects")
    run("submit", "--file", run.file("leads", GOOD, BAD), "--rejects", str(rejects))
    rejects.write_bytes(rejects.read_bytes().replace(b"bob@", b"bob@example.org"))

    result = run("submit", "--file", str(rejects), "--rejects", str(rejects) + "2")

    assert result.code == 0
    assert "1 line = 1 attempt: 1 lead" in result.err


def test_the_rejects_of_an_earlier_run_are_replaced(run: Shell) -> None:
    rejects = run.database.with_name("rejects")
    rejects.write_text("much longer than what comes now " * 100)

    result = run("submit", "--file", run.file("leads", BAD), "--rejects", str(rejects))

    assert rejects.read_bytes() == json.dumps(BAD).encode() + b"\n"
    assert f"  to be mended: {rejects}" in result.err


def test_the_rejects_of_an_earlier_run_stay_when_nothing_can_be_recorded(run: Shell) -> None:
    rejects = run.database.with_name("rejects")
    rejects.write_text("precious")
    file = run.file("leads", BAD)

    result = run.bare(
        "submit", "--file", file, "--rejects", str(rejects), "--db", str(rejects) + ".db"
    )

    assert result.code == 3
    assert rejects.read_text() == "precious"


def test_rejects_must_not_be_the_file_that_is_read(run: Shell) -> None:
    file = run.file("leads", BAD)

    result = run("submit", "--file", file, "--rejects", file, "--json")

    assert result.code == 2
    assert result.error["message"] == "--rejects would overwrite the file that is being read."
    assert Path(file).read_bytes() == json.dumps(BAD).encode() + b"\n"


def test_a_file_that_is_missing_or_a_folder_is_a_usage_error(run: Shell, tmp_path: Path) -> None:
    missing = run("submit", "--file", str(tmp_path / "none"), "--json")
    folder = run("submit", "--file", str(tmp_path), "--json")
    unwritable = run("submit", "--file", run.file("l"), "--rejects", str(tmp_path), "--json")

    assert [missing.code, folder.code, unwritable.code] == [2, 2, 2]
    assert missing.error["message"].endswith("can't be read: No such file or directory.")
    assert folder.error["message"].endswith("can't be read: Is a directory.")
    assert unwritable.error["message"].endswith("can't be written: Is a directory.")


def test_rejects_that_cannot_be_written_are_told_of(run: Shell) -> None:
    result = run("submit", "--file", run.file("l", BAD), "--rejects", "/dev/full", "--json")

    assert result.code == 9
    assert result.error["kind"] == "not_delivered"
    assert "--rejects" in result.error["message"]
    assert len(run("attempts", "--json").objects) == 1


def test_the_same_file_again_records_nothing_twice(run: Shell) -> None:
    lines = [{**GOOD, "email": f"p{n}@example.org", "request_id": f"r{n}"} for n in range(5)]
    file = run.file("leads", *lines)
    first = run("submit", "--file", file, "--json").objects

    again = run("submit", "--file", file, "--json")

    assert again.code == 0
    assert again.objects == [one | {"replayed": True} for one in first]
    assert json.loads(again.err)["replayed"] == 5


def test_record_creates_users_and_the_database_on_request(run: Shell) -> None:
    database = run.database.with_name("new.db")
    file = run.file("log", {**GOOD, "user": "feed", "outcome": "success"})

    without = run.bare("record", "--file", file, "--db", str(database))
    missing = not database.exists()
    result = run.bare("record", "--file", file, "--create-users", "--db", str(database))

    assert without.code == 3
    assert missing
    assert result.code == 0
    assert run.bare("user", "show", "feed", "--db", str(database)).code == 0


def test_submit_of_a_stream_never_creates_a_database(run: Shell) -> None:
    database = run.database.with_name("new.db")

    result = run.bare("submit", "--file", run.file("l", GOOD), "--db", str(database))

    assert result.code == 3
    assert not database.exists()
