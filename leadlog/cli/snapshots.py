"""`leadlog snapshots`."""

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.cli.commands import Command

app = typer.Typer(add_completion=False)

_FAR_BACK, _FAR_AHEAD = "0001-01-01", "9999-12-31"


@app.command(cls=Command)
def snapshots(
    ctx: typer.Context,
    since: filters.SinceFilter = None,
    until: filters.UntilFilter = None,
    limit: filters.RowsOption = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """List the closed dates and their main figures, the newest first (--json: the oldest)."""
    options.at_least(1, limit, "--limit")
    with options.open_log(ctx, db) as log:
        first, last = filters.date_range(log, None, since, until)
        closed = log.stored_snapshots(first or _FAR_BACK, last or _FAR_AHEAD)
    if json:
        for one in closed[:limit]:
            keys = ("attempts", "successes", "failures", "success_rate", "leads", "log_digest")
            fields = {key: one.metrics[key] for key in keys}
            output.result(
                output.json_line(
                    {"date": one.date, "status": "final", **fields, "sha256": one.sha256}
                )
            )
        return 0
    if not closed:
        output.note("No date is closed yet.")
        output.hint("Close yesterday with: leadlog snapshot")
        return 0
    from leadlog.cli.attempts import TABLE_ROWS
    from leadlog.cli.day_sheet import percent
    from leadlog.cli.tables import Column, print_table

    shown = closed[::-1][: limit or TABLE_ROWS]
    columns = [
        Column("date", fixed=True),
        Column("attempts", "right", fixed=True),
        Column("leads", "right", fixed=True),
        Column("failures", "right", fixed=True),
        Column("success", "right", fixed=True),
        Column("top failure"),
        Column("sha256", fixed=True),
    ]
    rows = [
        (
            one.date,
            f"{one.metrics['attempts']:,}",
            f"{one.metrics['leads']:,}",
            f"{one.metrics['failures']:,}",
            percent(one.metrics["success_rate"]),
            one.metrics["failures_by_code"][0]["code"] if one.metrics["failures_by_code"] else "",
            one.sha256[:12],
        )
        for one in shown
    ]
    print_table(columns, rows)
    if not quiet:
        if len(shown) < len(closed):
            output.hint(f" {wording.plural(len(closed), 'date')} in all: use --limit, or --since")
        output.hint(" one date: leadlog snapshot --date DATE")
    return 0
