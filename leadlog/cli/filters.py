"""The options that narrow a listing, and the `Filter` they mean."""

from typing import Annotated

import typer

from leadlog.cli import options
from leadlog.clock import parse_date
from leadlog.errors import LeadlogError
from leadlog.listings import Filter
from leadlog.model import CATEGORIES
from leadlog.service import Leadlog
from leadlog.text import safe


def complete_dates(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return dates for the shell; loads nothing until the shell asks."""
    from leadlog.cli.completing import dates

    return dates(ctx, incomplete)


def complete_outcomes(incomplete: str) -> list[str]:
    """Return outcomes for the shell."""
    return [name for name in ("success", "failure") if name.startswith(incomplete)]


def complete_categories(incomplete: str) -> list[str]:
    """Return failure categories for the shell."""
    return [name for name in CATEGORIES if name.startswith(incomplete)]


UserFilter = Annotated[
    str | None,
    typer.Option(
        "--user",
        metavar="HANDLE",
        help="Only this user's.",
        autocompletion=options.complete_handles,
    ),
]
DateFilter = Annotated[
    str | None,
    typer.Option(
        "--date",
        metavar="DATE",
        help="Only this date: 2026-01-31, today, yesterday.",
        autocompletion=complete_dates,
    ),
]
SinceFilter = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="DATE", help="From this date on.", autocompletion=complete_dates
    ),
]
UntilFilter = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="DATE", help="Up to this date, included.", autocompletion=complete_dates
    ),
]
OutcomeFilter = Annotated[
    str | None,
    typer.Option(
        "--outcome",
        metavar="success|failure",
        help="Only with this outcome.",
        autocompletion=complete_outcomes,
    ),
]
CategoryFilter = Annotated[
    str | None,
    typer.Option(
        "--category",
        metavar="NAME",
        help="Only failures of this category.",
        autocompletion=complete_categories,
    ),
]
CodeFilter = Annotated[
    str | None, typer.Option("--code", metavar="NAME", help="Only failures with this code.")
]
SourceFilter = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Only from this source.")
]
PageFilter = Annotated[
    str | None, typer.Option("--page", metavar="PATH", help="Only on this page.")
]
EmailFilter = Annotated[
    str | None, typer.Option("--email", metavar="ADDRESS", help="Only of this person.")
]
AfterIdFilter = Annotated[
    int | None,
    typer.Option("--after-id", metavar="ID", help="Only ids beyond this one, in ascending order."),
]
RowsOption = Annotated[
    int | None,
    typer.Option(
        "--limit",
        metavar="N",
        help="At most so many rows (a list for people: 50).",
        show_default=False,
    ),
]


def date_range(
    log: Leadlog, date: str | None, since: str | None, until: str | None
) -> tuple[str | None, str | None]:
    """Return the first and last log date that --date, --since and --until mean.

    Raises:
        LeadlogError: kind `usage`, for a date that is none, a reversed range, or --date beside a
            range.
    """
    today = log.today()
    if date is not None:
        if since is not None or until is not None:
            hint = "Use --date for one day, or --since and --until for a range."
            raise LeadlogError("usage", "--date can't be used with --since or --until.", hint)
        since = until = date
    first = parse_date(since, today) if since is not None else None
    last = parse_date(until, today) if until is not None else None
    if first is not None and last is not None and last < first:
        message = f"The range ends on {last}, before it begins on {first}."
        raise LeadlogError("usage", message, f"Write: --since {last} --until {first}")
    return first, last


def make_filter(
    log: Leadlog,
    *,
    date: str | None = None,
    since: str | None = None,
    until: str | None = None,
    user: str | None = None,
    email: str | None = None,
    after_id: int | None = None,
    limit: int | None = None,
    **same: str | None,
) -> Filter:
    """Return the filter that a listing command's options mean.

    Raises:
        LeadlogError: kind `usage` for dates and numbers, `not_found` for an unknown user.
    """
    options.at_least(0, after_id, "--after-id")
    options.at_least(1, limit, "--limit")
    first, last = date_range(log, date, since, until)
    return Filter(
        since=first,
        until=last,
        user_id=log.user_id(user) if user is not None else None,
        email_key=log.email_key(email) if email is not None else None,
        after_id=after_id or 0,
        limit=limit,
        **same,  # type: ignore[arg-type]  # names and types as the options have them
    )


def as_options(**given: str | None) -> str:
    """Return filters as they are typed, to be put into a command that goes on from here."""
    from shlex import quote

    pairs = [(name, value) for name, value in given.items() if value is not None]
    return "".join(f" --{name.replace('_', '-')} {quote(safe(value))}" for name, value in pairs)


def outcome(given: str | None) -> str | None:
    """Return a valid value of --outcome.

    Raises:
        LeadlogError: kind `usage`, when it is none.
    """
    if given not in (None, "success", "failure"):
        raise LeadlogError("usage", f'"{given}" is no outcome.', "Use success or failure.")
    return given


def category(given: str | None) -> str | None:
    """Return a valid value of --category.

    Raises:
        LeadlogError: kind `usage`, when it is none.
    """
    if given is not None and given not in CATEGORIES:
        hint = f"Use one of {', '.join(CATEGORIES)}."
        raise LeadlogError("usage", f'"{given}" is no failure category.', hint)
    return given
