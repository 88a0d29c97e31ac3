"""`leadlog user add`, `list` and `show`."""

from typing import Annotated, Any

import typer

from leadlog import limits
from leadlog.cli import options, output, wording
from leadlog.cli.commands import Command
from leadlog.listings import LimitStatus
from leadlog.model import User
from leadlog.text import safe

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def user() -> None:
    """Register users and show them."""


@app.command(cls=Command)
def add(
    ctx: typer.Context,
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="Letters, digits and . _ @ + -")],
    limit: Annotated[
        str | None,
        typer.Option("--limit", metavar="N/WINDOW", help="A limit of its own, such as 20/1m."),
    ] = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """Register a user; the database is created if it is missing."""
    wanted = limits.parse(limit) if limit is not None else None
    with options.open_log(ctx, db, wait, create=True) as log:
        user = log.add_user(handle, wanted)
        status = log.limit_status(handle)[0]
    if json:
        output.result(output.json_line(_as_dict(user, status)))
    elif not quiet:
        output.prose(f"{safe(handle)} is registered, with {_limit_words(status)}")
    if "@" in handle and not quiet:
        output.note("Note: a handle is never erased; this one looks like a person's address.")
    return 0


@app.command("list", cls=Command)
def list_(
    ctx: typer.Context,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """List the registered users and their limits."""
    with options.open_log(ctx, db) as log:
        users, today = log.users(), log.today()
        if json:
            for user, limit, is_default in users:
                fields = {**_user_fields(user), "limit": str(limit), "default": is_default}
                output.result(output.json_line(fields))
            return 0
        if not users:
            if not quiet:
                output.note("Nobody is registered yet.")
                output.hint("Register a user with: leadlog user add HANDLE")
            return 0
        from leadlog.cli.tables import Column, print_table

        rows = [
            (
                user.handle,
                str(limit) + (" (default)" if is_default else ""),
                wording.day(user.created_date, today),
            )
            for user, limit, is_default in users
        ]
        columns = [Column("user"), Column("limit", fixed=True, dispensable=1)]
        print_table([*columns, Column("since", fixed=True, dispensable=2)], rows)
    return 0


@app.command(cls=Command)
def show(
    ctx: typer.Context,
    handle: options.HandleArgument,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show one user: since when, under which limit, and how much of it is used."""
    with options.open_log(ctx, db) as log:
        status = log.limit_status(handle)[0]
        user = log.user(handle)
        history = log.limit_history(handle)
        if json:
            output.result(output.json_line(_as_dict(user, status)))
            return 0
        from leadlog.cli.layout import print_fields

        name = safe(handle)
        registered = f"{wording.long_time(user.created_at, log.zone)} ({log.zone.name})"
        used = f"{status.used:,} now, {status.remaining:,} left"
        if status.used > status.limit > 0:
            used = f"{status.used:,} now, {wording.beyond_limit(status.used, status.limit)}"
        if status.retry_after:
            used += f", frees up in {wording.span(status.retry_after)}"
        lines = [("registered", registered), ("limit", _limit_words(status)), ("used", used)]
        if history:
            changes = wording.plural(len(history), "change")
            lines.append(("history", f"{changes}: leadlog limit history {name}"))
        lines.append(("attempts", f"leadlog attempts --user {name}"))
        lines.append(("failures", f"leadlog failures --user {name}"))
        output.result(output.paint(name, "bold"))
        print_fields(lines, label_width=12)
    return 0


def _limit_words(status: LimitStatus) -> str:
    limit = limits.Limit(status.limit, status.window_seconds)
    if status.limit == 0:
        return f"a limit of {limit}, which blocks"
    return f"the default limit of {limit}" if status.is_default else f"a limit of {limit}"


def _user_fields(user: User) -> dict[str, Any]:
    return {"user": user.handle, "created_at": user.created_at, "created_date": user.created_date}


def _as_dict(user: User, status: LimitStatus) -> dict[str, Any]:
    limit = limits.Limit(status.limit, status.window_seconds)
    return {
        **_user_fields(user),
        "limit": str(limit),
        "default": status.is_default,
        "used": status.used,
        "remaining": status.remaining,
        "retry_after": status.retry_after,
    }
