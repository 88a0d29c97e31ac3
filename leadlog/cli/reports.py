"""`leadlog reports`."""

from typing import Annotated

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.cli.commands import Command
from leadlog.cli.footnotes import footnotes
from leadlog.cli.layout import console_width
from leadlog.cli.report_text import author
from leadlog.clock import parse_date
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
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """List the stored reports: who wrote them, and how many statements had to be withheld."""
    with options.open_log(ctx, db) as log:
        today = log.today()
        found = log.reports(parse_date(date, today) if date is not None else None)
        zone = log.zone
    if json:
        for one in found:
            fields = {
                "id": one.id,
                "date": one.date,
                "version": one.version,
                "provisional": one.provisional,
                "engine": one.engine,
                "model": one.model,
                "statements": len(one.statements),
                "grounded": len(footnotes(one).figures),
                "withheld": len(one.withheld),
                "snapshot_sha256": one.snapshot_sha256,
                "created_at": one.created_at,
                "fallback": one.fallback,
            }
            output.result(output.json_line(fields))
        return 0
    if not found:
        output.note("No report is stored yet.")
        output.hint("Write one with: leadlog report --date yesterday")
        return 0
    from leadlog.cli.tables import Column, print_table

    columns = [
        Column("report", "right", fixed=True),
        Column("date", fixed=True),
        Column("version", "right", fixed=True, dispensable=3),
        Column("written", fixed=True, dispensable=4),
        Column("by", dispensable=2),
        Column("figures", "right", fixed=True, dispensable=5),
        Column("withheld", "right", fixed=True, dispensable=1),
    ]
    rows: list[tuple[str, ...]] = [
        (
            str(one.id),
            one.date,
            str(one.version),
            wording.short_time(one.created_at, zone, today),
            _author(one),
            str(len(footnotes(one).figures)),
            str(len(one.withheld)),
        )
        for one in reversed(found)
    ]
    if console_width() < _ROOMY:
        kept = [place for place, column in enumerate(columns) if column.title not in _LEFT_OUT]
        columns = [columns[place] for place in kept]
        rows = [tuple(row[place] for place in kept) for row in rows]
    print_table(columns, rows)
    if not quiet:
        output.hint(f" times in {zone.name} · the newest of a date: leadlog report --date DATE")
    return 0


def _author(report: Report) -> str:
    """Return who wrote a report, as short as a column wants it."""
    if report.fallback is None:
        return author(report)
    return f"built-in for {report.fallback.model or 'a model'}"
