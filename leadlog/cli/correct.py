"""`leadlog correct`."""

from typing import Annotated

import typer

from leadlog.cli import filters, options, output
from leadlog.cli.commands import Command
from leadlog.corrections import Corrected, in_words
from leadlog.text import safe

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def correct(
    ctx: typer.Context,
    attempt: Annotated[int, typer.Argument(metavar="ATTEMPT", help="The attempt's id.")],
    outcome: Annotated[
        str,
        typer.Option(
            "--outcome",
            metavar="success|failure",
            help="What it should have been.",
            autocompletion=filters.complete_outcomes,
        ),
    ],
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why; kept, with personal data masked."),
    ],
    category: Annotated[
        str | None,
        typer.Option(
            "--category",
            metavar="NAME",
            help="The kind of failure (rejected).",
            autocompletion=filters.complete_categories,
        ),
    ] = None,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="NAME", help="The failure's code, such as crm_500."),
    ] = None,
    error: Annotated[
        str | None,
        typer.Option("--error", metavar="TEXT", help="The error's text; personal data is masked."),
    ] = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """State what an attempt should have been.

    The attempt's row stays as it is; the newest correction counts, for the first open date from
    today on. A success corrected to a failure revokes its lead.
    """
    with options.open_log(ctx, db, wait, writable=True) as log:
        done = log.correct(
            attempt, outcome, category=category, code=code, error=error, reason=reason
        )
    if json:
        output.result(output.json_line(done))
    elif not quiet:
        for line in _lines(done):
            output.prose(line)
        if done.failure is None and done.lead_restored is None:
            output.hint("  a correction makes no lead; submit it again if one is wanted")
        output.hint(f"  see both: leadlog show {done.attempt}")
    return 0


def _lines(done: Corrected) -> list[str]:
    before, after = in_words(*done.was), in_words(done.outcome, done.failure)
    lines = [f"Attempt {done.attempt}: {safe(before)} → {safe(after)}"]
    if done.lead_revoked is not None:
        lines.append(f"  lead {done.lead_revoked} is revoked")
    if done.lead_restored is not None:
        lines.append(f"  lead {done.lead_restored} counts again")
    lines.append(f"  because: {safe(done.reason)}")
    lines.append(f"  correction {done.correction}, counts for {done.log_date}")
    return lines
