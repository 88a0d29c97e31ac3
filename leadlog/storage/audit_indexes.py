"""Partial indexes that have another number of entries than their tables have rows for them.

SQLite's check of a file sees that each row has its entry; newer versions (3.54 is one) no longer
see an entry too many in a partial index. Queries go by such an entry without a look at its row.
"""

import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

from leadlog.storage import audit_schema
from leadlog.verification.schema import Item

_WHERE: Final = " WHERE "


def miscounted(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the names of such indexes; those that are not as leadlog makes them are left out."""
    for table, indexes in groupby(_partial(connection), attrgetter("table")):
        conditions = {index.name: str(index.sql).partition(_WHERE)[2] for index in indexes}
        found = {}
        for name, condition in conditions.items():
            # SQLite takes the condition as met by every entry, so this counts all that it finds.
            query = f"SELECT count(*) FROM {table} INDEXED BY {name} WHERE {condition}"
            (found[name],) = connection.execute(query).fetchone()
        names = [name for name, entries in found.items() if entries]  # no entry is not too many
        if not names:
            continue
        counts = ", ".join(f"count(*) FILTER (WHERE {conditions[name]})" for name in names)
        due = connection.execute(f"SELECT {counts} FROM {table} NOT INDEXED").fetchone()
        yield from (name for name, rows in zip(names, due, strict=True) if found[name] != rows)


def _partial(connection: sqlite3.Connection) -> list[Item]:
    expected = audit_schema.reference().items
    found = audit_schema.items(connection.execute(audit_schema.QUERY))
    partial = [
        item
        for name, item in expected.items()
        if item.type == "index" and _WHERE in str(item.sql) and found.get(name) == item
    ]
    return sorted(partial, key=attrgetter("table"))
