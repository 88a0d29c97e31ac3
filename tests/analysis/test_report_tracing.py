"""Every figure of a report leads to the attempts behind it."""

import json
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

import pytest
from fakes import FakeClock
from saying import Saying

import leadlog
from leadlog import report_tracing, reporting
from leadlog.errors import LeadlogError
from leadlog.report_tracing import FigureTrace, _slim
from leadlog.snapshot import Row
from leadlog.storage.reading import SqliteReader

DAY = "2026-03-10"
DAYS_BEFORE = ["2026-03-09", "2026-03-08", "2026-03-07"]


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
    (found,) = log.trace_report(made.id, 1)[0].figures
    return found


def test_every_figure_of_the_snapshot_leads_to_the_attempts_of_its_pointer(
    log: leadlog.Leadlog,
) -> None:
    made = log.report(DAY)

    found = log.trace_report(made.id)

    figures = [(one.n, each.pointer) for one in made.statements for each in one.figures]
    figures += [(0, each.pointer) for each in made.reason_figures]
    traced = [(one.statement, each) for one in found for each in one.figures]
    assert [(number, one.trace.pointer) for number, one in traced] == figures
    compared = 0
    for _, one in traced:
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
        for one in log.trace_report(made.id, 1)[0].figures:
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


def test_a_difference_leads_to_the_attempts_of_the_day_and_of_those_before(
    log: leadlog.Leadlog,
) -> None:
    found = trace_of(log, "{{/snapshot/attempts|difference|/baseline/attempts/median}}")

    assert found.trace.rule == "difference"
    assert found.trace.sources == ("/snapshot/attempts", "/baseline/attempts/median")
    assert [day.date for day in found.days] == DAYS_BEFORE
    expected = [id_ for day in (DAY, *DAYS_BEFORE) for id_ in log.trace(day, "/attempts").attempts]
    assert found.trace.attempts == tuple(sorted(expected))


def test_a_median_leads_to_the_figure_of_each_day_and_its_attempts(log: leadlog.Leadlog) -> None:
    found = trace_of(log, "{{/baseline/success_rate/median}}")

    assert found.trace.rule == "median_of_days"
    assert found.trace.sources == tuple(f"/baseline/days/{place}" for place in range(3))
    assert [(day.date, day.pointer) for day in found.days] == [
        (day, "/success_rate") for day in DAYS_BEFORE
    ]
    expected = [id_ for day in DAYS_BEFORE for id_ in log.trace(day, "/success_rate").attempts]
    assert found.trace.attempts == tuple(sorted(expected))


def test_every_median_follows_from_the_figures_of_days_that_it_leads_to(
    log: leadlog.Leadlog,
) -> None:
    log.report(DAY)
    stored = reporting.stored_report(log._store, 1).row
    baseline = json.loads(stored.inputs)["baseline"]
    medians = [place for place in numbers("", baseline) if place.endswith("/median")]
    places = [place for place in medians if not place.startswith("/silent_hours")]
    assert len(places) > 25

    for place in range(0, len(places), 15):
        template = " and ".join(f"{{{{/baseline{one}}}}}" for one in places[place : place + 15])
        made = log.report(DAY, Saying(template), new=True)
        for one in log.trace_report(made.id, 1)[0].figures:
            assert len(one.days) == 3, one
            assert median(day.value for day in one.days) == pytest.approx(one.figure.value)
            ids: set[int] = set()
            for day in one.days:
                if day.pointer is None:
                    assert day.value == 0
                    continue
                alone = log.trace(day.date, day.pointer)
                assert alone.value == day.value
                ids.update(alone.attempts)
            assert one.trace.attempts == tuple(sorted(ids))


def test_an_entry_is_found_wherever_it_stands_in_each_day(log: leadlog.Leadlog) -> None:
    baseline = json.loads(service_inputs(log))["baseline"]
    names = [entry["name"] for entry in baseline["by_source"]]
    place = names.index("feed")

    found = trace_of(log, f"{{{{/baseline/by_source/{place}/failures/median}}}}")

    for day in found.days:
        assert day.pointer is not None
        entry = day.pointer.removesuffix("/failures")
        metrics = log.snapshot(day.date).metrics
        assert metrics["by_source"][int(entry.split("/")[-1])]["name"] == "feed"


def service_inputs(log: leadlog.Leadlog) -> str:
    return reporting.stored_report(log._store, log.report(DAY).id).row.inputs


@pytest.mark.parametrize(
    ("template", "rule"),
    [
        ("{{/baseline/days_with_attempts}}", "distinct"),
        ("{{/baseline/by_user/0/days_seen}}", "distinct"),
        ("{{/baseline/failures_by_code/0/last_seen|name}}", "name"),
        ("{{/baseline/by_user/0/name|name}}", "name"),
        ("{{/baseline/attempts/spread}}", "median_of_days"),
        ("{{/snapshot/timezone|name}}", "name"),
        ("{{/snapshot/by_user/0/name|name}}", "name"),
        ("{{/snapshot/thresholds/burst_attempts_per_minute}}", "name"),
        ("{{/snapshot/by_hour/12/hour|time}}", "name"),
        ("{{/snapshot/peak_minute/starts_at|time}}", "peak"),
        ("{{/snapshot/success_rate}}", "ratio"),
        ("{{/snapshot/users}}", "distinct"),
    ],
)
def test_a_rule_says_how_the_figure_follows(log: leadlog.Leadlog, template: str, rule: str) -> None:
    assert trace_of(log, template).trace.rule == rule


def test_the_day_something_was_last_seen_is_the_one_that_is_led_to(log: leadlog.Leadlog) -> None:
    codes = json.loads(service_inputs(log))["baseline"]["failures_by_code"]
    (place,) = [number for number, one in enumerate(codes) if one["code"] == "crm"]
    assert codes[place]["days_seen"] == 3

    found = trace_of(log, f"{{{{/baseline/failures_by_code/{place}/last_seen|name}}}}")

    assert [day.date for day in found.days] == [found.figure.value]


def test_a_day_without_attempts_counts_as_zero_but_has_no_rate(log: leadlog.Leadlog) -> None:
    empty = "2026-03-06"
    log.snapshot(empty)

    attempts, rate = (
        trace_of(log, f"{{{{/baseline/{what}/spread}}}}").days
        for what in ("attempts", "success_rate")
    )

    assert [day.date for day in rate] == DAYS_BEFORE
    assert attempts[-1] == (empty, "/attempts", 0)


def test_a_median_leads_to_the_days_of_the_dates_kind(log: leadlog.Leadlog) -> None:
    log.snapshot("2026-03-06")

    found = trace_of(log, "{{/baseline/attempts/median}}")

    assert [day.date for day in found.days] == ["2026-03-09", "2026-03-06"]


def test_a_median_of_the_weekday_leads_to_the_days_on_it(log: leadlog.Leadlog) -> None:
    saturday = trace_of_date(log, "2026-03-14", "{{/baseline/attempts/weekday_median}}")

    assert [day.date for day in saturday.days] == ["2026-03-07"]
    assert saturday.trace.sources == ("/baseline/days/6",)


def trace_of_date(log: leadlog.Leadlog, date: str, template: str) -> FigureTrace:
    log._clock.advance(86_400 * 4)  # type: ignore[attr-defined]
    for day in range(10, 14):
        log.snapshot(f"2026-03-{day}")
    made = log.report(date, Saying(template))
    return log.trace_report(made.id, 1)[0].figures[0]


def test_days_with_very_many_attempts_are_not_looked_through(
    log: leadlog.Leadlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = sum(len(log.trace(day, "/attempts").attempts) for day in DAYS_BEFORE)
    monkeypatch.setattr(report_tracing, "MOST_ATTEMPTS", count)
    assert trace_of(log, "{{/baseline/attempts/median}}").trace.attempts

    monkeypatch.setattr(report_tracing, "MOST_ATTEMPTS", count - 1)
    found = trace_of(log, "{{/baseline/attempts/median}}")

    assert found.trace.attempts == ()
    assert [(day.date, day.pointer) for day in found.days] == [
        (day, "/attempts") for day in DAYS_BEFORE
    ]


@pytest.mark.parametrize(("most", "times"), [(9, 1), (8, 4)])
def test_the_attempts_of_the_date_are_read_once_unless_there_are_very_many(
    log: leadlog.Leadlog, monkeypatch: pytest.MonkeyPatch, most: int, times: int
) -> None:
    monkeypatch.setattr(report_tracing, "MOST_KEPT", most)
    figures = ["attempts", "failures", "users", "leads"]
    sentence = " and ".join(f"{{{{/snapshot/{figure}}}}}" for figure in figures)
    made = log.report(DAY, Saying(sentence))
    read: list[str] = []
    batches = SqliteReader.day_rows

    def counted(reader: SqliteReader, day: str, *given: int) -> Iterator[Sequence[Any]]:
        read.append(day)
        return batches(reader, day, *given)

    monkeypatch.setattr(SqliteReader, "day_rows", counted)
    (found,) = log.trace_report(made.id, 1)

    assert [len(one.trace.attempts) for one in found.figures] == [9, 4, 9, 5]
    assert read == [DAY] * times


def test_attempts_that_are_kept_take_little_memory() -> None:
    texts: dict[str, str] = {}
    rows = [
        Row(
            id_,
            2,
            "".join(["fe", "ed"]),
            None,
            "success",
            "success",
            None,
            None,
            "",
            7,
            None,
            "h" * 64,
        )
        for id_ in (1, 2)
    ]

    one, other = (_slim(row, texts) for row in rows)

    assert one == rows[0]._replace(hash="")
    assert rows[0].source is not rows[1].source
    assert one.source is other.source


def test_the_reason_of_the_confidence_is_number_0(log: leadlog.Leadlog) -> None:
    made = log.report(DAY)

    (found,) = log.trace_report(made.id, 0)

    assert (found.statement, found.text) == (0, made.reason)
    (figure,) = found.figures
    assert figure.figure.pointer == "/baseline/days_with_attempts"
    assert [day.date for day in figure.days] == DAYS_BEFORE
    assert log.trace_report(made.id)[-1] == found


def test_a_statement_without_figures_is_there_with_none(log: leadlog.Leadlog) -> None:
    made = log.report(DAY, Saying("Nothing stood out."))

    assert [(one.text, one.figures) for one in log.trace_report(made.id, 1)] == [
        ("Nothing stood out.", ())
    ]


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
    (found,) = log.trace_report(made.id, 1)
    assert len(found.figures) == len(made.statements[0].figures)


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

    snapshot = [
        each for one in found for each in one.figures if each.figure.pointer.startswith("/snapshot")
    ]
    assert {id_ for one in snapshot for id_ in one.trace.attempts} == {known.attempt}


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
    made = log.report(DAY, Saying("Of {{/baseline/attempts/median}}."))

    (found,) = log.trace_report(made.id, 1)[0].as_dicts()

    assert list(found) == ["statement", "pointer", "value", "rule", "from", "attempts", "days"]
    assert [list(day) for day in found["days"]] == [["date", "pointer", "value"]] * 3
    assert json.loads(json.dumps(found)) == found
