"""`leadlog attempts`, and how attempts look in a list."""

from collections.abc import Iterable
from typing import Annotated

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.clock import Zone
from leadlog.listings import Attempt

app = typer.Typer(add_completion=False)

TABLE_ROWS = 50

OutcomeFilter = Annotated[
    str | None, typer.Option("--outcome", metavar="success|failure", help="Only with this outcome.")
]


@app.command()
def attempts(
    ctx: typer.Context,
    date: filters.DateFilter = None,
    since: filters.SinceFilter = None,
    until: filters.UntilFilter = None,
    user: filters.UserFilter = None,
    outcome: OutcomeFilter = None,
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
        if not rows:
            output.note("No attempt matches." if log.last_attempt_id() else NOTHING_YET)
            output.note(WIDER if log.last_attempt_id() else SUBMIT_ONE)
            return 0
        print_attempts(rows, log.zone, log.today())
        if not quiet:
            _say_more(rows, wanted.limit, log.zone, ascending=ascending)
    return 0


NOTHING_YET = "Nothing was recorded yet."
SUBMIT_ONE = "Submit a lead with: leadlog submit --user HANDLE --name NAME --email ADDRESS"
WIDER = "Leave out a filter, or see what there is with: leadlog info"


def print_attempts(rows: Iterable[Attempt], zone: Zone, today: str) -> None:
    """Print attempts as a table."""
    from leadlog.cli.tables import Column, print_table

    columns = [
        Column("attempt", "right", fixed=True),
        Column("time", fixed=True),
        Column("user"),
        Column("outcome", colours={"✓": "green", "✗ limit": "yellow", "✗": "red"}),
        Column("source"),
        Column("page"),
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


def _say_more(rows: list[Attempt], limit: int | None, zone: Zone, *, ascending: bool) -> None:
    notes = [f"times in {zone.name}"]
    if limit is not None and len(rows) == limit:
        last = rows[-1].attempt
        more = f"--after-id {last}" if ascending else f"--limit {limit * 4}"
        notes.append(f"more: the same with {more}")
    notes.append("one attempt: leadlog show ID")
    output.note(output.paint(" " + " · ".join(notes), "dim"))
