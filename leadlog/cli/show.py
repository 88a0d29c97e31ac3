"""`leadlog show`."""

from typing import Annotated, Any

import typer

from leadlog import chain
from leadlog.cli import options, output, wording
from leadlog.cli.commands import Command
from leadlog.clock import Zone
from leadlog.listings import Attempt, AttemptDetail
from leadlog.model import Failure
from leadlog.text import safe

app = typer.Typer(add_completion=False)

_LABEL_WIDTH = 11


@app.command(cls=Command)
def show(
    ctx: typer.Context,
    attempt: Annotated[int, typer.Argument(metavar="ATTEMPT", help="The attempt's id.")],
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show everything about one attempt.

    What it carried, what became of it and why, how the limit decided, its corrections, its receipt.
    """
    with options.open_log(ctx, db) as log:
        detail = log.attempt(attempt)
        zone = log.zone
    if json:
        output.result(output.json_line(_as_dict(detail)))
        return 0
    from leadlog.cli.layout import print_fields

    colour = "green" if detail.failure is None else "red"
    output.result(output.paint(_title(detail), colour))
    print_fields(_lines(detail, zone), _LABEL_WIDTH)
    output.result(f"  {chain.receipt_text(detail.attempt, detail.hash)}")
    return 0


def _as_dict(detail: AttemptDetail) -> dict[str, Any]:
    """Return the keys of `attempts --json`, then what only this command shows, our own last."""
    fields: dict[str, Any] = {name: getattr(detail, name) for name in Attempt._fields}
    rest = detail._asdict()
    own = {name: rest.pop(name) for name in ("origin", "original_lead")}
    return fields | rest | own


def _title(detail: AttemptDetail) -> str:
    title = f"Attempt {detail.attempt} · {detail.outcome}"
    if detail.failure is not None:
        title += f" · {_kind(detail.failure)}"
    if detail.corrections:
        title += " · corrected"
    return title


def _kind(failure: Failure) -> str:
    return f"{failure.category} / {failure.code}"


def _lines(detail: AttemptDetail, zone: Zone) -> list[tuple[str, str]]:
    recorded = f"{wording.long_time(detail.created_at, zone)} ({zone.name})"
    lines = [("recorded", f"{recorded}, counts for {detail.log_date}")]
    if detail.occurred_at != detail.created_at:
        lines.append(("occurred", wording.long_time(detail.occurred_at, zone)))
    if detail.late_for is not None:
        lines.append(("late", f"meant for {detail.late_for}, which was closed"))
    where = [safe(detail.user)]
    where += [f"source {safe(detail.source)}"] if detail.source else []
    where += [f"page {safe(detail.page)}"] if detail.page else []
    lines.append(("user", " · ".join(where)))
    lines += _contact_lines(detail.contact)
    lines += _outcome_lines(detail)
    if detail.rate_limit is not None:
        limit = detail.rate_limit
        used = wording.used_of_limit(limit.used, limit.limit, limit.window_seconds)
        lines.append(("limit", f"used {used} when it was decided"))
    if detail.duration_ms is not None:
        lines.append(("took", f"{detail.duration_ms:,} ms"))
    if detail.request_id is not None:
        lines.append(("request id", detail.request_id))
    lines += _context_lines(detail.context)
    lines += _correction_lines(detail, zone)
    lines.append(("origin", detail.origin))
    lines.append(("receipt", "keep it elsewhere, and it proves this attempt:"))
    return lines


def _outcome_lines(detail: AttemptDetail) -> list[tuple[str, str]]:
    lines = []
    if detail.failure is not None:
        lines.append(("why", safe(detail.failure.message)))
    if detail.duplicate_of is not None:
        original = f"attempt {detail.duplicate_of}"
        if detail.original_lead is not None:
            original += f", lead {detail.original_lead}"
        lines.append(("original", original))
    if detail.lead is not None:
        revoked = ", revoked by a correction" if detail.outcome == "failure" else ""
        lines.append(("lead", f"{detail.lead}{revoked}"))
    return lines


def _correction_lines(detail: AttemptDetail, zone: Zone) -> list[tuple[str, str]]:
    lines = []
    for correction in detail.corrections:
        became = correction.outcome
        if correction.failure is not None:
            became += f" · {_kind(correction.failure)}"
        when = wording.long_time(correction.created_at, zone)
        lines.append(("corrected", f"{when}: {became} · {safe(correction.reason)}"))
    if detail.corrections:
        logged = detail.logged.outcome
        if detail.logged.failure is not None:
            logged += f" · {_kind(detail.logged.failure)}"
        lines.append(("logged as", logged))
    return lines


def _contact_lines(contact: dict[str, Any] | None) -> list[tuple[str, str]]:
    if contact is None:
        return [("contact", "erased")]
    rest = dict(contact)
    head = [
        safe(str(rest.pop(key))) for key in ("name", "email", "phone", "company") if key in rest
    ]
    lines = [("contact", " · ".join(head))] if head else []
    fields = rest.pop("fields", None)
    if isinstance(fields, dict):
        rest.update({f"field {name}": value for name, value in fields.items()})
    elif fields is not None:
        rest["fields"] = fields
    lines += [("", f"{safe(str(key))}: {safe(str(value))}") for key, value in rest.items()]
    return lines


def _context_lines(context: dict[str, Any] | None) -> list[tuple[str, str]]:
    if context is None:
        return []
    lines = []
    step = context.get("clock_step")
    if step is not None:
        seconds = wording.span(step["back_ms"] // 1000)
        lines.append(("clock", f"went back {seconds} since the attempt before"))
    for name, value in context.get("given", {}).items():
        lines.append(("context", f"{safe(str(name))}: {safe(str(value))}"))
    return lines
