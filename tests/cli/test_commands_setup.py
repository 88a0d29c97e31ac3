"""`init`, `user` and `limit`."""

from pathlib import Path

import pytest
from fakes import FakeClock
from shell import Shell


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(database, clock, capsys)


def test_init_creates_the_database_and_names_the_next_step(run: Shell) -> None:
    result = run("init", "--timezone", "Europe/Berlin", "--limit", "20/1h")

    assert result.code == 0
    assert result.out == f"{run.database} is ready: days in Europe/Berlin, limit 20/1h\n"
    assert result.err == "Next: leadlog user add HANDLE\n"
    assert run.database.stat().st_mode & 0o777 == 0o600


def test_init_as_json(run: Shell) -> None:
    result = run("init", "--json")

    assert result.err == ""
    assert list(result.object) == ["path", "database_id", "created_at", "timezone", "default_limit"]
    assert result.object["timezone"] == "UTC"
    assert result.object["default_limit"] == "100/1m"


def test_init_quietly_says_nothing(run: Shell) -> None:
    assert run("init", "-q") == (0, "", "")


def test_init_again_on_the_same_settings_is_fine(run: Shell) -> None:
    first = run("init", "--timezone", "Europe/Berlin", "--limit", "20/1h", "--json")

    again = run("init", "--timezone", "Europe/Berlin", "--limit", "20/1h", "--json")
    without = run("init", "--json")

    assert again == first
    assert without == first


def test_init_again_in_another_time_zone_is_refused(run: Shell) -> None:
    run("init")

    result = run("init", "--timezone", "Europe/Berlin", "--json")

    assert result.code == 2
    assert result.error["kind"] == "usage"
    assert result.error["message"].endswith("exists and counts days in UTC.")
    assert "--db PATH" in result.error["hint"]


def test_init_again_with_another_limit_says_how_to_change_it(run: Shell) -> None:
    run("init")

    result = run("init", "--limit", "5/1m", "--json")

    assert result.code == 2
    assert result.error["message"].endswith("its default limit is 100/1m.")
    assert result.error["hint"] == "Change it with: leadlog limit set --default 5/1m"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--timezone", "Mars/Olympus", 'There is no time zone "Mars/Olympus".'),
        ("--limit", "x/y", '"x/y" is not a rate limit.'),
        ("--limit", "10/0s", "A rate limit's window lasts from one second to 366 days."),
    ],
)
def test_init_refuses_what_it_cannot_mean(
    run: Shell, option: str, value: str, message: str
) -> None:
    result = run("init", option, value, "--json")

    assert result.code == 2
    assert result.error["kind"] == "usage"
    assert result.error["message"] == message
    assert result.error["hint"]
    assert not run.database.exists()


def test_user_add_creates_the_database_when_it_is_missing(run: Shell) -> None:
    result = run("user", "add", "site-form")

    assert result.code == 0
    assert result.out == "site-form is registered, with the default limit of 100/1m\n"
    assert run.database.exists()


def test_user_add_with_a_limit_as_json(run: Shell) -> None:
    result = run("user", "add", "partner-x", "--limit", "20/1m", "--json")

    assert list(result.object) == [
        *("user", "created_at", "created_date", "limit"),
        *("default", "used", "remaining", "retry_after"),
    ]
    assert result.object["limit"] == "20/1m"
    assert result.object["default"] is False
    assert result.object["remaining"] == 20


def test_user_add_warns_that_an_address_is_never_erased(run: Shell) -> None:
    result = run("user", "add", "ada@example.org")

    assert result.code == 0
    assert "never erased" in result.err
    assert run("user", "add", "bob@example.org", "-q") == (0, "", "")


def test_user_add_refuses_a_handle_that_is_taken(run: Shell) -> None:
    run("user", "add", "site-form")

    result = run("user", "add", "site-form", "--json")

    assert result.code == 2
    assert result.error["message"] == "The user site-form exists already."
    assert result.error["hint"] == "See it with: leadlog user show site-form"


@pytest.mark.parametrize("handle", ["bad handle", "", "-x", "é", "a" * 129])
def test_user_add_refuses_a_malformed_handle(run: Shell, handle: str) -> None:
    run("init")

    result = run("user", "add", "--json", "--", handle) if handle == "-x" else None
    result = result or run("user", "add", handle, "--json")

    assert result.code == 2


def test_user_list_shows_everyone_by_handle(run: Shell) -> None:
    run.ready("site-form", "newsletter")

    table = run("user", "list")
    objects = run("user", "list", "--json").objects

    assert [line.split()[0] for line in table.out.splitlines()] == [
        *("user", "newsletter", "site-form")
    ]
    assert [list(one) for one in objects] == 2 * [
        ["user", "created_at", "created_date", "limit", "default"]
    ]
    assert [one["user"] for one in objects] == ["newsletter", "site-form"]


def test_user_list_of_nobody_names_the_next_command(run: Shell) -> None:
    run.ready()

    result = run("user", "list")

    assert result.out == ""
    assert result.err == (
        "Nobody is registered yet.\nRegister a user with: leadlog user add HANDLE\n"
    )
    assert run("user", "list", "--json") == (0, "", "")
    assert run("user", "list", "-q") == (0, "", "")


def test_user_show_tells_what_is_used_and_left(run: Shell) -> None:
    run("user", "add", "site-form", "--limit", "2/1h")
    run.submit("site-form", "ada@example.org")
    run.submit("site-form", "bob@example.org")

    result = run("user", "show", "site-form")

    assert result.out.splitlines() == [
        "site-form",
        "  registered  10 Mar 2026 12:00:00 (UTC)",
        "  limit       a limit of 2/1h",
        "  used        2 now, 0 left, frees up in 1 h",
        "  history     1 change: leadlog limit history site-form",
        "  attempts    leadlog attempts --user site-form",
        "  failures    leadlog failures --user site-form",
    ]
    shown = run("user", "show", "site-form", "--json").object
    assert (shown["used"], shown["remaining"], shown["retry_after"]) == (2, 0, 3600)


def test_what_is_used_beyond_a_lowered_limit_is_told_as_such(run: Shell) -> None:
    run.ready("site-form")
    for number in range(9):
        run.submit("site-form", f"{number}@example.org")

    lowered = run("limit", "set", "site-form", "5/1h")

    over = "4 more than the limit of 5"
    assert lowered.out.split() == (
        f"site-form: 5/1h · 9 attempts used, {over} allows now; the next is admitted in 1 h".split()
    )
    shown = run("user", "show", "site-form").out.splitlines()
    assert f"  used        9 now, {over}, frees up in 1 h" in shown
    status = run("limit", "status")
    assert status.out.splitlines()[1].endswith("▇▇▇▇▇▇▇▇▇▇ 9  4 over  in 1 h")
    assert status.err.splitlines()[0] == (
        " over: used more than the limit allows since it was changed"
    )
    as_json = run("limit", "status", "--json").object
    assert (as_json["used"], as_json["remaining"], as_json["retry_after"]) == (9, 0, 3600)


def test_a_limit_that_is_just_used_up_is_not_told_as_exceeded(run: Shell) -> None:
    run.ready("site-form")
    run.submit("site-form", "ada@example.org")

    lowered = run("limit", "set", "site-form", "1/1h")

    assert lowered.out == "site-form: 1/1h · 1 used, 0 left\n"
    assert "over" not in "".join(run("limit", "status")[1:])


def test_a_block_says_how_much_was_used_and_that_it_blocks(run: Shell) -> None:
    run.ready("site-form")
    run.submit("site-form", "ada@example.org")

    blocked = run("limit", "set", "site-form", "0/1d")

    assert blocked.out == "site-form: 0/1d · 1 used, 0 left\n"
    assert run("limit", "status").out.splitlines()[1].endswith("1     0  never: blocked")
    assert "  used        1 now, 0 left" in run("user", "show", "site-form").out.splitlines()


def test_user_show_of_an_unknown_handle_suggests_the_nearest(run: Shell) -> None:
    run.ready("site-form")

    result = run("user", "show", "site-from", "--json")

    assert result.code == 3
    assert result.error["kind"] == "not_found"
    assert result.error["message"] == 'There is no user "site-from"; did you mean site-form?'
    assert result.error["hint"] == "See the registered ones with: leadlog user list"


def test_limit_status_has_exactly_these_keys(run: Shell) -> None:
    run.ready("site-form")
    run.submit("site-form", "ada@example.org")

    result = run("limit", "status", "--json")

    assert list(result.object.items()) == [
        ("user", "site-form"),
        ("limit", 100),
        ("window_seconds", 60),
        ("used", 1),
        ("remaining", 99),
        ("retry_after", 0),
    ]


def test_limit_status_shows_bars_and_when_something_frees_up(run: Shell) -> None:
    run.ready("idle")
    run("user", "add", "blocked", "--limit", "0/1d")
    run("user", "add", "partner-x", "--limit", "2/1h")
    run.submit("partner-x", "ada@example.org")
    run.clock.advance(60)
    run.submit("partner-x", "bob@example.org")

    rows = run("limit", "status").out.splitlines()

    assert [title.strip() for title in rows[0].split("  ") if title.strip()] == [
        *("user", "limit", "used", "left", "frees up")
    ]
    assert rows[1].split("  ")[-1] == "never: blocked"
    assert "100 / 1 minute (default)" in rows[2]
    assert "▁▁▁▁▁▁▁▁▁▁ 0" in rows[2]
    assert "▇▇▇▇▇▇▇▇▇▇ 2" in rows[3]
    assert rows[3].endswith("in 59 min")


def test_limit_status_keeps_handles_before_the_meter_on_a_narrow_screen(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("init")
    handles = ["partner-northern", "partner-southern"]
    for handle in handles:
        run("user", "add", handle)
    monkeypatch.setenv("COLUMNS", "57")

    lines = run("limit", "status", "-q").out.splitlines()

    assert [line.split()[0] for line in lines[1:]] == handles


def test_limit_status_of_one_user_of_nobody_and_of_a_stranger(run: Shell) -> None:
    run.ready("site-form", "newsletter")

    assert len(run("limit", "status", "newsletter", "--json").objects) == 1
    assert run("limit", "status", "nobody-here").code == 3


def test_limit_status_without_users_names_the_next_command(run: Shell) -> None:
    run.ready()

    assert "leadlog user add HANDLE" in run("limit", "status").err
    assert run("limit", "status", "-q") == (0, "", "")


def test_limit_set_takes_effect_and_says_what_is_left(run: Shell) -> None:
    run.ready("site-form")

    result = run("limit", "set", "site-form", "10/30s", "--reason", "agreed")

    assert result == (0, "site-form: 10/30s · 0 used, 10 left\n", "")
    assert run("limit", "status", "site-form", "--json").object["limit"] == 10


def test_limit_set_as_json_and_back_to_the_default(run: Shell) -> None:
    run.ready("site-form")

    own = run("limit", "set", "site-form", "10/30s", "--json")
    back = run("limit", "set", "site-form", "default", "--json")

    assert own.object == {"user": "site-form", "limit": "10/30s", "reason": None}
    assert back.object == {"user": "site-form", "limit": None, "reason": None}
    assert run("limit", "status", "site-form", "--json").object["limit"] == 100


def test_limit_set_default_is_for_everyone_without_a_limit_of_their_own(run: Shell) -> None:
    run.ready("site-form")

    result = run("limit", "set", "--default", "7/1m")

    assert result.out == "The default: 7/1m\n"
    assert run("limit", "status", "site-form", "--json").object["limit"] == 7


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["site-form"], 2, "The limit is missing."),
        (["site-form", "x/y"], 2, '"x/y" is not a rate limit.'),
        (["site-form", "5/1m", "--default"], 2, "--default sets no user's own limit."),
        (["nobody-here", "5/1m"], 3, 'There is no user "nobody-here".'),
        (["--default", "default"], 2, '"default" is not a rate limit.'),
    ],
)
def test_limit_set_refuses(run: Shell, arguments: list[str], code: int, message: str) -> None:
    run.ready("site-form")

    result = run("limit", "set", *arguments, "--json")

    assert result.code == code
    assert result.error["message"] == message
    assert result.error["hint"]


def test_limit_history_is_oldest_first(run: Shell) -> None:
    run.ready("site-form")
    run("limit", "set", "site-form", "5/1m", "--reason", "a partner asked")
    run("limit", "set", "site-form", "default")

    objects = run("limit", "history", "--json").objects
    table = run("limit", "history")

    assert [list(one) for one in objects] == 3 * [
        ["change", "created_at", "user", "limit", "reason"]
    ]
    assert [(one["user"], one["limit"]) for one in objects] == [
        (None, "100/1m"),
        ("site-form", "5/1m"),
        ("site-form", None),
    ]
    assert "a partner asked" in table.out
    assert "back to default" in table.out
    assert table.err == " times in UTC\n"


def test_limit_history_of_a_user_without_one_says_how_to_set_one(run: Shell) -> None:
    run.ready("site-form")

    result = run("limit", "history", "site-form")

    assert result.out == ""
    assert "leadlog limit set site-form" in result.err
    assert run("limit", "history", "site-form", "-q") == (0, "", "")
