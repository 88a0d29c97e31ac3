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
_WEIGHTS = {"user": 3, "outcome": 5, "source": 2, "page": 4}
"""How these share what id and time leave of a line."""

_LEAST = {"user": 7, "outcome": len("✓ lead 1234567"), "source": 5, "page": 7}
"""With fewer cells one of these says too little, and another is left out."""

_DISPENSABLE = ("source", "page", "user")
"""What is left out, in this order."""


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
    values = dict(zip(_WEIGHTS, map(safe, rest), strict=True))
    room = layout.console_width() - _ID_CELLS - len(time) - 2
    cells = {name: layout.cell(values[name], width) for name, width in _widths(room).items()}
    for start, colour in OUTCOME_COLOURS.items():
        if cells["outcome"].startswith(start):
            cells["outcome"] = output.paint(cells["outcome"], colour)
            break
    output.result(" ".join([f"{number:>{_ID_CELLS}}", time, *cells.values()]).rstrip())


def _widths(room: int) -> dict[str, int]:
    """Return how wide what is shown of an attempt is, in `room` cells with a space between."""
    names = list(_WEIGHTS)
    for left_out in (None, *_DISPENSABLE):
        names = [name for name in names if name != left_out]
        shared = max(room - len(names) + 1, len(names))
        widths = layout.shared_widths(shared, [_WEIGHTS[name] for name in names])
        if all(width >= _LEAST[name] for name, width in zip(names, widths, strict=True)):
            break
    return dict(zip(names, widths, strict=True))
