"""`leadlog limit status`, `set` and `history`; `replay` and `simulate` stand apart."""

from typing import Annotated

import typer

from leadlog import limits
from leadlog.cli import options, output, past_limits, wording
from leadlog.cli.commands import Command
from leadlog.errors import LeadlogError
from leadlog.intake import mask_reason
from leadlog.listings import LimitStatus
from leadlog.text import safe

app = typer.Typer(add_completion=False, no_args_is_help=True)

_BAR_CELLS = 10


@app.callback()
def limit() -> None:
    """Show and set rate limits."""


app.command(cls=Command)(past_limits.replay)
app.command(cls=Command)(past_limits.simulate)


@app.command(cls=Command)
def status(
    ctx: typer.Context,
    handle: options.OptionalHandle = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show how much of its limit each user has used at this moment."""
    with options.open_log(ctx, db) as log:
        statuses = log.limit_status(handle)
    if json:
        for one in statuses:
            fields = one._asdict()
            del fields["is_default"]
            output.result(output.json_line(fields))
        return 0
    if not statuses:
        if not quiet:
            output.note("Nobody is registered yet.")
            output.hint("Register a user with: leadlog user add HANDLE")
        return 0
    from leadlog.cli.tables import Column, print_table

    columns = [
        Column("user", least=16),
        Column("limit", fixed=True, dispensable=2),
        Column("used", fixed=True, colours={"▇" * _BAR_CELLS: "red"}, dispensable=3),
        Column("left", "right", fixed=True),
        Column("frees up", fixed=True, dispensable=1),
    ]
    digits = max(len(f"{one.used:,}") for one in statuses)
    rows = [
        (
            one.user,
            _limit_text(one),
            f"{_bar(one)} {one.used:>{digits},}",
            _left(one),
            _frees(one),
        )
        for one in statuses
    ]
    print_table(columns, rows)
    if not quiet:
        if any(map(_over, statuses)):
            output.hint(" over: used more than the limit allows since it was changed")
        output.hint(" change one: leadlog limit set HANDLE N/WINDOW")
    return 0


@app.command("set", cls=Command)
def set_(
    ctx: typer.Context,
    first: Annotated[
        str,
        typer.Argument(
            metavar="HANDLE",
            help="The user; left out with --default.",
            autocompletion=options.complete_handles,
        ),
    ],
    second: Annotated[
        str | None,
        typer.Argument(
            metavar="N/WINDOW",
            help="Such as 10/30s or 5000/1d; 0/1d blocks; `default` undoes.",
            show_default=False,
        ),
    ] = None,
    default: Annotated[
        bool, typer.Option("--default", help="Set the default of all users.")
    ] = False,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why; kept in the history.")
    ] = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """Set a user's limit, or with --default the limit of all who have none of their own."""
    handle, text = (None, first) if default and second is None else (first, second)
    if text is None:
        hint = "Write: leadlog limit set HANDLE 20/1m, or: leadlog limit set --default 100/1m"
        raise LeadlogError("usage", "The limit is missing.", hint)
    if default and second is not None:
        hint = "Leave out the handle, or --default."
        raise LeadlogError("usage", "--default sets no user's own limit.", hint)
    wanted = None if text == "default" and handle is not None else limits.parse(text)
    with options.open_log(ctx, db, wait, writable=True) as log:
        result = log.set_limit(handle, wanted, reason)
    if json:
        limit_text = str(wanted) if wanted is not None else None
        stored = mask_reason(reason)
        output.result(output.json_line({"user": handle, "limit": limit_text, "reason": stored}))
    elif not quiet:
        who = safe(handle) if handle is not None else "The default"
        what = f"{wanted}" if wanted is not None else "the default again"
        line = f"{who}: {what}"
        if result is not None:
            line += f" · {_use(result)}"
        output.prose(line)
    return 0


@app.command(cls=Command)
def history(
    ctx: typer.Context,
    handle: options.OptionalHandle = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show every limit that was ever set, oldest first."""
    with options.open_log(ctx, db) as log:
        changes, today, zone = log.limit_history(handle), log.today(), log.zone
    if json:
        for change in changes:
            limit_text = str(change.limit) if change.limit is not None else None
            output.result(output.json_line({**change._asdict(), "limit": limit_text}))
        return 0
    if not changes:
        if not quiet:
            output.note("This user never had a limit of its own; the default applies.")
            output.hint(f"Set one with: leadlog limit set {safe(handle or 'HANDLE')} N/WINDOW")
        return 0
    from leadlog.cli.tables import Column, print_table

    rows = [
        (
            str(change.change),
            wording.short_time(change.created_at, zone, today),
            change.user or "(default)",
            str(change.limit) if change.limit is not None else "back to default",
            change.reason or "",
        )
        for change in changes
    ]
    columns = [
        Column("no.", "right", fixed=True, dispensable=3),
        Column("set", fixed=True, dispensable=1),
        Column("user"),
        Column("limit", fixed=True),
        Column("reason", dispensable=2),
    ]
    print_table(columns, rows)
    if not quiet:
        output.hint(f" times in {zone.name}")
    return 0


def _limit_text(status: LimitStatus) -> str:
    text = f"{status.limit:,} / {limits.window_words(status.window_seconds)}"
    return f"{text} (default)" if status.is_default else text


def _bar(status: LimitStatus) -> str:
    share = 1.0 if status.limit == 0 else min(1.0, status.used / status.limit)
    # Any use shows, and only a limit that is used up shows full.
    filled = _BAR_CELLS if share >= 1 else min(_BAR_CELLS - 1, -int(-share * _BAR_CELLS // 1))
    return "▇" * filled + "▁" * (_BAR_CELLS - filled)


def _over(status: LimitStatus) -> int:
    """Return how many more are used than a lowered limit allows; a block allows none anyway."""
    return max(0, status.used - status.limit) if status.limit else 0


def _left(status: LimitStatus) -> str:
    over = _over(status)
    return f"{over:,} over" if over else f"{status.remaining:,}"


def _use(status: LimitStatus) -> str:
    if not _over(status) or status.retry_after is None:
        return f"{status.used:,} used, {status.remaining:,} left"
    more = wording.beyond_limit(status.used, status.limit)
    used = f"{wording.plural(status.used, 'attempt')} used, {more} allows now"
    return f"{used}; the next is admitted in {wording.span(status.retry_after)}"


def _frees(status: LimitStatus) -> str:
    if status.retry_after is None:
        return "never: blocked"
    return f"in {wording.span(status.retry_after)}" if status.retry_after else ""
