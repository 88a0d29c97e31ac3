"""`leadlog backup`."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated

import typer

from leadlog import chain
from leadlog.cli import options, output, signals, wording
from leadlog.cli.commands import Command
from leadlog.errors import LeadlogError
from leadlog.text import safe

app = typer.Typer(add_completion=False)


@app.command(cls=Command)
def backup(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="F", help="The file to make.")],
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    debug: options.DebugOption = False,
) -> int:
    """Make a consistent copy of the database, while others write.

    The copy is one file that its owner alone may read. It is checked after it was written, and
    nothing that exists is ever overwritten.
    """
    if not file:
        hint = "Name the file to make, as in: leadlog backup leads-copy.db"
        raise LeadlogError("usage", "The backup needs a file's name.", hint)
    with (
        options.open_log(ctx, db) as log,
        signals.stoppable() as stopped,
        _progress(wanted=not quiet) as advance,
    ):
        made = log.backup(os.path.expanduser(file), advance, stopped)
    if json:
        output.result(output.json_line(made))
    elif not quiet:
        from leadlog.cli.layout import size_text

        counts = [
            wording.plural(made.rows["lead_submission_logs"], "attempt"),
            wording.plural(made.rows["leads"], "lead"),
            size_text(made.size_bytes),
        ]
        ready = output.paint("✓", "green")
        output.result(f"{ready} {safe(made.path)}: {', '.join(counts)}, checked")
        if made.last_hash is not None:
            receipt = chain.receipt_text(made.last_attempt, made.last_hash)
            output.result(f"  its newest attempt, to be kept elsewhere: {receipt}")
    return 0


@contextmanager
def _progress(*, wanted: bool) -> Iterator[Callable[[int, int], None]]:
    """Show progress on stderr while it is a terminal; yield what is told of it."""
    able = sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
    if not wanted or not able:
        yield lambda _done, _total: None
        return
    from leadlog.cli import progress

    with ExitStack() as stack:
        bars: list[Callable[[int], None]] = []
        shown = 0

        def advance(done: int, total: int) -> None:
            nonlocal shown
            if not bars:
                bars.append(stack.enter_context(progress.bar("Copying", total, "pages")))
            bars[0](done - shown)
            shown = done

        yield advance
