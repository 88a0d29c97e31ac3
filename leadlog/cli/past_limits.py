"""`leadlog limit replay` and `simulate`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadlog import limits
from leadlog.cli import filters, meter, options, output, wording
from leadlog.clock import parse_date
from leadlog.errors import EXIT_CODES
from leadlog.text import safe

if TYPE_CHECKING:
    from leadlog.replay import Difference, Ruling
    from leadlog.service import Leadlog
    from leadlog.simulation import Simulated, Tally

_SHOWN_USERS = 50


def replay(
    ctx: typer.Context,
    date: filters.DateFilter = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Derive past limit decisions from the log again, and name each that differs.

    Exit code 0: all agree; 4: at least one differs.
    """
    with options.open_log(ctx, db) as log:
        day = _date(log, date)
        differences = []
        # On one screen a bar and lines that come meanwhile would run into each other.
        keep = json or (meter.is_seen() and not quiet)
        with meter.meter("Replaying", "attempts", wanted=not quiet) as on_progress:
            replayed = log.replay_limits(day, on_progress)
            for difference in replayed:
                if keep:
                    differences.append(difference)
                else:
                    output.prose(_difference_line(difference))
    differing = replayed.decisions - replayed.agreeing
    if json:
        result = {
            "ok": differing == 0,
            "date": day,
            "decisions": replayed.decisions,
            "agreeing": replayed.agreeing,
            "untimely": replayed.untimely,
            "differences": differences,
        }
        output.result(output.json_line(result))
        return 0 if differing == 0 else EXIT_CODES["unverified"]
    for difference in differences:
        output.prose(_difference_line(difference))
    if differing or not quiet:
        output.prose(_replay_summary(replayed.decisions, differing, day))
    if replayed.untimely and not quiet:
        count = wording.plural(replayed.untimely, "decision")
        output.note(f"{count} agree only if a clock was wrong when a limit was set.")
    return 0 if differing == 0 else EXIT_CODES["unverified"]


def simulate(
    ctx: typer.Context,
    text: Annotated[
        str,
        typer.Argument(metavar="N/WINDOW", help="Such as 10/30s, 100/1m, 1000/1h or 5000/1d."),
    ],
    date: filters.DateFilter = None,
    user: filters.UserFilter = None,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Show whom another limit would have refused, had it been in force from the start.

    It looks at the attempts that the limit was asked about: those of `submit`. What `record` stated
    happened elsewhere and met no limit.
    """
    limit = limits.parse(text)
    with options.open_log(ctx, db) as log:
        day = _date(log, date)
        with meter.meter("Simulating", "attempts", wanted=not quiet) as on_progress:
            simulated = log.simulate_limit(limit, date=day, handle=user, on_progress=on_progress)
        today = log.today()
    if json:
        output.result(output.json_line(_as_dict(simulated, day, user)))
        return 0
    total = simulated.total
    if total.attempts == 0:
        if not quiet:
            output.note("No attempt that the limit was asked about is in this range.")
            output.hint("What `record` states meets no limit. See: leadlog attempts")
        return 0
    from leadlog.cli.layout import footer
    from leadlog.cli.tables import Column, print_table

    output.prose(_simulation_title(simulated))
    counts = [
        Column("attempts", "right", fixed=True, dispensable=1),
        Column("would be refused", "right", fixed=True),
        Column("was refused", "right", fixed=True, dispensable=2),
    ]
    days = [(wording.day(day, today), *_cells(tally)) for day, tally in simulated.by_date]
    output.result("")
    print_table([Column("date", fixed=True), *counts], days)
    users = [(handle, *_cells(tally)) for handle, tally in simulated.by_user]
    output.result("")
    print_table([Column("user"), *counts], users[:_SHOWN_USERS])
    if not quiet:
        left = len(users) - _SHOWN_USERS
        more = [f"and {wording.plural(left, 'more user')}: --json"] if left > 0 else []
        footer(*more, f"set it with: leadlog limit set --default {simulated.limit}")
    return 0


def _date(log: "Leadlog", given: str | None) -> str | None:
    return None if given is None else parse_date(given, log.today())


def _difference_line(difference: "Difference") -> str:
    logged, derived = _ruling_words(difference.logged), _ruling_words(difference.derived)
    if difference.logged and difference.derived:
        moved_us = difference.logged.logical_us - difference.derived.logical_us
        if moved_us:
            logged += f", its time {abs(moved_us):,} µs too {'late' if moved_us > 0 else 'early'}"
    who = f"attempt {difference.attempt} of {safe(difference.user)}"
    return f"{output.paint('✗', 'red')} {who}: logged {logged}; the log gives {derived}"


def _ruling_words(ruling: "Ruling | None") -> str:
    if ruling is None:
        return "no decision"
    words = "admitted" if ruling.admitted else "refused"
    if ruling.admitted == ruling.refused:
        words += " but failed as rate_limited" if ruling.refused else " but not as rate_limited"
    return f"{words}, {ruling.used} used under {ruling.limit or 'no limit'} (no. {ruling.policy})"


def _replay_summary(decisions: int, differing: int, day: str | None) -> str:
    where = f" of {day}" if day is not None else ""
    if decisions == 0:
        return f"No limit decisions{where} to replay."
    if differing == 0:
        return f"{wording.plural(decisions, 'limit decision')}{where} replayed: all agree"
    agreeing = f"{decisions - differing:,} agree, {differing:,} do not"
    return f"{wording.plural(decisions, 'limit decision')}{where} replayed: {agreeing}"


def _simulation_title(simulated: "Simulated") -> str:
    total = simulated.total
    would = f"{total.would_be_refused:,} of {wording.plural(total.attempts, 'attempt')}"
    if total.would_be_refused == 0:
        return f"Under {simulated.limit} none of {total.attempts:,} attempts would be refused"
    users = wording.plural(simulated.users_refused, "user")
    title = f"Under {simulated.limit} {would} of {users} would be refused"
    return f"{title}, {simulated.newly_refused:,} of them were not"


def _cells(tally: "Tally") -> tuple[str, str, str]:
    return f"{tally.attempts:,}", f"{tally.would_be_refused:,}", f"{tally.was_refused:,}"


def _as_dict(simulated: "Simulated", day: str | None, user: str | None) -> dict[str, Any]:
    return {
        "limit": simulated.limit.max_attempts,
        "window_seconds": simulated.limit.window_seconds,
        "date": day,
        "user": user,
        **simulated.total._asdict(),
        "newly_refused": simulated.newly_refused,
        "newly_admitted": simulated.newly_admitted,
        "users_refused": simulated.users_refused,
        "by_date": [{"date": date, **tally._asdict()} for date, tally in simulated.by_date],
        "by_user": [{"user": user, **tally._asdict()} for user, tally in simulated.by_user],
    }
