"""From a report's statements to the attempts behind each of their figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from leadlog import rendering, reporting, tracing
from leadlog.errors import LeadlogError
from leadlog.snapshot import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadlog.analysis.figures import Figure
    from leadlog.repository import Reader, Store


class FigureTrace(NamedTuple):
    """One figure of a statement, and what it follows from.

    Attributes:
        statement: the number of the statement in its report.
        text: the statement.
        trace: the figure's rule, sources and attempts.
    """

    statement: int
    text: str
    figure: Figure
    trace: tracing.Trace

    def as_dict(self) -> dict[str, Any]:
        """Return what `trace --report --json` prints."""
        return {"statement": self.statement, **self.trace.as_dict()}


def trace_report(store: Store, report_id: int, n: int | None) -> list[FigureTrace]:
    """Return what is behind each figure of a report, or of its n-th statement.

    A figure of the snapshot leads to its attempts by the same rules as `trace DATE POINTER`; one of
    the baseline to the closed days it is the median of.

    Raises:
        LeadlogError: kind `not_found`, when there is no such report or statement.
    """
    stored = reporting.stored_report(store, report_id)
    report = rendering.report_of(stored)
    statements = [one for one in report.statements if n is None or one.n == n]
    if not statements:
        hint = f"Report {report_id} has the statements 1 to {len(report.statements)}."
        raise LeadlogError("not_found", f"There is no statement {n}.", hint)
    inputs = json.loads(stored.row.inputs)

    def question(reader: Reader) -> list[FigureTrace]:
        source = _source(reader, inputs["snapshot"])
        return [
            FigureTrace(one.n, one.text, figure, _trace(inputs, source, figure))
            for one in statements
            for figure in one.figures
        ]

    return store.read(question)


def _source(reader: Reader, metrics: Mapping[str, Any]) -> tracing.Source:
    """Return what the figures of a report's snapshot were counted from.

    That is the attempts up to the last one it knew; more may have come if the date still ran.
    """
    last_log, last_correction = metrics["last_attempt"] or 0, metrics["last_correction"]
    facts = reader.day_facts(metrics["date"], last_log, last_correction, 0)

    def rows() -> Iterator[Row]:
        for batch in reader.day_rows(metrics["date"], last_log, last_correction):
            yield from map(Row._make, batch)

    return tracing.Source(metrics, rows, facts.handles, facts.corrections)


def _trace(inputs: Mapping[str, Any], source: tracing.Source, figure: Figure) -> tracing.Trace:
    pointers = figure.pointer.split(" ")
    if len(pointers) > 1:
        ids = {id_ for pointer in pointers for id_ in _ids(source, pointer)}
        return tracing.Trace(
            figure.pointer, figure.value, "ratio", tuple(pointers), tuple(sorted(ids))
        )
    if figure.pointer.startswith("/baseline/"):
        dates = [f"/snapshot of {day['date']}" for day in inputs["baseline"]["days"]]
        return tracing.Trace(figure.pointer, figure.value, "median_of_days", tuple(dates), ())
    try:
        found = tracing.trace(source, figure.pointer.removeprefix("/snapshot"))
    except LeadlogError:  # a name or a time, which is read and not counted
        found = None
    if found is not None:
        sources = tuple(f"/snapshot{each}" for each in found.sources)
        return found._replace(pointer=figure.pointer, sources=sources)
    return tracing.Trace(figure.pointer, figure.value, "count", (), _ids(source, figure.pointer))


def _ids(source: tracing.Source, pointer: str) -> tuple[int, ...]:
    """Return the attempts behind a pointer; of a name those it names, of a baseline none."""
    if not pointer.startswith("/snapshot/"):
        return ()
    inner = pointer.removeprefix("/snapshot")
    head, _, last = inner.rpartition("/")
    if last in ("name", "code", "category", "hour", "for_date", "from", "to"):
        inner = f"{head}/attempts"
    elif inner == "/peak_minute/starts_at":
        inner = "/peak_minute/attempts"
    try:
        return tracing.trace(source, inner).attempts
    except LeadlogError:
        return ()  # a date, a zone or a threshold: nothing that attempts are counted for
