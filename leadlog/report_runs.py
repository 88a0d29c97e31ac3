"""The steps of a try to write a report: started, then succeeded, failed or abandoned."""

from __future__ import annotations

import json
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from leadlog import canonical, clock
from leadlog.errors import LeadlogError
from leadlog.report_rows import RunRow, StoredReport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadlog.analysis.engine import Engine
    from leadlog.report_rows import ReportRow
    from leadlog.repository import Store, Transaction

MARGIN_SECONDS = 30.0
"""How long after its timeout a run that said nothing more is taken for crashed."""


class Overtaken(Exception):  # noqa: N818  # it is no error: what was written meanwhile may do
    """Another process stored a report of the date since it was looked for."""


def start(
    store: Store,
    date: str,
    engine: Engine,
    *,
    timeout_seconds: float,
    fallback_for: str | None,
    version: int | None,
) -> str:
    """Record that a try started, after taking over tries that crashed; return its id.

    Args:
        store: where to.
        date: of the report.
        engine: who writes.
        timeout_seconds: how long it may take.
        fallback_for: the kind of failure of the engine for which this one stands in.
        version: the newest version that was looked at, or None to write another in any case.

    Raises:
        Overtaken: when there is a newer version; nothing was recorded.
        LeadlogError: kind `busy`, when another try is still within its time.
    """
    seconds = timeout_seconds + MARGIN_SECONDS
    work = partial(
        _start,
        date=date,
        engine=engine,
        seconds=seconds,
        fallback_for=fallback_for,
        version=version,
    )
    return store.write(work)


def end(
    store: Store, run_id: str, date: str, engine: Engine, event: str, detail: Mapping[str, Any]
) -> None:
    """Record that a try failed or was abandoned, unless it was taken over."""
    row = RunRow(run_id, date, engine.name, engine.model, event, canonical.dumps(dict(detail)))

    def work(tx: Transaction) -> None:
        if _is_open(tx, row):  # else it was taken for crashed, which is recorded
            tx.append_run(clock.to_text(tx.now_us()), row)

    store.write(work)


def succeed(
    store: Store, run_id: str, row: ReportRow, retries: Sequence[Mapping[str, Any]]
) -> StoredReport:
    """Store a report as the next version of its date, and that its try succeeded.

    Args:
        store: where to.
        run_id: the try.
        row: the report, whose version is given here.
        retries: after which failures the engine was asked again.

    Raises:
        LeadlogError: kind `busy`, when the try took so long that another one took over.
    """
    return store.write(partial(_succeed, run_id=run_id, row=row, retries=retries))


def _start(
    tx: Transaction,
    *,
    date: str,
    engine: Engine,
    seconds: float,
    fallback_for: str | None,
    version: int | None,
) -> str:
    now_us = tx.now_us()
    if version is not None and tx.last_report_version(date) > version:
        raise Overtaken
    for run in tx.open_runs(date):
        deadline = json.loads(run.row.detail or "{}").get("deadline", run.created_at)
        left_us = clock.from_text(deadline) - now_us
        if left_us > 0:
            who = run.row.model or run.row.engine
            message = f"Another process is at the report of {date}, with {who}."
            left_s = math.ceil(left_us / clock.SECOND_US)
            hint = f"Wait for it; if it is silent for {left_s} s more, it is taken for crashed."
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


def _succeed(
    tx: Transaction, *, run_id: str, row: ReportRow, retries: Sequence[Mapping[str, Any]]
) -> StoredReport:
    ended = RunRow(run_id, row.report_date, row.engine, row.model, "succeeded", None)
    if not _is_open(tx, ended):
        message = f"The report of {row.report_date} took longer than it may, and was taken over."
        raise LeadlogError("busy", message, "See what came of it with: leadlog runs")
    created_at = clock.to_text(tx.now_us())
    versioned = row._replace(version=tx.last_report_version(row.report_date) + 1)
    report_id = tx.append_report(created_at, versioned)
    detail: dict[str, Any] = {
        "report": report_id,
        "duration_ms": row.duration_ms,
        "tokens": row.tokens,
        "cost": row.cost,
    }
    if retries:
        detail["retries"] = list(retries)
    tx.append_run(created_at, ended._replace(detail=canonical.dumps(detail)))
    return StoredReport(report_id, created_at, versioned)
