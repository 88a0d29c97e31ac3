"""The schema of a file, and the one that a new file would have."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from functools import lru_cache
from typing import Any, Final, NamedTuple

from leadlog.verification.schema import Item

QUERY: Final = "SELECT type, name, tbl_name, sql FROM sqlite_schema"


class Reference(NamedTuple):
    """The schema of a new file.

    Attributes:
        items: its entries, by lower-case name.
        columns: of each table, in schema order.
    """

    items: dict[str, Item]
    columns: dict[str, list[str]]


@lru_cache(maxsize=1)
def reference() -> Reference:
    """Return the schema of a new file, made in memory by the migrations.

    That takes as long as reading some ten thousand rows, so it waits until it is asked for.
    """
    from sqlite_utils import Database

    from leadlog.storage import migrations

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrations.all_steps().apply(Database(connection, execute_plugins=False))
        entries = {
            name: item
            for name, item in items(connection.execute(QUERY)).items()
            if not item.table.startswith("_")
        }
        columns = {
            item.name: [row[1] for row in connection.execute(f"PRAGMA table_info({item.name})")]
            for item in entries.values()
            if item.type == "table"
        }
    return Reference(entries, columns)


def is_as_made(connection: sqlite3.Connection, names: Iterable[str]) -> bool:
    """Whether these entries of a file's schema are what leadlog makes.

    Raises:
        sqlite3.Error, UnicodeError: when the schema can't be read.
    """
    expected = reference().items
    found = items(connection.execute(QUERY))
    return all(found.get(name) == expected[name] for name in names)


def items(rows: Iterable[Any]) -> dict[str, Item]:
    """Return rows of `QUERY` by lower-case name; what is no text is like no entry of ours."""
    entries = [Item(*map(_text, row)) for row in rows]
    return {str(item.name).lower(): item for item in entries}


def _text(value: object) -> Any:
    return value if value is None or isinstance(value, str) else repr(value)
