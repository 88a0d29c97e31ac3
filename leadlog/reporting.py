"""Reports: explaining a date, once for each state of its figures.

A stored report is printed again as long as the date's figures are what they were; it holds its
inputs and its text whole, so that needs neither the log nor a network.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from leadlog import canonical, closing, rendering, report_runs
from leadlog.analysis.baseline import BASELINE_DAYS
from leadlog.analysis.checking import checked, retries
from leadlog.analysis.engine import EngineFailure
from leadlog.analysis.inputs import inputs as make_inputs
from leadlog.analysis.pressure import pressure_on
from leadlog.errors import LeadlogError
from leadlog.parsing import INT64
from leadlog.rendering import Fallback
from leadlog.report_rows import ReportRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadlog.analysis.checking import Checked
    from leadlog.analysis.engine import Engine
    from leadlog.clock import Clock, Zone
    from leadlog.rendering import Report
    from leadlog.report_rows import StoredReport, StoredRun
    from leadlog.repository import Store

_MOST_TOKENS = 2**53 - 1  # integers beyond have no canonical JSON (RFC 8785)


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
        return rendering.report_of(latest)
    before = store.read(lambda reader: reader.snapshots_before(date, BASELINE_DAYS))
    inputs = make_inputs(
        snapshot.metrics,
        snapshot.sha256,
        [json.loads(row.metrics) for row in before],
        [row.sha256 for row in before],
        provisional=not snapshot.is_final,
        limits=store.read(lambda reader: pressure_on(reader, snapshot.metrics)),
    )
    version = latest.row.version if latest is not None else 0
    try:
        return _run(store, the_clock, inputs, engine, timeout_seconds, None, version)
    except report_runs.Overtaken:
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
        stands_in = Fallback(engine.model, failure.kind)
        return _run(store, the_clock, inputs, fallback, 0.0, stands_in, None)


def stored_reports(
    store: Store, date: str | None, *, newest_first: bool, most: int | None
) -> Iterator[Report]:
    """Yield the stored reports, of a date or all; each is read when it is asked for."""
    ids = store.read(lambda reader: reader.report_ids(date, newest_first=newest_first, most=most))
    for report_id in ids:
        yield rendering.report_of(stored_report(store, report_id))


def stored_report(store: Store, report_id: int) -> StoredReport:
    """Return one stored report.

    Raises:
        LeadlogError: kind `not_found`, when there is none with this id.
    """
    found = store.read(lambda reader: reader.report(report_id)) if report_id in INT64 else None
    if found is None:
        hint = "See what there is with: leadlog reports"
        raise LeadlogError("not_found", f"There is no report {report_id}.", hint)
    return found


def runs(
    store: Store, date: str | None, *, newest_first: bool, most: int | None
) -> list[StoredRun]:
    """Return at most `most` tries, of a date or all, each step by step."""
    return store.read(lambda reader: reader.runs(date, newest_first=newest_first, most=most))


def _still_fits(stored: StoredReport, snapshot: closing.Snapshot) -> bool:
    """Whether a stored report explains these figures, and a date that is as far as it was then."""
    same = stored.row.snapshot_sha256 == snapshot.sha256
    return same and bool(stored.row.provisional) != snapshot.is_final


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
    stands_in: Fallback | None,
    version: int | None,
) -> Report:
    """Try to write a report, with a row for each step.

    Args:
        stands_in: for whom the engine stands in, if it does.
        version: the newest version that was looked at, or None to write another in any case.

    Raises:
        Overtaken: when there is a newer one; nothing was recorded.
        EngineFailure: when the engine gave no report; the step is recorded.
        LeadlogError: kind `busy`, when another process is at this date.
    """
    date = inputs["snapshot"]["date"]
    run_id = report_runs.start(
        store,
        date,
        engine,
        timeout_seconds=timeout_seconds,
        fallback_for=stands_in.kind if stands_in is not None else None,
        version=version,
    )
    started = the_clock.monotonic()

    def taken_ms() -> int:
        return int((the_clock.monotonic() - started) * 1000)

    try:
        found = checked(inputs, engine, engine.write(inputs))
        row = _row(inputs, engine, found, taken_ms(), stands_in)
        stored = _kept(store, run_id, row, retries(found.reply))
    except EngineFailure as failure:
        detail = {"kind": failure.kind, "duration_ms": taken_ms(), **_spent(failure)}
        report_runs.end(store, run_id, date, engine, "failed", detail)
        raise
    except BaseException:  # Ctrl-C and bugs too: else the next try would wait for this one
        with suppress(LeadlogError):  # it is told why there is no report, not why that is unsaid
            report_runs.end(store, run_id, date, engine, "abandoned", {"duration_ms": taken_ms()})
        raise
    return rendering.report_of(stored)


def _kept(
    store: Store, run_id: str, row: ReportRow, retried: Sequence[Mapping[str, Any]]
) -> StoredReport:
    """Store a report; a second time if others were in the way, since it may have been paid for."""
    try:
        return report_runs.succeed(store, run_id, row, retried)
    except LeadlogError as problem:
        if problem.kind != "busy":
            raise
        return report_runs.succeed(store, run_id, row, retried)


def _spent(failure: EngineFailure) -> dict[str, Any]:
    """Return what a failed try used up, as far as it is known and can be stored."""
    spent = {**failure.spent, "tokens": _storable(failure.spent.get("tokens"))}
    return {key: value for key, value in spent.items() if value}


def _storable(tokens: int | None) -> int | None:
    """Return a count, or None for one that no provider can mean."""
    return tokens if tokens is not None and 0 <= tokens <= _MOST_TOKENS else None


def _row(
    inputs: Mapping[str, Any],
    engine: Engine,
    found: Checked,
    duration_ms: int,
    stands_in: Fallback | None,
) -> ReportRow:
    parameters = dict(found.reply.parameters)
    if stands_in is not None:
        parameters["fallback"] = stands_in._asdict()
    return ReportRow(
        inputs["snapshot"]["date"],
        0,  # given in the transaction that stores it
        int(inputs["provisional"]),
        canonical.dumps(inputs),
        inputs["snapshot_sha256"],
        engine.name,
        engine.model,
        canonical.dumps(parameters) if parameters else None,
        found.reply.prompt,
        found.reply.raw,
        canonical.dumps(rendering.analysis(found.statements, found.confidence)),
        canonical.dumps([one._asdict() for one in found.withheld]),
        _storable(found.reply.tokens),
        found.reply.cost,
        duration_ms,
    )
