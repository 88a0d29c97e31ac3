"""`attempts`, `leads`, `show`, `failures`, `tail` and `info`."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fakes import FakeClock
from shell import Shell

ATTEMPT_KEYS = [
    *("attempt", "user", "log_date", "created_at", "occurred_at", "outcome", "failure", "lead"),
    *("source", "page", "request_id", "duration_ms", "hash"),
]
READING = [
    ["attempts"],
    ["leads"],
    ["failures"],
    ["failures", "--list"],
    ["tail"],
    ["info"],
    ["show", "1"],
    ["user", "list"],
    ["user", "show", "site-form"],
    ["limit", "status"],
    ["limit", "history"],
]
LISTS = [["attempts"], ["leads"], ["failures"], ["failures", "--list"]]


@pytest.fixture
def empty(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(database, clock, capsys)
    shell.ready("site-form", "partner-x")
    return shell


@pytest.fixture
def run(empty: Shell) -> Shell:
    """Six attempts: 1 and 2 the day before yesterday; 2, 4, 5 and 6 failed."""
    empty.clock.set("2026-03-08T09:00:00Z")
    empty.submit("site-form", "ada@example.org", "--page", "/a", "--source", "web")
    empty.submit("site-form", "bob@", "--page", "/a", "--source", "web")
    empty.clock.set("2026-03-10T12:00:00Z")
    empty.submit("partner-x", "cleo@example.org", "--page", "/b")
    empty.submit("partner-x", "cleo@example.org", "--page", "/b")
    empty.submit("nobody", "dan@example.org")
    empty(
        *("record", "--user", "partner-x", "--email", "eve@example.org", "--name", "Eve"),
        *("--outcome", "failure", "--category", "upstream", "--code", "crm_500"),
    )
    return empty


def ids(shell: Shell, *arguments: str, key: str = "attempt") -> list[int]:
    result = shell(*arguments, "--json")
    assert result.code == 0
    return [one[key] for one in result.objects]


def column(text: str) -> list[str]:
    """The first column of a table, without its title."""
    return [line.split()[0] for line in text.splitlines()[1:]]


def test_attempts_as_json_go_up_and_have_exactly_these_keys(run: Shell) -> None:
    result = run("attempts", "--json")

    assert result.err == ""
    assert [list(one) for one in result.objects] == 6 * [ATTEMPT_KEYS]
    assert ids(run, "attempts") == [1, 2, 3, 4, 5, 6]
    assert list(result.objects[1]["failure"]) == ["category", "code", "message", "field"]


def test_attempts_as_a_table_go_down_and_name_the_zone(run: Shell) -> None:
    result = run("attempts")

    assert column(result.out) == ["6", "5", "4", "3", "2", "1"]
    assert "✓ lead 2" in result.out
    assert "✗ duplicate_lead" in result.out
    assert result.err == " times in UTC · one attempt: leadlog show ID\n"
    assert run("attempts", "-q").err == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--date", "2026-03-08"], [1, 2]),
        (["--date", "today"], [3, 4, 5, 6]),
        (["--date", "yesterday"], []),
        (["--since", "yesterday"], [3, 4, 5, 6]),
        (["--until", "2026-03-09"], [1, 2]),
        (["--since", "2026-03-08", "--until", "2026-03-10"], [1, 2, 3, 4, 5, 6]),
        (["--user", "partner-x"], [3, 4, 6]),
        (["--user", "unknown"], [5]),
        (["--outcome", "success"], [1, 3]),
        (["--outcome", "failure"], [2, 4, 5, 6]),
        (["--category", "upstream"], [6]),
        (["--code", "duplicate_lead"], [4]),
        (["--source", "web"], [1, 2]),
        (["--page", "/b"], [3, 4]),
        (["--email", "CLEO@example.org"], [3, 4]),
        (["--after-id", "4"], [5, 6]),
        (["--limit", "2"], [1, 2]),
        (["--user", "partner-x", "--outcome", "failure", "--page", "/b"], [4]),
    ],
)
def test_filters(run: Shell, arguments: list[str], expected: list[int]) -> None:
    assert ids(run, "attempts", *arguments) == expected


def test_paging_by_id_sees_every_attempt_once(run: Shell) -> None:
    seen: list[int] = []
    while page := ids(run, "attempts", "--limit", "2", "--after-id", str(seen[-1] if seen else 0)):
        seen += page

    assert seen == [1, 2, 3, 4, 5, 6]


def test_a_table_after_an_id_goes_up_and_names_the_next_page(run: Shell) -> None:
    result = run("attempts", "--after-id", "1", "--limit", "2")

    assert column(result.out) == ["2", "3"]
    assert "more: --after-id 3" in result.err


def test_a_table_that_was_cut_says_how_to_see_more(run: Shell) -> None:
    result = run("attempts", "--limit", "2")

    assert column(result.out) == ["6", "5"]
    assert "more: --limit 8" in result.err


def test_a_table_has_at_most_50_rows(empty: Shell) -> None:
    lines = [{"user": "site-form", "email": f"p{n}@example.org", "name": "P"} for n in range(60)]
    empty("submit", "--file", empty.file("leads", *lines))

    assert len(column(empty("attempts").out)) == 50
    assert len(column(empty("leads").out)) == 50
    assert len(ids(empty, "attempts")) == 60


def test_leads_as_json(run: Shell) -> None:
    result = run("leads", "--json")

    assert [list(one) for one in result.objects] == 2 * [
        [
            *("lead", "attempt", "user", "lead_date", "created_at", "source", "page", "name"),
            *("email", "revoked", "hash"),
        ]
    ]
    assert ids(run, "leads", key="lead") == [1, 2]
    assert ids(run, "leads", "--page", "/b", key="attempt") == [3]
    assert ids(run, "leads", "--after-id", "1", key="lead") == [2]


def test_leads_as_a_table(run: Shell) -> None:
    result = run("leads")

    assert column(result.out) == ["2", "1"]
    assert "cleo@example.org" in result.out
    assert "times in UTC" in result.err


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_a_list_of_an_empty_log_suggests_the_next_command(empty: Shell, command: list[str]) -> None:
    result = empty(*command)

    assert (result.code, result.out) == (0, "")
    assert result.err.splitlines() == [
        "Nothing was recorded yet.",
        "Submit a lead with: leadlog submit --user HANDLE --name NAME --email ADDRESS",
    ]
    assert empty(*command, "-q") == (0, "", "")
    assert empty(*command, "--json") == (0, "", "")


@pytest.mark.parametrize("command", [*LISTS, ["tail"]], ids=" ".join)
def test_a_filter_that_nothing_matches_says_so(run: Shell, command: list[str]) -> None:
    filter_ = ["--user", "site-form", "--outcome", "success"]
    if command[0] == "failures":
        filter_ = ["--date", "yesterday"]
    if command[0] != "failures":
        run.ready("third")
        filter_ = ["--user", "third"]

    result = run(*command, *filter_)

    assert (result.code, result.out) == (0, "")
    assert "matches." in result.err
    assert "leadlog info" in result.err


def test_failures_among_successes_only_say_so(empty: Shell) -> None:
    empty.submit("site-form", "ada@example.org")

    assert empty("failures").err == (
        "No failure among 1 attempt.\nLook at them with: leadlog attempts\n"
    )


@pytest.mark.parametrize("command", [*LISTS], ids=" ".join)
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--date", "2026-02-30"], 2, "The calendar has no 2026-02-30."),
        (
            ["--date", "today", "--since", "today"],
            2,
            "--date can't be used with --since or --until.",
        ),
        (
            ["--since", "2026-03-10", "--until", "2026-03-08"],
            2,
            "The range ends on 2026-03-08, before it begins on 2026-03-10.",
        ),
        (["--category", "nonsense"], 2, '"nonsense" is no failure category.'),
        (["--user", "partner-y"], 3, 'There is no user "partner-y"; did you mean partner-x?'),
        (["--limit", "0"], 2, "--limit takes a number, 1 or more."),
        (["--after-id", "-1"], 2, "--after-id takes a number, 0 or more."),
    ],
)
def test_filters_that_cannot_be_meant(
    run: Shell, command: list[str], arguments: list[str], code: int, message: str
) -> None:
    result = run(*command, *arguments, "--json")

    assert result.code == code
    assert result.out == ""
    assert result.error["message"] == message


def test_a_reversed_range_is_turned_round_in_the_next_step(run: Shell) -> None:
    result = run("attempts", "--since", "2026-03-10", "--until", "2026-03-08")

    assert result.err.endswith("\nWrite: --since 2026-03-08 --until 2026-03-10\n")


def test_an_outcome_that_is_none_is_refused(run: Shell) -> None:
    for command in ("attempts", "leads", "tail"):
        result = run(command, "--outcome", "maybe", "--json")
        assert result.code == 2
        assert result.error["hint"] == "Use success or failure."


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_reading_never_creates_a_database(run: Shell, command: list[str]) -> None:
    missing = run.database.with_name("missing.db")

    result = run.bare(*command, "--json", "--db", str(missing))
    said = run.bare(*command, "--db", str(missing))

    assert result.code == 3
    assert result.error["kind"] == "not_found"
    assert str(missing) in result.error["message"]
    assert result.error["hint"] == f"Create it with: leadlog init --db {missing}"
    assert said.err == "\n".join([result.error["message"], result.error["hint"], ""])
    assert not missing.exists()


def test_show_as_json_begins_like_attempts(run: Shell) -> None:
    shown = run("show", "4", "--json").object

    listed = run("attempts", "--after-id", "3", "--limit", "1", "--json").object
    assert list(shown) == [
        *ATTEMPT_KEYS,
        *("logged", "contact", "context", "rate_limit", "late_for", "duplicate_of", "corrections"),
        *("origin", "original_lead"),
    ]
    assert {key: shown[key] for key in ATTEMPT_KEYS} == listed
    assert list(shown["logged"]) == ["outcome", "failure"]
    assert shown["rate_limit"]["used"] == 2
    assert (shown["duplicate_of"], shown["original_lead"]) == (3, 2)
    assert shown["contact"]["email"] == "cleo@example.org"


def test_show_tells_everything_about_one_attempt(run: Shell) -> None:
    receipt = run("show", "4", "--json").object["hash"]

    assert run("show", "4").out.splitlines() == [
        "Attempt 4 · failure · duplicate / duplicate_lead",
        "  recorded   10 Mar 2026 12:00:00 (UTC), counts for 2026-03-10",
        "  user       partner-x · source cli · page /b",
        "  contact    Ada · cleo@example.org",
        "  why        this email was already submitted for /b",
        "  original   attempt 3, lead 2",
        "  limit      used 2 of 100 in 1 minute when it was decided",
        "  origin     submit",
        "  receipt    keep it elsewhere, and it proves this attempt:",
        f"  4:{receipt}",
    ]


@pytest.mark.parametrize(
    ("argument", "code", "message"),
    [
        ("99", 3, "There is no attempt 99."),
        ("0", 3, "There is no attempt 0."),
        ("x", 2, "Invalid value for 'ATTEMPT': 'x' is not a whole number."),
    ],
)
def test_show_of_what_is_not_there(run: Shell, argument: str, code: int, message: str) -> None:
    result = run("show", argument, "--json")

    assert result.code == code
    assert result.error["message"] == message
    assert result.error["hint"]


def test_failures_as_json_have_exactly_these_keys(run: Shell) -> None:
    result = run("failures", "--since", "2026-03-09", "--json")

    assert [list(one) for one in result.objects] == 3 * [
        [
            *("category", "code", "attempts", "users", "share", "first_seen", "last_seen"),
            "state",
        ]
    ]
    assert {one["code"]: one["state"] for one in result.objects} == {
        "crm_500": "new",
        "duplicate_lead": "new",
        "unknown_user": "new",
    }


@pytest.mark.parametrize("by", ["category", "source", "page", "user"])
def test_failures_by_another_key_have_no_state(run: Shell, by: str) -> None:
    objects = run("failures", "--by", by, "--json").objects

    assert list(objects[0]) == [by, "attempts", "users", "share", "first_seen", "last_seen"]
    assert sum(one["attempts"] for one in objects) == 4
    assert run("failures", "--by", by).code == 0


def test_failures_by_code_have_the_code_alone(run: Shell) -> None:
    first = json.loads(run("failures", "--by", "code", "--json").out.splitlines()[0])

    assert list(first) == ["code", "attempts", "users", "share", "first_seen", "last_seen"]


def test_failures_close_with_what_was_left_out(run: Shell) -> None:
    assert run("failures").out.splitlines()[-1] == " 4 kinds · 4 failures in all"
    limited = run("failures", "--limit", "2").out.splitlines()
    assert limited[-1] == " 2 of 4 kinds shown · 4 failures in all"


def test_failures_take_the_outcome_they_have(run: Shell) -> None:
    assert run("failures", "--outcome", "failure") == run("failures")
    assert run("failures", "--outcome", "success").code == 2


@pytest.mark.parametrize("option", ["--source", "--page", "--code"])
@pytest.mark.parametrize("command", ["attempts", "leads", "failures"])
def test_a_filter_that_is_no_text_is_wrong_usage(run: Shell, command: str, option: str) -> None:
    assert run(command, option, "\udcff").code == 2


@pytest.mark.parametrize("command", ["attempts", "leads", "failures"])
def test_ids_beyond_64_bits_match_nothing(run: Shell, command: str) -> None:
    result = run(command, "--after-id", "99999999999999999999", "--json")

    assert (result.code, result.out) == (0, "")


def test_an_attempt_beyond_64_bits_is_not_found(run: Shell) -> None:
    assert run("show", "99999999999999999999").code == 3


@pytest.mark.parametrize("command", [["attempts"], ["failures", "--list"], ["leads"]])
def test_an_address_that_is_no_text_is_nobodys(run: Shell, command: list[str]) -> None:
    assert run(*command, "--email", "\udcff@x.org").code == 0


def test_an_empty_filter_means_equal_to_empty(run: Shell) -> None:
    assert run("failures", "--source", "", "--json").out == ""


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["limit", "set", "unknown", "5/1m"], 2),
        (["limit", "status", "unknown"], 3),
        (["user", "show", "unknown"], 3),
    ],
)
def test_the_reserved_user_takes_no_limit(run: Shell, command: list[str], code: int) -> None:
    result = run(*command)

    assert result.code == code
    assert result.err.startswith("unknown is no user: it stands for attempts of nobody known")
    assert "unknown" not in run("limit", "history").out


def test_failures_head_their_table_with_the_share_and_the_zone(run: Shell) -> None:
    result = run("failures")

    lines = result.out.splitlines()
    assert lines[0] == "Failures 8 Mar to 10 Mar (UTC): 4 of 6 attempts, 66.7 %"
    assert lines[2].split() == [
        *("category", "code", "attempts", "share", "users", "last", "seen", "state", "per", "day")
    ]
    assert len(lines) == 8
    assert result.err == "\n rows: leadlog failures --list · one attempt: leadlog show ID\n"


def test_failures_carry_their_filters_into_the_next_command(run: Shell) -> None:
    result = run("failures", "--user", "partner-x", "--since", "today", "--page", "/b c")
    found = run("failures", "--user", "partner-x", "--since", "today")

    assert "matches" in result.err
    assert "rows: leadlog failures --since today --user partner-x --list" in found.err


def test_failures_as_rows(run: Shell) -> None:
    assert ids(run, "failures", "--list") == [2, 4, 5, 6]
    assert column(run("failures", "--list").out) == ["6", "5", "4", "2"]
    assert ids(run, "failures", "--list", "--date", "today", "--user", "partner-x") == [4, 6]


def test_failures_as_of_a_date_know_nothing_later(run: Shell) -> None:
    result = run("failures", "--as-of", "2026-03-09", "--json")

    assert [one["code"] for one in result.objects] == ["invalid_email"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "nonsense"], 'Failures can\'t be grouped by "nonsense".'),
        (["--by", "page", "--list"], "--list shows single rows; --by groups them."),
        (["--as-of", "soon"], None),
    ],
)
def test_failures_refuse(run: Shell, arguments: list[str], message: str | None) -> None:
    result = run("failures", *arguments, "--json")

    assert result.code == 2
    assert message is None or result.error["message"] == message
    assert result.error["hint"]


def test_tail_shows_the_newest_last(run: Shell) -> None:
    result = run("tail", "-n", "2")

    assert [line.split()[0] for line in result.out.splitlines()] == ["5", "6"]
    assert result.err == " times in UTC · follow: -f\n"
    assert ids(run, "tail", "-n", "2") == [5, 6]
    assert run("tail", "-n", "0") == (0, "", "")
    assert run("tail", "-n", "2", "-q").err == ""


def test_tail_filters(run: Shell) -> None:
    assert ids(run, "tail", "-n", "1", "--user", "site-form") == [2]
    assert ids(run, "tail", "--outcome", "success") == [1, 3]


def test_info_tells_what_the_database_is(run: Shell) -> None:
    result = run("info")
    facts = run("info", "--json").object

    assert result.out.splitlines()[0] == str(run.database)
    assert "6 attempts, 2 leads, 2 users" in result.out
    assert "2026-03-08 to 2026-03-10, in UTC; today is 2026-03-10" in result.out
    assert "100/1m by default" in result.out
    assert list(facts) == [
        *("path", "database_id", "created_at", "size_bytes", "wal_bytes", "timezone"),
        *("schema_version", "rows", "first_date", "last_date", "default_limit", "user_limits"),
        *("sqlite_version", "wal_reset_fixed", "leadlog_version"),
    ]
    assert facts["rows"]["lead_submission_logs"] == 6


def test_times_are_shown_in_the_zone_of_the_database(
    database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(database, clock, capsys)
    shell.ready("site-form", timezone="Asia/Kolkata")
    shell.submit("site-form", "ada@example.org")

    assert "10 Mar 17:30" in shell("attempts").out
    assert "times in Asia/Kolkata" in shell("attempts").err
    assert "17:30:00 (Asia/Kolkata)" in shell("show", "1").out


def test_an_empty_time_zone_creates_nothing(run: Shell, tmp_path: Path) -> None:
    path = tmp_path / "other.db"

    assert run("init", "--timezone", "", "--db", str(path)).code == 2
    assert not path.exists()


def test_a_path_that_is_no_utf_8_can_be_used(run: Shell, tmp_path: Path) -> None:
    assert run("init", "--db", f"{tmp_path}/x\udcff.db").code == 0


def test_the_reason_of_a_limit_is_printed_as_it_is_stored(run: Shell) -> None:
    result = run("limit", "set", "--default", "5/1m", "--reason", "for a@b.org", "--json")

    assert json.loads(result.out)["reason"] == "for <email>"


def test_a_database_that_lacks_a_view_is_unusable_in_one_sentence(run: Shell) -> None:
    path = Path(json.loads(run("info", "--json").out)["path"])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP VIEW effective_attempts")

    result = run("attempts")

    assert result.code == 8
    assert result.err.splitlines()[0].endswith("or holds something else instead.")
