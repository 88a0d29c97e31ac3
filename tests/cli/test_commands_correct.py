"""`correct`."""

from pathlib import Path

import pytest
import rows
from fakes import FakeClock
from shell import Shell

import leadlog
from leadlog import tables
from leadlog.errors import LeadlogError
from leadlog.model import CATEGORIES
from leadlog.validation import DEFAULT_CODES

ADA = ("--name", "Ada Quorthonqua", "--phone", "0151 98765432")


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A log with a lead (attempt 1) and its duplicate (attempt 2)."""
    shell = Shell(database, clock, capsys)
    shell.ready("site-form")
    for _ in range(2):
        shell("submit", "--user", "site-form", "--email", "ada@example.org", *ADA)
    return shell


def failed(run: Shell, attempt: str, *more: str) -> None:
    result = run("correct", attempt, "--outcome", "failure", "--reason", "spam", *more)
    assert (result.code, result.err.count("Nothing")) == (0, 0)


def test_a_success_corrected_to_a_failure_revokes_its_lead(run: Shell) -> None:
    result = run("correct", "1", "--outcome", "failure", "--reason", "it was spam")

    assert result.code == 0
    assert result.out.splitlines() == [
        "Attempt 1: a success → a failure (rejected / rejected)",
        "  lead 1 is revoked",
        "  because: it was spam",
        "  correction 1, counts for 2026-03-10",
    ]
    assert result.err == "  see both: leadlog show 1\n"
    assert "(revoked)" in run("leads").out
    assert run("show", "1", "--json").object["outcome"] == "failure"
    assert rows.unsound(run.database) == []


def test_a_correction_as_json(run: Shell) -> None:
    result = run(
        *("correct", "1", "--outcome", "failure", "--category", "upstream", "--code", "crm_500"),
        *("--error", "the CRM answered 500", "--reason", "found in its log", "--json"),
    )

    hash_ = rows.content(run.database, tables.CORRECTIONS)[0][-1]
    failure = {"category": "upstream", "code": "crm_500", "message": "the CRM answered 500"}
    assert result.object == {
        "correction": 1,
        "attempt": 1,
        "outcome": "failure",
        "failure": {**failure, "field": None},
        "was": {"outcome": "success", "failure": None},
        "reason": "found in its log",
        "log_date": "2026-03-10",
        "created_at": "2026-03-10T12:00:00.000000Z",
        "lead_revoked": 1,
        "lead_restored": None,
        "hash": hash_,
    }
    assert result.err == ""


def test_a_correction_quietly_says_nothing(run: Shell) -> None:
    assert run("correct", "1", "--outcome", "failure", "--reason", "spam", "-q") == (0, "", "")


def test_a_failure_corrected_to_a_success_makes_no_lead(run: Shell) -> None:
    result = run("correct", "2", "--outcome", "success", "--reason", "two people share it")

    assert result.code == 0
    assert result.out.startswith("Attempt 2: a failure (duplicate / duplicate_lead) → a success\n")
    assert "a correction makes no lead" in result.err
    assert len(run("leads", "--json").objects) == 1


def test_a_revoked_lead_stands_in_nobodys_way_and_can_count_again(run: Shell) -> None:
    failed(run, "1")
    again = run.submit("site-form", "ada@example.org", "--json").object

    restored = run("correct", "1", "--outcome", "success", "--reason", "no spam", "--json").object

    assert again["lead"] == 2
    assert (restored["lead_revoked"], restored["lead_restored"]) == (None, 1)
    assert [lead["revoked"] for lead in run("leads", "--json").objects] == [False, False]


def test_the_newest_correction_counts(run: Shell) -> None:
    failed(run, "1", "--category", "upstream")
    failed(run, "1", "--category", "upstream", "--code", "crm_500")
    failed(run, "1", "--category", "timeout")

    shown = run("show", "1", "--json").object

    assert shown["failure"]["category"] == "timeout"
    assert [each["failure"]["code"] for each in shown["corrections"]] == [
        "upstream_error",
        "crm_500",
        "timed_out",
    ]
    assert shown["logged"] == {"outcome": "success", "failure": None}


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_can_be_stated(run: Shell, category: str) -> None:
    failed(run, "1", "--category", category)

    failure = run("show", "1", "--json").object["failure"]
    assert (failure["category"], failure["code"]) == (category, DEFAULT_CODES[category])


def test_what_a_correction_says_holds_nothing_personal(run: Shell) -> None:
    said = "Mrs Quorthonqua <ada@example.org> called from 0151 98765432"

    run("correct", "1", "--outcome", "failure", "--error", said, "--reason", f"{said}\n twice")

    (row,) = rows.content(run.database, tables.CORRECTIONS)
    stored = " ".join(str(value) for value in row).lower()
    assert "Mrs <name> <<email>> called from <phone> twice" in row
    assert not any(word in stored for word in ("quorthonqua", "ada", "98765432"))


def test_the_values_of_a_malformed_line_are_masked_too(run: Shell) -> None:
    line = b'{"user": "site-form", "name": "Zyx Wixom", "email": "z@example.org",}'
    run("submit", "--file", run.file("leads", line))

    result = run(
        "correct", "3", "--outcome", "failure", "--category", "upstream", "--reason", "by wixom"
    )

    assert "because: by <name>" in result.out


def test_the_words_are_bounded(run: Shell) -> None:
    run("correct", "1", "--outcome", "failure", "--error", "e " * 510, "--reason", "r " * 510)

    (row,) = rows.content(run.database, tables.CORRECTIONS)
    assert max(len(str(value)) for value in row) == 500


def test_a_closed_date_is_not_touched(run: Shell) -> None:
    for day in ("2026-03-09", "2026-03-10", "2026-03-11"):
        rows.close_date(run.database, day)

    result = run("correct", "1", "--outcome", "failure", "--reason", "spam", "--json")

    assert result.object["log_date"] == "2026-03-12"


def test_the_same_outcome_again_is_refused_and_nothing_is_appended(run: Shell) -> None:
    failed(run, "1")

    result = run("correct", "1", "--outcome", "failure", "--reason", "again", "--json")

    assert result.code == 2
    assert result.error == {
        "kind": "usage",
        "message": "Attempt 1 stands as a failure (rejected / rejected) already.",
        "hint": "Nothing was recorded. See it with: leadlog show 1",
    }
    assert len(rows.content(run.database, tables.CORRECTIONS)) == 1
    logged = run("correct", "2", "--outcome", "failure", "--reason", "x", "--category", "duplicate")
    assert logged.code == 2


@pytest.mark.parametrize("attempt", ["3", "0", "99999999999999999999999"])
def test_an_unknown_attempt_is_not_found(run: Shell, attempt: str) -> None:
    for command in (
        ["correct", attempt, "--outcome", "success", "--reason", "x"],
        ["show", attempt],
    ):
        result = run(*command, "--json")

        assert result.code == 3
        assert result.error["message"] == f"There is no attempt {attempt}."
        assert result.error["hint"] == "The newest attempt is 2."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--outcome", "spam"], '"spam" is no outcome.'),
        (["--outcome", "failure", "--category", "spam"], '"spam" is no failure category.'),
        (["--outcome", "failure", "--code", "Crm 500"], '"Crm 500" can\'t be a code.'),
        (["--outcome", "success", "--category", "upstream"], "A success has no category, code"),
        (["--outcome", "success", "--error", ""], "A success has no category, code or error."),
        (["--outcome", "failure", "--error", "é" * 513], "The error is longer than 1024 bytes."),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(run: Shell, options: list[str], message: str) -> None:
    result = run("correct", "1", "--reason", "why", *options, "--json")

    assert result.code == 2
    assert result.error["kind"] == "usage"
    assert result.error["message"].startswith(message)
    assert rows.content(run.database, tables.CORRECTIONS) == []


@pytest.mark.parametrize("reason", ["", "  ", "r" * 1025])
def test_a_reason_is_needed_and_short(run: Shell, reason: str) -> None:
    result = run("correct", "1", "--outcome", "failure", "--reason", reason, "--json")

    assert (result.code, result.error["kind"]) == (2, "usage")


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_can_not_be_stored_is_refused(log: leadlog.Leadlog, text: str) -> None:
    log.submit(user="site-form", name="Ada", email="ada@example.org")

    with pytest.raises(LeadlogError, match="NUL or half of a surrogate pair") as caught:
        log.correct(1, "failure", reason=text)

    assert caught.value.kind == "usage"


def test_nothing_is_recorded_where_there_is_no_database(run: Shell) -> None:
    run.database.unlink()

    result = run("correct", "1", "--outcome", "failure", "--reason", "x", "--json")

    assert (result.code, result.error["kind"]) == (3, "not_found")
