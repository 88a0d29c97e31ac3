"""`leadlog attempts`, and how attempts look in a list."""

from collections.abc import Iterable

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.cli.commands import Command
from leadlog.clock import Zone
from leadlog.listings import Attempt
from leadlog.service import Leadlog

app = typer.Typer(add_completion=False)

TABLE_ROWS = 50
OUTCOME_COLOURS = {"✓": "green", "✗ limit_exceeded": "yellow", "✗ blocked": "yellow", "✗": "red"}
"""How an outcome is coloured, by what it begins with."""


@app.command(cls=Command)
def attempts(
    ctx: typer.Context,
    date: filters.DateFilter = None,
    since: filters.SinceFilter = None,
    until: filters.UntilFilter = None,
    user: filters.UserFilter = None,
    outcome: filters.OutcomeFilter = None,
    category: filters.CategoryFilter = None,
    code: filters.CodeFilter = None,
    source: filters.SourceFilter = None,
    page: filters.PageFilter = None,
    email: filters.EmailFilter = None,
    after_id: filters.AfterIdFilter = None,
    limit: filters.RowsOption = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """List attempts with their outcomes, corrections applied.

    A table shows the newest first; --json and --after-id go by ascending id, for paging.
    """
    ascending = json or after_id is not None
    with options.open_log(ctx, db) as log:
        wanted = filters.make_filter(
            log,
            date=date,
            since=since,
            until=until,
            user=user,
            email=email,
            after_id=after_id,
            outcome=filters.outcome(outcome),
            category=filters.category(category),
            code=code,
            source=source,
            page=page,
            limit=limit if json else limit or TABLE_ROWS,
        )
        found = log.attempts(wanted, newest_first=not ascending)
        if json:
            for attempt in found:
                output.result(output.json_line(attempt))
            return 0
        rows = list(found)
        if rows:
            print_attempts(rows, log.zone, log.today())
            if not quiet:
                say_more(rows, wanted.limit, log.zone, ascending=ascending)
        elif not quiet:
            say_none("attempt", log)
    return 0


def say_none(what: str, log: Leadlog) -> None:
    """Say that a list is empty, and what to do about it."""
    if log.last_attempt_id() == 0:
        output.note("Nothing was recorded yet.")
        output.hint("Submit a lead with: leadlog submit --user HANDLE --name NAME --email ADDRESS")
    else:
        output.note(f"No {what} matches.")
        output.hint("Leave out a filter, or see what there is with: leadlog info")


def print_attempts(rows: Iterable[Attempt], zone: Zone, today: str) -> None:
    """Print attempts as a table."""
    from leadlog.cli.tables import Column, print_table

    columns = [
        Column("attempt", "right", fixed=True),
        Column("time", fixed=True, dispensable=1),
        Column("user", dispensable=2),
        Column("outcome", colours=OUTCOME_COLOURS, whole="✓"),
        Column("source", dispensable=4),
        Column("page", dispensable=3),
    ]
    print_table(columns, [row_cells(row, zone, today) for row in rows])


def row_cells(row: Attempt, zone: Zone, today: str) -> tuple[str, ...]:
    """Return one attempt as the cells of a table."""
    if row.failure is None:
        outcome = f"✓ lead {row.lead}" if row.lead is not None else "✓ success"
    else:
        outcome = f"✗ {row.failure.code}"
    time = wording.short_time(row.occurred_at, zone, today)
    return str(row.attempt), time, row.user, outcome, row.source or "", row.page or ""


def say_more(rows: list[Attempt], limit: int | None, zone: Zone, *, ascending: bool) -> None:
    """Say under a list of attempts how to go on from it."""
    from leadlog.cli.layout import footer

    more = more_words(len(rows), limit, rows[-1].attempt, ascending=ascending)
    footer(f"times in {zone.name}", *more, "one attempt: leadlog show ID")


def more_words(count: int, limit: int | None, last: int, *, ascending: bool) -> list[str]:
    """Return how to see more of a list that ends at its limit with the id `last`."""
    if limit is None or count < limit:
        return []
    return [f"more: --after-id {last}" if ascending else f"more: --limit {limit * 4}"]
