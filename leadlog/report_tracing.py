"""From a report's statements to the attempts behind each of their figures."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from leadlog import baseline_tracing, limit_tracing, rendering, reporting, tracing
from leadlog.errors import LeadlogError
from leadlog.snapshot import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leadlog.analysis.figures import Figure
    from leadlog.baseline_tracing import DayFigure, Days
    from leadlog.repository import Reader, Store

CONFIDENCE = 0
"""The number by which the reason of a report's confidence is asked for, beside its statements."""

MOST_ATTEMPTS = 100_000
"""The days before are looked through for attempts if they hold no more than so many in all."""

MOST_KEPT = 250_000
"""The attempts of a report's date are read once for all figures if there are no more than so many.

Those of a larger date are read for each figure, so that the memory has a bound.
"""


class FigureTrace(NamedTuple):
    """One figure of a statement, and what it follows from.

    Attributes:
        trace: the figure's rule, sources and attempts. Beside the rules of `tracing`: `difference`
            of two figures in `sources`; `name`: a name, a date or a setting, read and not counted,
            with the attempts that have it.
        days: of a figure of the baseline, the figures of closed days that it follows from.
    """

    figure: Figure
    trace: tracing.Trace
    days: tuple[DayFigure, ...]


class StatementTrace(NamedTuple):
    """One statement of a report, or the reason of its confidence as number 0."""

    statement: int
    text: str
    figures: tuple[FigureTrace, ...]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Return what `trace --report --json` prints, an object for each figure."""
        return [
            {
                "statement": self.statement,
                **one.trace.as_dict(),
                "days": [day._asdict() for day in one.days],
            }
            for one in self.figures
        ]


def trace_report(store: Store, report_id: int, n: int | None) -> list[StatementTrace]:
    """Return what is behind each figure of a report, or of its n-th statement.

    A figure of the snapshot leads to its attempts by the same rules as `trace DATE POINTER`; one of
    the baseline to the figures of the closed days that it follows from, and to their attempts if
    these days hold no more than `MOST_ATTEMPTS`.

    Raises:
        LeadlogError: kind `not_found`, when there is no such report or statement.
    """
    stored = reporting.stored_report(store, report_id)
    report = rendering.report_of(stored)
    told = [(one.n, one.text, one.figures) for one in report.statements]
    told.append((CONFIDENCE, report.reason, report.reason_figures))
    wanted = [one for one in told if n is None or one[0] == n]
    if not wanted:
        hint = f"Report {report_id} has the statements 1 to {len(report.statements)}."
        raise LeadlogError("not_found", f"There is no statement {n}.", hint)
    inputs = json.loads(stored.row.inputs)

    def question(reader: Reader) -> list[StatementTrace]:
        day = _source(reader, inputs["snapshot"])
        if inputs["snapshot"]["attempts"] <= MOST_KEPT:
            day = _read_once(day)
        before = _days_before(reader, inputs)
        return [
            StatementTrace(
                number, text, tuple(_trace(reader, inputs, day, before, one) for one in figures)
            )
            for number, text, figures in wanted
        ]

    return store.read(question)


def _source(reader: Reader, metrics: Mapping[str, Any]) -> tracing.Source:
    """Return what the figures of a snapshot were counted from.

    That is the attempts up to the last one it knew; more may have come if the date still ran.
    """
    last_log, last_correction = metrics["last_attempt"] or 0, metrics["last_correction"]
    facts = reader.day_facts(metrics["date"], last_log, last_correction, 0)

    def rows() -> Iterator[Row]:
        for batch in reader.day_rows(metrics["date"], last_log, last_correction):
            yield from map(Row._make, batch)

    return tracing.Source(metrics, rows, facts.handles, facts.corrections)


def _days_before(reader: Reader, inputs: Mapping[str, Any]) -> Days:
    """Return the closed days of a report's baseline, with their attempts if these are not many."""
    found = [reader.snapshot_row(day["date"]) for day in inputs["baseline"]["days"]]
    metrics = [json.loads(row.metrics) for row in found if row is not None]
    if sum(day["attempts"] for day in metrics) > MOST_ATTEMPTS:
        return [(day, None) for day in metrics]
    return [(day, _read_once(_source(reader, day))) for day in metrics]


def _read_once(source: tracing.Source) -> tracing.Source:
    """Return a source whose attempts are read when they are first asked for, and kept."""

    @cache
    def rows() -> tuple[Row, ...]:
        texts: dict[str, str] = {}
        return tuple(_slim(row, texts) for row in source.rows())

    return source._replace(rows=rows)


def _slim(row: Row, texts: dict[str, str]) -> Row:
    """Return an attempt that takes little memory: no figure needs its hash, and texts repeat."""
    kept = (texts.setdefault(one, one) if isinstance(one, str) else one for one in row[:-1])
    return Row._make((*kept, ""))


def _trace(
    reader: Reader, inputs: Mapping[str, Any], day: tracing.Source, before: Days, figure: Figure
) -> FigureTrace:
    pointers = figure.pointer.split(" ")
    if figure.pointer.startswith("/limits/"):
        found = limit_tracing.trace(reader, inputs, day, figure.pointer, figure.value)
        return FigureTrace(figure, found, ())
    if len(pointers) == 1 and figure.pointer.startswith("/snapshot/"):
        return FigureTrace(figure, _trace_of_snapshot(day, figure), ())
    days = [one for each in pointers for one in baseline_tracing.days_behind(inputs, before, each)]
    ids = {id_ for one in days for id_ in baseline_tracing.attempts_behind(before, one)}
    ids |= {id_ for pointer in pointers for id_ in _ids(day, pointer)}
    rule, sources = figure.format, pointers  # of a ratio or a difference
    if len(pointers) == 1:
        rule, sources = baseline_tracing.rule_of(figure.pointer), _places(inputs, days)
    found = tracing.Trace(figure.pointer, figure.value, rule, tuple(sources), tuple(sorted(ids)))
    return FigureTrace(figure, found, tuple(dict.fromkeys(days)))


def _places(inputs: Mapping[str, Any], days: Sequence[DayFigure]) -> list[str]:
    dates = {day.date for day in days}
    return [
        f"/baseline/days/{place}"
        for place, day in enumerate(inputs["baseline"]["days"])
        if day["date"] in dates
    ]


def _trace_of_snapshot(day: tracing.Source, figure: Figure) -> tracing.Trace:
    try:
        found = tracing.trace(day, figure.pointer.removeprefix("/snapshot"))
    except LeadlogError:  # a name or a time, which is read and not counted
        return tracing.Trace(figure.pointer, figure.value, "name", (), _ids(day, figure.pointer))
    sources = tuple(f"/snapshot{each}" for each in found.sources)
    return found._replace(pointer=figure.pointer, sources=sources)


def _ids(day: tracing.Source, pointer: str) -> tuple[int, ...]:
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
        return tracing.trace(day, inner).attempts
    except LeadlogError:
        return ()  # a date, a zone or a threshold: nothing that attempts are counted for
