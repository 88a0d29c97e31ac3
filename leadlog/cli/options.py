"""Options that several commands share, and the log that a command works on."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from leadlog.clock import Clock

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
    typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for other writers."),
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
    """Return the database's path: the one given, else the file in the user's data folder."""
    if given:
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

    return service.open(
        database_path(db),
        create=create,
        timezone=timezone,
        limit=limit or service.DEFAULT_LIMIT,
        wait_seconds=wait,
        clock=clock(ctx),
        writable=writable,
    )


def clock(ctx: typer.Context) -> Clock:
    """Return the clock that `main` was given."""
    the_clock: Clock = ctx.find_root().obj
    return the_clock
