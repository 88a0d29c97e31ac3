"""A report is written once for each state of a date's figures, and every try is recorded."""

import json
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock

import leadlog
from leadlog import rendering, reporting, service
from leadlog.analysis import inputs, templates, words
from leadlog.analysis.analyst import Analyst
from leadlog.analysis.engine import FAILURES, EngineFailure, Reply
from leadlog.analysis.statements import Said, Withheld
from leadlog.cli import report_text
from leadlog.clock import parse_date
from leadlog.errors import LeadlogError
from leadlog.rendering import Fallback
from leadlog.report_rows import ReportRow

DAY = "2026-03-10"
TRUE = Said("executive_summary", "There were {{/snapshot/attempts}} attempts.")
INVENTED = Said("anomalies", "There were 99 attempts.")
MENDED = Said("anomalies", "There were {{/snapshot/failures}} failures.")


class Model:
    """An engine that says what a test wants, and remembers what it was told."""

    name = "model"
    model: str | None = "openai/tiny"

    def __init__(
        self, *said: Said, mended: Sequence[Said] | EngineFailure | None = None, reason: str = "So."
    ) -> None:
        self.reply = Reply(said, "high", reason, "prompt", "raw", {"seed": 1}, 10, "0.10")
        self.mended = mended
        self.calls = 0
        self.told: list[tuple[Said, Withheld]] = []
        self.before: Callable[[], object] = lambda: None

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        del inputs
        self.calls += 1
        self.before()
        return self.reply

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        self.told += invalid
        if isinstance(self.mended, EngineFailure):
            raise self.mended
        if self.mended is None:
            return None
        return Reply(tuple(self.mended), "low", "?", "again", "raw again", {}, 5, "0.05")


class Failing(Model):
    """An engine that raises."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        super().write(inputs)
        raise self.error


@pytest.fixture(autouse=True)
def attempts(log: leadlog.Leadlog, clock: FakeClock) -> None:
    """Three attempts on 10 March, seen from the 11th."""
    for email in ("ada@example.org", "bob@example.org", "nobody"):
        log.submit(user="site-form", name="A", email=email, page="/p")
    clock.advance(86_400)


def steps(log: leadlog.Leadlog) -> list[tuple[str, str, str | None, str]]:
    return [(one.row.run_id, one.row.engine, one.row.model, one.row.event) for one in log.runs()]


def details(log: leadlog.Leadlog) -> list[dict[str, Any]]:
    return [json.loads(one.row.detail or "{}") for one in log.runs()]


def error(work: Callable[[], object]) -> LeadlogError:
    with pytest.raises(LeadlogError) as caught:
        work()
    return caught.value


def test_a_try_is_a_row_when_it_starts_and_one_when_it_succeeded(
    log: leadlog.Leadlog, clock: FakeClock, database: Path
) -> None:
    model = Model(TRUE)
    model.before = lambda: clock.sleep(1.5)

    made = log.report(DAY, model, timeout_seconds=120)

    assert steps(log) == [
        ("1", "model", "openai/tiny", "started"),
        ("1", "model", "openai/tiny", "succeeded"),
    ]
    assert details(log) == [
        {"deadline": "2026-03-11T12:02:30.000000Z"},
        {"report": 1, "duration_ms": 1500, "tokens": 10, "cost": "0.10"},
    ]
    assert (made.id, made.version, made.engine, made.model) == (1, 1, "model", "openai/tiny")
    assert rows.unsound(database) == []


def test_what_the_engine_sent_and_got_is_stored_with_the_inputs(log: leadlog.Leadlog) -> None:
    log.report(DAY, Model(TRUE))

    row = service_row(log)
    assert (row.prompt, row.reply, row.parameters) == ("prompt", "raw", '{"seed":1}')
    assert (row.tokens, row.cost, row.provisional) == (10, "0.10", 0)
    assert json.loads(row.inputs)["snapshot"]["attempts"] == 3
    assert row.snapshot_sha256 == log.snapshot(DAY).sha256


def service_row(log: leadlog.Leadlog, report_id: int = 1) -> ReportRow:
    return reporting.stored_report(log._store, report_id).row


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failed_try_is_recorded_with_its_kind_and_stores_no_report(
    log: leadlog.Leadlog, database: Path, kind: str
) -> None:
    problem = error(lambda: log.report(DAY, Failing(EngineFailure(kind))))

    assert (problem.kind, problem.exit_code) == ("engine", 7)
    assert problem.message == f"No report was written: {FAILURES[kind]}."
    assert "leadlog runs" in (problem.hint or "")
    assert [step[3] for step in steps(log)] == ["started", "failed"]
    assert details(log)[1] == {"kind": kind, "duration_ms": 0}
    assert list(log.reports()) == []
    assert rows.unsound(database) == []


def test_the_hint_of_a_failure_is_passed_on(log: leadlog.Leadlog) -> None:
    problem = error(lambda: log.report(DAY, Failing(EngineFailure("no_key", "Set A_KEY."))))

    assert problem.hint == "Set A_KEY."


def test_the_analyst_stands_in_and_both_tries_are_recorded(
    log: leadlog.Leadlog, database: Path
) -> None:
    made = log.report(DAY, Failing(EngineFailure("timed_out")), fallback=True)

    assert steps(log) == [
        ("1", "model", "openai/tiny", "started"),
        ("1", "model", "openai/tiny", "failed"),
        ("3", "built-in", None, "started"),
        ("3", "built-in", None, "succeeded"),
    ]
    assert details(log)[2]["fallback_for"] == "timed_out"
    assert (made.engine, made.model) == ("built-in", None)
    assert made.fallback == Fallback("openai/tiny", "timed_out")
    assert made.as_dict()["fallback"] == {"model": "openai/tiny", "kind": "timed_out"}
    assert list(log.reports()) == [made]
    assert "because openai/tiny did not answer in time" in report_text.title(made)
    assert rows.unsound(database) == []


def test_a_failed_try_records_what_it_used_up(log: leadlog.Leadlog, clock: FakeClock) -> None:
    spent = {"retries": [{"after": "rate_limited", "waited_seconds": 1}], "tokens": 7, "cost": "1"}
    model = Failing(EngineFailure("timed_out", spent=spent))
    model.before = lambda: clock.sleep(2)

    error(lambda: log.report(DAY, model))

    assert details(log)[1] == {"kind": "timed_out", "duration_ms": 2000, **spent}


def test_a_try_whose_mending_left_no_summary_records_both_costs(log: leadlog.Leadlog) -> None:
    error(lambda: log.report(DAY, Model(INVENTED, mended=[INVENTED])))

    assert details(log)[1] == {
        "kind": "ungrounded",
        "duration_ms": 0,
        "tokens": 15,
        "cost": "0.15",
    }


def test_what_a_failed_mending_cost_is_kept_with_the_report(log: leadlog.Leadlog) -> None:
    spent = {"retries": [{"after": "unreachable", "waited_seconds": 0.5}], "tokens": 4}

    log.report(DAY, Model(TRUE, INVENTED, mended=EngineFailure("timed_out", spent=spent)))

    row = service_row(log)
    assert json.loads(row.parameters or "") == {
        "seed": 1,
        "mending": {"kind": "timed_out", "retries": spent["retries"]},
    }
    assert (row.tokens, row.cost) == (14, "0.10")


@pytest.mark.parametrize("tokens", [10**30, 2**63, 2**53, -1])
def test_a_count_of_tokens_that_nobody_can_mean_is_left_out(
    log: leadlog.Leadlog, tokens: int
) -> None:
    model = Model(TRUE)
    model.reply = model.reply._replace(tokens=tokens)

    log.report(DAY, model)
    error(
        lambda: log.report(
            DAY, Failing(EngineFailure("timed_out", spent={"tokens": tokens})), new=True
        )
    )

    assert service_row(log).tokens is None
    assert details(log)[1]["tokens"] is None
    assert "tokens" not in details(log)[3]


class Busy:
    """A store's way to write that is busy for some of the calls."""

    def __init__(self, log: leadlog.Leadlog, *busy: int) -> None:
        self.calls = 0
        self.busy = busy
        self.write = log._store.write

    def __call__(self, work: Any, *args: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls in self.busy:
            raise LeadlogError("busy", "The database is busy.")
        return self.write(work, *args, **named)


def test_a_reply_is_not_lost_to_a_store_that_is_busy_once(
    log: leadlog.Leadlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.snapshot(DAY)
    monkeypatch.setattr(log._store, "write", Busy(log, 2))

    made = log.report(DAY, Model(TRUE))

    assert made.id == 1


def test_a_try_that_can_not_be_stored_is_abandoned_and_the_next_one_is_free(
    log: leadlog.Leadlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.snapshot(DAY)
    with monkeypatch.context() as patch:
        patch.setattr(log._store, "write", Busy(log, 2, 3))
        problem = error(lambda: log.report(DAY, Model(TRUE), timeout_seconds=120))

    assert problem.kind == "busy"
    assert [step[3] for step in steps(log)] == ["started", "abandoned"]
    assert log.report(DAY).id == 1


def test_an_error_after_the_reply_closes_the_try(log: leadlog.Leadlog) -> None:
    model = Model(TRUE)
    model.reply = model.reply._replace(parameters={"seed": 2**70})

    with pytest.raises(ValueError, match="integer"):
        log.report(DAY, model)

    assert [step[3] for step in steps(log)] == ["started", "abandoned"]
    assert log.report(DAY).id == 1


def test_the_first_error_is_told_when_the_store_stays_busy(
    log: leadlog.Leadlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.snapshot(DAY)
    monkeypatch.setattr(log._store, "write", Busy(log, 2, 3, 4))

    with pytest.raises(RuntimeError, match="broken"):
        log.report(DAY, Failing(RuntimeError("broken")))


@pytest.mark.parametrize("problem", [RuntimeError("broken"), KeyboardInterrupt()])
def test_any_other_error_abandons_the_try_and_goes_on(
    log: leadlog.Leadlog, problem: BaseException
) -> None:
    with pytest.raises(type(problem)):
        log.report(DAY, Failing(problem), fallback=True)

    assert [step[3] for step in steps(log)] == ["started", "abandoned"]
    assert list(log.reports()) == []
    assert log.report(DAY).version == 1


def test_a_stored_report_is_given_again_without_a_call(log: leadlog.Leadlog) -> None:
    model = Model(TRUE)

    first, again = log.report(DAY, model), log.report(DAY, model)
    by_another = log.report(DAY)

    assert first == again == by_another
    assert model.calls == 1
    assert len(steps(log)) == 2


def test_new_makes_the_next_version_and_leaves_the_old_ones(
    log: leadlog.Leadlog, database: Path
) -> None:
    first = log.report(DAY, Model(TRUE))
    before = rows.content(database, "daily_analysis_reports")

    second = log.report(DAY, new=True)

    assert (second.version, second.engine) == (2, "built-in")
    assert rows.content(database, "daily_analysis_reports")[:1] == before
    assert next(log.reports(DAY)) == first
    assert log.report(DAY) == second
    assert rows.unsound(database) == []


def test_a_running_date_gets_a_version_for_each_state_of_its_figures(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    today = log.today()
    log.submit(user="site-form", name="A", email="c@example.org")
    first, same = log.report(today), log.report(today)
    log.submit(user="site-form", name="A", email="d@example.org")
    second = log.report(today)
    clock.advance(86_400)
    final, final_again = log.report(today), log.report(today)

    assert first == same
    assert [one.version for one in (first, second, final)] == [1, 2, 3]
    assert [one.provisional for one in (first, second, final)] == [True, True, False]
    assert second.snapshot_sha256 == final.snapshot_sha256  # the day ended; its figures stayed
    assert final == final_again
    assert "running" not in final.reason


def test_another_process_at_the_same_date_is_named(log: leadlog.Leadlog, database: Path) -> None:
    problems = []
    model = Model(TRUE)

    def meanwhile() -> None:
        with leadlog.open(database, clock=FakeClock("2026-03-11T12:00:10Z")) as other:
            problems.append(error(lambda: other.report(DAY)))

    model.before = meanwhile
    log.report(DAY, model, timeout_seconds=60)

    (problem,) = problems
    assert (problem.kind, problem.exit_code) == ("busy", 8)
    assert problem.message == f"Another process is at the report of {DAY}, with openai/tiny."
    assert problem.hint == "Wait for it; if it is silent for 80 s more, it is taken for crashed."
    assert [step[3] for step in steps(log)] == ["started", "succeeded"]


def test_another_date_may_be_reported_at_the_same_time(
    log: leadlog.Leadlog, database: Path, clock: FakeClock
) -> None:
    model = Model(TRUE)

    def meanwhile() -> None:
        with leadlog.open(database, clock=clock) as other:
            other.report("2026-03-09")

    model.before = meanwhile
    log.report(DAY, model)

    assert {(one.date, one.version) for one in log.reports()} == {(DAY, 1), ("2026-03-09", 1)}


def test_a_try_that_is_silent_beyond_its_deadline_is_taken_over(
    log: leadlog.Leadlog, database: Path
) -> None:
    slow = Model(TRUE)

    def meanwhile() -> None:
        with leadlog.open(database, clock=FakeClock("2026-03-11T12:01:31Z")) as other:
            other.report(DAY)

    slow.before = meanwhile
    problem = error(lambda: log.report(DAY, slow, timeout_seconds=60))

    assert problem.kind == "busy"
    assert "was taken over" in problem.message
    assert [(step[0], step[1], step[3]) for step in steps(log)] == [
        ("1", "model", "started"),
        ("1", "model", "abandoned"),
        ("3", "built-in", "started"),
        ("3", "built-in", "succeeded"),
    ]
    assert [one.engine for one in log.reports()] == ["built-in"]
    assert rows.unsound(database) == []


def test_a_failure_after_the_takeover_adds_no_second_end(
    log: leadlog.Leadlog, database: Path
) -> None:
    slow = Failing(EngineFailure("unreachable"))

    def meanwhile() -> None:
        with leadlog.open(database, clock=FakeClock("2026-03-11T12:01:31Z")) as other:
            other.report(DAY)

    slow.before = meanwhile
    error(lambda: log.report(DAY, slow, timeout_seconds=60))

    assert [(one[0], one[3]) for one in steps(log)].count(("1", "abandoned")) == 1
    assert ("1", "failed") not in [(one[0], one[3]) for one in steps(log)]


def test_a_report_written_since_it_was_looked_for_is_given_instead(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, original = Model(TRUE), inputs.inputs

    def meanwhile(*given: Any, **named: Any) -> dict[str, Any]:
        monkeypatch.setattr(reporting, "make_inputs", original)
        with leadlog.open(database, clock=clock) as other:
            other.report(DAY)
        return original(*given, **named)

    monkeypatch.setattr(reporting, "make_inputs", meanwhile)
    made = log.report(DAY, model)

    assert (made.version, made.engine, model.calls) == (1, "built-in", 0)
    assert len(list(log.reports())) == 1


def test_an_invalid_statement_is_mended_once_with_its_reason(log: leadlog.Leadlog) -> None:
    model = Model(TRUE, INVENTED, mended=[MENDED])

    made = log.report(DAY, model)

    assert [(said, verdict.reason) for said, verdict in model.told] == [
        (INVENTED, "a digit stands outside a placeholder")
    ]
    assert [one.text for one in made.statements] == [
        "There were 3 attempts.",
        "There were 1 failures.",
    ]
    assert made.withheld == ()
    row = service_row(log)
    assert (row.reply, row.tokens, row.cost) == ("raw\nraw again", 15, "0.15")


def test_mending_repeats_no_statement_that_was_valid(log: leadlog.Leadlog) -> None:
    kept = Said("anomalies", "{{/snapshot/failures}} failed.")
    same = Said("anomalies", "{{/snapshot/failures|count}} failed.")
    model = Model(TRUE, kept, INVENTED, mended=[TRUE, kept, same, MENDED, MENDED])

    made = log.report(DAY, model)

    assert [one.text for one in made.statements] == [
        "There were 3 attempts.",
        "1 failed.",
        "There were 1 failures.",
    ]
    assert [one.n for one in made.statements] == [1, 2, 3]
    assert made.withheld == ()


def test_repeating_what_was_valid_mends_nothing(log: leadlog.Leadlog) -> None:
    kept = Said("anomalies", "{{/snapshot/failures}} failed.")

    made = log.report(DAY, Model(TRUE, kept, INVENTED, mended=[kept]))

    assert [one.template for one in made.withheld] == [INVENTED.template]


def test_a_section_gains_no_more_statements_than_it_had_invalid_ones(log: leadlog.Leadlog) -> None:
    more = [Said("anomalies", f"There were {{{{/snapshot/attempts}}}} {x}.") for x in ("a", "b")]
    elsewhere = Said("scope", "One day.")

    made = log.report(DAY, Model(TRUE, INVENTED, mended=[MENDED, *more, elsewhere]))

    assert [one.template for one in made.statements] == [TRUE.template, MENDED.template]


def test_what_is_said_twice_in_a_section_is_told_once(log: leadlog.Leadlog) -> None:
    made = log.report(DAY, Model(TRUE, TRUE, MENDED, TRUE))

    assert [one.template for one in made.statements] == [TRUE.template, MENDED.template]


def test_a_valid_reply_is_not_mended(log: leadlog.Leadlog) -> None:
    model = Model(TRUE, mended=[INVENTED])

    assert log.report(DAY, model).withheld == ()
    assert model.told == []


@pytest.mark.parametrize(
    "mended",
    [None, [], [INVENTED], EngineFailure("timed_out")],
    ids=["none", "no", "same", "fails"],
)
def test_what_is_still_invalid_is_withheld_and_stored_with_its_reason(
    log: leadlog.Leadlog, mended: Any
) -> None:
    made = log.report(DAY, Model(TRUE, INVENTED, mended=mended))

    digit = "a digit stands outside a placeholder"
    assert made.withheld == (Withheld(INVENTED.template, digit, "number"),)
    assert "99" not in json.dumps([one.text for one in made.statements])
    assert report_text.withheld(made) == (
        "1 statement was withheld; it states a number that could not be traced."
    )


def test_of_several_invalid_statements_those_that_were_not_mended_are_withheld(
    log: leadlog.Leadlog,
) -> None:
    other = Said("scope", "All ten.")

    made = log.report(DAY, Model(TRUE, INVENTED, other, mended=[MENDED]))

    assert [one.template for one in made.withheld] == [other.template]


def test_a_statement_in_no_section_is_withheld(log: leadlog.Leadlog) -> None:
    made = log.report(DAY, Model(TRUE, Said("advice", "Do it.")))

    assert made.withheld == (Withheld("Do it.", "there is no such section", "form"),)


@pytest.mark.parametrize("said", [(), (MENDED,), (TRUE._replace(template="There were 3."), MENDED)])
def test_without_a_valid_summary_there_is_no_report(
    log: leadlog.Leadlog, database: Path, said: tuple[Said, ...]
) -> None:
    problem = error(lambda: log.report(DAY, Model(*said)))

    assert problem.exit_code == 7
    assert [step[3] for step in steps(log)] == ["started", "failed"]
    assert details(log)[1] == {
        "kind": "ungrounded",
        "duration_ms": 0,
        "tokens": 10,
        "cost": "0.10",
    }
    assert list(log.reports()) == []
    assert rows.unsound(database) == []


def test_a_reason_that_states_a_number_is_replaced_and_withheld(log: leadlog.Leadlog) -> None:
    made = log.report(DAY, Model(TRUE, reason="I am 99 % sure."))

    assert (made.level, made.reason) == ("low", "The engine gave no reason that can be printed.")
    digit = "a digit stands outside a placeholder"
    assert made.withheld == (Withheld("I am 99 % sure.", digit, "number"),)


def test_an_unknown_level_and_severity_are_taken_for_the_lowest(log: leadlog.Leadlog) -> None:
    model = Model(TRUE._replace(severity="fatal"))
    model.reply = model.reply._replace(level="certain")

    made = log.report(DAY, model)

    assert (made.level, made.statements[0].severity) == ("low", "info")


def test_nothing_is_written_for_a_date_in_the_future(log: leadlog.Leadlog, database: Path) -> None:
    problem = error(lambda: log.report("2026-03-12"))

    assert problem.kind == "usage"
    for table in ("daily_analysis_snapshots", "daily_analysis_reports", "analysis_runs"):
        assert rows.content(database, table) == []


def test_a_missing_report_is_not_found(log: leadlog.Leadlog) -> None:
    problem = error(lambda: reporting.stored_report(log._store, 7))

    assert (problem.kind, problem.message) == ("not_found", "There is no report 7.")


def test_a_stored_report_gives_the_same_bytes_for_ever_from_its_row_alone(
    log: leadlog.Leadlog, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.report(DAY, Model(TRUE, MENDED, INVENTED))
    stored = reporting.stored_report(log._store, 1)

    def formats(made: rendering.Report) -> list[str]:
        return [
            "\n".join(report_text.text_lines(made, 80)),
            report_text.markdown(made),
            report_text.html(made),
            json.dumps(made.as_dict()),
        ]

    at_first = formats(rendering.report_of(stored))
    for number in range(3):
        log.submit(user="site-form", name="B", email=f"b{number}@example.org")
        clock.advance(86_400)
    log.correct(1, "failure", category="rejected", reason="late")
    log.snapshot(before_today(log))
    in_the_log = formats(log.report(DAY))
    log.close()
    monkeypatch.setattr(socket, "socket", None)

    assert in_the_log == at_first
    assert formats(rendering.report_of(stored)) == at_first


def test_a_stored_report_is_printed_and_verified_without_a_judgement_of_its_words(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = log.report(DAY, Model(TRUE, MENDED, reason="Few attempts."))
    monkeypatch.setattr(words, "NUMBER_WORDS", frozenset({"there", "attempts", "few"}))

    with pytest.raises(templates.InvalidTemplate):
        templates.parse(TRUE.template)
    assert log.report(DAY) == first
    assert list(log.reports()) == [first]
    assert len(log.trace_report(first.id, 1)) == 1
    assert service.verify(database, clock=clock).problems == ()


def test_what_was_rendered_is_stored_whole_with_the_rules_number(log: leadlog.Leadlog) -> None:
    log.report(DAY, Model(TRUE, reason="Of {{/snapshot/attempts}}."))

    analysis = json.loads(service_row(log).analysis)
    figure = {
        "pointer": "/snapshot/attempts",
        "label": "attempts",
        "format": "count",
        "value": 3,
        "text": "3",
    }
    assert analysis == {
        "renderer": 1,
        "statements": [
            {
                "n": 1,
                "section": "executive_summary",
                "severity": "info",
                "template": TRUE.template,
                "text": "There were 3 attempts.",
                "figures": [figure],
            }
        ],
        "confidence": {
            "level": "high",
            "template": "Of {{/snapshot/attempts}}.",
            "text": "Of 3.",
            "figures": [figure],
        },
    }


def before_today(log: leadlog.Leadlog) -> str:
    return parse_date("yesterday", log.today())


def test_stored_reports_pass_verification(
    log: leadlog.Leadlog, database: Path, clock: FakeClock
) -> None:
    for _ in range(3):
        log.submit(user="site-form", name="B", email="late")
        log.report(log.today())
        clock.advance(86_400)
        log.report(before_today(log))
    log.report(DAY, Model(TRUE, INVENTED), new=True)

    assert service.verify(database, clock=clock).problems == ()


def test_the_analyst_is_the_engine_unless_another_is_given(log: leadlog.Leadlog) -> None:
    assert log.report(DAY).engine == Analyst.name
