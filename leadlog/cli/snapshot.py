"""`leadlog snapshot`."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date as calendar_date
from datetime import timedelta
from typing import Annotated

import typer

from leadlog.cli import meter, options, output
from leadlog.cli.commands import Command
from leadlog.cli.filters import complete_dates
from leadlog.clock import parse_date
from leadlog.errors import LeadlogError
from leadlog.service import Leadlog

app = typer.Typer(add_completion=False)

DateOption = Annotated[
    str | None,
    typer.Option(
        "--date",
        metavar="DATE",
        help="The date to close: 2026-01-31, today, yesterday (yesterday).",
        autocompletion=complete_dates,
    ),
]
FromOption = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DATE", help="The first date of a range.", autocompletion=complete_dates
    ),
]
ToOption = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="DATE", help="Its last date, included.", autocompletion=complete_dates
    ),
]


@app.command(cls=Command)
def snapshot(
    ctx: typer.Context,
    date: DateOption = None,
    first: FromOption = None,
    last: ToOption = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """Close a date that is over, and show its figures.

    They are stored once and never change; closing again shows what is stored. A date that is still
    running is shown as provisional and not stored. In cron: leadlog snapshot -q
    """
    with options.open_log(ctx, db, wait) as log, ExitStack() as stack:
        dates = _dates(log, date, first, last)
        has_bar = len(dates) > 1 and not quiet and meter.is_seen()
        say, advance = _behind_a_bar(stack, len(dates)) if has_bar else (output.result, _no_bar)
        for day in dates:
            one = log.snapshot(day)
            if json:
                say(output.json_line(one.as_dict()))
            elif not quiet:
                from leadlog.cli import day_sheet

                if len(dates) == 1:
                    day_sheet.print_sheet(one, log.median_success_rate(day), log.zone)
                else:
                    say(day_sheet.line(one))
            advance(1)
    return 0


def _behind_a_bar(
    stack: ExitStack, dates: int
) -> tuple[Callable[[str], None], Callable[[int], None]]:
    """Show a progress bar; return what holds a line back until it is gone, and what moves it on.

    On one screen the bar and the lines would otherwise run into each other.
    """
    from leadlog.cli.progress import bar

    held: list[str] = []

    def let_go() -> None:
        for text in held:
            output.result(text)

    stack.callback(let_go)
    return held.append, stack.enter_context(bar("Closing", dates, "dates"))


def _no_bar(_dates: int) -> None:
    """Move nothing on."""


def _dates(log: Leadlog, date: str | None, first: str | None, last: str | None) -> list[str]:
    """Return the dates meant, in order.

    Raises:
        LeadlogError: kind `usage`, for half a range, a reversed one, or a date in the future.
    """
    today = log.today()
    if first is None and last is None:
        days = [parse_date(date or "yesterday", today)]
    else:
        hint = "Use --date for one day, or --from and --to for a range."
        if date is not None:
            raise LeadlogError("usage", "--date can't be used with --from or --to.", hint)
        if first is None or last is None:
            raise LeadlogError("usage", "--from and --to belong together.", hint)
        start, end = parse_date(first, today), parse_date(last, today)
        if end < start:
            message = f"The range ends on {end}, before it begins on {start}."
            hint = f"Write: leadlog snapshot --from {end} --to {start}"
            raise LeadlogError("usage", message, hint)
        begin = calendar_date.fromisoformat(start)
        count = (calendar_date.fromisoformat(end) - begin).days + 1
        days = [(begin + timedelta(days=n)).isoformat() for n in range(count)]
    if days[-1] > today:
        hint = f"Today is {today} in {log.zone.name}."
        raise LeadlogError("usage", f"The date {days[-1]} lies in the future.", hint)
    return days
