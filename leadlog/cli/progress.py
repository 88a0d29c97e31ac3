"""How far a stream is, at a terminal; loaded only where there is one."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task
from rich.text import Text

_BAR_CELLS = 36
_ROOM_FOR_FIGURES = 54
_CHUNK_BYTES = 1 << 20


class _Figures(ProgressColumn):
    """`12,400 of 20,000 lines · 9,800/s · 0:00:01`, or as much of it as there is room for."""

    def __init__(self, noun: str, room: int) -> None:
        super().__init__()
        self._noun = noun
        self._room = room

    def render(self, task: Task) -> Text:
        done = f"{task.completed:,.0f}"
        if task.total is not None:
            done = f"{min(task.completed, task.total):,.0f} of {task.total:,.0f}"
        elapsed = timedelta(seconds=int(task.elapsed or 0))
        forms = [f"{done} {self._noun} · {elapsed}", f"{done} {self._noun}", done]
        if task.speed is not None:
            forms.insert(0, f"{done} {self._noun} · {task.speed:,.0f}/s · {elapsed}")
        return Text(next((form for form in forms if len(form) <= self._room), ""))


@contextmanager
def shown(doing: str, source: BinaryIO) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr and yield what advances it by a number of lines."""
    with bar(doing, _count_lines(source), "lines") as advance:
        yield advance


@contextmanager
def bar(doing: str, total: int | None, noun: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr and yield what advances it.

    Args:
        doing: what is going on, in one word.
        total: how many there are, or None if that is not known.
        noun: what is counted, in the plural.
    """
    progress = _progress(Console(stderr=True), doing, noun)
    with progress:
        task = progress.add_task(doing, total=total)
        yield lambda count: progress.advance(task, count)


def _progress(console: Console, doing: str, noun: str) -> Progress:
    """Return a bar that takes one line of a console."""
    cells = max(4, min(_BAR_CELLS, console.width - _ROOM_FOR_FIGURES))
    room = console.width - len(f"{doing}   ") - cells
    columns = ("{task.description}", BarColumn(cells), _Figures(noun, room))
    # Rich would otherwise send what is written to stdout, the results, to the console on stderr.
    return Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    )


def _count_lines(source: BinaryIO) -> int | None:
    """Return how many lines a regular file has left to read, or None for a pipe."""
    if not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
        return None
    position, lines, last = os.lseek(source.fileno(), 0, os.SEEK_CUR), 0, b"\n"
    while chunk := os.pread(source.fileno(), _CHUNK_BYTES, position):
        position += len(chunk)
        lines += chunk.count(b"\n")
        last = chunk[-1:]
    return lines + (last != b"\n")
