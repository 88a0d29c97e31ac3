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
    """`12,400 of 20,000 lines · 9,800/s · 0:00:01`."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self._noun = noun

    def render(self, task: Task) -> Text:
        done = f"{task.completed:,.0f}"
        total = "" if task.total is None else f" of {task.total:,.0f}"
        text = f"{done}{total} {self._noun}"
        if task.speed is not None:
            text += f" · {task.speed:,.0f}/s"
        return Text(f"{text} · {timedelta(seconds=int(task.elapsed or 0))}")


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
    console = Console(stderr=True)
    cells = max(4, min(_BAR_CELLS, console.width - _ROOM_FOR_FIGURES))
    columns = ("{task.description}", BarColumn(cells), _Figures(noun))
    # Rich would otherwise send what is written to stdout, the results, to the console on stderr.
    progress = Progress(
        *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
    )
    with progress:
        task = progress.add_task(doing, total=total)
        yield lambda count: progress.advance(task, count)


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
