"""`leadlog leads`."""

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.cli.attempts import TABLE_ROWS, more_words, say_none
from leadlog.cli.commands import Command

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def leads(
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
    """List leads, each created by one successful attempt.

    A lead whose attempt was corrected to a failure is revoked; --outcome failure lists those.
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
        found = log.leads(wanted, newest_first=not ascending)
        if json:
            for lead in found:
                output.result(output.json_line(lead))
            return 0
        rows = list(found)
        if not rows:
            if not quiet:
                say_none("lead", log)
            return 0
        from leadlog.cli.layout import footer
        from leadlog.cli.tables import Column, print_table

        columns = [
            Column("lead", "right", fixed=True),
            Column("attempt", "right", fixed=True, dispensable=3),
            Column("created", fixed=True, dispensable=1),
            Column("user", dispensable=4),
            Column("name", least=9),
            Column("email", dispensable=2),
            Column("page", dispensable=5),
        ]
        today = log.today()
        cells = [
            (
                str(lead.lead),
                str(lead.attempt),
                wording.short_time(lead.created_at, log.zone, today),
                lead.user,
                "(revoked)" if lead.revoked else lead.name or "(erased)",
                lead.email or "",
                lead.page or "",
            )
            for lead in rows
        ]
        print_table(columns, cells)
        if not quiet:
            more = more_words(len(rows), wanted.limit, rows[-1].lead, ascending=ascending)
            footer(f"times in {log.zone.name}", *more, "one of them: leadlog show ATTEMPT")
    return 0
