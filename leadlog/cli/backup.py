"""`leadlog backup`."""

import os
from typing import Annotated

import typer

from leadlog import chain
from leadlog.cli import meter, options, output, signals, wording
from leadlog.cli.commands import Command
from leadlog.errors import LeadlogError
from leadlog.text import safe

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def backup(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="F", help="The file to make.")],
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Make a consistent copy of the database, while others write.

    The copy is one file that its owner alone may read. It is checked after it was written, and
    nothing that exists is ever overwritten.
    """
    if not file:
        hint = "Name the file to make, as in: leadlog backup leads-copy.db"
        raise LeadlogError("usage", "The backup needs a file's name.", hint)
    with (
        options.open_log(ctx, db) as log,
        signals.stoppable() as stopped,
        meter.meter("Copying", "pages", wanted=not quiet) as on_progress,
    ):
        made = log.backup(os.path.expanduser(file), on_progress, stopped)
    if json:
        output.result(output.json_line(made))
    elif not quiet:
        from leadlog.cli.layout import size_text

        counts = [
            wording.plural(made.rows["lead_submission_logs"], "attempt"),
            wording.plural(made.rows["leads"], "lead"),
            size_text(made.size_bytes),
        ]
        ready = output.paint("✓", "green")
        output.result(f"{ready} {safe(made.path)}: {', '.join(counts)}, checked")
        if made.last_hash is not None:
            receipt = chain.receipt_text(made.last_attempt, made.last_hash)
            output.result(f"  its newest attempt, to be kept elsewhere: {receipt}")
    return 0
