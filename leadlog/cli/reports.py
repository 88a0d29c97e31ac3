"""`leadlog reports`."""

from typing import Annotated, Any

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.cli.attempts import TABLE_ROWS
from leadlog.cli.commands import Command
from leadlog.cli.footnotes import footnotes
from leadlog.cli.layout import console_width, footer
from leadlog.cli.report_text import author
from leadlog.clock import Zone, parse_date
from leadlog.rendering import Report

_ROOMY = 72
_LEFT_OUT = ("version", "written")  # on a narrow screen; a report's number says its place as well

app = typer.Typer(add_completion=False)

DateOption = Annotated[
    str | None,
    typer.Option(
        "--date", metavar="DATE", help="Only of this date.", autocompletion=filters.complete_dates
    ),
]


@app.command(cls=Command)
def reports(
    ctx: typer.Context,
    date: DateOption = None,
    limit: filters.RowsOption = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """List the stored reports: who wrote them, and how many statements had to be withheld.

    A table shows the newest first; --json goes by ascending id.
    """
    options.at_least(1, limit, "--limit")
    with options.open_log(ctx, db) as log:
        today = log.today()
        day = parse_date(date, today) if date is not None else None
        if json:
            for one in log.reports(day, most=limit):
                output.result(output.json_line(_as_dict(one)))
            return 0
        zone = log.zone
        most = limit or TABLE_ROWS
        # One more than is shown tells whether there are more.
        found = log.reports(day, newest_first=True, most=most + 1)
        rows = [_cells(one, zone, today) for one in found]
    if not rows:
        of_date = "" if day is None else f" of {day}"
        output.note(f"No report{of_date} is stored yet.")
        output.hint(f"Write one with: leadlog report --date {day or 'yesterday'}")
        return 0
    from leadlog.cli.tables import Column, print_table

    columns = [
        Column("report", "right", fixed=True),
        Column("date", fixed=True),
        Column("version", "right", fixed=True, dispensable=3),
        Column("written", fixed=True, dispensable=4),
        Column("by", folds=True, least=12, dispensable=2),
        Column("figures", "right", fixed=True, dispensable=5),
        Column("withheld", "right", fixed=True, dispensable=1),
    ]
    if console_width() < _ROOMY:
        kept = [place for place, column in enumerate(columns) if column.title not in _LEFT_OUT]
        columns = [columns[place] for place in kept]
        rows = [tuple(row[place] for place in kept) for row in rows]
    print_table(columns, rows[:most])
    if not quiet:
        more = [f"more: --limit {most * 4}"] if len(rows) > most else []
        newest = "the newest of a date: leadlog report --date DATE"
        footer(f"times in {zone.name}", *more, newest)
    return 0


def _as_dict(report: Report) -> dict[str, Any]:
    return {
        "id": report.id,
        "date": report.date,
        "version": report.version,
        "provisional": report.provisional,
        "engine": report.engine,
        "model": report.model,
        "statements": len(report.statements),
        "grounded": len(footnotes(report).figures),
        "withheld": len(report.withheld),
        "snapshot_sha256": report.snapshot_sha256,
        "created_at": report.created_at,
        "fallback": report.fallback,
    }


def _cells(report: Report, zone: Zone, today: str) -> tuple[str, ...]:
    return (
        str(report.id),
        report.date,
        str(report.version),
        wording.short_time(report.created_at, zone, today),
        _author(report),
        str(len(footnotes(report).figures)),
        str(len(report.withheld)),
    )


def _author(report: Report) -> str:
    """Return who wrote a report, as short as a column wants it."""
    if report.fallback is None:
        return author(report)
    return f"built-in for {report.fallback.model or 'a model'}"
