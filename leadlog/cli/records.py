"""What `submit` and `record` share: options into a record, one attempt, one receipt."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadlog import clock, validation
from leadlog.cli import options, output, wording
from leadlog.decision import Decided
from leadlog.errors import EXIT_RATE_LIMITED, EXIT_RECORDED_FAILURE, LeadlogError
from leadlog.model import Receipt
from leadlog.tables import RESERVED_HANDLE

if TYPE_CHECKING:
    from leadlog.service import Leadlog

UserOption = Annotated[
    str | None,
    typer.Option(
        "--user",
        metavar="HANDLE",
        help="Who submits.",
        autocompletion=options.complete_handles,
    ),
]
NameOption = Annotated[
    str | None, typer.Option("--name", metavar="TEXT", help="The person's name.")
]
EmailOption = Annotated[
    str | None, typer.Option("--email", metavar="ADDRESS", help="The person's address.")
]
PhoneOption = Annotated[str | None, typer.Option("--phone", metavar="TEXT", help="A phone number.")]
CompanyOption = Annotated[str | None, typer.Option("--company", metavar="TEXT", help="A company.")]
SourceOption = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Where the lead comes from (cli).")
]
PageOption = Annotated[
    str | None, typer.Option("--page", metavar="PATH", help="The page it was submitted on.")
]
MessageOption = Annotated[
    str | None, typer.Option("--message", metavar="TEXT", help="What the person wrote.")
]
FieldOption = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="K=V", help="One more value; may be repeated."),
]
RequestIdOption = Annotated[
    str | None, typer.Option("--request-id", metavar="ID", help="Makes a retry safe.")
]
FileOption = Annotated[
    str | None,
    typer.Option("--file", metavar="F", help="One JSON object a line; - reads standard input."),
]
RejectsOption = Annotated[
    str | None,
    typer.Option("--rejects", metavar="R", help="Write the failed lines there as they came."),
]


def pairs(entries: Sequence[str] | None, option: str) -> dict[str, str] | None:
    """Return `K=V` entries as a mapping.

    Raises:
        LeadlogError: kind `usage`, for an entry without `=` or a name given twice.
    """
    if not entries:
        return None
    values: dict[str, str] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals or not name:
            message = f'{option} takes NAME=VALUE, not "{entry}".'
            raise LeadlogError("usage", message, f"Write it like: {option} city=Berlin")
        if name in values:
            raise LeadlogError("usage", f"{option} {name} is given twice.", None)
        values[name] = value
    return values


def only_file(record: Mapping[str, Any], rejects: str | None, file: str | None) -> None:
    """See that either a file is given or the data of one record.

    Raises:
        LeadlogError: kind `usage`, for both at once, or `--rejects` without a file.
    """
    if file is None:
        if rejects is not None:
            hint = "Use it with --file F."
            raise LeadlogError("usage", "--rejects is for streams.", hint)
        return
    given = [f"--{key.replace('_', '-')}" for key, value in record.items() if value is not None]
    if given:
        message = f"--file reads everything from the file; it can't be used with {given[0]}."
        raise LeadlogError("usage", message, "Put the values into the lines of the file.")


def deliver(
    log: "Leadlog", decided: Decided, claimed: str | None, *, json: bool, quiet: bool
) -> int:
    """Print a receipt that was committed, and return the exit code it stands for.

    Args:
        log: where it was recorded.
        decided: the receipt.
        claimed: the handle that was given.
        json: print the receipt as JSON.
        quiet: print no advice.

    Raises:
        LeadlogError: kind `not_delivered`, when stdout did not take it.
    """
    receipt = decided.receipt
    try:
        if json:
            output.result(output.json_line(receipt))
        else:
            age = _original_age(log, receipt)
            width = output.screen_columns(sys.stdout)
            line = receipt_line(
                receipt, claimed, as_stated=decided.as_stated, original_age=age, width=width
            )
            output.result(line)
        output.flush()
    except OSError as error:
        what = f"Attempt {receipt.attempt} was recorded, but its receipt"
        raise output.not_delivered(error, what) from None
    unknown = receipt.failure is not None and receipt.failure.category == "unknown_user"
    if unknown and not json and not quiet:
        output.hint(_who_is_registered(claimed))
    return exit_code(decided)


def _original_age(log: "Leadlog", receipt: Receipt) -> str | None:
    """Return how long before a duplicate its original was; looked up for people only."""
    if receipt.duplicate_of is None:
        return None
    original = log.attempt(receipt.duplicate_of)
    earlier_us = clock.from_text(receipt.created_at) - clock.from_text(original.occurred_at)
    return wording.ago(earlier_us // clock.SECOND_US)


def _who_is_registered(claimed: str | None) -> str:
    if claimed is not None and claimed != RESERVED_HANDLE and validation.is_handle(claimed):
        return f"  register: leadlog user add {claimed}"
    return "  see who is registered: leadlog user list"


def exit_code(decided: Decided) -> int:
    """Return 0 for a lead, or a statement recorded as given; otherwise why there is none."""
    receipt = decided.receipt
    if receipt.ok or decided.as_stated or receipt.failure is None:
        return 0
    limited = receipt.failure.category == "rate_limited"
    return EXIT_RATE_LIMITED if limited else EXIT_RECORDED_FAILURE


def receipt_line(
    receipt: Receipt,
    claimed: str | None,
    *,
    as_stated: bool,
    original_age: str | None = None,
    width: int | None = None,
    coloured: bool | None = None,
) -> str:
    """Return a receipt, its outcome marked and coloured; one line unless `width` is less.

    Args:
        receipt: what became of an attempt.
        claimed: the handle it was submitted under, to be named when nobody has it.
        as_stated: whether it records what was stated as it was stated.
        original_age: how long ago the attempt was that it duplicates, if that is known.
        width: how many columns there are; None for as many as it takes.
        coloured: whether stdout shows colours, where that is known already.
    """
    first, *rest = wording.receipt_parts(receipt, claimed, original_age)
    if receipt.ok:
        sign, colour = "✓", "green"
    else:
        limited = receipt.failure is not None and receipt.failure.category == "rate_limited"
        sign, colour = "✗", "yellow" if limited else "red"
    if as_stated:
        first = f"recorded: {first}"
    head = f"{sign} {first}"
    if width is None:
        text = " · ".join([head, *rest])
    else:
        lines = wording.packed([head, *rest], "", width)
        text = "\n".join(part for line in lines for part in wording.wrapped(line, width))
    if coloured is None:
        coloured = output.wants_colour(sys.stdout)
    return output.painted(head, colour) + text.removeprefix(head) if coloured else text
