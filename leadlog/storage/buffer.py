"""Rows that are decided but not yet inserted.

Inserting many rows with one call costs a quarter less than one by one, so a transaction collects
the rows of its attempts and hands them over together: before it commits, or before it asks a
question whose answer may be among them.
"""

import sqlite3
from typing import Final

from leadlog import tables
from leadlog.errors import LeadlogError
from leadlog.storage.connection import insert_statement

Values = tuple[str | int | bytes | None, ...]

CONTACTS: Final = "contacts"
_INSERT: Final = {table: insert_statement(table) for table in tables.CHAINED} | {
    CONTACTS: "INSERT INTO contacts (log_id, contact_key, payload, salt) VALUES (?, ?, ?, ?)"
}


class Buffer:
    """The rows of attempts, contacts and leads that wait to be inserted, in this order."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows: dict[str, list[Values]] = {tables.ATTEMPTS: [], CONTACTS: [], tables.LEADS: []}
        self._keys: set[tuple[object, ...]] = set()

    def add(self, table: str, values: Values) -> None:
        """Let a row wait."""
        self._rows[table].append(values)

    def mark(self, *key: object) -> None:
        """Remember that a waiting row answers to `key`."""
        self._keys.add(key)

    def flush_for(self, *key: object) -> None:
        """Insert what waits if one of the rows answers to `key`."""
        if key in self._keys:
            self.flush()

    def flush(self) -> None:
        """Insert everything that waits."""
        for table, rows in self._rows.items():
            if rows:
                insert(self._connection, table, rows)
                rows.clear()
        self._keys.clear()


def insert(connection: sqlite3.Connection, table: str, rows: list[Values]) -> None:
    """Insert rows and see that every one of them arrived.

    Raises:
        LeadlogError: kind `unusable`, when a trigger that somebody else put there swallowed one.
    """
    expect(connection.executemany(_INSERT[table], rows), len(rows))


def expect(cursor: sqlite3.Cursor, rows: int) -> None:
    """See that a statement changed as many rows as it should have.

    Raises:
        LeadlogError: kind `unusable`, when a trigger that somebody else put there swallowed one.
    """
    if cursor.rowcount != rows:
        message = "The database swallowed a row that it should have stored."
        hint = "Nothing was recorded. Look for triggers in its schema that leadlog did not make."
        raise LeadlogError("unusable", message, hint)
