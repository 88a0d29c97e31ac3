"""`leadlog snapshots`."""

from typing import Any

import typer

from leadlog.cli import filters, options, output
from leadlog.cli.attempts import TABLE_ROWS
from leadlog.cli.commands import Command
from leadlog.closing import Snapshot

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
        bounds = (first or _FAR_BACK, last or _FAR_AHEAD)
        if json:
            for one in log.stored_snapshots(*bounds, most=limit):
                output.result(output.json_line(_as_dict(one)))
            return 0
        most = limit or TABLE_ROWS
        # One more than is shown tells whether there are more.
        closed = log.stored_snapshots(*bounds, newest_first=True, most=most + 1)
        rows = [_cells(one) for one in closed]
    if not rows:
        output.note("No date is closed yet.")
        output.hint("Close yesterday with: leadlog snapshot")
        return 0
    from leadlog.cli.layout import footer
    from leadlog.cli.tables import Column, print_table

    columns = [
        Column("date", fixed=True),
        Column("attempts", "right", fixed=True, dispensable=2),
        Column("leads", "right", fixed=True, dispensable=3),
        Column("failures", "right", fixed=True, dispensable=4),
        Column("success", "right", fixed=True, dispensable=1),
        Column("top failure", dispensable=5),
        Column("sha256", fixed=True, dispensable=6),
    ]
    print_table(columns, rows[:most])
    if not quiet:
        more = [f"more: --limit {most * 4}, or --since DATE"] if len(rows) > most else []
        footer(*more, "one date: leadlog snapshot --date DATE")
    return 0


def _as_dict(closed: Snapshot) -> dict[str, Any]:
    keys = ("attempts", "successes", "failures", "success_rate", "leads", "log_digest")
    fields = {key: closed.metrics[key] for key in keys}
    return {"date": closed.date, "status": "final", **fields, "sha256": closed.sha256}


def _cells(closed: Snapshot) -> tuple[str, ...]:
    from leadlog.cli.day_sheet import percent

    metrics = closed.metrics
    codes = metrics["failures_by_code"]
    return (
        closed.date,
        f"{metrics['attempts']:,}",
        f"{metrics['leads']:,}",
        f"{metrics['failures']:,}",
        percent(metrics["success_rate"]),
        codes[0]["code"] if codes else "",
        closed.sha256[:12],
    )
