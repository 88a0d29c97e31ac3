"""`leadlog trace`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.cli.commands import Command
from leadlog.cli.layout import footer
from leadlog.clock import parse_date
from leadlog.errors import LeadlogError
from leadlog.text import safe
from leadlog.tracing import Trace

if TYPE_CHECKING:
    from leadlog.baseline_tracing import DayFigure

app = typer.Typer(add_completion=False)

_SHOWN_IDS = 1000
_DAYS = "/baseline/days/"  # which are told with their dates
_RULES = {
    "count": "counted: so many attempts",
    "distinct": "counted: so many different ones among these attempts",
    "ratio": "a quotient of figures that are counted",
    "peak": "the first, the last or the most among attempts",
    "percentile": "the attempt at that rank",
    "median_of_days": "the median over days",
    "difference": "one figure less another",
    "name": "a name, a date or a setting: read, not counted",
}


@app.command(cls=Command)
def trace(
    ctx: typer.Context,
    date: Annotated[
        str | None,
        typer.Argument(
            metavar="DATE",
            help="The snapshot's date, or with --report the number of a statement.",
            autocompletion=filters.complete_dates,
            show_default=False,
        ),
    ] = None,
    pointer: Annotated[
        str | None,
        typer.Argument(
            metavar="POINTER",
            help="The figure, such as /failures_by_category/duplicate.",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        int | None,
        typer.Option("--report", metavar="ID", help="Trace the figures of this report instead."),
    ] = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show the attempts behind one figure of a snapshot, or behind a report's statements.

    POINTER names the figure by its place in `leadlog snapshot --json` (RFC 6901). For a report:
    leadlog trace --report ID [N], where N is the number of a statement.
    """
    if report is not None:
        return _trace_report(ctx, report, date, pointer, db, json=json, quiet=quiet)
    if date is None or pointer is None:
        hint = "Write: leadlog trace 2026-01-31 /attempts, or: leadlog trace --report ID"
        raise LeadlogError("usage", "A date and a pointer are needed.", hint)
    with options.open_log(ctx, db) as log:
        found = log.trace(parse_date(date, log.today()), pointer)
    if json:
        output.result(output.json_line(found.as_dict()))
        return 0
    _print(found, safe(pointer))
    if not quiet:
        count = wording.plural(len(found.attempts), "attempt")
        output.hint(f" {count} · one of them: leadlog show ID · all of them: --json")
    return 0


def _trace_report(
    ctx: typer.Context,
    report: int,
    number: str | None,
    more: str | None,
    db: str | None,
    *,
    json: bool,
    quiet: bool,
) -> int:
    if more is not None or (number is not None and not number.isdecimal()):
        hint = "Write: leadlog trace --report ID, or: leadlog trace --report ID N"
        raise LeadlogError("usage", "A report's statement is named by its number.", hint)
    from leadlog.report_tracing import CONFIDENCE

    with options.open_log(ctx, db) as log:
        found = log.trace_report(report, None if number is None else int(number))
    if json:
        for one in found:
            for fields in one.as_dicts():
                output.result(output.json_line(fields))
        return 0
    for one in found:
        start = f"{one.statement}." if one.statement != CONFIDENCE else "Confidence:"
        output.prose(f"{start} {safe(one.text)}", "bold")
        if not one.figures:
            output.result("  it states no figure")
        for each in one.figures:
            name = safe(f"{each.figure.text} · {each.figure.pointer}")
            _print(each.trace, name, _days(each.days))
    if not quiet:
        days = [day for one in found for each in one.figures for day in each.days if day.pointer]
        ways = [f"a day's figure: leadlog trace {days[0].date} {days[0].pointer}"] if days else []
        footer("one attempt: leadlog show ID", *ways, "all of them: --json")
    return 0


def _days(days: "Sequence[DayFigure]") -> str:
    """Return the figures of days, those with one pointer together."""
    dates: dict[str | None, list[str]] = {}
    for day in days:
        dates.setdefault(day.pointer, []).append(day.date)
    found = [f"{at} of {', '.join(each)}" for at, each in dates.items() if at is not None]
    if None in dates:
        found.append(f"none on {', '.join(dates[None])}")
    return "; ".join(found)


def _print(found: Trace, name: str, days: str = "") -> None:
    from leadlog.cli.layout import print_fields

    output.prose(f"{name} = {_value(found)} · {_RULES[found.rule]}")
    ids = ", ".join(wording.number_ranges(found.attempts[:_SHOWN_IDS]))
    if len(found.attempts) > _SHOWN_IDS:
        ids += f" and {len(found.attempts) - _SHOWN_IDS:,} more"
    sources = [one for one in found.sources if not one.startswith(_DAYS)]
    fields = [("from", ", ".join(sources))] if sources else []
    fields += [("days", days)] if days else []
    print_fields([*fields, ("attempts", ids or "none")], len("attempts  "))


def _value(found: Trace) -> str:
    if found.value is None:
        return "none"
    return f"{found.value:,}" if isinstance(found.value, int) else safe(str(found.value))
