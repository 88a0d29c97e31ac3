"""Row hashes: what makes a rewritten history show.

Every append-only table is a chain of its own. A row's hash covers its table, its columns and the
hash of the row before it, so no row can change, move or vanish without every later hash changing.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

_PREFIX = b"leadlog/1\n"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_sha256 = hashlib.sha256


RowHash = Callable[[str, Sequence[str | int | bytes | None], str], str]
"""A function that hashes a row as `row_hash` does."""


class Head(NamedTuple):
    """The end of one table's chain: its newest id (0 when empty) and that row's hash."""

    id: int
    hash: str


def genesis(database_id: str, table: str) -> str:
    """Return the `prev_hash` of the first row of `table` in the database `database_id`."""
    return _sha256(f"{database_id}:{table}".encode()).hexdigest()


def row_hash(table: str, values: Sequence[str | int | bytes | None], prev_hash: str) -> str:
    """Return the hex SHA-256 of one row.

    Args:
        table: the table's name.
        values: the row's columns in schema order, `id` first, without `prev_hash` and `hash`.
        prev_hash: the hash of the row before, or `genesis(...)` for the first.
    """
    return _sha256(_PREFIX + _encode([table, *values, prev_hash]).encode()).hexdigest()


@lru_cache(maxsize=1)
def fast_row_hash() -> RowHash:
    """Return a function that gives the same hashes as `row_hash`, for many rows.

    orjson encodes a row sixteen times as fast, and takes 5 ms to load, which one row is not worth.
    A test holds both to the same bytes.
    """
    from orjson import dumps

    def hash_row(table: str, values: Sequence[str | int | bytes | None], prev_hash: str) -> str:
        return _sha256(_PREFIX + dumps([table, *values, prev_hash])).hexdigest()

    return hash_row


def receipt_text(attempt: int, hash_: str) -> str:
    """Return the short form of a receipt, `ID:HASH`, which proves a row when kept elsewhere."""
    return f"{attempt}:{hash_}"


def contact_hash(salt: bytes, payload: str) -> str:
    """Return the hash by which a log row vouches for its contact without holding any of it.

    The salt is erased with the contact; without it the hash tells nothing about the person.
    """
    return _sha256(salt + payload.encode()).hexdigest()


def secret_fingerprint(secret: bytes) -> str:
    """Return the hash by which the settings vouch for the database's secret."""
    return _sha256(secret).hexdigest()
