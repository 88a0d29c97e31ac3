"""What a stored report says is rendered anew, and its inputs are held against the closed dates."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock

import leadlog
from leadlog import canonical, service, tables
from leadlog import closing as closing_
from leadlog.errors import LeadlogError
from leadlog.report_rows import ReportRow

DAY = "2026-03-11"
TEXT_1 = ("statements", 0, "text")
TEMPLATE_1 = ("statements", 0, "template")
FIGURE_1 = ("statements", 0, "figures", 0)


@pytest.fixture
def reported(log: leadlog.Leadlog, clock: FakeClock, database: Path) -> Path:
    """Two closed dates with attempts, and a report of the second, which has a baseline."""
    for name in ("ada", "bob"):
        log.submit(user="site-form", name="A", email=f"{name}@example.org", page="/p")
        log.submit(user="site-form", name="A", email="nobody")
        clock.advance(86_400)
        log.snapshot(leadlog_date(log))
    log.report(DAY)
    log.close()
    return database


def leadlog_date(log: leadlog.Leadlog) -> str:
    from leadlog.clock import parse_date

    return parse_date("yesterday", log.today())


def forge(
    path: Path, change: Callable[[dict[str, Any], dict[str, Any]], None], **more: Any
) -> None:
    """Append a second version, soundly chained, with other inputs or another analysis."""
    with closing(rows.connect(path)) as connection:
        columns = ", ".join(ReportRow._fields)
        query = f"SELECT {columns} FROM daily_analysis_reports WHERE id = 1"
        row = ReportRow._make(connection.execute(query).fetchone())
        inputs, analysis = json.loads(row.inputs), json.loads(row.analysis)
        change(inputs, analysis)
        forged = row._replace(
            version=2,
            inputs=canonical.dumps(inputs),
            snapshot_sha256=canonical.sha256(canonical.dumps(inputs["snapshot"])),
            analysis=canonical.dumps(analysis),
        )._replace(**more)
        rows.append(connection, tables.REPORTS, (rows.AT, *forged))


def nothing(inputs: Any, analysis: Any) -> None:
    del inputs, analysis


def told(path: Path, clock: FakeClock) -> list[str]:
    return [one.message for one in service.verify(path, clock=clock).problems]


def test_a_report_as_it_was_written_has_no_problem(reported: Path, clock: FakeClock) -> None:
    assert told(reported, clock) == []

    forge(reported, nothing)
    assert told(reported, clock) == []


def set_at(place: str, *path: str | int, value: Any) -> Callable[[Any, Any], None]:
    def change(inputs: Any, analysis: Any) -> None:
        node = inputs if place == "inputs" else analysis
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            set_at("inputs", "snapshot", "attempts", value=99),
            f"Report 2 was given other figures than those of {DAY}.",
        ),
        (
            set_at("inputs", "baseline", "attempts", "median", value=99),
            "Report 2 compares with other figures than those of its days.",
        ),
        (
            set_at("inputs", "baseline", "days", 0, "sha256", value="0" * 64),
            "Report 2 names another snapshot of 2026-03-10 than the one stored.",
        ),
        (
            set_at("inputs", "baseline", "days", 0, "date", value="2026-03-01"),
            "Report 2 names another snapshot of 2026-03-01 than the one stored.",
        ),
        (
            set_at("inputs", "baseline", value=None),
            "Report 2 has a baseline that can't be computed again.",
        ),
        (
            set_at("analysis", *TEXT_1, value="There were 4 attempts."),
            "In report 2 statement 1 says something else than its template and its figures.",
        ),
        (
            set_at("analysis", *TEMPLATE_1, value="There were 99."),
            (
                "In report 2 statement 1 can't be rendered again: "
                "a digit stands outside a placeholder."
            ),
        ),
        (
            set_at("analysis", *TEMPLATE_1, value="There were {{/snapshot/attempts}}."),
            "In report 2 statement 1 has 4 figures where its template names 1.",
        ),
        (
            set_at("analysis", *TEMPLATE_1, value="{{/snapshot/nothing}}"),
            (
                "In report 2 statement 1 can't be rendered again: "
                "nothing stands at /snapshot/nothing in the inputs."
            ),
        ),
        (
            set_at("analysis", *FIGURE_1, "value", value=99),
            "In report 2 statement 1 has another value than follows from /snapshot/attempts.",
        ),
        (
            set_at("analysis", *FIGURE_1, "text", value="99"),
            "In report 2 statement 1 has another text than follows from /snapshot/attempts.",
        ),
        (
            set_at("analysis", *FIGURE_1, "label", value="leads"),
            "In report 2 statement 1 has another label than follows from /snapshot/attempts.",
        ),
        (
            set_at("analysis", *FIGURE_1, "format", value="name"),
            "In report 2 statement 1 has another format than follows from /snapshot/attempts.",
        ),
        (
            set_at("analysis", *FIGURE_1, "pointer", value="/snapshot/leads"),
            "In report 2 statement 1 has another pointer than follows from /snapshot/attempts.",
        ),
        (
            set_at("analysis", "statements", 0, "n", value=2),
            "In report 2 the statements are not numbered one after the other.",
        ),
        (
            set_at("analysis", "statements", 0, "section", value="scope"),
            "In report 2 the statements are not in the order of their sections.",
        ),
        (
            set_at("analysis", "statements", 0, "severity", value="fatal"),
            "In report 2 a severity is none of the known ones.",
        ),
        (
            set_at("analysis", "confidence", "level", value="certain"),
            "In report 2 the level of confidence is none of the known ones.",
        ),
        (
            set_at("analysis", "confidence", "text", value="Half sure."),
            (
                "In report 2 the reason of the confidence says something else than "
                "its template and its figures."
            ),
        ),
        (
            set_at("analysis", "statements", value=[]),
            "In report 2 there is no summary.",
        ),
        (
            set_at("analysis", "renderer", value=99),
            "In report 2 figures are shown by rules of the number 99, which are unknown.",
        ),
        (
            set_at("analysis", "statements", value=7),
            "In report 2 what it says is not of the form that leadlog writes.",
        ),
    ],
)
def test_a_report_that_was_forged_is_named(
    reported: Path, clock: FakeClock, change: Callable[[Any, Any], None], problem: str
) -> None:
    forge(reported, change)

    assert problem in told(reported, clock)


def test_a_report_of_another_form_is_told_when_it_is_asked_for(
    reported: Path, clock: FakeClock
) -> None:
    forge(reported, set_at("analysis", "statements", value=7))

    with (
        leadlog.open(reported, clock=clock) as log,
        pytest.raises(LeadlogError) as caught,
    ):
        log.report(DAY)

    assert caught.value.kind == "unusable"
    assert caught.value.message == "Report 2 is not of the form that leadlog writes."


def test_inputs_that_are_not_canonical_are_named(reported: Path, clock: FakeClock) -> None:
    with closing(rows.connect(reported)) as connection:
        (text,) = connection.execute("SELECT inputs FROM daily_analysis_reports").fetchone()
    spaced = json.dumps(json.loads(text))

    forge(reported, nothing, inputs=spaced)

    assert told(reported, clock) == ["Report 2 holds inputs that are not canonical JSON."]


def test_one_date_may_be_verified_alone(reported: Path, clock: FakeClock) -> None:
    assert service.verify(reported, clock=clock, date=DAY).problems == ()


def test_a_provisional_report_stays_sound_when_its_date_grows_and_closes(
    log: leadlog.Leadlog, clock: FakeClock, database: Path
) -> None:
    log.submit(user="site-form", name="A", email="ada@example.org")
    log.report(log.today())
    log.submit(user="site-form", name="A", email="bob@example.org")
    clock.advance(86_400)
    log.report(leadlog_date(log))

    assert told(database, clock) == []


@pytest.fixture
def running(log: leadlog.Leadlog, clock: FakeClock, database: Path) -> Path:
    """A report of a date while it ran, after which it grew, was corrected and closed."""
    log.submit(user="site-form", name="A", email="ada@example.org", page="/p")
    log.submit(user="site-form", name="A", email="nobody")
    log.correct(1, "failure", reason="the CRM had no room", category="upstream")
    log.report(log.today())
    log.correct(1, "success", reason="it had")
    log.submit(user="site-form", name="A", email="bob@example.org", page="/p")
    clock.advance(86_400)
    log.snapshot(leadlog_date(log))
    log.close()
    return database


def test_the_figures_of_a_date_that_ran_are_computed_again(running: Path, clock: FakeClock) -> None:
    assert told(running, clock) == []


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("attempts",), 4711, "differ from a fresh computation in attempts"),
        (("peak_minute", "attempts"), 9, "differ from a fresh computation in peak_minute"),
        (("last_attempt",), 1, "differ from a fresh computation in "),
        (("timezone",), "Asia/Tokyo", "are of a snapshot that is that of another time zone"),
        (("ends_at",), "2026-03-12T23:00:00.000000Z", "are of a snapshot that has other bounds"),
        (("by_hour", 0, "hour"), "2026-03-10T00:30+00:00", "are of a snapshot that counts other"),
        (
            ("thresholds", "burst_attempts_per_minute"),
            7,
            "are of a snapshot that was computed with a threshold that was never set",
        ),
        (("date",), "2026-03-09", "are "),
        (("by_user",), None, "differ from a fresh computation in by_user"),
        (("starts_at",), None, "are of a snapshot that has other bounds"),
        (("date",), None, "can't be computed again from the log"),
    ],
)
def test_forged_figures_of_a_date_that_ran_are_named(
    running: Path, clock: FakeClock, path: tuple[str | int, ...], value: object, what: str
) -> None:
    forge(running, set_at("inputs", "snapshot", *path, value=value))

    assert any(
        one.startswith(f"The figures that report 2 was given {what}")
        for one in told(running, clock)
    )


def test_reports_of_the_same_figures_are_derived_again_once(
    log: leadlog.Leadlog, clock: FakeClock, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.submit(user="site-form", name="A", email="ada@example.org")
    for _ in range(3):
        log.report(log.today(), new=True)
    log.close()
    computed = []
    recompute = closing_.recompute_running

    def counted(*given: Any) -> str:
        computed.append(given)
        return recompute(*given)

    monkeypatch.setattr(closing_, "recompute_running", counted)

    assert told(database, clock) == []
    assert len(computed) == 1
