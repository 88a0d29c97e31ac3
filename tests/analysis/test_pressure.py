"""Who was refused, when, and how full windows were follows from the log and is derived again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock
from saying import Saying

import leadlog
from leadlog import canonical, reporting, service, tables
from leadlog.analysis.pressure import MOST_USERS, LimitUse, limit_pressure
from leadlog.report_rows import ReportRow
from leadlog.report_tracing import trace_report
from leadlog.snapshot import Row
from leadlog.storage.reading import SqliteReader
from leadlog.tracing import Trace

DAY = "2026-03-10"
STARTS, ENDS = "2026-03-10T00:00:00.000000Z", "2026-03-11T00:00:00.000000Z"


def row(id_: int, user: int, minute: str, category: str | None = "rate_limited") -> Row:
    outcome = "success" if category is None else "failure"
    return Row(id_, user, None, None, outcome, outcome, category, category, minute, None, None, "h")


def pressure(rows_: list[Row], uses: list[LimitUse]) -> dict[str, Any]:
    handles = {number: f"user-{number}" for number in range(200)}
    return limit_pressure(rows_, uses, handles, STARTS, ENDS)


def test_refusals_are_counted_by_user_with_their_first_and_last_minute() -> None:
    made = pressure(
        [
            row(1, 2, "2026-03-10T08:05"),
            row(2, 2, "2026-03-10T08:01"),
            row(3, 2, "2026-03-10T08:05"),
            row(4, 3, "2026-03-10T09:00"),
            row(5, 2, "2026-03-10T07:00", None),
            row(6, 2, "2026-03-10T07:00", "duplicate"),
        ],
        [LimitUse(2, 4, 4, 60, 5)],
    )

    assert made == {
        "by_user": [
            {
                "name": "user-2",
                "refused": 3,
                "refused_minutes": 2,
                "first_refused_at": "2026-03-10T08:01:00.000000Z",
                "last_refused_at": "2026-03-10T08:05:00.000000Z",
                "used": 4,
                "most": 4,
                "window_seconds": 60,
                "fullest_attempt": 5,
            },
            {
                "name": "user-3",
                "refused": 1,
                "refused_minutes": 1,
                "first_refused_at": "2026-03-10T09:00:00.000000Z",
                "last_refused_at": "2026-03-10T09:00:00.000000Z",
                "used": None,
                "most": None,
                "window_seconds": None,
                "fullest_attempt": None,
            },
        ],
        "by_user_other": {"names": 0, "refused": 0},
    }


def test_a_refusal_that_arrived_late_has_no_time_on_this_day() -> None:
    made = pressure([row(1, 2, "2026-03-09T08:05"), row(2, 2, "2026-03-11T00:00")], [])

    (entry,) = made["by_user"]
    assert (entry["refused"], entry["refused_minutes"]) == (2, 0)
    assert entry["first_refused_at"] is entry["last_refused_at"] is None


def test_the_fullest_window_of_all_limits_of_the_day_counts() -> None:
    uses = [LimitUse(2, 9, 100, 60, 1), LimitUse(2, 8, 10, 60, 2), LimitUse(2, 7, 10, 60, 3)]

    (entry,) = pressure([], uses)["by_user"]

    assert (entry["used"], entry["most"], entry["fullest_attempt"]) == (8, 10, 2)


def test_a_blocked_user_is_as_full_as_can_be() -> None:
    uses = [LimitUse(2, 9, 10, 60, 1), LimitUse(3, 0, 0, 60, 2)]

    assert [entry["name"] for entry in pressure([], uses)["by_user"]] == ["user-3", "user-2"]


def test_of_many_users_those_with_most_refusals_and_the_fullest_are_listed() -> None:
    uses = [LimitUse(user, user, 1000, 60, user) for user in range(1, MOST_USERS + 2)]
    refused = [row(1, 5, "2026-03-10T08:00"), row(2, 7, "2026-03-10T08:00")]

    made = pressure([*refused, row(3, 7, "2026-03-10T08:00")], uses)

    names = [entry["name"] for entry in made["by_user"]]
    assert names[:4] == ["user-7", "user-5", f"user-{MOST_USERS + 1}", f"user-{MOST_USERS}"]
    assert made["by_user_other"] == {"names": 1, "refused": 0}


@pytest.fixture
def reported(log: leadlog.Leadlog, clock: FakeClock) -> leadlog.Leadlog:
    """A day on which one user is refused, another comes close, and a third is stated as refused."""
    for handle in ("batch", "mail"):
        log.add_user(handle)
    log.set_limit("batch", leadlog.Limit(2, 60))
    log.set_limit("mail", leadlog.Limit(5, 60))
    clock.set("2026-03-09T12:00:00Z")
    for number in range(5):
        log.submit(user="mail", name="A", email=f"before-{number}@example.org")
    clock.set(f"{DAY}T12:00:00Z")
    for number in range(4):
        for handle in ("batch", "mail"):
            log.submit(user=handle, name="A", email=f"{number}@example.org", page="/night")
        clock.advance(10)
    stated = {"user": "site-form", "category": "rate_limited", "outcome": "failure"}
    log.record({**stated, "occurred_at": f"{DAY}T11:00:00Z"})
    log.correct(log.record(stated).attempt, "failure", category="rejected", reason="r")
    clock.advance(86_400)
    log.report(DAY)
    return log


def inputs_of(log: leadlog.Leadlog) -> dict[str, Any]:
    return dict(json.loads(reporting.stored_report(log._store, 1).row.inputs))


def test_a_report_holds_the_pressure_of_its_day(reported: leadlog.Leadlog) -> None:
    entries = {entry["name"]: entry for entry in inputs_of(reported)["limits"]["by_user"]}

    assert [entries[name]["refused"] for name in ("batch", "mail", "site-form")] == [2, 0, 1]
    assert entries["batch"]["first_refused_at"] == f"{DAY}T12:00:00.000000Z"
    assert entries["site-form"]["first_refused_at"] == f"{DAY}T11:00:00.000000Z"
    assert (entries["mail"]["used"], entries["mail"]["most"]) == (4, 5)
    assert entries["site-form"]["used"] is None


def test_a_report_tells_who_was_refused_and_who_came_close(reported: leadlog.Leadlog) -> None:
    told = [one.text for one in reported.report(DAY).statements if one.section == "user_behaviour"]

    assert told == [
        (
            "3 attempts by 2 users were recorded as refused by a rate limit, "
            "most often on the page /night (2)."
        ),
        "2 of the refused attempts were by the user batch, at 12:00.",
        "1 of the refused attempts was by the user site-form, at 11:00.",
        "The user mail used 4 of the 5 attempts that its limit allows in 60 seconds.",
    ]


def behind(log: leadlog.Leadlog, template: str) -> Trace:
    made = log.report(DAY, Saying(template), new=True)
    (found,) = trace_report(log._store, made.id, 1)[0].figures
    return found.trace


@pytest.mark.parametrize(
    ("user", "figure", "rule", "attempts"),
    [
        ("batch", "refused", "count", (10, 12)),
        ("batch", "refused_minutes", "distinct", (10, 12)),
        ("batch", "first_refused_at", "peak", (10, 12)),
        ("batch", "used", "count", (6, 8)),
        ("batch", "most", "name", (8,)),
        ("batch", "window_seconds", "name", (8,)),
        ("batch", "name", "name", (10, 12)),
        ("mail", "used", "count", (7, 9, 11, 13)),
        ("mail", "most", "name", (13,)),
        ("mail", "refused", "count", ()),
        ("mail", "refused_minutes", "distinct", ()),
        ("mail", "name", "name", (13,)),
        ("site-form", "refused", "count", (14,)),
        ("site-form", "name", "name", (14,)),
    ],
)
def test_a_figure_of_the_limits_leads_to_its_attempts(
    reported: leadlog.Leadlog, user: str, figure: str, rule: str, attempts: tuple[int, ...]
) -> None:
    names = [entry["name"] for entry in inputs_of(reported)["limits"]["by_user"]]

    found = behind(reported, f"{{{{/limits/by_user/{names.index(user)}/{figure}}}}}")

    assert (found.rule, found.attempts) == (rule, attempts)


def test_a_late_refusal_is_not_behind_the_minutes_of_a_day(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    clock.set(f"{DAY}T12:00:00Z")
    log.snapshot("2026-03-09")
    stated = {"user": "site-form", "category": "rate_limited", "outcome": "failure"}
    log.record({**stated, "occurred_at": "2026-03-09T10:00:00Z"})
    log.record(stated)
    clock.advance(86_400)

    minutes = behind(log, "{{/limits/by_user/0/refused_minutes}}")

    assert (minutes.value, minutes.attempts) == (1, (2,))
    assert behind(log, "{{/limits/by_user/0/refused}}").attempts == (1, 2)


@pytest.mark.parametrize("most", [1, 3])
def test_as_many_attempts_as_a_window_held_are_behind_it(
    log: leadlog.Leadlog, clock: FakeClock, most: int
) -> None:
    log.set_limit("site-form", leadlog.Limit(3, 60))
    clock.set(f"{DAY}T12:00:00Z")
    log.submit(user="site-form", name="A", email="earlier@example.org")
    clock.advance(120)
    for number in range(6):
        log.submit(user="site-form", name="A", email=f"{number}@example.org")
        clock.advance(25)
        log.set_limit("site-form", leadlog.Limit(most, 60))
    clock.advance(86_400)

    found = behind(log, "{{/limits/by_user/0/used}}")

    assert found.attempts
    assert len(found.attempts) == found.value


@pytest.mark.parametrize(
    ("listed", "figure", "led_to"),
    [
        (1, "refused", (1, "count", (), (14,))),
        (1, "names", (2, "distinct", (), (13, 14))),
        (0, "names", (3, "distinct", (), (10, 12, 13, 14))),
    ],
)
def test_a_figure_of_the_users_that_are_not_listed_leads_to_their_attempts(
    reported: leadlog.Leadlog,
    monkeypatch: pytest.MonkeyPatch,
    listed: int,
    figure: str,
    led_to: tuple[Any, ...],
) -> None:
    monkeypatch.setattr("leadlog.analysis.pressure.MOST_USERS", listed)

    found = behind(reported, f"{{{{/limits/by_user_other/{figure}}}}}")

    assert found[1:] == led_to


def test_the_rows_of_a_day_are_read_once_for_all_figures(
    reported: leadlog.Leadlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    day_rows = SqliteReader.day_rows

    def counted(self: SqliteReader, day: str, *rest: int) -> Any:
        read.append(day)
        return day_rows(self, day, *rest)

    monkeypatch.setattr(SqliteReader, "day_rows", counted)

    traced = trace_report(reported._store, 1, None)

    assert sum(len(each.figures) for each in traced) > 5
    assert read.count(DAY) == 1


def test_every_figure_of_such_a_report_leads_somewhere(reported: leadlog.Leadlog) -> None:
    traced = [one for each in trace_report(reported._store, 1, None) for one in each.figures]

    of_limits = [one for one in traced if one.figure.pointer.startswith("/limits/")]
    assert of_limits
    assert all(one.trace.attempts for one in of_limits)


def test_one_refusal_is_called_one_in_a_footnote(reported: leadlog.Leadlog) -> None:
    from leadlog.cli import footnotes

    notes = [note for _, notes in footnotes.groups(reported.report(DAY)) for note in notes]

    said = [f"{figure.text} {what}" for _, figure, what in notes if "refusals" in figure.label]
    assert said == ["2 refusals of user batch", "1 refusal of user site-form"]


def told(path: Path, clock: FakeClock) -> list[str]:
    return [one.message for one in service.verify(path, clock=clock).problems]


def forge(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Append a second version, soundly chained, with other inputs."""
    with rows.connect(path) as connection:
        columns = ", ".join(ReportRow._fields)
        query = f"SELECT {columns} FROM daily_analysis_reports WHERE id = 1"
        stored = ReportRow._make(connection.execute(query).fetchone())
        inputs = json.loads(stored.inputs)
        change(inputs)
        forged = stored._replace(version=2, inputs=canonical.dumps(inputs))
        rows.append(connection, tables.REPORTS, (rows.AT, *forged))
    connection.close()


def one_more(inputs: dict[str, Any]) -> None:
    inputs["limits"]["by_user"][0]["refused"] += 1


def nothing_left(inputs: dict[str, Any]) -> None:
    del inputs["limits"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (one_more, "Report 2 was given other refusals or uses of the limit than the log has."),
        (nothing_left, "Report 2 has uses of the limit that can't be derived again."),
    ],
)
def test_a_pressure_that_the_log_does_not_have_is_found(
    reported: leadlog.Leadlog,
    database: Path,
    clock: FakeClock,
    change: Callable[[dict[str, Any]], None],
    problem: str,
) -> None:
    reported.close()
    assert told(database, clock) == []

    forge(database, change)

    assert problem in told(database, clock)
