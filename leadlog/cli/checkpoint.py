"""`leadlog checkpoint`."""

import typer

from leadlog.cli import options, output, wording
from leadlog.cli.commands import Command
from leadlog.text import safe

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def checkpoint(
    ctx: typer.Context,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Print the outside proof: rows and head hash of every table, and one digest over all.

    Keep it where whoever can write the database can't, as a mail or a commit.
    `leadlog verify --checkpoint FILE` takes the JSON form.
    """
    with options.open_log(ctx, db) as log:
        made, zone = log.checkpoint(), log.zone
    if json:
        output.result(output.json_line(made))
        return 0
    when = wording.long_time(made.created_at, zone)
    output.result(output.paint(f"Checkpoint of {safe(made.database_id)}", "bold"))
    output.result(f"  {when} ({zone.name})")
    width = max(map(len, made.heads))
    rows = max(len(f"{head.rows:,}") for head in made.heads.values())
    for table, head in made.heads.items():
        shown = head.hash[:16] if head.rows else "empty"
        output.result(f"  {table:<{width}}  {head.rows:>{rows},}  {shown}")
    output.result(f"  digest {made.digest}")
    if not quiet:
        output.hint("  to verify against it, keep: leadlog checkpoint --json > checkpoint.json")
    return 0
