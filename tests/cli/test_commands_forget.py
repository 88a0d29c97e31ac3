"""`forget`."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import rows
from fakes import FakeClock
from shell import Result, Shell

from leadlog import erasure, tables

WHY = ("--reason", "asked by mail")
ADA = "ada@example.org"


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Ada came by two users and failed twice (attempts 1 to 4); Bob came a day later (5)."""
    shell = Shell(database, clock, capsys)
    shell.ready("site-form", "partner-x")
    who = ("--name", "Ada Quorthonqua", "--phone", "0151 98765432")
    shell("submit", "--user", "site-form", "--email", ADA, "--request-id", "r-1", *who)
    shell("submit", "--user", "partner-x", "--email", "ADA@Example.ORG", *who)
    shell("submit", "--user", "site-form", "--email", ADA, *who)
    shell("submit", "--user", "nobody", "--email", " Ada@example.org ", *who)
    clock.advance(86_400)
    shell("submit", "--user", "site-form", "--email", "bob@example.org", "--name", "Bob")
    return shell


def forget(run: Shell, *arguments: str) -> Result:
    return run("forget", *arguments, *WHY, "--yes")


def kept(database: Path) -> list[int]:
    """Return the attempts whose contact is there."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT log_id FROM contacts WHERE payload IS NOT NULL AND salt IS NOT NULL"
        return [log_id for (log_id,) in connection.execute(query)]


def test_a_person_is_erased_in_any_case_across_users_and_failures(run: Shell) -> None:
    result = forget(run, "aDa@example.org")

    assert result.code == 0
    assert result.out.splitlines() == [
        "Erased 4 contacts · erasure 1, counts for 2026-03-11",
        "  nothing of it is left in the database's file and its write-ahead log",
    ]
    plan, *notes = result.err.splitlines()
    assert plan == ("This erases 4 contacts (site-form 2, partner-x 1, unknown 1) of 2026-03-10.")
    assert "not reached: backups, exports" in notes[0]
    assert kept(run.database) == [5]
    assert rows.unsound(run.database) == []


def test_an_erasure_as_json(run: Shell) -> None:
    result = run("forget", ADA, "--yes", "--json", "--reason", "Ada Quorthonqua asked")

    (row,) = rows.content(run.database, tables.ERASURES)
    assert result.err == ""
    assert result.object == {
        "erasures": [{"erasure": 1, "hash": row[-1]}],
        "contacts_erased": 4,
        "finished": 0,
        "erased_before": 0,
        "users": [
            {"user": "site-form", "contacts": 2},
            {"user": "partner-x", "contacts": 1},
            {"user": "unknown", "contacts": 1},
        ],
        "first_date": "2026-03-10",
        "last_date": "2026-03-10",
        "last_attempt": 5,
        "mentions": 0,
        "mentioned_in": [],
        "cut_off": 0,
        "reason": "<name> asked",
        "log_date": "2026-03-11",
    }
    assert row[5:9] == (5, 4, "<name> asked", "2026-03-11")


def test_an_erasure_quietly_says_nothing(run: Shell) -> None:
    assert run("forget", ADA, *WHY, "--yes", "-q") == (0, "", "")


def test_what_is_shown_never_holds_the_person(run: Shell) -> None:
    asked = run("forget", ADA, *WHY)
    done = forget(run, ADA)
    again = forget(run, ADA)

    for said in (asked, done, again):
        assert not any(x in (said.out + said.err).lower() for x in ("ada@", "quorth", "9876"))


def test_one_attempt_is_erased_and_no_other(run: Shell) -> None:
    result = forget(run, "--attempt", "2")

    assert result.code == 0
    assert "This erases 1 contact (partner-x 1) of 2026-03-10." in result.err
    assert kept(run.database) == [1, 3, 4, 5]
    assert run("show", "2", "--json").object["contact"] is None


def test_everything_before_a_date_is_erased(run: Shell) -> None:
    result = forget(run, "--before", "today")

    assert result.code == 0
    assert "(site-form 2, partner-x 1, unknown 1) of 2026-03-10" in result.err
    assert kept(run.database) == [5]
    assert rows.content(run.database, tables.ERASURES)[0][2:6] == (None, None, "2026-03-11", 5)
    assert "2026-03-10 to 2026-03-11" not in result.err


def test_a_line_without_a_readable_address_is_erased_with_the_person(run: Shell) -> None:
    line = b'{"user": "site-form", "name": "Ada", "email": "ADA@example.org",}'
    run("submit", "--file", run.file("leads", line))

    result = forget(run, ADA)

    assert "5 contacts" in result.err
    assert "1 of them without a readable address" in result.err
    assert "Erased 5 contacts · erasures 1, 2, counts for" in result.out
    assert kept(run.database) == [5]
    assert [row[3] for row in rows.content(run.database, tables.ERASURES)] == [None, 6]


@pytest.mark.parametrize(
    ("address", "line"),
    [
        (
            "zoë@example.org",
            rb'{"user": "site-form", "email": "zo\u00eb@example.org", "name": "Ada",}',
        ),
        ("ÄDA@example.org", '{"user": "site-form", "email": "äda@example.org",}'.encode()),
        ("dora@example.org", rb'{"user": "site-form", "email": "dora\u0040example.org",}'),
        ('o"x"@example.org', rb'{"user": "site-form", "email": "o\"x\"@example.org",}'),
        ("dora@example.org", b"user=site-form&email=dora%40example.org"),
        ("dora@example.org", b'{"email": ["dora@example.org"]}'),
        ("dora@example.org", b'{"name": "dora@example.org", "message": "' + b"m" * 70_000),
        ("dora@example.org", b'{"user": "site-form", "email": "Dora <dora@example.org>"}'),
    ],
)
def test_somebody_of_whom_there_is_nothing_but_a_failed_line_is_erased(
    run: Shell, address: str, line: bytes
) -> None:
    run("submit", "--file", run.file("leads", line))

    result = forget(run, address)

    assert (result.code, result.out.partition(" · ")[0]) == (0, "Erased 1 contact")
    assert kept(run.database) == [1, 2, 3, 4, 5]
    assert [row[2:6] for row in rows.content(run.database, tables.ERASURES)] == [(None, 6, None, 6)]
    assert run("verify").code == 0


def test_somebody_whose_address_contains_the_persons_is_not_erased(run: Shell) -> None:
    lines = [
        b'{"email": "nada@example.org", "name": "Nada",}',
        b'{"email": "ada@example.org.uk", "name": "Ada",}',
        rb'{"email": "\u006eada@example.org", "name": "Nada",}',
    ]
    run("submit", "--file", run.file("leads", *lines))

    result = forget(run, ADA)

    assert "Erased 4 contacts · erasure 1, counts for" in result.out
    assert kept(run.database) == [5, 6, 7, 8]
    assert "mention" not in result.err


def test_lines_that_end_before_any_address_are_counted_and_kept(run: Shell) -> None:
    line = (
        b'{"name": "Ada Quorthonqua", "message": "' + b"m" * 500 + b'", "email": "' + ADA.encode()
    )
    run("submit", "--file", run.file("leads", line, b'{"name": "Ada"'))

    result = forget(run, ADA)

    assert "1 line without it may be the person's too, but only the beginning is kept" in result.err
    assert "leadlog attempts --category malformed" in result.err
    assert kept(run.database) == [5, 6, 7]
    unknown = run("forget", "eve@example.org", *WHY, "--yes", "--json")
    assert "kept beginning of malformed lines (1) may end before it" in unknown.error["hint"]


def test_a_line_whose_kept_beginning_ends_within_the_address_is_erased(run: Shell) -> None:
    run("submit", "--file", run.file("leads", b"n;" * 245 + ADA.encode()))

    assert "1 of them without a readable address" in forget(run, ADA).err
    assert kept(run.database) == [5]


def test_many_failed_lines_are_searched_in_batches(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "_SEARCHED_CONTACTS", 2)
    line = rb'{"email": "\u0061da@example.org",}'
    run("submit", "--file", run.file("leads", *[line, b"{}"] * 4))

    result = forget(run, ADA)

    assert "4 of them without a readable address" in result.err
    assert kept(run.database) == [5, 7, 9, 11, 13]


def test_a_word_that_is_no_address_is_not_searched_for_in_what_others_wrote(run: Shell) -> None:
    run("submit", "--user", "site-form", "--email", "ada", "--name", "A")
    run("submit", "--file", run.file("leads", b'{"name": "Ada"}'))

    assert forget(run, "ada").out.startswith("Erased 1 contact · ")
    assert kept(run.database) == [1, 2, 3, 4, 5, 7]


@pytest.mark.parametrize(
    ("email", "message"),
    [
        ("zoë@example.org", "as ZOË@example.org said"),
        ("zoë@example.org", r'she sent {"email": "zo\u00eb@example.org"}'),
        ("dora@example.org", "as Dora@Example.org said"),
        ("dora@example.org", "see ?email=dora%40example.org"),
        ("dora@example.org", "as dora＠example.org said\non Monday"),
        ("dora@xn--bcher-kva.example", "as dora@bücher.example said"),
        ("dora@bücher.example", "as dora@xn--bcher-kva.example said"),
    ],
)
def test_what_others_wrote_of_the_person_is_found_however_they_wrote_it(
    run: Shell, email: str, message: str
) -> None:
    who = ("--user", "site-form", "--name", "Cy", "--email", "cy@example.org")
    run("submit", *who, "--message", message)
    run.submit("site-form", email)

    result = forget(run, email)

    assert "Erased 1 contact" in result.out
    assert "1 contact of others mention the address and were kept: attempt 6" in result.err


def test_what_others_wrote_of_the_person_is_kept_and_named(run: Shell) -> None:
    who = ("--user", "site-form", "--name", "Cy", "--email", "cy@example.org")
    run("submit", *who, "--message", "as Ada@Example.org said")

    result = forget(run, ADA)

    assert "1 contact of others mention the address and were kept: attempt 6" in result.err
    assert kept(run.database) == [5, 6]


def test_somebody_who_is_only_mentioned_is_not_found_and_the_attempt_named(run: Shell) -> None:
    who = ("--user", "site-form", "--name", "Cy", "--email", "cy@example.org")
    run("submit", *who, "--message", "dora@example.org")

    result = run("forget", "dora@example.org", *WHY, "--yes", "--json")

    assert (result.code, result.error["kind"]) == (3, "not_found")
    assert "Attempts that mention it: 6" in result.error["hint"]


def test_show_and_leads_say_that_it_was_erased(run: Shell) -> None:
    forget(run, ADA)

    assert "contact    erased" in run("show", "1").out
    assert "(erased)" in run("leads").out
    leads = run("leads", "--json").objects
    assert [(lead["name"], lead["email"]) for lead in leads[:2]] == [(None, None)] * 2


def test_a_duplicate_of_an_erased_person_is_still_refused(run: Shell) -> None:
    forget(run, ADA)

    result = run.submit("site-form", "ADA@example.org", "--json")

    assert result.code == 5
    assert result.object["duplicate_of"] == 1


def test_a_request_id_that_was_used_before_still_replays(run: Shell) -> None:
    forget(run, ADA)
    who = ("--name", "Ada Quorthonqua", "--phone", "0151 98765432", "--email", ADA)

    result = run("submit", "--user", "site-form", *who, "--request-id", "r-1", "--json")

    assert result.code == 0
    assert (result.object["attempt"], result.object["replayed"]) == (1, True)


def test_what_comes_after_an_erasure_is_not_covered(run: Shell) -> None:
    forget(run, ADA)
    run.submit("site-form", ADA, "--page", "/new")

    assert kept(run.database) == [5, 6]
    assert forget(run, ADA).out.startswith("Erased 1 contact · erasure 2")


def test_what_was_erased_already_is_said_to_be_and_nothing_is_appended(run: Shell) -> None:
    forget(run, ADA)

    result = run("forget", ADA, *WHY)
    as_json = run("forget", "--attempt", "1", *WHY, "--json")

    assert result.code == 0
    assert result.out.startswith("Erased already: 4 contacts, nothing new was recorded\n")
    assert (as_json.object["erasures"], as_json.object["reason"]) == ([], None)
    assert len(rows.content(run.database, tables.ERASURES)) == 1


def test_without_a_terminal_it_says_what_it_would_do_and_does_not(run: Shell) -> None:
    result = run("forget", ADA, *WHY, "--json")

    assert result.code == 2
    assert result.error == {
        "kind": "usage",
        "message": (
            "This would erase 4 contacts (site-form 2, partner-x 1, unknown 1) of 2026-03-10. "
            "There is no terminal to ask on; nothing was erased."
        ),
        "hint": "Add --yes to erase without being asked.",
    }
    assert kept(run.database) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("answer", "code", "left"),
    [("y", 0, [5]), ("YES", 0, [5]), ("n", 130, [1, 2, 3, 4, 5]), ("", 130, [1, 2, 3, 4, 5])],
)
def test_at_a_terminal_it_asks(
    run: Shell, monkeypatch: pytest.MonkeyPatch, answer: str, code: int, left: list[int]
) -> None:
    class Keyboard:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return f"{answer}\n"

    monkeypatch.setattr("sys.stdin", Keyboard())

    result = run("forget", ADA, *WHY)

    assert result.code == code
    assert "of 2026-03-10, for good.\nErase? [y/N] " in result.err
    assert ("Nothing was erased." in result.err) == (code != 0)
    assert kept(run.database) == left


def test_ctrl_c_instead_of_an_answer_erases_nothing(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Keyboard:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin", Keyboard())

    result = run("forget", ADA, *WHY)

    assert result.code == 130
    assert result.err.splitlines()[1:] == [
        "Erase? [y/N] ",
        "Nothing was erased.",
        "Run the same command again and answer y, or add --yes, to erase.",
    ]
    assert kept(run.database) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["nobody@example.org"], "see who is there with: leadlog leads"),
        (["--before", "2026-03-10"], "See the dates that there are with: leadlog info"),
    ],
)
def test_what_there_is_not_comes_with_a_next_step(
    run: Shell, arguments: list[str], hint: str
) -> None:
    assert hint in run("forget", *arguments, *WHY, "--yes", "--json").error["hint"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody@example.org"], "No contact is filed under this address."),
        (["--attempt", "99"], "There is no attempt 99."),
        (["--attempt", "99999999999999999999999"], "There is no attempt 9999999"),
        (["--before", "2026-03-10"], "No attempt counts for a date before 2026-03-10."),
    ],
)
def test_what_there_is_not_is_not_found(run: Shell, arguments: list[str], message: str) -> None:
    result = run("forget", *arguments, *WHY, "--yes", "--json")

    assert (result.code, result.error["kind"]) == (3, "not_found")
    assert result.error["message"].startswith(message)
    assert rows.content(run.database, tables.ERASURES) == []


@pytest.mark.parametrize(
    "arguments",
    [[], [""], [ADA, "--attempt", "1"], ["--attempt", "1", "--before", "today"], ["--before", "x"]],
)
def test_one_target_is_needed(run: Shell, arguments: list[str]) -> None:
    result = run("forget", *arguments, *WHY, "--yes", "--json")

    assert (result.code, result.error["kind"]) == (2, "usage")


@pytest.mark.parametrize("reason", ["", " ", "r" * 1025])
def test_a_reason_is_needed(run: Shell, reason: str) -> None:
    result = run("forget", ADA, "--yes", "--json", "--reason", reason)

    assert (result.code, result.error["kind"]) == (2, "usage")
    assert kept(run.database) == [1, 2, 3, 4, 5]


def test_a_closed_date_is_not_touched(run: Shell) -> None:
    rows.close_date(run.database, "2026-03-11")

    assert "counts for 2026-03-12" in forget(run, ADA).out
