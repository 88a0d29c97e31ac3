"""`leadlog info`."""

import typer

from leadlog.cli import options, output, wording
from leadlog.cli.commands import Command
from leadlog.text import safe

app = typer.Typer(add_completion=False)

_NAMED_LIMITS = 5
_SHOWN_TABLES = {
    "lead_submission_logs": "attempt",
    "leads": "lead",
    "users": "user",
    "submission_corrections": "correction",
    "daily_analysis_snapshots": "snapshot",
    "daily_analysis_reports": "report",
    "erasures": "erasure",
}


@app.command(cls=Command)
def info(
    ctx: typer.Context,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show what the database is and holds."""
    with options.open_log(ctx, db) as log:
        facts, zone, today = log.info(), log.zone, log.today()
    if json:
        output.result(output.json_line(facts))
        return 0
    rows = dict(facts.rows)
    rows["users"] -= 1  # the reserved one is nobody
    counts = [wording.plural(rows[table], noun) for table, noun in _SHOWN_TABLES.items()]
    dates = "none yet"
    if facts.first_date is not None and facts.last_date is not None:
        dates = f"{facts.first_date} to {facts.last_date}"
    fixed = "has the WAL-reset fix of 3.51.3"
    if not facts.wal_reset_fixed:
        fixed = "lacks the WAL-reset fix of 3.51.3; leadlog's own writers do without"
    own = [f"{user} {limit}" for user, limit in facts.user_limits.items()]
    more = f" and {len(own) - _NAMED_LIMITS} more" if len(own) > _NAMED_LIMITS else ""
    own_text = ", ".join(own[:_NAMED_LIMITS]) + more
    from leadlog.cli import layout

    wal_size = layout.size_text(facts.wal_bytes)
    lines = [
        ("id", facts.database_id),
        ("created", f"{wording.long_time(facts.created_at, zone)} ({zone.name})"),
        ("size", f"{layout.size_text(facts.size_bytes)}, and {wal_size} in the write-ahead log"),
        ("rows", ", ".join(counts[:3])),
        ("", ", ".join(counts[3:])),
        ("dates", f"{dates}, in {zone.name}; today is {today}"),
        ("limits", f"{facts.default_limit} by default" + (f"; {safe(own_text)}" if own else "")),
        ("software", f"leadlog {facts.leadlog_version}, schema {facts.schema_version}"),
        ("SQLite", f"{facts.sqlite_version}, which {fixed}"),
    ]
    output.result(output.paint(safe(facts.path), "bold"))
    layout.print_fields(lines, label_width=10)
    return 0
