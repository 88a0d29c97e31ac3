"""`snapshot`, `snapshots` and `trace`: the commands, what they print, and their exit codes."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock
from rich.cells import cell_len
from shell import Result, Shell

import leadlog
from leadlog import tables
from leadlog.cli import trace
from leadlog.closing import SnapshotRow
from leadlog.model import CATEGORIES
from leadlog.storage.reading import SqliteReader


def places(value: Any, pointer: str = "") -> Iterator[str]:
    """Yield a pointer to everything in a JSON value, groups and what is in them."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in inner:
        yield f"{pointer}/{key}"
        if isinstance(each, dict | list):
            yield from places(each, f"{pointer}/{key}")


TODAY = "2026-03-10"
YESTERDAY = "2026-03-09"
HOSTILE = "\x1b[31mred\x1b]0;title\x07 \u202eevil [/] [link=https://x]y[/link]"

# As section 6 of the design lists them.
KEYS = [
    *("date", "status", "timezone", "starts_at", "ends_at", "first_attempt"),
    *("last_attempt", "attempts", "successes", "failures", "success_rate", "leads"),
    *(
        "users",
        "failures_by_category",
        "failures_by_code",
        "by_source",
        "by_source_other",
        "by_page",
    ),
    *(
        "by_page_other",
        "by_user",
        "by_user_other",
        "duplicates_by_source",
        "rate_limited_by_page",
        "by_hour",
    ),
    *("outside", "peak_minute", "burst_minutes", "duration_ms", "late", "corrections"),
    *("thresholds", "metrics_version", "last_correction", "log_digest", "sha256"),
]
INNER_KEYS = {
    "failures_by_code": ["category", "code", "attempts", "users", "first_attempt", "last_attempt"],
    "by_source": ["name", "attempts", "successes", "failures", "success_rate"],
    "by_page": ["name", "attempts", "successes", "failures", "success_rate"],
    "by_user": ["name", "attempts", "successes", "failures", "success_rate"],
    "duplicates_by_source": ["name", "attempts"],
    "rate_limited_by_page": ["name", "attempts"],
    "by_hour": ["hour", "attempts", "successes", "failures"],
    "late": ["for_date", "attempts"],
    "corrections": ["for_date", "from", "to", "attempts"],
}


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A log with two users; it is noon of TODAY."""
    shell = Shell(database, clock, capsys)
    shell.ready("site-form", "partner")
    return shell


def stated(number: int, date: str = YESTERDAY, **more: Any) -> dict[str, Any]:
    person = {"user": "site-form", "name": "Ada", "email": f"a{number}@example.org"}
    return {**person, "outcome": "success", "occurred_at": f"{date}T09:14:00Z", **more}


def recorded(run: Shell, *records: dict[str, Any]) -> None:
    assert run("record", "--file", run.file("given.ndjson", *records), "-q").code in (0, 5)


@pytest.fixture
def busy(run: Shell) -> Shell:
    """YESTERDAY with four successes and four failures, not closed yet; TODAY has a failure."""
    failed = {"outcome": "failure", "category": "upstream", "code": "crm_500"}
    recorded(
        run,
        *[stated(n, page="/pricing", source="web", duration_ms=n) for n in range(3)],
        stated(3, user="partner", page="/contact", source="feed"),
        *[stated(n, page="/contact", source="feed", **failed) for n in (4, 5)],
        stated(6, outcome="failure", category="duplicate", source="web"),
        stated(7, outcome="failure", category="rate_limited", page="/pricing"),
        stated(8, user="nobody"),
    )
    return run


def closed_dates(run: Shell) -> list[str]:
    return [str(row[2]) for row in rows.content(run.database, tables.SNAPSHOTS)]


def test_yesterday_is_closed_unless_told_otherwise(busy: Shell) -> None:
    result = busy("snapshot")

    assert result.code == 0
    assert result.out.startswith(f"{YESTERDAY} · final · UTC · ")
    assert closed_dates(busy) == [YESTERDAY]


def test_a_sheet_shows_the_day_on_one_screen(busy: Shell) -> None:
    busy("snapshot", "--date", "2026-03-08", "-q")

    result = busy("snapshot", "--date", YESTERDAY)

    assert result.out.splitlines() == [
        "2026-03-09 · final · UTC · 8 attempts, no. 1 to 8",
        "",
        f" leads     4  {'█' * 25}{'▒' * 25}  failures 4",
        " success   50.0 %",
        " by hour   ▁▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁▁   busiest minute 09:14 with 8",
        "",
        " failures          sources          pages",
        " crm_500        2  web  4  75 % ok  /pricing 4  75 % ok",
        " duplicate_lead 1  feed 3  33 % ok  /contact 3  33 % ok",
        " limit_exceeded 1  cli  1   0 % ok  (none)   1   0 % ok",
        "",
    ]


def test_a_sheet_compares_with_the_days_before(busy: Shell) -> None:
    recorded(busy, stated(9, "2026-03-08"))
    busy("snapshot", "--date", "2026-03-08", "-q")

    result = busy("snapshot")

    assert "median of the closed days before 100.0 %" in result.out


def test_a_sheet_says_how_to_go_on(busy: Shell) -> None:
    result = busy("snapshot")

    hint = f" every figure: leadlog trace {YESTERDAY} /failures_by_category/upstream"
    assert result.err.splitlines() == [hint]
    assert busy("trace", YESTERDAY, "/failures_by_category/upstream").code == 0


def test_the_same_date_is_shown_again(busy: Shell) -> None:
    first = busy("snapshot", "--json")
    kept = rows.content(busy.database, tables.SNAPSHOTS)

    again = busy("snapshot", "--json")

    assert again == first
    assert rows.content(busy.database, tables.SNAPSHOTS) == kept


def test_a_running_date_is_provisional_and_not_stored(run: Shell) -> None:
    run.submit("site-form", "ada@example.org")

    result = run("snapshot", "--date", "today")

    assert result.code == 0
    assert result.out.startswith(f"{TODAY} · provisional · UTC · 1 attempt, no. 1\n")
    assert closed_dates(run) == []


def test_an_empty_day_has_a_line_of_its_own(run: Shell) -> None:
    result = run("snapshot")

    assert result == Result(0, f"{YESTERDAY} · final · UTC · no attempts\n", "")
    assert closed_dates(run) == [YESTERDAY]


def test_an_empty_day_still_says_what_came_late_for_it(run: Shell) -> None:
    run("snapshot")
    recorded(run, stated(1), stated(2))

    result = run("snapshot")

    assert result.out.splitlines()[1:] == [
        f" 2 attempts arrived late for this date and count for {TODAY}"
    ]


def test_a_day_names_what_it_holds_of_others(busy: Shell) -> None:
    busy("snapshot")
    recorded(busy, stated(9))
    busy("correct", "1", "--outcome", "failure", "--reason", "spam")

    result = busy("snapshot", "--date", "today")

    assert result.out.splitlines()[-2:] == [
        f" 1 attempt of this date came late for {YESTERDAY}",
        f" 1 attempt of {YESTERDAY} corrected on this date: success → rejected",
    ]


def test_quiet_closes_and_says_nothing(busy: Shell) -> None:
    assert busy("snapshot", "-q") == Result(0, "", "")
    assert closed_dates(busy) == [YESTERDAY]


def test_a_range_is_closed_with_a_line_a_date(busy: Shell) -> None:
    busy("snapshot", "-q")
    kept = rows.content(busy.database, tables.SNAPSHOTS)

    result = busy("snapshot", "--from", "2026-03-07", "--to", "today")

    assert (result.code, result.err) == (0, "")
    assert [line.split()[:3] for line in result.out.splitlines()] == [
        ["2026-03-07", "final", "0"],
        ["2026-03-08", "final", "0"],
        ["2026-03-09", "final", "8"],
        ["2026-03-10", "provisional", "1"],
    ]
    assert closed_dates(busy) == [YESTERDAY, "2026-03-07", "2026-03-08"]
    assert rows.content(busy.database, tables.SNAPSHOTS)[0] == kept[0]


def test_a_range_in_json_is_an_object_a_line(run: Shell) -> None:
    result = run("snapshot", "--from", "2026-03-07", "--to", "2026-03-09", "--json")

    assert [each["date"] for each in result.objects] == ["2026-03-07", "2026-03-08", "2026-03-09"]
    assert {each["status"] for each in result.objects} == {"final"}


def test_lines_wait_until_the_progress_bar_is_gone(
    run: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []
    printed_under_it: list[str] = []

    @contextmanager
    def bar(_doing: str, _total: int, _noun: str) -> Iterator[Callable[[int], None]]:
        yield moved.append
        printed_under_it.append(capsys.readouterr().out)

    monkeypatch.setattr("leadlog.cli.progress.bar", bar)
    monkeypatch.setattr("leadlog.cli.meter.is_seen", lambda: True)

    result = run("snapshot", "--from", "2026-03-08", "--to", YESTERDAY)

    assert (moved, printed_under_it) == ([1, 1], [""])
    assert [line.split()[0] for line in result.out.splitlines()] == ["2026-03-08", YESTERDAY]


def test_a_range_of_one_date_shows_its_sheet(busy: Shell) -> None:
    result = busy("snapshot", "--from", YESTERDAY, "--to", "yesterday")

    assert " by hour " in result.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--date", "2026-03-11"], "The date 2026-03-11 lies in the future."),
        (["--from", TODAY, "--to", "2026-03-11"], "The date 2026-03-11 lies in the future."),
        (
            ["--from", "2026-03-08", "--to", "2026-03-07"],
            "The range ends on 2026-03-07, before it begins on 2026-03-08.",
        ),
        (["--from", "2026-03-08"], "--from and --to belong together."),
        (["--to", "2026-03-08"], "--from and --to belong together."),
        (
            ["--date", TODAY, "--from", "2026-03-08", "--to", "2026-03-09"],
            "--date can't be used with --from or --to.",
        ),
        (["--date", "2026-02-30"], "The calendar has no 2026-02-30."),
        (["--date", "soon"], '"soon" is not a date.'),
        (["--date", "0001-01-01"], "Nothing can have been recorded for 0001-01-01."),
    ],
)
def test_dates_that_make_no_sense_close_nothing(
    run: Shell, options: list[str], message: str
) -> None:
    result = run("snapshot", *options, "--json")

    assert (result.code, result.out) == (2, "")
    assert (result.error["kind"], result.error["message"]) == ("usage", message)
    assert result.error["hint"]
    assert closed_dates(run) == []


def test_the_keys_stand_in_the_order_of_the_design(busy: Shell) -> None:
    busy("snapshot", "--date", "2026-03-08")
    recorded(busy, stated(20, "2026-03-08"))
    busy("correct", "2", "--outcome", "failure", "--reason", "spam")

    for date in (YESTERDAY, TODAY):
        shown = busy("snapshot", "--date", date, "--json").object

        assert list(shown) == KEYS
        assert list(shown["failures_by_category"]) == list(CATEGORIES)
        for key, inner in INNER_KEYS.items():
            assert {tuple(entry) for entry in shown[key]} <= {tuple(inner)}, key
        other = ["names", "attempts", "successes", "failures"]
        assert list(shown["by_source_other"]) == other
        assert list(shown["duration_ms"]) == ["count", "p50", "p95", "p99", "max"]


def test_two_processes_at_once_close_a_date_once(busy: Shell) -> None:
    command = [sys.executable, "-m", "leadlog", "snapshot", "--db", str(busy.database)]
    command += ["--date", YESTERDAY, "--json"]

    started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(4)]
    printed = {process.communicate(timeout=60)[0] for process in started}

    assert {process.returncode for process in started} == {0}
    assert [json.loads(each)["status"] for each in printed] == ["final"]
    assert closed_dates(busy) == [YESTERDAY]
    assert rows.unsound(busy.database) == []


def test_without_a_database_there_is_nothing_to_close(
    database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Shell(database, clock, capsys)("snapshot").code == 3
    assert not database.exists()


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_sheet_is_never_wider_than_the_screen_and_nothing_in_it_acts(
    run: Shell, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    failed = {"outcome": "failure", "category": "upstream"}
    recorded(
        run,
        stated(1, source=HOSTILE, page=f"/{HOSTILE}"),
        stated(2, source="s" * 200, page="/" + "p" * 200),
        stated(3, source="源" * 60, page="/頁" * 60),
        stated(4, code="c" * 64, **failed),
    )

    result = run("snapshot")

    assert result.code == 0
    assert max(cell_len(line) for line in result.out.splitlines()) <= columns
    printed = result.out.replace("\n", "")
    assert not [sign for sign in printed if not sign.isprintable()]


def test_a_sheet_says_how_many_names_it_leaves_out(run: Shell) -> None:
    with leadlog.open(run.database, clock=run.clock) as log:
        for number in range(104):
            log.record(stated(number, page=f"/{number:03}"))

    result = run("snapshot")

    assert "and 100 more" in result.out


def test_large_figures_fit_on_a_line(run: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from leadlog import closing
    from leadlog.cli import day_sheet
    from leadlog.clock import Zone

    run.submit("site-form", "ada@example.org")
    with leadlog.open(run.database, clock=run.clock) as log:
        snapshot = log.snapshot(TODAY)
    metrics = snapshot.metrics
    metrics |= {"attempts": 10**9, "leads": 10**9 // 2, "successes": 10**9 // 2}
    metrics |= {"failures": 10**9 // 2, "first_attempt": 10**9, "last_attempt": 2 * 10**9}
    printed: list[str] = []
    monkeypatch.setattr("leadlog.cli.output.result", printed.append)

    day_sheet.print_sheet(closing.Snapshot(TODAY, True, metrics, ""), 0.5, Zone("UTC"))

    assert max(map(cell_len, printed)) <= 80


def test_before_any_date_is_closed_the_list_says_how_to(run: Shell) -> None:
    result = run("snapshots")

    assert result == Result(
        0, "", "No date is closed yet.\nClose yesterday with: leadlog snapshot\n"
    )
    assert run("snapshots", "--json") == Result(0, "", "")


def test_closed_dates_are_listed_newest_first(busy: Shell) -> None:
    busy("snapshot", "--from", "2026-03-08", "--to", YESTERDAY, "-q")

    lines = busy("snapshots").out.splitlines()

    sha256 = [str(row[9])[:12] for row in rows.content(busy.database, tables.SNAPSHOTS)]
    assert [line.split() for line in lines[1:]] == [
        [YESTERDAY, "8", "4", "4", "50.0", "%", "crm_500", sha256[1]],
        ["2026-03-08", "0", "0", "0", "–", sha256[0]],
    ]


def test_closed_dates_in_json_come_oldest_first(busy: Shell) -> None:
    busy("snapshot", "--from", "2026-03-08", "--to", YESTERDAY, "-q")

    result = busy("snapshots", "--json")

    assert [each["date"] for each in result.objects] == ["2026-03-08", YESTERDAY]
    shown = busy("snapshot", "--json").object
    assert result.objects[1] == {key: shown[key] for key in result.objects[1]}


def test_a_limit_shortens_the_list(run: Shell) -> None:
    run("snapshot", "--from", "2026-03-05", "--to", YESTERDAY, "-q")

    shown = run("snapshots", "--limit", "2")
    as_json = run("snapshots", "--limit", "2", "--json")

    assert [line.split()[0] for line in shown.out.splitlines()[1:]] == [YESTERDAY, "2026-03-08"]
    assert shown.err.startswith(" more: --limit 8, or --since DATE · one date: ")
    assert [each["date"] for each in as_json.objects] == ["2026-03-05", "2026-03-06"]


def test_a_list_that_is_whole_names_no_more(run: Shell) -> None:
    run("snapshot", "--from", "2026-03-08", "--to", YESTERDAY, "-q")

    shown = run("snapshots", "--limit", "2")

    assert shown.err == " one date: leadlog snapshot --date DATE\n"


@pytest.mark.parametrize("options", [[], ["--json"]], ids=str)
def test_closed_dates_that_are_not_shown_are_not_read(
    run: Shell, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("snapshot", "--from", "2026-02-01", "--to", YESTERDAY, "-q")
    read: list[str] = []
    one = SqliteReader.snapshot_row

    def counted(reader: SqliteReader, day: str) -> SnapshotRow | None:
        read.append(day)
        return one(reader, day)

    monkeypatch.setattr(SqliteReader, "snapshot_row", counted)
    run("snapshots", "--limit", "2", *options)

    # The table asks for one more, to know whether there are any.
    assert len(read) == (2 if options else 3)


def test_a_limit_may_be_as_large_as_one_likes(run: Shell) -> None:
    run("snapshot", "-q")

    for limit in (2**63 - 1, 2**63):
        assert len(run("snapshots", "--limit", str(limit)).out.splitlines()) == 2
        assert len(run("snapshots", "--limit", str(limit), "--json").objects) == 1


@pytest.mark.parametrize("limit", ["0", "-1"])
def test_a_limit_of_nothing_is_wrong(run: Shell, limit: str) -> None:
    assert run("snapshots", "--limit", limit).code == 2


def test_a_range_narrows_the_list(run: Shell) -> None:
    run("snapshot", "--from", "2026-03-05", "--to", YESTERDAY, "-q")

    result = run("snapshots", "--since", "2026-03-06", "--until", "2026-03-07", "--json")

    assert [each["date"] for each in result.objects] == ["2026-03-06", "2026-03-07"]


def test_a_figure_is_traced_to_its_attempts(busy: Shell) -> None:
    busy("snapshot")

    result = busy("trace", YESTERDAY, "/failures_by_category/upstream")

    assert result.code == 0
    assert result.out.splitlines() == [
        "/failures_by_category/upstream = 2 · counted: so many attempts",
        "  attempts  5, 6",
    ]
    assert result.err == " 2 attempts · one of them: leadlog show ID · all of them: --json\n"


def test_a_trace_in_json_has_the_keys_of_the_design(busy: Shell) -> None:
    busy("snapshot")

    result = busy("trace", YESTERDAY, "/by_source/0/success_rate", "--json")

    assert list(result.object) == ["pointer", "value", "rule", "from", "attempts"]
    assert result.object == {
        "pointer": "/by_source/0/success_rate",
        "value": 0.75,
        "rule": "ratio",
        "from": ["/by_source/0/successes", "/by_source/0/attempts"],
        "attempts": [1, 2, 3, 7],
    }


def test_a_derived_figure_says_what_it_is_derived_from(busy: Shell) -> None:
    busy("snapshot")

    result = busy("trace", YESTERDAY, "/success_rate", "-q")

    assert result.out.splitlines()[1] == "  from      /successes, /attempts"
    assert result.err == ""


def test_a_figure_of_nothing_rests_on_none(run: Shell) -> None:
    run("snapshot")

    result = run("trace", YESTERDAY, "/success_rate", "-q")

    assert result.out.splitlines()[0].startswith("/success_rate = none · ")
    assert result.out.splitlines()[-1] == "  attempts  none"


def test_many_attempts_are_cut_short_for_people(
    run: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(run, *[stated(n) for n in range(250)])
    run("snapshot")
    whole = run("trace", YESTERDAY, "/attempts")
    monkeypatch.setattr(trace, "_SHOWN_IDS", 200)

    result = run("trace", YESTERDAY, "/attempts")

    assert whole.out.endswith("  attempts  1-250\n")
    assert result.out.endswith("  attempts  1-200 and 50 more\n")
    assert len(run("trace", YESTERDAY, "/attempts", "--json").object["attempts"]) == 250


@pytest.mark.parametrize(
    ("pointer", "message"),
    [
        ("/nothing", "The snapshot has nothing at /nothing."),
        ("attempts", '"attempts" is not a pointer.'),
        ("/by_hour/24/attempts", "The snapshot has nothing at /by_hour/24/attempts."),
        (
            "/timezone",
            "/timezone is the time zone whose day this is, no figure counted from attempts.",
        ),
        ("/by_hour", "/by_hour is a group of figures, not one."),
        ("/late", "/late is empty: none of the date's attempts belongs there."),
    ],
)
def test_a_pointer_to_no_figure_is_wrong_usage(run: Shell, pointer: str, message: str) -> None:
    run("snapshot")

    result = run("trace", YESTERDAY, pointer, "--json")

    assert (result.code, result.error["message"]) == (2, message)


@pytest.mark.parametrize(
    ("pointer", "what", "next_step"),
    [
        ("/status", "whether the date is closed for good", f"snapshot --date {YESTERDAY} --json"),
        ("/sha256", "a hash over the whole snapshot", f"verify --date {YESTERDAY}"),
        (
            "/log_digest",
            "a hash over the rows of the date's attempts",
            f"verify --date {YESTERDAY}",
        ),
        ("/by_source/0/name", "a name", f"trace {YESTERDAY} /by_source/0/attempts"),
    ],
)
def test_a_key_that_is_no_figure_is_named_as_what_it_is(
    busy: Shell, pointer: str, what: str, next_step: str
) -> None:
    busy("snapshot")

    result = busy("trace", YESTERDAY, pointer)

    said = f"{pointer} is {what}, no figure counted from attempts."
    assert (result.code, result.err.splitlines()[0]) == (2, said)
    assert result.err.endswith(f": leadlog {next_step}\n")


def test_every_place_of_a_snapshot_is_traced_or_leads_on_to_what_is(busy: Shell) -> None:
    shown = busy("snapshot", "--json").object
    answered = Counter[int]()

    for pointer in places(shown):
        result = busy("trace", YESTERDAY, pointer, "--json")
        answered[result.code] += 1
        if result.code != 0:
            assert "has nothing at" not in result.error["message"], pointer
            _, _, next_step = result.error["hint"].partition(": leadlog ")
            assert busy(*next_step.split()).code == 0, pointer

    assert answered.keys() == {0, 2}


def test_a_date_that_was_never_closed_can_not_be_traced(busy: Shell) -> None:
    result = busy("trace", YESTERDAY, "/attempts", "--json")

    assert result.code == 3
    assert result.error["hint"] == f"Close it with: leadlog snapshot --date {YESTERDAY}"


def test_a_running_date_is_traced_as_it_stands(run: Shell) -> None:
    run.submit("site-form", "ada@example.org")
    run.submit("site-form", "ada@example.org")

    result = run("trace", "today", "/failures_by_category/duplicate", "--json")

    assert result.object["attempts"] == [2]
    assert closed_dates(run) == []


def test_a_hostile_pointer_does_nothing_to_the_terminal(run: Shell) -> None:
    run("snapshot")

    result = run("trace", YESTERDAY, f"/{HOSTILE}")

    assert result.code == 2
    assert "\x1b" not in result.err
