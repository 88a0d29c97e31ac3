"""A stored report is rendered again, and its inputs are held against the closed dates."""

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
from leadlog.reporting import ReportRow

DAY = "2026-03-11"


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
            set_at("analysis", "said", 0, value=["executive_summary", "There were 99.", "info"]),
            "Report 2 can't be rendered again: a digit stands outside a placeholder.",
        ),
        (
            set_at("analysis", "said", 0, 1, value="{{/snapshot/nothing}}"),
            "Report 2 can't be rendered again: nothing stands at /snapshot/nothing in the inputs.",
        ),
        (
            set_at("analysis", "confidence", "reason", value="Half sure."),
            (
                "Report 2 can't be rendered again: "
                'the number word "half" stands outside a placeholder.'
            ),
        ),
        (
            set_at("analysis", "said", value=[]),
            "Report 2 can't be rendered again: it has no summary.",
        ),
        (
            set_at("analysis", "said", value=7),
            "Report 2 can't be rendered again: it is not of the form that leadlog writes.",
        ),
    ],
)
def test_a_report_that_was_forged_is_named(
    reported: Path, clock: FakeClock, change: Callable[[Any, Any], None], problem: str
) -> None:
    forge(reported, change)

    assert problem in told(reported, clock)


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
