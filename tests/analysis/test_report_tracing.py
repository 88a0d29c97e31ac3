"""Every figure of a report leads to the attempts behind it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from fakes import FakeClock

import leadlog
from leadlog.analysis.engine import Reply
from leadlog.analysis.statements import Said, Withheld
from leadlog.errors import LeadlogError
from leadlog.report_tracing import FigureTrace

DAY = "2026-03-10"


class Saying:
    """An engine that says one sentence."""

    name = "model"
    model: str | None = None

    def __init__(self, template: str) -> None:
        self.said = (Said("executive_summary", template),)

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        del inputs
        return Reply(self.said, "low", "So.")

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        raise AssertionError(invalid)


@pytest.fixture(autouse=True)
def attempts(log: leadlog.Leadlog, clock: FakeClock) -> None:
    """Three days and 10 March, with a bit of everything, seen from the 11th."""
    log.set_limit("site-form", leadlog.Limit(4, 60))
    clock.set("2026-03-07T12:00:00Z")
    for back in range(4):
        for number in range(3 + back):
            log.submit(user="site-form", name="A", email=f"{back}-{number}@example.org", page="/p")
            clock.advance(1)
        log.submit(user="nobody", name="A", email="x@example.org", source="feed")
        log.record({"user": "site-form", "category": "upstream", "code": "crm", "duration_ms": 7})
        if back:
            log.snapshot(before(back))
            late = {"user": "site-form", "outcome": "success", "name": "L"}
            at = {"occurred_at": f"{before(back)}T10:00:00Z", "email": f"late{back}@example.org"}
            log.record({**late, **at})
            outcome, category = ("failure", "rejected") if back % 2 else ("success", None)
            log.correct(1, outcome, category=category, reason="r")
        clock.advance(86_400)


def before(back: int) -> str:
    return f"2026-03-{6 + back:02}"


def trace_of(log: leadlog.Leadlog, template: str) -> FigureTrace:
    made = log.report(DAY, Saying(template), new=True)
    (found,) = log.trace_report(made.id)
    return found


def test_every_figure_of_the_snapshot_leads_to_the_attempts_of_its_pointer(
    log: leadlog.Leadlog,
) -> None:
    made = log.report(DAY)

    found = log.trace_report(made.id)

    figures = [(one.n, each.pointer) for one in made.statements for each in one.figures]
    assert [(one.statement, one.trace.pointer) for one in found] == figures
    compared = 0
    for one in found:
        pointer = one.trace.pointer
        if one.figure.format in ("count", "percent") and pointer.startswith("/snapshot/"):
            alone = log.trace(DAY, pointer.removeprefix("/snapshot"))
            assert one.trace.attempts == alone.attempts
            assert (one.trace.rule, one.trace.value) == (alone.rule, alone.value)
            assert one.trace.sources == tuple(f"/snapshot{each}" for each in alone.sources)
            compared += 1
    assert compared >= 5


def test_every_number_of_a_snapshot_can_be_told_and_traced(log: leadlog.Leadlog) -> None:
    metrics = {
        k: v for k, v in log.snapshot(DAY).as_dict().items() if k not in ("sha256", "status")
    }
    skipped = ("thresholds", "metrics_version", "last_correction")
    ids = ("first_attempt", "last_attempt")  # which are told by nothing
    counted = [p for p in numbers("", metrics) if p.split("/")[-1] not in ids]
    pointers = [p for p in counted if p.split("/")[1] not in skipped]
    assert len(pointers) > 60

    for place in range(0, len(pointers), 15):
        template = " and ".join(
            f"{{{{/snapshot{pointer}}}}}" for pointer in pointers[place : place + 15]
        )
        made = log.report(DAY, Saying(template), new=True)
        for one in log.trace_report(made.id):
            alone = log.trace(DAY, one.trace.pointer.removeprefix("/snapshot"))
            assert one.trace.attempts == alone.attempts
            if one.trace.rule == "count":
                assert len(one.trace.attempts) == one.trace.value


def numbers(pointer: str, node: Any) -> list[str]:
    if isinstance(node, dict):
        return [
            found for key, value in node.items() for found in numbers(f"{pointer}/{key}", value)
        ]
    if isinstance(node, list):
        return [found for n, value in enumerate(node) for found in numbers(f"{pointer}/{n}", value)]
    return [pointer] if isinstance(node, int | float) else []


def test_a_share_leads_to_the_attempts_of_both_its_figures(log: leadlog.Leadlog) -> None:
    found = trace_of(log, "{{/snapshot/failures|ratio|/snapshot/attempts}}")

    assert found.trace.rule == "ratio"
    assert found.trace.sources == ("/snapshot/failures", "/snapshot/attempts")
    assert found.trace.attempts == log.trace(DAY, "/attempts").attempts


def test_a_difference_to_the_baseline_leads_to_the_attempts_of_the_day(
    log: leadlog.Leadlog,
) -> None:
    found = trace_of(log, "{{/snapshot/attempts|difference|/baseline/attempts/median}}")

    assert found.trace.attempts == log.trace(DAY, "/attempts").attempts


def test_a_figure_of_the_baseline_leads_to_its_days(log: leadlog.Leadlog) -> None:
    found = trace_of(log, "{{/baseline/attempts/median}}")

    assert (found.trace.rule, found.trace.attempts) == ("median_of_days", ())
    days = [before(back) for back in (3, 2, 1)]
    assert found.trace.sources == tuple(f"/snapshot of {day}" for day in days)


@pytest.mark.parametrize(
    ("pointer", "counted"),
    [
        ("/by_user/0/name|name", "/by_user/0/attempts"),
        ("/by_source/1/name|name", "/by_source/1/attempts"),
        ("/failures_by_code/0/code|name", "/failures_by_code/0/attempts"),
        ("/late/0/for_date|name", "/late/0/attempts"),
        ("/by_hour/12/hour|time", "/by_hour/12/attempts"),
        ("/peak_minute/starts_at|time", "/peak_minute/attempts"),
    ],
)
def test_a_name_leads_to_the_attempts_that_have_it(
    log: leadlog.Leadlog, pointer: str, counted: str
) -> None:
    found = trace_of(log, f"{{{{/snapshot{pointer}}}}}")

    assert found.trace.attempts
    assert found.trace.attempts == log.trace(DAY, counted).attempts


@pytest.mark.parametrize("pointer", ["date", "timezone", "thresholds/burst_attempts_per_minute"])
def test_what_no_attempt_made_leads_to_none(log: leadlog.Leadlog, pointer: str) -> None:
    assert trace_of(log, f"{{{{/snapshot/{pointer}}}}}").trace.attempts == ()


def test_one_statement_may_be_asked_for(log: leadlog.Leadlog) -> None:
    made = log.report(DAY)

    assert {one.statement for one in log.trace_report(made.id, 1)} == {1}
    assert len(log.trace_report(made.id, 1)) == len(made.statements[0].figures)


def test_a_report_of_a_running_day_leads_to_the_attempts_it_knew(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    today = log.today()
    known = log.submit(user="site-form", name="A", email="t@example.org")
    made = log.report(today)
    log.submit(user="site-form", name="A", email="u@example.org")
    clock.advance(86_400)
    log.snapshot(today)

    found = log.trace_report(made.id)

    assert {id_ for one in found for id_ in one.trace.attempts} == {known.attempt}


def test_a_statement_or_report_that_is_not_there_is_not_found(log: leadlog.Leadlog) -> None:
    made = log.report(DAY)
    count = len(made.statements)

    with pytest.raises(LeadlogError) as caught:
        log.trace_report(made.id, count + 1)
    assert (caught.value.kind, caught.value.exit_code) == ("not_found", 3)
    assert caught.value.hint == f"Report {made.id} has the statements 1 to {count}."
    with pytest.raises(LeadlogError) as caught:
        log.trace_report(99)
    assert caught.value.message == "There is no report 99."


def test_a_trace_has_the_keys_of_the_design(log: leadlog.Leadlog) -> None:
    found = trace_of(log, "{{/snapshot/attempts}}").as_dict()

    assert list(found) == ["statement", "pointer", "value", "rule", "from", "attempts"]
    assert json.loads(json.dumps(found)) == found
