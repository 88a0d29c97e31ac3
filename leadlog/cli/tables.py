"""Tables that fit: 80 columns without a terminal, as wide as the terminal with one.

Where room is short, in this order: long cells are cut or go on in a next line, gaps close up,
titles take two lines, and columns are left out, the most dispensable first. A number, a date or a
hash is never cut.

Of Rich only what knows the widths of characters is used: its `Table` would be handed cells that fit
already, and loading it takes 60 ms of the 200 that a command with a table takes (measured).
"""

import sys
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Literal, NamedTuple

from rich.cells import cell_len

from leadlog.cli import output
from leadlog.cli.layout import console_width, folded, shortened
from leadlog.text import safe

_COMFORTABLE = 12
"""Cutting a column below this many cells is worse than a single space between columns.

Where cells go on in a next line, cutting a word in two is.
"""

_WIDE_GAP, _NARROW_GAP = 2, 1


class Column(NamedTuple):
    """A column.

    Attributes:
        fixed: never cut; the cells of other columns give way with an ellipsis.
        folds: or by going on in a next line.
        colours: how a cell is coloured, by what it begins with.
        least: cut to fewer cells than this it says too little; another column is left out sooner.
        whole: what the cells of a column that gives way begin with that are never cut.
        dispensable: where room is missing, the column with the greatest goes; one with 0 stays.
    """

    title: str
    justify: Literal["left", "right"] = "left"
    fixed: bool = False
    folds: bool = False
    colours: dict[str, str] | None = None
    least: int = 7
    whole: str | None = None
    dispensable: int = 0


class _Needs(NamedTuple):
    """How many cells a column needs below its title: to show all, and to say enough.

    Or to be read with ease, which is in between.
    """

    widest: int
    least: int
    comfortable: int = _COMFORTABLE


class _Cell(NamedTuple):
    """A cell as it is printed: lines that fit into their column, and their colour."""

    lines: list[str]
    colour: str | None = None


class _Fit(NamedTuple):
    """How a table fits: its columns' places, their widths and titles, and the gap between them."""

    places: list[int]
    widths: list[int]
    titles: list[str]
    gap: int


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their titles; every cell is made safe here."""
    texts = [[safe(cell) for cell in row] for row in rows]
    needs = [_needs(column, [row[place] for row in texts]) for place, column in enumerate(columns)]
    fit = _fit(columns, needs, console_width() - 1)
    columns = [columns[place] for place in fit.places]
    printed = [_titles(fit)]
    for row in texts:
        shown = zip(columns, [row[place] for place in fit.places], fit.widths, strict=True)
        printed.append([_cell(*each) for each in shown])
    widths = [
        max(cell_len(line) for cell in cells for line in cell.lines)
        for cells in zip(*printed, strict=True)
    ]
    for cells in printed:
        _print_row(columns, cells, widths, fit.gap)


def _titles(fit: _Fit) -> list[_Cell]:
    """Return titles as cells; one with fewer lines than others stands at the bottom."""
    titles = [
        [shortened(line, width) for line in title.split("\n")]
        for title, width in zip(fit.titles, fit.widths, strict=True)
    ]
    most = max(map(len, titles), default=0)
    return [_Cell([""] * (most - len(lines)) + lines, "dim") for lines in titles]


def _cell(column: Column, text: str, width: int) -> _Cell:
    lines = folded(text, width) if column.folds else [shortened(text, width)]
    for start, colour in (column.colours or {}).items():
        if text.startswith(start):
            return _Cell(lines, colour)
    return _Cell(lines)


def _print_row(
    columns: Sequence[Column], cells: Sequence[_Cell], widths: Sequence[int], gap: int
) -> None:
    coloured = output.wants_colour(sys.stdout)
    for texts in zip_longest(*(cell.lines for cell in cells), fillvalue=""):
        parts = []
        for column, cell, text, width in zip(columns, cells, texts, widths, strict=True):
            padding = " " * (width - cell_len(text))
            paint = coloured and text and cell.colour
            shown = output.painted(text, paint) if paint else text
            parts.append(padding + shown if column.justify == "right" else shown + padding)
        output.result(f" {(' ' * gap).join(parts)}".rstrip())


def _needs(column: Column, cells: Sequence[str]) -> _Needs:
    widest = max(map(cell_len, cells), default=0)
    if column.fixed:
        return _Needs(widest, widest)
    if column.folds:
        words = (word for cell in cells for word in cell.split(" "))
        return _Needs(widest, column.least, max(map(cell_len, words), default=0))
    whole = [
        cell_len(cell)
        for cell in cells
        if column.whole is not None and cell.startswith(column.whole)
    ]
    return _Needs(widest, max([column.least, *whole]))


def _fit(columns: Sequence[Column], needs: Sequence[_Needs], room: int) -> _Fit:
    """Return how a table fits into `room` cells."""
    places = list(range(len(columns)))
    while True:
        for gap, two_lines in ((_WIDE_GAP, False), (_NARROW_GAP, False), (_NARROW_GAP, True)):
            titles = [columns[place].title for place in places]
            if two_lines:
                titles = [_in_two_lines(title) for title in titles]
            natural, least = [], []
            for place, title in zip(places, titles, strict=True):
                natural.append(max(needs[place].widest, _title_width(title)))
                comfort = needs[place].comfortable if gap == _WIDE_GAP else 0
                enough = max(needs[place].least, _title_width(title), comfort)
                least.append(min(natural[-1], enough))
            left = room - gap * (len(places) - 1)
            widths = _narrowed(natural, least, left)
            fit = _Fit(places, widths, titles, gap)
            if sum(widths) <= left:
                return fit
        most = max(places, key=lambda place: columns[place].dispensable)
        if columns[most].dispensable == 0:
            free = [not columns[place].fixed for place in places]
            least = [1 if gives else width for gives, width in zip(free, widths, strict=True)]
            return fit._replace(widths=_narrowed(widths, least, left))
        places = [place for place in places if place != most]


def _title_width(title: str) -> int:
    return max(map(len, title.split("\n")))


def _in_two_lines(title: str) -> str:
    """Return a title of several words in the two lines that are narrowest."""
    words = title.split()
    halves = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    if not halves:
        return title
    return "\n".join(min(halves, key=lambda half: max(map(len, half))))


def _narrowed(natural: list[int], least: list[int], room: int) -> list[int]:
    """Return column widths that fit into `room`, if any do; the widest give way first."""
    widths = list(natural)
    while sum(widths) > room:
        giving = [place for place, width in enumerate(widths) if width > least[place]]
        if not giving:
            break
        widths[max(giving, key=lambda place: widths[place])] -= 1
    return widths
