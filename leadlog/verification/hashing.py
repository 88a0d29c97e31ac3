"""The hashes of the file format, written down again without a look at the code that writes them.

A row's hash is SHA-256 over `leadlog/1`, a line feed and the JSON array of the table's name, the
columns in schema order and the hash before (UTF-8, no spaces, nothing escaped but what JSON must).
`storage.audit` has SQLite make these bytes; `body` makes them for a row that SQLite can't.
"""

import hashlib
import json
from collections.abc import Sequence

from leadlog import canonical


def body(table: str, values: Sequence[object]) -> bytes:
    """Return the bytes a row's hash covers; `values` are its columns up to `prev_hash`.

    A value that no row of ours can hold gives bytes that no hash of ours covers.
    """
    text = json.dumps([table, *values], ensure_ascii=False, separators=(",", ":"), default=repr)
    return b"leadlog/1\n" + text.encode("utf-8", "surrogateescape")


def digest(data: bytes) -> str:
    """Return the hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def genesis(database_id: str, table: str) -> str:
    """Return the hash that the first row of a table names as the one before it."""
    return digest(f"{database_id}:{table}".encode())


def canonical_digest(value: object) -> str:
    """Return the hex SHA-256 of a value's canonical JSON (RFC 8785)."""
    return digest(canonical.dumps(value).encode())
