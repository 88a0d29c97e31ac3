"""What shell completion offers from the database; loaded only when the shell asks."""

import typer

from leadlog.cli.options import database_path
from leadlog.errors import LeadlogError

MOST_DATES = 30


def handles(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the registered handles that begin with what was typed."""
    log = _open(ctx)
    if log is None:
        return []
    with log:
        return [user.handle for user, _, _ in log.users() if user.handle.startswith(incomplete)]


def dates(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return `today`, `yesterday` and the newest dates of the log that begin with what was typed."""
    words = ["today", "yesterday"]
    log = _open(ctx)
    if log is not None:
        with log:
            words += log.newest_dates(MOST_DATES)
    return [word for word in words if word.startswith(incomplete)]


def _open(ctx: typer.Context):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """Open the database for completing; where there is none, nothing is offered."""
    from leadlog import service

    try:
        return service.open(database_path(ctx.params.get("db")))
    except LeadlogError:
        return None
