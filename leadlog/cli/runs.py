"""`leadlog runs`."""

import json as json_module
from typing import Any

import typer

from leadlog.cli import filters, options, output, wording
from leadlog.cli.attempts import TABLE_ROWS
from leadlog.cli.commands import Command
from leadlog.cli.reports import DateOption
from leadlog.clock import from_text, parse_date
from leadlog.report_rows import StoredRun

app = typer.Typer(add_completion=False)

_COLOURS = {"failed": "red", "abandoned": "yellow", "no answer": "yellow"}


@app.command(cls=Command)
def runs(
    ctx: typer.Context,
    date: DateOption = None,
    limit: filters.RowsOption = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """List the tries to write a report, and how each ended.

    A table shows the newest first; --json goes by the order in which they started.
    """
    options.at_least(1, limit, "--limit")
    most = limit or TABLE_ROWS
    with options.open_log(ctx, db) as log:
        today = log.today()
        day = parse_date(date, today) if date is not None else None
        # One more than a table shows tells whether there are more.
        steps = log.runs(day, newest_first=not json, most=limit if json else most + 1)
        zone = log.zone
    tries = _tries(steps)
    silent = _silent(steps, options.clock(ctx).now_us())
    if json:
        for one in tries:
            output.result(output.json_line(one))
        return 0
    if not tries:
        of_date = "" if day is None else f" of {day}"
        output.note(f"No report{of_date} was tried yet.")
        output.hint(f"Write one with: leadlog report --date {day or 'yesterday'}")
        return 0
    from leadlog.cli.layout import footer
    from leadlog.cli.tables import Column, print_table

    columns = [
        Column("run", "right", fixed=True),
        Column("date", fixed=True, dispensable=1),
        Column("started", fixed=True, dispensable=3),
        Column("took", "right", fixed=True, dispensable=5),
        Column("by", folds=True, least=12, dispensable=4),
        Column("ended", fixed=True, colours=_COLOURS),
        Column("what", folds=True, least=15, dispensable=2),
    ]
    rows = [
        (
            one["run"],
            one["date"],
            wording.short_time(one["started_at"], zone, today),
            "" if one["duration_ms"] is None else f"{one['duration_ms']:,} ms",
            one["model"] or one["engine"],
            *_ending(one, is_silent=one["run"] in silent),
        )
        for one in tries[:most]
    ]
    print_table(columns, rows)
    if not quiet:
        more = [f"more: --limit {most * 4}"] if len(tries) > most else []
        footer(f"times in {zone.name}", *more)
    return 0


def _tries(steps: list[StoredRun]) -> list[dict[str, Any]]:
    """Return one object for each try, from its first and its last step."""
    tries: dict[str, dict[str, Any]] = {}
    for step in steps:
        detail = json_module.loads(step.row.detail or "{}")
        if step.row.event == "started":
            tries[step.row.run_id] = {
                "run": step.row.run_id,
                "date": step.row.report_date,
                "engine": step.row.engine,
                "model": step.row.model,
                "event": "started",
                "started_at": step.created_at,
                "ended_at": None,
                "duration_ms": None,
                "tokens": None,
                "cost": None,
                "failure": None,
                "retries": None,
                "fallback_for": detail.get("fallback_for"),
                "report": None,
            }
            continue
        one = tries[step.row.run_id]
        took_us = from_text(step.created_at) - from_text(one["started_at"])
        # Of a try that another one took over it is not known when it ended.
        took_ms = took_us // 1000 if step.row.detail is not None else None
        one |= {
            "event": step.row.event,
            "ended_at": step.created_at,
            "duration_ms": detail.get("duration_ms", took_ms),
            "tokens": detail.get("tokens"),
            "cost": detail.get("cost"),
            "failure": detail.get("kind"),
            # What a try that was broken off had come to is not known.
            "retries": None if step.row.event == "abandoned" else detail.get("retries", []),
            "report": detail.get("report"),
        }
    return list(tries.values())


def _silent(steps: list[StoredRun], now_us: int) -> set[str]:
    """Return the tries that began, never ended and had to by now."""
    due: dict[str, str] = {}
    for step in steps:
        if step.row.event == "started":
            detail = json_module.loads(step.row.detail or "{}")
            due[step.row.run_id] = detail.get("deadline", step.created_at)
        else:
            due.pop(step.row.run_id, None)
    return {run_id for run_id, deadline in due.items() if from_text(deadline) <= now_us}


def _ending(one: dict[str, Any], *, is_silent: bool) -> tuple[str, str]:
    """Return how a try ended, and what came of it."""
    if is_silent:
        return "no answer", "crash assumed"
    if one["event"] == "started":
        return "running", ""
    if one["event"] == "abandoned" and one["duration_ms"] is None:
        return "abandoned", "crash assumed"
    what = one["failure"] or (f"report {one['report']}" if one["report"] else "")
    if one["retries"]:
        what += f" after {wording.plural(len(one['retries']), 'retry', 'retries')}"
    return one["event"], what
