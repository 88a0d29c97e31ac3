"""Rich tables that fit: 80 columns without a terminal, as wide as the terminal with one."""

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from leadlog.cli import output
from leadlog.cli.layout import console_width
from leadlog.text import safe

if TYPE_CHECKING:
    from rich.text import Text


_NARROWEST = 4
"""No column is cut below this many cells."""

_COMFORTABLE = 12
"""Cutting a column below this many cells is worse than a single space between columns."""


class Column(NamedTuple):
    """A column; `fixed` ones are never cut, the others give way with an ellipsis."""

    title: str
    justify: Literal["left", "right"] = "left"
    fixed: bool = False
    colours: dict[str, str] | None = None


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their titles; every cell is made safe here."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    texts = []
    for row in rows:
        cells = []
        for column, cell in zip(columns, row, strict=True):
            style = _style(column, cell)
            cells.append(Text(safe(cell), style=style, no_wrap=True, overflow="ellipsis"))
        texts.append(cells)
    width = console_width()
    gap = _fit(columns, texts, width)
    table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column.title, justify=column.justify, no_wrap=True, overflow="ellipsis")
    for cells in texts:
        table.add_row(*cells)
    coloured = output.wants_colour(sys.stdout)
    console = Console(
        width=width - 1,
        force_terminal=coloured,
        no_color=not coloured,
        highlight=False,
        emoji=False,
    )
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        output.result(f" {line.rstrip()}")


def _style(column: Column, cell: str) -> str:
    if column.colours is None:
        return ""
    for start, style in column.colours.items():
        if cell.startswith(start):
            return style
    return ""


def _fit(columns: Sequence[Column], rows: list[list["Text"]], width: int) -> int:
    """Cut cells so that the table fits after its first space; return the gap between columns."""
    natural = [
        max([len(column.title), *(row[place].cell_len for row in rows)])
        for place, column in enumerate(columns)
    ]
    free = [place for place, column in enumerate(columns) if not column.fixed]
    gap = 2
    widths = _narrowed(natural, free, width - 1 - gap * (len(columns) - 1))
    if any(widths[place] < min(natural[place], _COMFORTABLE) for place in free):
        gap = 1
        widths = _narrowed(natural, free, width - 1 - gap * (len(columns) - 1))
    for row in rows:
        for place, text in enumerate(row):
            text.truncate(widths[place], overflow="ellipsis")
    return gap


def _narrowed(natural: list[int], free: list[int], room: int) -> list[int]:
    """Return column widths that fit into `room`; of those that give way, the widest first."""
    widths = list(natural)
    while sum(widths) > room and any(widths[place] > _NARROWEST for place in free):
        widths[max(free, key=lambda place: widths[place])] -= 1
    return widths
