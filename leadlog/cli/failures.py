"""`leadlog failures`."""

from datetime import date as calendar_date
from datetime import timedelta
from typing import Annotated

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.cli.commands import Command
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


def _complete_groupings(incomplete: str) -> list[str]:
    return [key for key in GROUPINGS if key is not None and key.startswith(incomplete)]


@app.command(cls=Command)
def failures(
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
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="KEY",
            help="Group by category, code, source, page or user.",
            autocompletion=_complete_groupings,
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="Use only what counts for dates up to this one.",
            autocompletion=filters.complete_dates,
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
        _refuse_success(outcome)
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
        if not shown.groups:
            if not quiet:
                _say_none(shown, log)
            return 0
        _print_report(shown, log.zone, log.today(), quiet=quiet)
        output.prose(_totals(report, len(shown.groups)))
    if not quiet:
        same = filters.as_options(
            date=date,
            since=since,
            until=until,
            user=user,
            category=category,
            code=code,
            source=source,
            page=page,
            email=email,
            after_id=str(after_id) if after_id else None,
            as_of=as_of,
        )
        _say_next(same)
    return 0


def _list_rows(log: Leadlog, wanted: Filter, *, json: bool, quiet: bool) -> int:
    from leadlog.cli.attempts import TABLE_ROWS, print_attempts, say_more

    ascending = json or wanted.after_id > 0
    rows = wanted.limit if json else wanted.limit or TABLE_ROWS
    found = log.attempts(wanted._replace(outcome="failure", limit=rows), newest_first=not ascending)
    if json:
        for attempt in found:
            output.result(output.json_line(attempt))
        return 0
    attempts = list(found)
    if attempts:
        print_attempts(attempts, log.zone, log.today())
        if not quiet:
            say_more(attempts, rows, log.zone, ascending=ascending)
    elif not quiet:
        _say_none(log.failures(wanted), log)
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


def _say_none(report: FailureReport, log: Leadlog) -> None:
    from leadlog.cli.attempts import say_none

    if report.attempts:
        output.note(f"No failure among {wording.plural(report.attempts, 'attempt')}.")
        output.hint("Look at them with: leadlog attempts")
    else:
        say_none("attempt", log)


def _print_report(report: FailureReport, zone: Zone, today: str, *, quiet: bool) -> None:
    from leadlog.cli.layout import console_width
    from leadlog.cli.tables import Column, print_table

    wide = console_width() >= _WIDE_COLUMNS
    sparks = _SPARKS_WIDE if wide else _SPARKS_NARROW
    since, until = report.since or today, report.until or today
    days = _days(since, until)
    if not quiet:
        output.prose(_heading(report, since, until, zone, today))
        output.result("")
    keys = [name for name, _ in report.groups[0].key]
    with_state = report.groups[0].state is not None
    # Of a category and a code, the code says more.
    columns = [Column(name, least=12, dispensable=3) for name in keys[:-1]]
    columns += [
        Column(keys[-1], least=12),
        Column("attempts", "right", fixed=True),
        Column("share", "right", fixed=True, dispensable=6),
        Column("users", "right", fixed=True, dispensable=5),
    ]
    if wide:
        columns.append(Column("first seen", fixed=True, dispensable=7))
    columns.append(Column("last seen", fixed=True, dispensable=1))
    if with_state:
        columns.append(Column("state", fixed=True, colours=_STATE_COLOURS, dispensable=2))
    over_time = "per day" if len(days) <= sparks else "in time"
    columns.append(Column(over_time, fixed=True, dispensable=4))
    cells = []
    for group in report.groups:
        row = [value if value is not None else "(none)" for _, value in group.key]
        row += [
            f"{group.attempts:,}",
            wording.percent(group.share, 0),
            f"{group.users:,}",
        ]
        seen = [group.first_seen, group.last_seen] if wide else [group.last_seen]
        row += [_seen(time, zone, today) for time in seen]
        if group.state is not None:
            row.append(group.state)
        row.append(sparkline(_buckets(group.per_day, days, sparks)))
        cells.append(row)
    print_table(columns, cells)


def _heading(report: FailureReport, since: str, until: str, zone: Zone, today: str) -> str:
    first, last = wording.day(since, today), wording.day(until, today)
    span = first if since == until else f"{first} to {last}"
    share = wording.percent(report.failures / max(1, report.attempts), 1)
    counts = f"{report.failures:,} of {wording.plural(report.attempts, 'attempt')}, {share}"
    return f"Failures {span} ({zone.name}): {counts}"


def _refuse_success(outcome: str | None) -> None:
    if filters.outcome(outcome) == "success":
        hint = "See the successes with: leadlog attempts --outcome success"
        raise LeadlogError("usage", "A failure is no success.", hint)


def _totals(report: FailureReport, shown: int) -> str:
    kinds = len(report.groups)
    of = f"{shown:,} of {kinds:,} kinds shown" if shown < kinds else wording.plural(kinds, "kind")
    return f" {of} · {wording.plural(report.failures, 'failure')} in all"


def _say_next(same: str) -> None:
    from leadlog.cli.layout import footer

    output.note("")
    footer(f"rows: leadlog failures{same} --list", "one attempt: leadlog show ID")


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


def _seen(time: str, zone: Zone, today: str) -> str:
    """Return a time for the table; of another year only the date, which is all that fits."""
    text = wording.short_time(time, zone, today)
    return text if len(text) <= len("22 Nov 08:37") else text.rpartition(" ")[0]
