"""`leadlog tail`."""

from typing import Annotated

import typer

from leadlog.cli import filters, options, output
from leadlog.cli.attempts import NOTHING_YET, SUBMIT_ONE, row_cells
from leadlog.listings import Attempt, Filter
from leadlog.service import Leadlog
from leadlog.text import cut, safe

app = typer.Typer(add_completion=False)

POLL_SECONDS = 0.25
_WIDTHS = (8, 13, 16, 24, 12)


@app.command()
def tail(
    ctx: typer.Context,
    lines: Annotated[
        int, typer.Option("-n", "--lines", metavar="N", min=0, help="How many to begin with.")
    ] = 10,
    follow: Annotated[
        bool, typer.Option("-f", "--follow", help="Go on as attempts are recorded.")
    ] = False,
    user: filters.UserFilter = None,
    outcome: Annotated[
        str | None,
        typer.Option("--outcome", metavar="success|failure", help="Only with this outcome."),
    ] = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show the newest attempts, the last one last; with -f, go on until interrupted."""
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
        if not newest and not follow:
            output.note(NOTHING_YET if last == 0 else "No attempt matches.")
            output.note(SUBMIT_ONE if last == 0 else "Leave out a filter.")
        output.flush()
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
    *cells, page = row_cells(attempt, log.zone, today)
    padded = [
        f"{cut(safe(cell), width):<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)
    ]
    text = " ".join([*padded, cut(safe(page), 20)]).rstrip()
    failed = attempt.failure is not None
    output.result(output.paint(text, "red") if failed else text)
