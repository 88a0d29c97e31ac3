"""Rows of chained tables with the arrays that their hashes cover, from a file that may be damaged.

Rows are read from the tables themselves, never through an index that could hide one.
"""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final, NamedTuple, get_type_hints

from leadlog import tables
from leadlog.storage import audit_schema
from leadlog.verification.hashing import array
from leadlog.verification.problems import Damaged
from leadlog.verification.source import Batch

UNREADABLE: Final = (sqlite3.Error, UnicodeError)
"""What reading a damaged file may raise; the second where a message quotes what is no text."""
_ROWS_A_BATCH: Final = 250
"""Each may carry 64 KiB, so this bounds the memory."""


def text(column: str) -> str:
    """Return a column that in a damaged file may hold anything, as a text in any case."""
    return f"coalesce(CAST({column} AS TEXT), '')"


def integer(column: str) -> str:
    """Return a column that in a damaged file may hold anything, as an integer in any case."""
    return f"coalesce(CAST({column} AS INTEGER), 0)"


def columns_of(row: type[NamedTuple]) -> str:
    """Return the columns of a row's fields, each as its field's type; NULL only where that may be.

    Args:
        row: named after the columns; its types are `int`, `str`, and either or None.
    """
    as_type = {int: integer, str: text}
    hints = get_type_hints(row)
    return ", ".join(
        as_type[hints[name]](name) if hints[name] in as_type else f"CAST({name} AS TEXT)"
        for name in row._fields
    )


# A value of another type than its column's makes a wrong hash, and may not break the other checks.
_HEAD: Final = f"t.id, {text('t.prev_hash')}, {text('t.hash')}"


# Leads are found by their attempts, of which there is an index by date.
_ON_DATE: Final = {
    tables.USERS: "t.created_date = :date",
    tables.LIMIT_CHANGES: "t.change_date = :date",
    tables.ATTEMPTS: "t.log_date = :date",
    tables.LEADS: (
        "t.log_id BETWEEN (SELECT min(id) FROM lead_submission_logs WHERE log_date = :date)"
        " AND (SELECT max(id) FROM lead_submission_logs WHERE log_date = :date) AND :date ="
        " (SELECT l.log_date FROM lead_submission_logs AS l WHERE l.id = t.log_id)"
    ),
    tables.CORRECTIONS: "t.log_date = :date",
    tables.ERASURES: "t.log_date = :date",
    tables.SNAPSHOTS: "t.snapshot_date = :date",
    tables.REPORTS: "t.report_date = :date",
    tables.RUNS: "t.report_date = :date",
}


class Rows:
    """Reads rows on a connection.

    Args:
        connection: to the file; in a transaction.

    Attributes:
        progress: told how many rows more were read.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.progress: Callable[[int], None] = lambda _: None

    def linked(
        self, table: str, date: str | None, extras: str = "", join: str = ""
    ) -> Iterator[Batch]:
        """Yield rows of a chained table: id, prev_hash, hash, hashed array, then `extras`.

        Args:
            table: the table, `t` in the query.
            date: the log date whose rows to yield, or None for all.
            extras: further columns, from a comma on.
            join: what other tables these come from.

        SQLite makes the arrays. Where it can't, because a value is none that a row of ours holds,
        or where a text is no text, the rest is read row by row, and column by column. Newer SQLite
        takes a BLOB for JSON in its binary form; `audit_blobs` finds every BLOB.
        """
        of_new_files = audit_schema.reference().columns[table]
        columns = [f"t.{column}" for column in of_new_files[:-1]]
        as_bytes = f"CAST(json_array('{table}', {', '.join(columns)}) AS BLOB)"
        where, unindexed = "t.id > :last", " NOT INDEXED"
        parameters: dict[str, Any] = {"last": -(2**63)}
        if date is not None and table in _ON_DATE:
            where, unindexed = f"{where} AND {_ON_DATE[table]}", ""
            parameters["date"] = date
        rest = f"FROM {table} AS t{unindexed}{join} WHERE {where} ORDER BY t.id"
        try:
            query = f"SELECT {_HEAD}, {as_bytes}{extras} {rest}"
            for batch in self._batches(query, parameters):
                parameters["last"] = batch[-1][0]
                yield batch
        except Damaged:
            pass
        else:
            return
        count = len(columns)
        query = f"SELECT {_HEAD}, {', '.join(columns)}{extras} {rest}"
        self._connection.text_factory = lenient
        try:
            for row in self.stream(query, parameters):
                self.progress(1)
                yield [(*row[:3], array(table, row[3 : 3 + count]), *row[3 + count :])]
        finally:
            self._connection.text_factory = str

    def _batches(self, query: str, parameters: Any = ()) -> Iterator[Batch]:
        """Yield rows in batches, telling how far it is.

        Raises:
            Damaged: when SQLite can't read on; what was read of the next batch is lost.
        """
        try:
            cursor = self._connection.execute(query, parameters)
            while batch := list(islice(cursor, _ROWS_A_BATCH)):
                self.progress(len(batch))
                yield batch
        except UNREADABLE as error:
            raise damaged(error) from error

    def stream(self, query: str, parameters: Any = ()) -> Iterator[Any]:
        """Yield rows one by one, up to the last that SQLite can read.

        Raises:
            Damaged: when SQLite can't read on.
        """
        try:
            yield from self._connection.execute(query, parameters)
        except UNREADABLE as error:
            raise damaged(error) from error


def damaged(error: Exception) -> Damaged:
    """Return what the rest of verification knows of an error."""
    return Damaged(str(error))


def lenient(raw: bytes) -> str:
    """Return stored text that may be no UTF-8, as a text."""
    return raw.decode("utf-8", "surrogateescape")
