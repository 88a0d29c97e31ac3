"""Streams on the command line: input, result lines, rejects, progress, signals, totals."""

import gc
import os
import shutil
import signal
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from shlex import quote
from typing import BinaryIO

import typer

from leadlog.cli import meter, options, output, records, signals, wording
from leadlog.errors import EXIT_CODES, EXIT_RECORDED_FAILURE, LeadlogError
from leadlog.model import Origin
from leadlog.stream import Counter, LineReader, LineResult, RawLine, Totals
from leadlog.text import safe

_GC_THRESHOLD = 100_000
"""New objects between two searches for rings of references; a group of lines makes fewer."""

_FRUITS = {"submit": ("lead", "leads"), "record": ("success", "successes")}


def run_stream(
    ctx: typer.Context,
    origin: Origin,
    file: str,
    rejects: str | None,
    db: str | None,
    wait: float,
    *,
    json: bool,
    quiet: bool,
    create_users: bool = False,
) -> int:
    """Append every line of a file and return the exit code.

    Results are printed after their group is committed. At a terminal the progress and the totals
    say it all, so there the lines are not printed unless --json asks for them.
    """
    # Nothing in a stream refers back to itself; looking for such rings in it costs a tenth of it.
    gc.freeze()
    gc.set_threshold(_GC_THRESHOLD)
    with ExitStack() as stack:
        source = stack.enter_context(_opened(file))
        rejected = stack.enter_context(_reject_file(rejects, source)) if rejects else None
        log = stack.enter_context(
            options.open_log(ctx, db, wait, writable=True, create=create_users)
        )
        if rejected is not None:
            _empty(rejected)
        stop = stack.enter_context(signals.noted())
        on_screen = sys.stdout is not None and sys.stdout.isatty() and not json
        progress = stack.enter_context(_progress(origin, source, wanted=not quiet))
        reader = LineReader(
            source,
            lambda: bool(stop),
            keep_long_lines=rejected is not None,
            monotonic=options.clock(ctx).monotonic,
        )
        counter = Counter()
        groups = log.append_stream(
            origin, _read(reader, file), create_users=create_users, stopped=lambda: bool(stop)
        )
        stack.callback(groups.close)
        ended: list[LeadlogError] = []
        for group in _until_refused(groups, counter, ended):
            for result in group:
                counter.add(result)
            if rejected is not None:  # first, because they are failed whoever hears of it
                _write_rejects(rejected, group)
            if not on_screen:
                _print_results(group, json=json)
            progress(len(group))
    totals = counter.totals()
    if json:
        output.json_note(totals)
    else:
        _say_totals(origin, totals, rejects if counter.failed_lines else None, quiet=quiet)
    if ended:
        raise _ended_early(ended[0], totals.lines)
    if stop:
        if not quiet and not json:
            _say_interrupted(origin, file, totals.lines)
        return EXIT_CODES["terminated" if stop[0] == signal.SIGTERM else "interrupted"]
    return EXIT_RECORDED_FAILURE if counter.failed_lines else 0


def _say_totals(origin: Origin, totals: Totals, rejects: str | None, *, quiet: bool) -> None:
    if quiet:
        return
    width = output.screen_columns(sys.stderr) or 80
    for line in wording.totals_lines(totals, _FRUITS[origin], width):
        output.note(line)
    if totals.failures:
        since = " --since today" if origin == "submit" else ""
        output.hint(f"  see them: leadlog failures{since}")
    if rejects is not None:
        output.hint(f"  to be mended: {safe(rejects)}")


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    """Open the input; `-` is standard input, which is left open."""
    if file == "-":
        if sys.stdin is None:
            raise LeadlogError("usage", "Standard input is closed.", "Name a file with --file F.")
        yield sys.stdin.buffer
        return
    try:
        source = open(file, "rb", buffering=0)  # noqa: SIM115  # closed below, errors told apart
    except OSError as error:
        message = f"The file {file} can't be read: {error.strerror}."
        raise LeadlogError("usage", message, "Name another with --file F.") from None
    with source:
        yield source


@contextmanager
def _reject_file(path: str, source: BinaryIO) -> Iterator[BinaryIO]:
    """Open the file for failed lines; it holds personal data, so only its owner may read it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"The file {path} can't be written: {error.strerror}."
        raise LeadlogError("usage", message, "Name another with --rejects R.") from None
    rejected = os.fdopen(descriptor, "wb")
    try:
        if os.path.samestat(os.fstat(descriptor), os.fstat(source.fileno())):
            message = "--rejects would overwrite the file that is being read."
            raise LeadlogError("usage", message, "Name another with --rejects R.")
        yield rejected
    finally:
        with suppress(OSError):  # each group was flushed, and what failed then is told already
            rejected.close()


def _empty(rejected: BinaryIO) -> None:
    """Drop the failed lines of an earlier run, now that this one will bring its own."""
    if stat.S_ISREG(os.fstat(rejected.fileno()).st_mode):
        rejected.truncate()


def _read(reader: LineReader, file: str) -> Iterator[Sequence[RawLine]]:
    """Yield what a reader reads.

    Raises:
        LeadlogError: kind `unknown_outcome`, when reading fails on the way.
    """
    try:
        yield from reader
    except OSError as error:
        message = f"Reading {file} failed: {error.strerror or error}."
        hint = "What was printed is recorded. Send the same lines again with their request ids."
        raise LeadlogError("unknown_outcome", message, hint) from None


def _until_refused(
    groups: Iterable[list[LineResult]], counter: Counter, ended: list[LeadlogError]
) -> Iterator[list[LineResult]]:
    """Yield groups; an error of the database after the first goes to `ended`, for the totals."""
    try:
        yield from groups
    except LeadlogError as error:
        if error.kind not in ("busy", "unusable") or counter.lines == 0:
            raise
        ended.append(error)


def _ended_early(error: LeadlogError, lines: int) -> LeadlogError:
    """Return an error that says how far a stream came before the database refused."""
    what = "Line 1 is recorded" if lines == 1 else f"Lines 1 to {lines:,} are recorded"
    hint = f"{what}; nothing after that. Send the rest again, or all lines with request ids."
    return LeadlogError(error.kind, error.message, hint)


def _say_interrupted(origin: Origin, file: str, lines: int) -> None:
    output.note(f"Interrupted after line {lines:,}; all up to there is recorded.")
    if file != "-":
        rest = f"tail -n +{lines + 1} {quote(safe(file))} | leadlog {origin} --file -"
        output.hint(f"  go on with: {rest}")


@contextmanager
def _progress(origin: Origin, source: BinaryIO, *, wanted: bool) -> Iterator[Callable[[int], None]]:
    """Show progress on stderr while it is a terminal; yield what advances it."""
    if not wanted or not meter.is_seen():
        yield lambda _lines: None
        return
    from leadlog.cli import progress

    doing = "Submitting" if origin == "submit" else "Recording"
    with progress.shown(doing, source) as advance:
        yield advance


def _print_results(group: Sequence[LineResult], *, json: bool) -> None:
    coloured = output.wants_colour(sys.stdout)
    try:
        for result in group:
            _print(result, json=json, coloured=coloured)
        output.flush()
    except OSError as error:
        raise output.not_delivered(error, "Lines were recorded, but their results") from None


def _print(result: LineResult, *, json: bool, coloured: bool) -> None:
    receipt = result.receipt
    if receipt is None:
        return
    if json:
        output.result(output.json_line({"line": result.line, **receipt._asdict()}))
        return
    as_stated = not result.failed and not receipt.ok
    text = records.receipt_line(receipt, None, as_stated=as_stated, coloured=coloured)
    output.result(f"{result.line} {text}")


def _write_rejects(rejected: BinaryIO, group: Sequence[LineResult]) -> None:
    try:
        for result in group:
            if result.failed:
                _copy_line(result.raw, rejected)
        rejected.flush()
    except OSError as error:
        message = f"Failed lines could not be written to the file of --rejects: {error.strerror}."
        hint = "What was recorded stays recorded; see it with: leadlog failures --list"
        raise LeadlogError("not_delivered", message, hint) from None


def _copy_line(line: RawLine, target: BinaryIO) -> None:
    target.write(line.content)
    if line.rest is not None:
        line.rest.seek(0)
        shutil.copyfileobj(line.rest, target)
        line.rest.close()
    target.write(b"\n")
