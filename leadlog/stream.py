"""Many records: groups that are read outside the gate and committed together.

A result is handed out only after its group is committed, so whoever saw a receipt will find the
attempt. Memory stays flat: nothing outlives its group but the totals.
"""

import os
import select
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, BinaryIO, Final, NamedTuple

from leadlog import intake, parsing
from leadlog.clock import Zone
from leadlog.decision import Decided, decide_attempt
from leadlog.errors import LeadlogError
from leadlog.intake import Prepared
from leadlog.model import Origin, Receipt
from leadlog.parsing import MAX_LINE_BYTES
from leadlog.repository import Store, Transaction

GROUP_LINES: Final = 1000
GROUP_US_IN_GATE: Final = 100_000
"""A group is cut when it held the gate this long, so that a one-shot writer never waits longer."""

IDLE_SECONDS: Final = 0.2
"""Lines that came are committed when the oldest has waited this long."""

_CHUNK_BYTES: Final = 256 * 1024


class RawLine(NamedTuple):
    """One line as it came, without its line feed.

    Attributes:
        content: the line's bytes; of a very long line only the beginning.
        total_bytes: the length of the whole line.
        rest: what of it is not in `content`, as an open binary file, or None.
    """

    content: bytes
    total_bytes: int
    rest: Any = None


class LineResult(NamedTuple):
    """What became of one line of a stream.

    Attributes:
        line: its number, counted from 1 with blank lines included.
        raw: the line as it came.
        receipt: what was recorded; None for a blank line, which is no attempt.
        failed: whether the line is one that the command's exit code must tell of. A failure that
            `record` logged as it was stated is not.
    """

    line: int
    raw: RawLine
    receipt: Receipt | None
    failed: bool


class Totals(NamedTuple):
    """The end of a stream: lines = blank + replayed + attempts, attempts = successes + failures."""

    lines: int
    blank: int
    replayed: int
    attempts: int
    successes: int
    failures: dict[str, int]


class LineReader:
    """Reads lines from a file descriptor in groups, without ever holding a very long line.

    Args:
        file: a file, a pipe or a terminal, opened for reading in binary.
        stopped: asked while waiting; when it says yes, the stream ends as if at its end.
        keep_long_lines: keep what is too long for a record in a temporary file, so that it can be
            given back; otherwise only its length is counted.
        monotonic: the clock, in seconds.
    """

    def __init__(
        self,
        file: BinaryIO,
        stopped: Callable[[], bool] = lambda: False,
        *,
        keep_long_lines: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._descriptor = file.fileno()
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)
        self._stopped = stopped
        self._keep_long_lines = keep_long_lines
        self._monotonic = monotonic
        self._waiting_since = 0.0
        self._partial = b""
        self._partial_bytes = 0
        self._rest: BinaryIO | None = None
        self._lines: list[RawLine] = []
        self._at_end = False

    def __iter__(self) -> Iterator[Sequence[RawLine]]:
        """Yield groups of at most `GROUP_LINES` lines; a group is never empty."""
        while not self._stopped():
            while len(self._lines) < GROUP_LINES and not self._at_end:
                if not self._wait() or self._stopped():
                    break
                self._read()
            group, self._lines = self._lines[:GROUP_LINES], self._lines[GROUP_LINES:]
            if group and not self._stopped():
                yield group
                self._waiting_since = self._monotonic()
            elif self._at_end:
                return

    def _wait(self) -> bool:
        """Wait for input; return False when lines have waited for a commit long enough."""
        while True:
            seconds = IDLE_SECONDS
            if self._lines:
                seconds -= self._monotonic() - self._waiting_since
                if seconds <= 0:
                    return False
            if self._poll.poll(min(seconds, IDLE_SECONDS) * 1000) or self._stopped():
                return True
            if self._lines:
                return False

    def _read(self) -> None:
        chunk = os.read(self._descriptor, _CHUNK_BYTES)
        if not chunk:
            self._at_end = True
            if self._partial_bytes:
                self._end_line()
            return
        first, *others = chunk.split(b"\n")
        self._extend(first)
        for part in others:
            self._end_line()
            self._extend(part)

    def _extend(self, part: bytes) -> None:
        self._partial_bytes += len(part)
        kept = part[: MAX_LINE_BYTES + 1 - len(self._partial)]
        self._partial += kept
        if self._keep_long_lines and len(kept) < len(part):
            if self._rest is None:
                self._rest = tempfile.TemporaryFile()  # noqa: SIM115  # outlives this block
            self._rest.write(part[len(kept) :])

    def _end_line(self) -> None:
        if not self._lines:
            self._waiting_since = self._monotonic()
        self._lines.append(RawLine(self._partial, self._partial_bytes, self._rest))
        self._partial, self._partial_bytes, self._rest = b"", 0, None


class Counter:
    """Counts a stream's results up to its totals."""

    def __init__(self) -> None:
        self.lines = self.blank = self.replayed = self.successes = self.failed_lines = 0
        self.failures: dict[str, int] = {}

    def add(self, result: LineResult) -> None:
        """Count one line."""
        self.lines += 1
        self.failed_lines += result.failed
        receipt = result.receipt
        if receipt is None:
            self.blank += 1
        elif receipt.replayed:
            self.replayed += 1
        elif receipt.failure is None:
            self.successes += 1
        else:
            category = receipt.failure.category
            self.failures[category] = self.failures.get(category, 0) + 1

    def totals(self) -> Totals:
        """Return the totals so far; categories in the order of the most frequent."""
        failures = dict(sorted(self.failures.items(), key=lambda item: (-item[1], item[0])))
        attempts = self.successes + sum(failures.values())
        return Totals(self.lines, self.blank, self.replayed, attempts, self.successes, failures)


def append_stream(
    store: Store,
    zone: Zone,
    origin: Origin,
    groups: Iterable[Sequence[RawLine]],
    *,
    create_users: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Generator[list[LineResult], None, None]:
    """Append every line of a stream and yield what became of the lines, once they are committed.

    Args:
        store: the database.
        zone: its time zone.
        origin: `submit` or `record`.
        groups: the lines, in groups to be committed together; see `LineReader`.
        create_users: register unknown users (`record` only).
        stopped: asked after each commit, and while waiting for other writers; when it says yes, the
            stream ends there.

    Raises:
        LeadlogError: as `Store.write`; every result yielded before is committed.
    """
    number = 0
    try:
        for group in groups:
            items = [
                None if parsing.is_blank(line.content) else _prepare(origin, line, store.secret)
                for line in _without_bom(group, first=number == 0)
            ]
            done = 0
            while done < len(group):
                work = partial(
                    _decide_some, items=items[done:], zone=zone, create_users=create_users
                )
                try:
                    decided = store.write(work, more_follows=True, stopped=stopped)
                except LeadlogError as error:
                    if error.kind == "interrupted":
                        return
                    raise
                lines = group[done : done + len(decided)]
                yield [
                    _result(number + place, line, origin, outcome)
                    for place, (line, outcome) in enumerate(zip(lines, decided, strict=True), 1)
                ]
                done += len(decided)
                number += len(decided)
                if stopped():
                    return
                if done < len(group):  # cut by time: whoever waits has waited long
                    store.make_way()
    finally:
        store.tidy()


def _decide_some(
    tx: Transaction, *, items: Sequence[Prepared | None], zone: Zone, create_users: bool
) -> list[Decided | None]:
    """Decide items until the group has held the gate for long enough; at least one."""
    decided: list[Decided | None] = []
    started_us = tx.now_us()
    for item in items:
        if item is None:
            decided.append(None)
            continue
        decided.append(decide_attempt(tx, item, zone, create_users=create_users))
        if not 0 <= tx.now_us() - started_us < GROUP_US_IN_GATE:
            break
    return decided


def _result(number: int, line: RawLine, origin: Origin, decided: Decided | None) -> LineResult:
    if decided is None:
        return LineResult(number, line, None, failed=False)
    failed = not decided.as_stated if origin == "record" else not decided.receipt.ok
    return LineResult(number, line, decided.receipt, failed)


def _prepare(origin: Origin, line: RawLine, secret: bytes) -> Prepared:
    return intake.prepare(origin, parsing.parse_line(line.content, line.total_bytes), secret)


def _without_bom(group: Sequence[RawLine], *, first: bool) -> Sequence[RawLine]:
    if not first or not group:
        return group
    head = group[0]._replace(content=parsing.without_bom(group[0].content))
    return [head, *group[1:]]
