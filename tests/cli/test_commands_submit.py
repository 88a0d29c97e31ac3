"""`submit` and `record` of one attempt."""

from pathlib import Path

import pytest
from fakes import FakeClock
from shell import Shell

RECEIPT_KEYS = [
    *("attempt", "outcome", "lead", "user", "log_date", "created_at", "request_id", "replayed"),
    *("failure", "duplicate_of", "rate_limit", "hash"),
]


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(database, clock, capsys)
    shell.ready("site-form")
    return shell


def test_a_lead_is_told_in_one_line(run: Shell) -> None:
    result = run.submit("site-form", "ada@example.org", "--page", "/pricing")

    line = "✓ lead 1 created · attempt 1 · site-form has 99 of 100 left in 1 minute\n"
    assert result == (0, line, "")


def test_a_lead_as_json_has_exactly_these_keys(run: Shell) -> None:
    result = run.submit("site-form", "ada@example.org", "--request-id", "r1", "--json")

    assert result.code == 0
    assert result.err == ""
    receipt = result.object
    assert list(receipt) == RECEIPT_KEYS
    assert receipt | {"hash": ""} == {
        "attempt": 1,
        "outcome": "success",
        "lead": 1,
        "user": "site-form",
        "log_date": "2026-03-10",
        "created_at": "2026-03-10T12:00:00.000000Z",
        "request_id": "r1",
        "replayed": False,
        "failure": None,
        "duplicate_of": None,
        "rate_limit": {
            "limit": 100,
            "window_seconds": 60,
            "used": 1,
            "remaining": 99,
            "retry_after": 0,
        },
        "hash": "",
    }
    assert list(receipt["rate_limit"]) == [
        *("limit", "window_seconds", "used", "remaining", "retry_after")
    ]
    assert len(receipt["hash"]) == 64


def test_a_failure_as_json_names_its_field(run: Shell) -> None:
    result = run.submit("site-form", "ada@", "--json")

    assert result.code == 5
    failure = result.object["failure"]
    assert list(failure) == ["category", "code", "message", "field"]
    assert (failure["category"], failure["code"]) == ("validation", "invalid_email")
    assert failure["field"] == "email"
    assert "ada@" not in failure["message"]


def test_a_failure_is_told_with_its_field(run: Shell) -> None:
    result = run.submit("site-form", "ada@")

    assert result.code == 5
    assert result.out.startswith("✗ validation · attempt 1 · email: ")
    assert result.err == ""


def test_missing_data_is_recorded_and_no_usage_error(run: Shell) -> None:
    result = run("submit", "--user", "site-form", "--email", "", "--json")

    assert result.code == 5
    assert result.object["attempt"] == 1
    assert result.object["failure"]["category"] == "validation"


def test_a_duplicate_names_its_original_and_how_long_ago_it_was(run: Shell) -> None:
    run.submit("site-form", "ada@example.org", "--page", "/pricing")
    run.clock.advance(125)

    result = run.submit("site-form", "ADA@example.org", "--page", "/pricing")

    assert result.code == 5
    assert result.out == (
        "✗ duplicate · attempt 2 · this email was already submitted for /pricing"
        " (attempt 1, 2 min ago)\n"
    )


def test_a_duplicate_as_json_names_its_original(run: Shell) -> None:
    run.submit("site-form", "ada@example.org")

    result = run.submit("site-form", "ada@example.org", "--json")

    assert result.object["duplicate_of"] == 1
    assert result.object["lead"] is None


@pytest.mark.parametrize(
    ("window", "words"),
    [("1h", "1 hour"), ("90m", "90 minutes"), ("2d", "2 days"), ("100000s", "100,000 seconds")],
)
def test_a_receipt_names_the_window_as_it_was_set(run: Shell, window: str, words: str) -> None:
    run("limit", "set", "site-form", f"1/{window}")

    admitted = run.submit("site-form", "ada@example.org")
    refused = run.submit("site-form", "bob@example.org")

    assert admitted.out.endswith(f" · site-form has 0 of 1 left in {words}\n")
    assert f" · site-form used 1 of 1 in {words} · " in refused.out
    assert f"over the limit of 1 in {words}" in run("show", "2").out
    assert f"  limit      used 1 of 1 in {words} when" in run("show", "2").out
    assert f"1 / {words} " in run("limit", "status").out


def test_a_refusal_says_by_how_much_a_lowered_limit_is_exceeded(run: Shell) -> None:
    for number in range(3):
        run.submit("site-form", f"{number}@example.org")
    run("limit", "set", "site-form", "2/1h")

    result = run.submit("site-form", "ada@example.org")

    used = "used 3 in 1 hour, 1 more than the limit of 2"
    assert result.out == (f"✗ rate limited · attempt 4 · site-form {used} · try again in 1 h\n")
    assert f"  limit      {used} when it was decided" in run("show", "4").out.splitlines()


def test_a_refusal_says_when_to_try_again(run: Shell) -> None:
    run("limit", "set", "site-form", "1/1m")
    run.submit("site-form", "ada@example.org")
    run.clock.advance(37)

    result = run.submit("site-form", "bob@example.org")

    assert result.code == 6
    assert result.out == (
        "✗ rate limited · attempt 2 · site-form used 1 of 1 in 1 minute · try again in 23 s\n"
    )
    assert run.submit("site-form", "c@example.org", "--json").object["rate_limit"] == {
        "limit": 1,
        "window_seconds": 60,
        "used": 1,
        "remaining": 0,
        "retry_after": 23,
    }


def test_a_blocked_user_is_told_what_would_help(run: Shell) -> None:
    run("limit", "set", "site-form", "0/1d")

    result = run.submit("site-form", "ada@example.org")

    assert result.code == 6
    assert result.out.endswith("change it: leadlog limit set site-form N/WINDOW\n")


def test_an_unknown_user_is_recorded_and_the_nearest_handle_suggested(run: Shell) -> None:
    result = run.submit("site-from", "ada@example.org")

    assert result.code == 5
    assert result.out == (
        '✗ unknown user · attempt 1 · nobody is registered as "site-from";'
        " did you mean site-form?\n"
    )
    assert result.err == "  register: leadlog user add site-from\n"


@pytest.mark.parametrize("handle", ["bad handle", "unknown", ""])
def test_a_handle_that_cannot_be_registered_leads_to_the_list(run: Shell, handle: str) -> None:
    result = run.submit(handle, "ada@example.org")

    assert result.code == 5
    assert result.err == "  see who is registered: leadlog user list\n"
    assert run.submit(handle, "ada@example.org", "-q").err == ""


def test_no_user_is_recorded_too(run: Shell) -> None:
    result = run("submit", "--email", "ada@example.org", "--json")

    assert result.code == 5
    assert result.object["user"] == "unknown"
    assert result.object["failure"]["code"] == "missing_user"


def test_the_same_request_again_gives_the_same_receipt(run: Shell) -> None:
    first = run.submit("site-form", "ada@example.org", "--request-id", "r1", "--json").object

    again = run.submit("site-form", "ada@example.org", "--request-id", "r1", "--json")
    line = run.submit("site-form", "ada@example.org", "--request-id", "r1")

    assert again.code == 0
    assert again.object == first | {"replayed": True}
    assert "(again, nothing new was recorded)" in line.out


def test_a_request_id_with_other_content_is_a_conflict(run: Shell) -> None:
    run.submit("site-form", "ada@example.org", "--request-id", "r1")

    result = run.submit("site-form", "bob@example.org", "--request-id", "r1", "--json")

    assert result.code == 5
    assert result.object["failure"]["category"] == "conflict"


def test_every_option_of_a_lead_is_kept(run: Shell) -> None:
    run.submit(
        *("site-form", "ada@example.org", "--phone", "1", "--company", "ACME", "--source", "web"),
        *("--page", "/a?b=c", "--message", "hello", "--field", "city=Berlin", "--field", "a=b=c"),
    )

    shown = run("show", "1", "--json").object

    assert (shown["source"], shown["page"]) == ("web", "/a")
    assert shown["contact"]["fields"] == {"city": "Berlin", "a": "b=c"}
    assert shown["contact"]["message"] == "hello"


def test_quiet_prints_the_receipt_only(run: Shell) -> None:
    result = run.submit("site-from", "ada@example.org", "-q")

    assert result.code == 5
    assert result.out.startswith("✗ unknown user")
    assert result.err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--field", "x"], '--field takes NAME=VALUE, not "x".'),
        (["--field", "=x"], '--field takes NAME=VALUE, not "=x".'),
        (["--field", "a=1", "--field", "a=2"], "--field a is given twice."),
        (["--rejects", "r"], "--rejects is for streams."),
        (
            ["--file", "f", "--email", "e"],
            "--file reads everything from the file; it can't be used with --email.",
        ),
        (
            ["--file", "f", "--request-id", "e"],
            "--file reads everything from the file; it can't be used with --request-id.",
        ),
        (["--wait", "-1"], "--wait takes seconds, 0 or more."),
        (["--wait", "nan"], "--wait takes seconds, 0 or more."),
    ],
)
def test_submit_refuses_what_it_cannot_mean(run: Shell, arguments: list[str], message: str) -> None:
    result = run("submit", *arguments, "--json")

    assert result.code == 2
    assert result.error["kind"] == "usage"
    assert result.error["message"] == message
    assert run("attempts", "--json").objects == []


def test_submit_never_creates_a_database(
    run: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = tmp_path / "elsewhere.db"

    result = run.bare("submit", "--user", "site-form", "--json", "--db", str(missing))
    monkeypatch.setenv("LEADLOG_DB", str(missing))
    by_variable = run.bare("submit", "--json")

    assert (result.code, by_variable.code) == (3, 3)
    assert result.error["kind"] == "not_found"
    assert result.error["message"] == f"There is no leadlog database at {missing}."
    assert result.error["hint"] == f"Create it with: leadlog init --db {missing}"
    assert by_variable.error["hint"] == "Create it with: leadlog init"
    assert not missing.exists()


def test_an_empty_path_does_not_divert_the_log(run: Shell) -> None:
    result = run.bare("submit", "--user", "site-form", "--json", "--db", "")

    assert result.code == 2
    assert result.error["message"] == "--db is empty."


def test_record_states_a_success(run: Shell) -> None:
    result = run(
        *("record", "--user", "site-form", "--name", "Ada", "--email", "ada@example.org"),
        *("--outcome", "success", "--occurred-at", "2026-03-09T08:00:00+01:00", "--json"),
    )

    assert result.code == 0
    assert list(result.object) == RECEIPT_KEYS
    assert result.object["log_date"] == "2026-03-09"
    assert result.object["lead"] == 1


def test_record_states_a_failure_and_is_done(run: Shell) -> None:
    result = run(
        *("record", "--user", "site-form", "--outcome", "failure", "--category", "upstream"),
        *("--code", "crm_500", "--error", "HTTP 500", "--duration-ms", "1200"),
        *("--context", "host=crm1"),
    )

    assert result.code == 0
    assert result.out == "✗ recorded: upstream · attempt 1 · HTTP 500\n"
    shown = run("show", "1", "--json").object
    assert shown["duration_ms"] == 1200
    assert shown["context"] == {"given": {"host": "crm1"}}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--outcome", "maybe"],
        ["--outcome", "failure", "--category", "nonsense"],
        ["--outcome", "failure", "--category", "upstream", "--code", "Not A Code"],
        ["--outcome", "success", "--occurred-at", "2026-03-09T08:00:00"],
        ["--outcome", "success", "--occurred-at", "9999-03-09T08:00:00Z"],
        ["--outcome", "success", "--occurred-at", "2026-03-09T08:00:60Z"],
    ],
)
def test_record_fails_a_statement_that_cannot_be(run: Shell, arguments: list[str]) -> None:
    lead = ["--user", "site-form", "--name", "Ada", "--email", "ada@example.org"]

    result = run("record", *lead, *arguments, "--json")

    assert result.code == 5
    assert result.object["failure"]["category"] == "validation"


def test_record_registers_new_users_and_creates_the_database_on_request(
    run: Shell, tmp_path: Path
) -> None:
    missing = tmp_path / "new.db"
    statement = ["record", "--user", "feed", "--outcome", "success", "--email", "ada@example.org"]
    statement += ["--name", "Ada", "--json", "--db", str(missing)]

    without = run.bare(*statement)
    created = missing.exists()
    with_it = run.bare(*statement, "--create-users")

    assert without.code == 3
    assert not created
    assert with_it.code == 0
    assert with_it.object["user"] == "feed"
