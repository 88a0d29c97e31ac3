"""The footnotes of a report: every number in it once, with what it is."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from leadlog.analysis.figures import Figure
from leadlog.analysis.labels import OF_THE_DAYS_BEFORE
from leadlog.analysis.names import holds_number
from leadlog.cli.wording import number_ranges
from leadlog.rendering import Report

_ONE = {
    "attempts": "attempt",
    "days": "day",
    "failures": "failure",
    "leads": "lead",
    "minutes": "minute",
    "refusals": "refusal",
    "seconds": "second",
    "successes": "success",
    "users": "user",
}


class Footnotes(NamedTuple):
    """A report's footnotes, and where they are referred to.

    Attributes:
        figures: every figure once, numbered in the order of its first use.
        marks: the references of each statement, by its number, such as `[1 2 5-9]`.
        reason_mark: the references of the confidence's reason, or an empty text.
    """

    figures: tuple[tuple[int, Figure], ...]
    marks: Mapping[int, str]
    reason_mark: str


def footnotes(report: Report) -> Footnotes:
    """Return a report's footnotes.

    A name needs none, which states nothing but itself, unless it holds a number.
    """
    told = [*(one.figures for one in report.statements), report.reason_figures]
    numbers: dict[str, int] = {}
    figures = []
    for figure in (one for each in told for one in each):
        if _states_something(figure) and _key(figure) not in numbers:
            numbers[_key(figure)] = len(numbers) + 1
            figures.append((len(numbers), figure))

    def mark(used: Iterable[Figure]) -> str:
        found = sorted({numbers[_key(one)] for one in used if _key(one) in numbers})
        return f"[{' '.join(number_ranges(found))}]" if found else ""

    marks = {one.n: mark(one.figures) for one in report.statements}
    return Footnotes(tuple(figures), marks, mark(report.reason_figures))


def groups(report: Report) -> list[tuple[str, list[tuple[int, Figure, str]]]]:
    """Return the footnotes of the date and of the days before under their headings.

    Each has its number, its figure, and what it is, without what the heading says.
    """
    of_date, before = [], []
    for number, figure in footnotes(report).figures:
        if figure.pointer.startswith("/baseline/"):
            what = figure.label.removesuffix(OF_THE_DAYS_BEFORE)
            before.append((number, figure, _what(figure, what)))
        else:
            of_date.append((number, figure, _what(figure, figure.label)))
    found = [(f"Figures of {report.date}", of_date), ("Figures of the days before", before)]
    return [(heading, notes) for heading, notes in found if notes]


def _what(figure: Figure, label: str) -> str:
    """Return a label that goes with its figure: one user, not one users."""
    noun, space, rest = label.partition(" ")
    return f"{_ONE[noun]}{space}{rest}" if figure.text == "1" and noun in _ONE else label


def _states_something(figure: Figure) -> bool:
    return figure.format != "name" or holds_number(figure.text)


def _key(figure: Figure) -> str:
    return f"{figure.format} {figure.pointer}"
