"""`leadlog record`."""

from typing import Annotated

import typer

from leadlog.cli import options, records
from leadlog.cli.commands import Command

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def record(
    ctx: typer.Context,
    user: records.UserOption = None,
    name: records.NameOption = None,
    email: records.EmailOption = None,
    outcome: Annotated[
        str | None, typer.Option("--outcome", metavar="success|failure", help="What became of it.")
    ] = None,
    category: Annotated[
        str | None,
        typer.Option("--category", metavar="NAME", help="The kind of failure, such as upstream."),
    ] = None,
    code: Annotated[
        str | None,
        typer.Option("--code", metavar="NAME", help="The failure's code, such as crm_500."),
    ] = None,
    error: Annotated[
        str | None,
        typer.Option("--error", metavar="TEXT", help="The error's text; personal data is masked."),
    ] = None,
    occurred_at: Annotated[
        str | None,
        typer.Option(
            "--occurred-at", metavar="TIME", help="When it happened, with an offset (now)."
        ),
    ] = None,
    duration_ms: Annotated[
        int | None, typer.Option("--duration-ms", metavar="N", help="How long it took.")
    ] = None,
    context: Annotated[
        list[str] | None,
        typer.Option("--context", metavar="K=V", help="A technical detail; may be repeated."),
    ] = None,
    phone: records.PhoneOption = None,
    company: records.CompanyOption = None,
    source: records.SourceOption = None,
    page: records.PageOption = None,
    message: records.MessageOption = None,
    field: records.FieldOption = None,
    request_id: records.RequestIdOption = None,
    file: records.FileOption = None,
    rejects: records.RejectsOption = None,
    create_users: Annotated[
        bool,
        typer.Option(
            "--create-users", help="Register users that are new, and the database if missing."
        ),
    ] = False,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """Record what became of an attempt elsewhere, or a stream of them with --file.

    No limit and no duplicate check apply, since it happened already. Exit code 0: recorded as
    stated; 5: leadlog itself had to fail the statement.
    """
    given = {
        "user": user,
        "name": name,
        "email": email,
        "phone": phone,
        "company": company,
        "source": source,
        "page": page,
        "message": message,
        "fields": records.pairs(field, "--field"),
        "request_id": request_id,
        "outcome": outcome,
        "category": category,
        "code": code,
        "error": error,
        "occurred_at": occurred_at,
        "duration_ms": duration_ms,
        "context": records.pairs(context, "--context"),
    }
    records.only_file(given, rejects, file)
    if file is not None:
        from leadlog.cli.streaming import run_stream

        return run_stream(
            ctx,
            "record",
            file,
            rejects,
            db,
            wait,
            json=json,
            quiet=quiet,
            create_users=create_users,
        )
    with options.open_log(ctx, db, wait, writable=True, create=create_users) as log:
        decided = log.append("record", given, create_users=create_users)
        return records.deliver(log, decided, user, json=json, quiet=quiet)
