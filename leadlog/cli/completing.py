"""What shell completion offers from the database; loaded only when the shell asks."""

from collections.abc import Callable

import typer

from leadlog import service
from leadlog.cli.options import database_path
from leadlog.errors import LeadlogError
from leadlog.service import Leadlog

MOST_DATES = 30


def handles(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the registered handles that begin with what was typed."""
    known = _ask(ctx, lambda log: [user.handle for user, _, _ in log.users()])
    return _beginning_with(incomplete, known)


def dates(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return `today`, `yesterday` and the log's newest dates that begin with what was typed."""
    newest = _ask(ctx, lambda log: log.newest_dates(MOST_DATES))
    return _beginning_with(incomplete, ["today", "yesterday", *newest])


def _beginning_with(incomplete: str, words: list[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def _ask(ctx: typer.Context, question: Callable[[Leadlog], list[str]]) -> list[str]:
    """Ask the database; where it can't answer nothing is offered, and nothing said."""
    try:
        with service.open(database_path(ctx.params.get("db"))) as log:
            return question(log)
    except LeadlogError:
        return []
