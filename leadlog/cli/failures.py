"""`leadlog failures`."""

from datetime import date as calendar_date
from datetime import timedelta
from typing import Annotated

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.clock import Zone, parse_date
from leadlog.errors import LeadlogError
from leadlog.failures import GROUPINGS, sparkline
from leadlog.listings import FailureGroup, FailureReport, Filter
from leadlog.service import Leadlog

app = typer.Typer(add_completion=False)

_SPARKS_NARROW = 7
_SPARKS_WIDE = 14
_WIDE_COLUMNS = 100
_STATE_COLOURS = {"new": "red", "back": "yellow"}


@app.command()
def failures(
    ctx: typer.Context,
    date: filters.DateFilter = None,
    since: filters.SinceFilter = None,
    until: filters.UntilFilter = None,
    user: filters.UserFilter = None,
    category: filters.CategoryFilter = None,
    code: filters.CodeFilter = None,
    source: filters.SourceFilter = None,
    page: filters.PageFilter = None,
    email: filters.EmailFilter = None,
    after_id: filters.AfterIdFilter = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="KEY", help="Group by category, code, source, page or user."),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="DATE", help="Use only what counts for dates up to this one."
        ),
    ] = None,
    rows: Annotated[bool, typer.Option("--list", help="List the failed attempts instead.")] = False,
    limit: filters.RowsOption = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show what failed, grouped: how often, for how many users, since when, and whether it is new.

    State: new, first seen in the range; back, seen again after seven days or more without; else
    ongoing. Without dates the whole log is looked at.
    """
    if by not in GROUPINGS:
        hint = f"Use one of {', '.join(key for key in GROUPINGS if key)}."
        raise LeadlogError("usage", f'Failures can\'t be grouped by "{by}".', hint)
    if rows and by is not None:
        raise LeadlogError(
            "usage", "--list shows single rows; --by groups them.", "Use one of them."
        )
    with options.open_log(ctx, db) as log:
        end = parse_date(as_of, log.today()) if as_of is not None else None
        wanted = filters.make_filter(
            log,
            date=date,
            since=since,
            until=until,
            user=user,
            email=email,
            after_id=after_id,
            category=filters.category(category),
            code=code,
            source=source,
            page=page,
            limit=limit,
        )
        if end is not None:
            until_or_end = end if wanted.until is None else min(wanted.until, end)
            wanted = wanted._replace(until=until_or_end, as_of=end)
        if rows:
            return _list_rows(log, wanted, json=json, quiet=quiet)
        report = log.failures(wanted, GROUPINGS[by])
        shown = report._replace(groups=report.groups[:limit] if limit else report.groups)
        if json:
            for group in shown.groups:
                output.result(output.json_line(_as_dict(group)))
            return 0
        _print_report(shown, log.zone, log.today(), quiet=quiet)
    return 0


def _list_rows(log: Leadlog, wanted: Filter, *, json: bool, quiet: bool) -> int:
    from leadlog.cli.attempts import TABLE_ROWS, print_attempts

    ascending = json or wanted.after_id > 0
    rows = wanted.limit if json else wanted.limit or TABLE_ROWS
    found = log.attempts(wanted._replace(outcome="failure", limit=rows), newest_first=not ascending)
    if json:
        for attempt in found:
            output.result(output.json_line(attempt))
        return 0
    attempts = list(found)
    if not attempts:
        _say_none(log.failures(wanted))
        return 0
    print_attempts(attempts, log.zone, log.today())
    if not quiet:
        notes = f" times in {log.zone.name} · one attempt: leadlog show ID"
        output.note(output.paint(notes, "dim"))
    return 0


def _as_dict(group: FailureGroup) -> dict[str, object]:
    fields: dict[str, object] = dict(group.key)
    fields |= {
        "attempts": group.attempts,
        "users": group.users,
        "share": group.share,
        "first_seen": group.first_seen,
        "last_seen": group.last_seen,
    }
    if group.state is not None:
        fields["state"] = group.state
    return fields


def _say_none(report: FailureReport) -> None:
    if report.attempts:
        output.note(f"No failure among {wording.plural(report.attempts, 'attempt')}.")
        output.note("Look at them with: leadlog attempts")
    else:
        output.note("No attempt matches, so none failed.")
        output.note("See what there is with: leadlog info")


def _print_report(report: FailureReport, zone: Zone, today: str, *, quiet: bool) -> None:
    if not report.groups:
        _say_none(report)
        return
    from leadlog.cli.tables import Column, console_width, print_table

    sparks = _SPARKS_WIDE if console_width() >= _WIDE_COLUMNS else _SPARKS_NARROW
    since, until = report.since or today, report.until or today
    days = _days(since, until)
    if not quiet:
        output.result(_heading(report, since, until, zone, today))
        output.result("")
    keys = [name for name, _ in report.groups[0].key]
    with_state = report.groups[0].state is not None
    columns = [Column(name) for name in keys]
    columns += [
        Column("attempts", "right", fixed=True),
        Column("share", "right", fixed=True),
        Column("users", "right", fixed=True),
        Column("last seen", fixed=True),
    ]
    if with_state:
        columns.append(Column("state", fixed=True, colours=_STATE_COLOURS))
    columns.append(Column("per day" if len(days) <= sparks else "in time", fixed=True))
    cells = []
    for group in report.groups:
        row = [value if value is not None else "(none)" for _, value in group.key]
        row += [
            f"{group.attempts:,}",
            f"{group.share:.0%}",
            f"{group.users:,}",
            wording.short_time(group.last_seen, zone, today),
        ]
        if group.state is not None:
            row.append(group.state)
        row.append(sparkline(_buckets(group.per_day, days, sparks)))
        cells.append(row)
    print_table(columns, cells)
    if not quiet:
        _say_next(since, until)


def _heading(report: FailureReport, since: str, until: str, zone: Zone, today: str) -> str:
    first, last = wording.day(since, today), wording.day(until, today)
    span = first if since == until else f"{first} to {last}"
    share = f"{report.failures / report.attempts:.1%}" if report.attempts else "none"
    counts = f"{report.failures:,} of {wording.plural(report.attempts, 'attempt')}, {share}"
    return f"Failures {span} ({zone.name}): {counts}"


def _say_next(since: str, until: str) -> None:
    span = f"--date {since}" if since == until else f"--since {since} --until {until}"
    output.note("")
    output.note(output.paint(f" rows: leadlog failures {span} --list", "dim"))
    output.note(output.paint(" one attempt: leadlog show ID", "dim"))


def _days(since: str, until: str) -> list[str]:
    first, last = calendar_date.fromisoformat(since), calendar_date.fromisoformat(until)
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _buckets(per_day: dict[str, int], days: list[str], most: int) -> list[int]:
    """Return counts in order of time: of each day, or of `most` equal spans when there are more."""
    cells = min(len(days), most)
    counts = [0] * cells
    for place, day in enumerate(days):
        counts[place * cells // len(days)] += per_day.get(day, 0)
    return counts
