"""`leadlog submit`."""

import typer

from leadlog.cli import options, records
from leadlog.cli.commands import Command

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def submit(
    ctx: typer.Context,
    user: records.UserOption = None,
    name: records.NameOption = None,
    email: records.EmailOption = None,
    phone: records.PhoneOption = None,
    company: records.CompanyOption = None,
    source: records.SourceOption = None,
    page: records.PageOption = None,
    message: records.MessageOption = None,
    field: records.FieldOption = None,
    request_id: records.RequestIdOption = None,
    file: records.FileOption = None,
    rejects: records.RejectsOption = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """Submit one lead, or a stream of them with --file.

    Every attempt is recorded, whatever becomes of it. Exit code 0: a lead was created; 5: recorded
    as a failure; 6: refused by the rate limit.
    """
    record = {
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
    }
    records.only_file(record, rejects, file)
    if file is not None:
        from leadlog.cli.streaming import run_stream

        return run_stream(ctx, "submit", file, rejects, db, wait, json=json, quiet=quiet)
    with options.open_log(ctx, db, wait, writable=True) as log:
        decided = log.append("submit", record)
        return records.deliver(log, decided, user, json=json, quiet=quiet)
