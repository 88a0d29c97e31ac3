"""`leadlog reports` and `leadlog runs`: what was written, and every try."""

from typing import Annotated

import typer

from leadlog.analysis.statements import grounded
from leadlog.cli import filters, options, output, wording
from leadlog.cli.commands import Command
from leadlog.cli.report_text import author
from leadlog.clock import parse_date

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
                "grounded": grounded(one.statements),
                "withheld": len(one.withheld),
                "snapshot_sha256": one.snapshot_sha256,
                "created_at": one.created_at,
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
    rows = [
        (
            str(one.id),
            one.date,
            str(one.version),
            wording.short_time(one.created_at, zone, today),
            author(one),
            str(grounded(one.statements)),
            str(len(one.withheld)),
        )
        for one in reversed(found)
    ]
    print_table(columns, rows)
    if not quiet:
        output.hint(f" times in {zone.name} · the newest of a date: leadlog report --date DATE")
    return 0
