"""Options that several commands share, and the log that a command works on."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from leadlog.clock import Clock
from leadlog.errors import LeadlogError

if TYPE_CHECKING:
    from leadlog.limits import Limit
    from leadlog.service import Leadlog


def complete_handles(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return registered handles for the shell; loads nothing until the shell asks."""
    from leadlog.cli.completing import handles

    return handles(ctx, incomplete)


DbOption = Annotated[
    str | None,
    typer.Option(
        "--db", envvar="LEADLOG_DB", metavar="PATH", help="The database file.", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only.")]
DebugOption = Annotated[
    bool, typer.Option("--debug", help="Show the traceback of a bug.", hidden=True)
]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait",
        metavar="SECONDS",
        help="How long to wait for other writers (30).",
        show_default=False,
    ),
]
HandleArgument = Annotated[
    str,
    typer.Argument(metavar="HANDLE", help="The user's handle.", autocompletion=complete_handles),
]
OptionalHandle = Annotated[
    str | None,
    typer.Argument(
        metavar="[HANDLE]",
        help="Only this user.",
        autocompletion=complete_handles,
        show_default=False,
    ),
]
DEFAULT_WAIT_SECONDS = 30.0


def database_path(given: str | None) -> str:
    """Return the database's path: the one given, else the file in the user's data folder.

    Raises:
        LeadlogError: kind `usage`, for an empty path; a variable that was not set must not divert
            the log.
    """
    if given is not None:
        if not given:
            hint = "Name the file, or leave --db out for the one in your data folder."
            raise LeadlogError("usage", "--db is empty.", hint)
        return os.path.expanduser(given)
    from platformdirs import user_data_dir

    return os.path.join(user_data_dir("leadlog", appauthor=False), "leadlog.db")


def open_log(
    ctx: typer.Context,
    db: str | None,
    wait: float = DEFAULT_WAIT_SECONDS,
    *,
    writable: bool = False,
    create: bool = False,
    timezone: str = "UTC",
    limit: "Limit | None" = None,
) -> "Leadlog":
    """Open the database a command works on; the caller closes it.

    Raises:
        LeadlogError: see `leadlog.open`.
    """
    from leadlog import service

    if not wait >= 0:
        raise LeadlogError("usage", "--wait takes seconds, 0 or more.", None)
    try:
        return service.open(
            database_path(db),
            create=create,
            timezone=timezone,
            limit=limit or service.DEFAULT_LIMIT,
            wait_seconds=wait,
            clock=clock(ctx),
            writable=writable,
        )
    except LeadlogError as error:
        if error.kind == "not_found" and db is not None and db != os.environ.get("LEADLOG_DB"):
            import shlex

            hint = f"Create it with: leadlog init --db {shlex.quote(db)}"
            raise LeadlogError(error.kind, error.message, hint) from None
        raise


def at_least(least: int, given: int | None, option: str) -> None:
    """See that a number that was given is not too small.

    Raises:
        LeadlogError: kind `usage`, when it is.
    """
    if given is not None and given < least:
        raise LeadlogError("usage", f"{option} takes a number, {least} or more.", None)


def clock(ctx: typer.Context) -> Clock:
    """Return the clock that `main` was given."""
    the_clock: Clock = ctx.find_root().obj
    return the_clock
