"""`leadlog init`."""

from typing import Annotated

import typer

from leadlog import limits
from leadlog.cli import options, output
from leadlog.cli.commands import Command
from leadlog.errors import LeadlogError
from leadlog.text import safe

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def init(
    ctx: typer.Context,
    timezone: Annotated[
        str | None,
        typer.Option(
            "--timezone", metavar="TZ", help="The zone whose calendar days are counted (UTC)."
        ),
    ] = None,
    limit: Annotated[
        str | None,
        typer.Option("--limit", metavar="N/WINDOW", help="The default rate limit (100/1m)."),
    ] = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """Create the database.

    Doing it again with the same settings is fine; with others it is an error, because they were
    chosen once for all. Later limits are set with: leadlog limit set
    """
    wanted = limits.parse(limit) if limit is not None else None
    if timezone == "":
        hint = "Name one, such as Europe/Berlin, or leave --timezone out for UTC."
        raise LeadlogError("usage", "--timezone is empty.", hint)
    with options.open_log(
        ctx, db, wait, create=True, timezone=timezone or "UTC", limit=wanted
    ) as log:
        info = log.info()
        if timezone is not None and timezone != info.timezone:
            message = f"The database {info.path} exists and counts days in {info.timezone}."
            hint = "A time zone is chosen once. Name another file with --db PATH for another one."
            raise LeadlogError("usage", message, hint)
        if wanted is not None and str(wanted) != info.default_limit:
            message = (
                f"The database {info.path} exists and its default limit is {info.default_limit}."
            )
            hint = f"Change it with: leadlog limit set --default {wanted}"
            raise LeadlogError("usage", message, hint)
    if json:
        fields = ("path", "database_id", "created_at", "timezone", "default_limit")
        output.result(output.json_line({name: getattr(info, name) for name in fields}))
    elif not quiet:
        output.prose(
            f"{safe(info.path)} is ready: days in {info.timezone}, limit {info.default_limit}"
        )
        output.hint("Next: leadlog user add HANDLE")
    return 0
