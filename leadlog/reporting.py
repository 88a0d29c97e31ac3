"""Reports: explaining a date, once for each state of its figures.

Every try is a sequence of rows in `analysis_runs`: started, then succeeded, failed or abandoned. A
stored report is printed again as long as the date's figures are what they were; it holds its inputs
whole, so rendering it again needs neither the log nor a network.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from leadlog import canonical, clock, closing
from leadlog.analysis import statements
from leadlog.analysis.baseline import BASELINE_DAYS
from leadlog.analysis.engine import EngineFailure
from leadlog.analysis.inputs import inputs as make_inputs
from leadlog.analysis.templates import InvalidTemplate
from leadlog.errors import LeadlogError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadlog.analysis.engine import Engine, Reply
    from leadlog.analysis.statements import Said, Statement, Withheld
    from leadlog.clock import Clock, Zone
    from leadlog.repository import Store, Transaction

MARGIN_SECONDS = 30.0
"""How long after its timeout a run that said nothing more is taken for crashed."""


class ReportRow(NamedTuple):
    """A report as it is stored; texts that hold JSON are canonical."""

    report_date: str
    version: int
    provisional: int
    inputs: str
    snapshot_sha256: str
    engine: str
    model: str | None
    parameters: str | None
    prompt: str | None
    reply: str | None
    analysis: str
    withheld: str
    tokens: int | None
    cost: str | None
    duration_ms: int | None


class StoredReport(NamedTuple):
    """A stored report's identity, and its row."""

    id: int
    created_at: str
    row: ReportRow


class RunRow(NamedTuple):
    """One step of a try to write a report; `detail` is JSON."""

    run_id: str
    report_date: str
    engine: str
    model: str | None
    event: str
    detail: str | None


class StoredRun(NamedTuple):
    """A stored step of a try."""

    id: int
    created_at: str
    row: RunRow


class Report(NamedTuple):
    """A report, rendered from what is stored of it.

    Attributes:
        fallback: the kind of failure of the model for which the built-in analyst stood in.
    """

    id: int
    date: str
    version: int
    provisional: bool
    engine: str
    model: str | None
    snapshot_sha256: str
    statements: tuple[Statement, ...]
    level: str
    reason: str
    withheld: tuple[tuple[str, str], ...]
    created_at: str
    fallback: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return what `report --json` prints."""
        sections: dict[str, list[dict[str, Any]]] = {name: [] for name in statements.SECTIONS}
        for one in self.statements:
            sections[one.section].append(
                {
                    "n": one.n,
                    "severity": one.severity,
                    "template": one.template,
                    "text": one.text,
                    "figures": [figure._asdict() for figure in one.figures],
                }
            )
        return {
            "id": self.id,
            "date": self.date,
            "version": self.version,
            "provisional": self.provisional,
            "engine": self.engine,
            "model": self.model,
            "snapshot_sha256": self.snapshot_sha256,
            "sections": sections,
            "confidence": {"level": self.level, "reason": self.reason},
            "withheld": [{"template": text, "reason": why} for text, why in self.withheld],
            "created_at": self.created_at,
        }


def render(stored: StoredReport) -> Report:
    """Render a stored report; the same row gives the same report for ever."""
    row = stored.row
    inputs, analysis = json.loads(row.inputs), json.loads(row.analysis)
    said = [statements.Said(*one) for one in analysis["said"]]
    valid, _ = statements.check(inputs, said)
    reason, _ = statements.render(inputs, analysis["confidence"]["reason"])
    parameters = json.loads(row.parameters) if row.parameters is not None else {}
    return Report(
        stored.id,
        row.report_date,
        row.version,
        bool(row.provisional),
        row.engine,
        row.model,
        row.snapshot_sha256,
        tuple(valid),
        analysis["confidence"]["level"],
        reason,
        tuple((one["template"], one["reason"]) for one in json.loads(row.withheld)),
        stored.created_at,
        parameters.get("fallback_for"),
    )


def report(
    store: Store,
    zone: Zone,
    the_clock: Clock,
    date: str,
    engine: Engine,
    *,
    fallback: Engine | None = None,
    new: bool = False,
    timeout_seconds: float = 0.0,
) -> Report:
    """Explain a date, closing it first if it is over.

    Args:
        engine: who writes.
        fallback: who writes if `engine` fails.
        new: write the next version even if the stored one's figures are still the date's.
        timeout_seconds: how long the engine may take; a try that is silent for longer crashed.

    Raises:
        LeadlogError: kind `usage` for a date in the future; `busy` while another process is at
            this date; `engine` when the engine failed and nobody stood in.
    """
    snapshot = closing.snapshot(store, zone, date)
    latest = store.read(lambda reader: reader.latest_report(date))
    if not new and latest is not None and _still_fits(latest, snapshot):
        return render(latest)
    before = store.read(lambda reader: reader.snapshots_before(date, BASELINE_DAYS))
    inputs = make_inputs(
        snapshot.metrics,
        snapshot.sha256,
        [json.loads(row.metrics) for row in before],
        [row.sha256 for row in before],
        provisional=not snapshot.is_final,
    )
    version = latest.row.version if latest is not None else 0
    try:
        return _run(store, the_clock, inputs, engine, timeout_seconds, None, version)
    except _Overtaken:
        return report(
            store,
            zone,
            the_clock,
            date,
            engine,
            fallback=fallback,
            new=new,
            timeout_seconds=timeout_seconds,
        )
    except EngineFailure as failure:
        if fallback is None:
            raise _as_error(failure) from None
        return _run(store, the_clock, inputs, fallback, 0.0, failure.kind, None)


def _still_fits(stored: StoredReport, snapshot: closing.Snapshot) -> bool:
    """Whether a stored report explains these figures, and a date that is as far as it was then."""
    same = stored.row.snapshot_sha256 == snapshot.sha256
    return same and bool(stored.row.provisional) != snapshot.is_final


class _Overtaken(Exception):  # noqa: N818  # it is no error: what was written meanwhile may do
    """Another process stored a report of the date since it was looked for."""


def stored_reports(store: Store, date: str | None) -> list[StoredReport]:
    """Return the stored reports, of a date or all, in the order they were written."""
    return store.read(lambda reader: reader.reports(date))


def stored_report(store: Store, report_id: int) -> StoredReport:
    """Return one stored report.

    Raises:
        LeadlogError: kind `not_found`, when there is none with this id.
    """
    found = store.read(lambda reader: reader.report(report_id))
    if found is None:
        hint = "See what there is with: leadlog reports"
        raise LeadlogError("not_found", f"There is no report {report_id}.", hint)
    return found


def runs(store: Store, date: str | None) -> list[StoredRun]:
    """Return the steps of all tries, of a date or all, in order."""
    return store.read(lambda reader: reader.runs(date))


def _as_error(failure: EngineFailure) -> LeadlogError:
    message = f"No report was written: {failure}."
    hint = (
        failure.hint
        or "The try is recorded: leadlog runs. Use --fallback for the built-in analyst."
    )
    return LeadlogError("engine", message, hint)


def _run(
    store: Store,
    the_clock: Clock,
    inputs: Mapping[str, Any],
    engine: Engine,
    timeout_seconds: float,
    fallback_for: str | None,
    version: int | None,
) -> Report:
    """Try to write a report, with a row for each step.

    Args:
        version: the newest version that was looked at, or None to write another in any case.

    Raises:
        _Overtaken: when there is a newer one; nothing was recorded.
        EngineFailure: when the engine gave no report; the step is recorded.
        LeadlogError: kind `busy`, when another process is at this date.
    """
    date = inputs["snapshot"]["date"]
    seconds = timeout_seconds + MARGIN_SECONDS
    run_id = store.write(
        partial(
            _start,
            date=date,
            engine=engine,
            seconds=seconds,
            fallback_for=fallback_for,
            version=version,
        )
    )
    started = the_clock.monotonic()
    try:
        reply = engine.write(inputs)
        valid, withheld, reply = _checked(inputs, engine, reply)
    except EngineFailure as failure:
        _end(store, run_id, date, engine, "failed", {"kind": failure.kind})
        raise
    except BaseException:
        _end(store, run_id, date, engine, "abandoned", {})
        raise
    duration_ms = int((the_clock.monotonic() - started) * 1000)
    row = _row(inputs, engine, reply, valid, withheld, duration_ms, fallback_for)
    stored = store.write(partial(_succeed, run_id=run_id, row=row))
    return render(stored)


def _checked(
    inputs: Mapping[str, Any], engine: Engine, reply: Reply
) -> tuple[list[Statement], list[Withheld], Reply]:
    """Check what was said, let the engine mend it once, and return what may be printed.

    Raises:
        EngineFailure: kind `ungrounded`, when no sentence of the summary is left.
    """
    valid, invalid = statements.check(inputs, reply.said)
    if invalid:
        try:
            mended = engine.mend(invalid)
        except EngineFailure:
            mended = None  # what was valid stays valid
        if mended is not None:
            kept = [_said(one) for one in valid]
            valid, still_invalid = statements.check(inputs, [*kept, *mended.said])
            invalid = still_invalid + _unmended(invalid, mended.said)
            reply = reply._replace(
                raw="\n".join(filter(None, (reply.raw, mended.raw))) or None,
                tokens=_sum(reply.tokens, mended.tokens),
                cost=_sum_of_costs(reply.cost, mended.cost),
            )
    if not any(one.section == "executive_summary" for one in valid):
        raise EngineFailure("ungrounded")
    withheld = [verdict for _, verdict in invalid]
    try:
        statements.render(inputs, reply.reason)
    except InvalidTemplate as reason:
        withheld.append(statements.Withheld(reply.reason, str(reason)))
        reply = reply._replace(level="low", reason="The engine gave no reason that can be printed.")
    level = reply.level if reply.level in statements.LEVELS else "low"
    return valid, withheld, reply._replace(level=level)


def _unmended(
    invalid: list[tuple[Said, Withheld]], mended: Sequence[Said]
) -> list[tuple[Said, Withheld]]:
    """Return those invalid statements for which no other was given, section by section."""
    given = Counter(one.section for one in mended)
    left = []
    for said, verdict in invalid:
        if given[said.section]:
            given[said.section] -= 1
        else:
            left.append((said, verdict))
    return left


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else one + other


def _sum_of_costs(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return one if other is None else other
    return str(Decimal(one) + Decimal(other))


def _said(statement: Statement) -> Said:
    return statements.Said(statement.section, statement.template, statement.severity)


def _row(
    inputs: Mapping[str, Any],
    engine: Engine,
    reply: Reply,
    valid: list[Statement],
    withheld: list[Withheld],
    duration_ms: int,
    fallback_for: str | None,
) -> ReportRow:
    analysis = {
        "said": [list(_said(one)) for one in valid],
        "confidence": {"level": reply.level, "reason": reply.reason},
    }
    parameters = dict(reply.parameters)
    if fallback_for is not None:
        parameters["fallback_for"] = fallback_for
    return ReportRow(
        inputs["snapshot"]["date"],
        0,  # given in the transaction that stores it
        int(inputs["provisional"]),
        canonical.dumps(inputs),
        inputs["snapshot_sha256"],
        engine.name,
        engine.model,
        canonical.dumps(parameters) if parameters else None,
        reply.prompt,
        reply.raw,
        canonical.dumps(analysis),
        canonical.dumps([one._asdict() for one in withheld]),
        reply.tokens,
        reply.cost,
        duration_ms,
    )


def _start(
    tx: Transaction,
    *,
    date: str,
    engine: Engine,
    seconds: float,
    fallback_for: str | None,
    version: int | None,
) -> str:
    """Record that a try started, after taking over tries that crashed; return its id.

    Raises:
        _Overtaken: when there is a newer version than `version`.
        LeadlogError: kind `busy`, when another try is still within its time.
    """
    now_us = tx.now_us()
    if version is not None and tx.last_report_version(date) > version:
        raise _Overtaken
    for run in tx.open_runs(date):
        deadline = json.loads(run.row.detail or "{}").get("deadline", run.created_at)
        if clock.from_text(deadline) > now_us:
            who = run.row.model or run.row.engine
            message = f"Another process is at the report of {date}, with {who}."
            hint = f"Wait for it; after {deadline} it is taken for crashed."
            raise LeadlogError("busy", message, hint)
        abandoned = run.row._replace(event="abandoned", detail=None)
        tx.append_run(clock.to_text(now_us), abandoned)
    deadline = clock.to_text(now_us + int(seconds * clock.SECOND_US))
    detail: dict[str, Any] = {"deadline": deadline}
    if fallback_for is not None:
        detail["fallback_for"] = fallback_for
    run_id = tx.next_run_id()
    row = RunRow(run_id, date, engine.name, engine.model, "started", canonical.dumps(detail))
    tx.append_run(clock.to_text(now_us), row)
    return run_id


def _is_open(tx: Transaction, step: RunRow) -> bool:
    return any(run.row.run_id == step.run_id for run in tx.open_runs(step.report_date))


def _end(
    store: Store, run_id: str, date: str, engine: Engine, event: str, detail: Mapping[str, Any]
) -> None:
    row = RunRow(run_id, date, engine.name, engine.model, event, canonical.dumps(dict(detail)))

    def work(tx: Transaction) -> None:
        if _is_open(tx, row):  # else it was taken for crashed, which is recorded
            tx.append_run(clock.to_text(tx.now_us()), row)

    store.write(work)


def _succeed(tx: Transaction, *, run_id: str, row: ReportRow) -> StoredReport:
    """Store a report as the next version of its date, and that its try succeeded.

    Raises:
        LeadlogError: kind `busy`, when the try took so long that another one took over.
    """
    ended = RunRow(run_id, row.report_date, row.engine, row.model, "succeeded", None)
    if not _is_open(tx, ended):
        message = f"The report of {row.report_date} took longer than it may, and was taken over."
        raise LeadlogError("busy", message, "See what came of it with: leadlog runs")
    created_at = clock.to_text(tx.now_us())
    versioned = row._replace(version=tx.last_report_version(row.report_date) + 1)
    report_id = tx.append_report(created_at, versioned)
    detail = {
        "report": report_id,
        "duration_ms": row.duration_ms,
        "tokens": row.tokens,
        "cost": row.cost,
    }
    tx.append_run(created_at, ended._replace(detail=canonical.dumps(detail)))
    return StoredReport(report_id, created_at, versioned)
