"""Fitting text to the screen: its width, footers, and fields under a title."""

import os
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence

from leadlog.cli import output, wording

DEFAULT_COLUMNS = 80


def console_width() -> int:
    """Return the width to print at: the terminal's, or 80 columns for files, pipes and mails."""
    columns = output.screen_columns(sys.stdout)
    if columns is not None:
        return columns
    given = os.environ.get("COLUMNS", "")
    wanted = int(given) if given.isdecimal() else 0
    return max(wanted or DEFAULT_COLUMNS, output.FEWEST_COLUMNS)


def footer(*parts: str) -> None:
    """Write what helps to go on, dim, under a result; as many parts to a line as fit."""
    for line in wording.packed(parts, " ", console_width()):
        output.hint(line)


def print_fields(fields: Iterable[tuple[str, str]], label_width: int) -> None:
    """Print labelled values, long ones wrapped at spaces under their own beginning.

    A word that is longer than a line stays whole, so that it can be copied.

    Args:
        fields: labels and values; the values are safe already.
        label_width: the cells that the longest label takes, with the gap after it.
    """
    indent = " " * (2 + label_width)
    for label, value in fields:
        lines = textwrap.wrap(
            value,
            max(console_width() - len(indent), output.FEWEST_COLUMNS),
            break_long_words=False,
            break_on_hyphens=False,
        )
        for place, line in enumerate(lines or [""]):
            start = f"  {label:<{label_width}}" if place == 0 else indent
            output.result(f"{start}{line}".rstrip())


def shared_widths(total: int, weights: Sequence[int]) -> list[int]:
    """Return `total` cells dealt out by weight; the last gets what rounding leaves."""
    widths = [total * weight // sum(weights) for weight in weights]
    widths[-1] += total - sum(widths)
    return widths


def cell(text: str, width: int) -> str:
    """Return safe text in exactly `width` cells of the terminal, cut with an ellipsis."""
    from rich.cells import set_cell_size

    return set_cell_size(shortened(text, width), width)


def shortened(text: str, width: int) -> str:
    """Return safe text in at most `width` cells of the terminal, cut with an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…"


def folded(text: str, width: int, breaks: str = " /-") -> list[str]:
    """Return safe text in lines of at most `width` cells of the terminal, nothing cut off.

    Args:
        text: the text.
        width: how many cells a line has.
        breaks: after what a line may end, the best first; anywhere, where none of them helps.
    """
    from rich.cells import cell_len, chop_cells

    if cell_len(text) <= width:
        return [text]
    if not breaks:
        return chop_cells(text, width)
    lines = [""]
    for piece in re.split(f"(?<={re.escape(breaks[0])})", text):
        if cell_len((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
        else:
            word = piece.rstrip()
            lines += folded(word, width, breaks[1:])
            lines[-1] += piece[len(word) :]
    return [line.rstrip() for line in lines if line]


def size_text(count: int) -> str:
    """Return a number of bytes in the unit that suits it: `117 bytes`, `1.2 MiB`."""
    size, unit = float(count), "bytes"
    for unit in ("bytes", "KiB", "MiB", "GiB"):  # used after the loop
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
