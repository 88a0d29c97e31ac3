"""`leadlog verify`."""

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from leadlog.cli import meter, options, output, wording
from leadlog.cli.commands import Command
from leadlog.clock import parse_date
from leadlog.errors import EXIT_CODES, LeadlogError
from leadlog.text import safe
from leadlog.verification import proofs

if TYPE_CHECKING:
    from leadlog.verification import Problem, Verdict

app = typer.Typer(add_completion=False)

ATTEMPTS = "lead_submission_logs"
_SHOWN = {
    ATTEMPTS: "attempt",
    "leads": "lead",
    "contacts": "contact",
    "submission_corrections": "correction",
    "daily_analysis_snapshots": "closed date",
    "daily_analysis_reports": "report",
}
_NOUNS = {
    "settings": "setting",
    "users": "user",
    "rate_limit_changes": "limit change",
    "erasures": "erasure",
    "analysis_runs": "report run step",
    **_SHOWN,
}
_LABEL_WIDTH = 12


@app.command(cls=Command)
def verify(
    ctx: typer.Context,
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="D", help="Only this date's rows.", show_default=False),
    ] = None,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(
            "--checkpoint",
            metavar="FILE",
            help="A kept checkpoint (JSON); may be given again.",
            show_default=False,
        ),
    ] = None,
    receipt: Annotated[
        list[str] | None,
        typer.Option(
            "--receipt",
            metavar="ID:HASH",
            help="A kept receipt; may be given again.",
            show_default=False,
        ),
    ] = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Prove that nothing was changed, or name what was.

    Derives every hash, decision and figure again from the log and compares. With a checkpoint or a
    receipt that was kept elsewhere it also finds a cut tail and a history computed anew.

    Exit 4 when there is any problem.
    """
    from leadlog import service

    path = options.database_path(db)
    receipts = [proofs.parse_receipt(text) for text in receipt or ()]
    checkpoints = [(name, _read_checkpoint(name)) for name in checkpoint or ()]
    day = None if date is None else _date(ctx, db, date)
    with ExitStack() as stack:

        def started(rows: int) -> Callable[[int], None]:
            if quiet or not meter.is_seen():
                return lambda _: None
            from leadlog.cli import progress

            return stack.enter_context(progress.bar("Verifying", rows or None, "attempts"))

        verdict = service.verify(
            path,
            date=day,
            checkpoints=checkpoints,
            receipts=receipts,
            started=started,
            clock=options.clock(ctx),
        )
    if json:
        fields = verdict._asdict()
        del fields["proven"]
        output.result(output.json_line(fields))
    else:
        _print_problems(verdict.problems)
        if not (quiet and verdict.ok):
            _print_summary(path, verdict, day, given=bool(checkpoints or receipts))
    return 0 if verdict.ok else EXIT_CODES["unverified"]


def _date(ctx: typer.Context, db: str | None, text: str) -> str:
    if text not in ("today", "yesterday"):
        return parse_date(text, "")
    with options.open_log(ctx, db) as log:
        return parse_date(text, log.today())


def _read_checkpoint(name: str) -> proofs.Checkpoint:
    # Before the database is opened: closing a plain handle on it would drop SQLite's own locks.
    try:
        with open(name, "rb") as file:
            content = file.read(proofs.MOST_BYTES + 1)
    except OSError as error:
        hint = "Make one with: leadlog checkpoint --json > FILE"
        message = f"The checkpoint {name} can't be read: {error.strerror}."
        raise LeadlogError("usage", message, hint) from None
    return proofs.parse_checkpoint(content, name)


def _print_problems(problems: "Sequence[Problem]") -> None:
    for problem in problems:
        place = problem.table if problem.id is None else f"{problem.table} {problem.id}"
        if problem.column is not None:
            place += f", {problem.column}"
        sign = output.paint("✗", "red")
        output.result(f"{sign} {safe(place)} · {problem.kind} · {safe(problem.message)}")


def _print_summary(path: str, verdict: "Verdict", date: str | None, *, given: bool) -> None:
    from leadlog.cli.layout import print_fields

    checked = verdict.checked
    counts = [wording.plural(checked[t], noun) for t, noun in _SHOWN.items() if checked.get(t)]
    what = safe(os.path.basename(path)) + (f", {date}" if date is not None else "")
    if not verdict.ok:
        found = wording.plural(len(verdict.problems), "problem")
        output.result(output.paint(f"{found} in {what}", "red"))
        output.hint("Keep a copy of the file as it is. What each kind means: docs/verification.md")
        return
    output.result(output.paint(f"✓ {what} is as it was written", "green"))
    scope = "the file, its schema, every chain, every limit decision, every closed date and report"
    if date is not None:
        scope = "the schema and that date's rows, contacts, leads, decisions, snapshot and reports"
    fields = [("read", ", ".join(counts) or "no attempts yet"), ("proved", scope)]
    fields += _unproved(verdict, date, given=given)
    print_fields(fields, _LABEL_WIDTH)


def _unproved(verdict: "Verdict", date: str | None, *, given: bool) -> list[tuple[str, str]]:
    fields = []
    if date is not None:
        fields.append(("not proved", "anything of other dates, and the soundness of the file"))
    if not given:
        text = (
            "that no rows were cut off the end, and that the whole history was not computed anew:"
            " no receipt or checkpoint was given. Keep one elsewhere: leadlog checkpoint --json"
        )
        return [*fields, ("not proved", text)]
    proven = verdict.proven
    uncovered = [
        (table, proven.get(table, 0), head.rows)
        for table, head in verdict.heads.items()
        if head.rows > proven.get(table, 0)
    ]
    fields.append(("kept proof", f"up to attempt {proven.get(ATTEMPTS, 0):,}, and it fits"))
    if uncovered:
        rows = ", ".join(_stretch(_NOUNS[table], *ends) for table, *ends in uncovered)
        text = (
            f"that these were not computed anew, and that none was cut off after them: {rows}."
            " No proof given covers them"
        )
        if proven.keys() <= {ATTEMPTS}:
            text += "; a receipt covers attempts alone, a checkpoint every table"
    else:
        text = "that no row was cut off after these: the newest proof ends where the log does"
    return [*fields, ("not proved", text)]


def _stretch(noun: str, covered: int, rows: int) -> str:
    first = covered + 1
    return f"{noun} {first:,}" if first == rows else f"{noun}s {first:,} to {rows:,}"
