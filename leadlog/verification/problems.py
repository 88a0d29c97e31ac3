"""What verification finds, and how a flood of the same finding is kept short."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from leadlog.text import safe

MOST_OF_A_KIND: Final = 50
"""So many problems of one kind in one column are named one by one; the rest is counted."""

UNREAD: Final = "unreadable"
"""The kind of problem that stands for everything that could not be looked at."""


class Damaged(Exception):  # noqa: N818  # it is what it says
    """A part of the file can't be read; the text says why, in the engine's words."""


class Problem(NamedTuple):
    """One thing that is not as leadlog writes it.

    Attributes:
        table: the table, or `file`, `schema`, `checkpoint`, `receipt`.
        id: the row, or None where it is not one row's.
        column: the column at fault, or None.
        kind: one word a program can branch on; `docs/verification.md` lists them.
        message: one sentence.
    """

    table: str
    id: int | None
    column: str | None
    kind: str
    message: str


class Findings:
    """Collects problems in the order they are found."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._counts: Counter[tuple[str, str, str | None]] = Counter()

    def add(self, table: str, id_: int | None, column: str | None, kind: str, message: str) -> None:
        """Note a problem; beyond `MOST_OF_A_KIND` alike ones it is only counted."""
        alike = (table, kind, column)
        self._counts[alike] += 1
        if self._counts[alike] <= MOST_OF_A_KIND:
            self._found.append(Problem(table, id_, column, kind, message))

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take over what another one collected."""
        self._found.extend(problems)

    @contextmanager
    def reading(self, what: str) -> Iterator[None]:
        """Name what can't be read, once, and go on with what comes next."""
        try:
            yield
        except Damaged as damage:
            message = f"This part of the file can't be read: {safe(str(damage))}."
            self.add(what, None, None, UNREAD, message)

    def all(self) -> tuple[Problem, ...]:
        """Return every problem, and one for each kind that went on after it was cut."""
        rest = [
            Problem(table, None, column, kind, f"{count - MOST_OF_A_KIND:,} more like this.")
            for (table, kind, column), count in self._counts.items()
            if count > MOST_OF_A_KIND
        ]
        return (*self._found, *rest)
