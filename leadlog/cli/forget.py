"""`leadlog forget`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadlog.cli import filters, meter, options, output, signals, wording
from leadlog.cli.commands import Command
from leadlog.clock import parse_date
from leadlog.errors import LeadlogError
from leadlog.text import safe

if TYPE_CHECKING:
    from leadlog.erasure import Erased, Plan

app = typer.Typer(add_completion=False)

_NAMED_USERS = 5
_MANY_CONTACTS = 2000


@app.command(cls=Command)
def forget(
    ctx: typer.Context,
    reason: Annotated[
        str,
        typer.Option("--reason", metavar="TEXT", help="Why; kept, with personal data masked."),
    ],
    email: Annotated[
        str | None,
        typer.Argument(metavar="[EMAIL]", help="The person's address.", show_default=False),
    ] = None,
    attempt: Annotated[
        int | None, typer.Option("--attempt", metavar="ID", help="Only this attempt's contact.")
    ] = None,
    before: Annotated[
        str | None,
        typer.Option(
            "--before",
            metavar="DATE",
            help="All contacts of attempts that count for an earlier date.",
            autocompletion=filters.complete_dates,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """Erase contacts: of a person, of one attempt, or all before a date.

    Name, address, phone, message and fields go, to the byte, and can't be brought back. The
    attempts stay, and a duplicate of the person is still refused.

    Exit code 8 can mean that the erasure is recorded but a reader keeps old bytes alive: the
    message says so; run the same command again.
    """
    from leadlog.erasure import check_reason

    check_reason(reason)
    with options.open_log(ctx, db, wait, writable=True) as log:
        date = None if before is None else parse_date(before, log.today())
        plan = log.plan_erasure(email=email, attempt=attempt, before=date)
        if plan.found.contacts:
            _confirm(plan, yes=yes, shown=not (quiet or json))
        with (
            signals.stoppable() as stopped,
            _progress(plan.found.contacts, wanted=not quiet) as advance,
        ):
            done = log.forget(plan, reason, email=email, stopped=stopped, on_erased=advance)
    if json:
        output.result(output.json_line(_as_dict(plan, done)))
    elif not quiet:
        _say(plan, done)
    return 0


def _confirm(plan: "Plan", *, yes: bool, shown: bool) -> None:
    """Say what would be erased and ask, unless that was answered beforehand."""
    words = _plan_words(plan)
    if yes:
        if shown:
            output.note(f"This erases {words}.")
        return
    if sys.stdin is None or not sys.stdin.isatty():
        message = f"This would erase {words}. There is no terminal to ask on; nothing was erased."
        raise LeadlogError("usage", message, "Add --yes to erase without being asked.")
    output.note(f"This erases {words}, for good.")
    sys.stderr.write("Erase? [y/N] ")
    sys.stderr.flush()
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        answer = ""
    if not answer.endswith("\n"):
        output.note("")
    if answer.strip().lower() not in ("y", "yes"):
        hint = "Run the same command again and answer y, or add --yes, to erase."
        raise LeadlogError("interrupted", "Nothing was erased.", hint)


@contextmanager
def _progress(contacts: int, *, wanted: bool) -> Iterator[Callable[[int], None]]:
    """Show progress on stderr while it is a terminal and there is much; yield what advances it."""
    if not wanted or not meter.is_seen() or contacts < _MANY_CONTACTS:
        yield lambda _contacts: None
        return
    from leadlog.cli import progress

    left = contacts
    with progress.bar("Erasing", contacts, "contacts") as advance:

        def erased(count: int) -> None:
            nonlocal left
            count = min(count, left)  # an earlier erasure that is finished first is not in it
            left -= count
            advance(count)

        yield erased


def _plan_words(plan: "Plan") -> str:
    found = plan.found
    named = [f"{safe(user)} {count:,}" for user, count in found.users[:_NAMED_USERS]]
    if len(found.users) > _NAMED_USERS:
        named.append(wording.plural(len(found.users) - _NAMED_USERS, "more user"))
    words = f"{wording.plural(found.contacts, 'contact')} ({', '.join(named)})"
    if found.first_date == found.last_date:
        words += f" of {found.first_date}"
    else:
        words += f" from {found.first_date} to {found.last_date}"
    if plan.unfiled:
        words += f", {len(plan.unfiled):,} of them without a readable address"
    return words


def _say(plan: "Plan", done: "Erased") -> None:
    if done.erasures:
        numbers = ", ".join(str(id_) for id_, _ in done.erasures[:_NAMED_USERS])
        numbers += ", …" if len(done.erasures) > _NAMED_USERS else ""
        erased = wording.plural(done.contacts_erased, "contact")
        noun = "erasure" if len(done.erasures) == 1 else "erasures"
        output.result(f"Erased {erased} · {noun} {numbers}, counts for {done.log_date}")
    elif not done.finished:
        erased = wording.plural(plan.found.erased, "contact")
        output.result(f"Erased already: {erased}, nothing new was recorded")
    if done.finished:
        finished = wording.plural(done.finished, "contact")
        output.result(f"Finished an earlier erasure that was interrupted: {finished}")
    output.result("  nothing of it is left in the database's file and its write-ahead log")
    if plan.mentions:
        named = ", ".join(map(str, plan.mentioned_in))
        named += ", …" if plan.mentions > len(plan.mentioned_in) else ""
        count = wording.plural(plan.mentions, "contact")
        output.note(f"  {count} of others mention the address and were kept: attempt {named}")
        output.hint("  look at it: leadlog show ID; erase it: leadlog forget --attempt ID")
    if plan.cut_off:
        count = wording.plural(plan.cut_off, "line")
        output.note(f"  {count} without it may be the person's too, but only the beginning is kept")
        output.hint("  look: leadlog attempts --category malformed; leadlog show ID")
    output.note("  not reached: backups, exports, files of --rejects, and what texts that were")
    output.note("  masked may still tell; contacts that are recorded from now on are new")


def _as_dict(plan: "Plan", done: "Erased") -> dict[str, Any]:
    found = plan.found
    return {
        "erasures": [{"erasure": id_, "hash": hash_} for id_, hash_ in done.erasures],
        "contacts_erased": done.contacts_erased,
        "finished": done.finished,
        "erased_before": found.erased,
        "users": [{"user": user, "contacts": count} for user, count in found.users],
        "first_date": found.first_date,
        "last_date": found.last_date,
        "last_attempt": plan.last_log_id,
        "mentions": plan.mentions,
        "mentioned_in": plan.mentioned_in,
        "cut_off": plan.cut_off,
        "reason": done.reason,
        "log_date": done.log_date,
    }
