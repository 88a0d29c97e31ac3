"""`leadlog tail`."""

from typing import Annotated

import typer

from leadlog.cli import filters, layout, options, output
from leadlog.cli.attempts import OUTCOME_COLOURS, row_cells, say_none
from leadlog.cli.commands import Command
from leadlog.listings import Attempt, Filter
from leadlog.service import Leadlog
from leadlog.text import safe

app = typer.Typer(add_completion=False)

POLL_SECONDS = 0.25
_ID_CELLS = 7
_WEIGHTS = (3, 4, 2, 4)
"""How user, outcome, source and page share what id and time leave of a line."""


@app.command(cls=Command)
def tail(
    ctx: typer.Context,
    lines: Annotated[
        int,
        typer.Option(
            "-n", "--lines", metavar="N", help="How many to begin with (10).", show_default=False
        ),
    ] = 10,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on as attempts are recorded.")
    ] = False,
    user: filters.UserFilter = None,
    outcome: filters.OutcomeFilter = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show the newest attempts, the last one last; with -f, go on until interrupted."""
    options.at_least(0, lines, "--lines")
    clock = options.clock(ctx)
    with options.open_log(ctx, db) as log:
        today = log.today()
        wanted = filters.make_filter(log, user=user, outcome=filters.outcome(outcome))
        seen_changes, last = log.changes(), log.last_attempt_id()
        newest = (
            list(log.attempts(wanted._replace(limit=lines), newest_first=True)) if lines else []
        )
        for attempt in reversed(newest):
            _print(attempt, log, today, json=json)
        output.flush()
        if not quiet and not json:
            if follow:
                layout.footer(f"times in {log.zone.name}", "end with Ctrl-C")
            elif newest:
                layout.footer(f"times in {log.zone.name}", "follow: -f")
            elif lines:
                say_none("attempt", log)
        wanted = wanted._replace(after_id=last)
        while follow:
            if log.changes() == seen_changes:
                clock.sleep(POLL_SECONDS)
                continue
            seen_changes = log.changes()
            wanted = _print_since(log, wanted, json=json)
            output.flush()
    return 0


def _print_since(log: Leadlog, wanted: Filter, *, json: bool) -> Filter:
    """Print what came after the filter's `after_id`; return the filter for what comes next."""
    last = log.last_attempt_id()
    today = log.today()
    for attempt in log.attempts(wanted):
        _print(attempt, log, today, json=json)
        last = max(last, attempt.attempt)
    return wanted._replace(after_id=last)


def _print(attempt: Attempt, log: Leadlog, today: str, *, json: bool) -> None:
    if json:
        output.result(output.json_line(attempt))
        return
    number, time, *rest = row_cells(attempt, log.zone, today)
    room = layout.console_width() - _ID_CELLS - len(time) - len(rest) - 1
    widths = layout.shared_widths(max(room, len(rest)), _WEIGHTS)
    user, outcome, *others = map(layout.cell, map(safe, rest), widths)
    for start, colour in OUTCOME_COLOURS.items():
        if outcome.startswith(start):
            outcome = output.paint(outcome, colour)
            break
    output.result(" ".join([f"{number:>{_ID_CELLS}}", time, user, outcome, *others]).rstrip())
