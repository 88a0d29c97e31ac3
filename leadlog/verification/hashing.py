"""The hashes of the file format, written down again without a look at the code that writes them.

A row's hash is SHA-256 over `leadlog/1`, a line feed and the JSON array of the table's name, the
columns in schema order and the hash before (UTF-8, no spaces, nothing escaped but what JSON must).
`storage.audit_rows` has SQLite make these arrays; `array` makes them for a row that SQLite can't.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Final

from leadlog import canonical

_ROW: Final = hashlib.sha256(b"leadlog/1\n")
_NOTHING: Final = hashlib.sha256()


def array(table: str, values: Sequence[object]) -> bytes:
    """Return the array of a row; `values` are its columns up to `prev_hash`.

    A value that no row of ours can hold gives an array that no row of ours has.
    """
    text = json.dumps([table, *values], ensure_ascii=False, separators=(",", ":"), default=repr)
    return text.encode("utf-8", "surrogateescape")


def row_hashes(arrays: Iterable[bytes]) -> list[str]:
    """Return the hashes of rows, given their arrays."""
    found = []
    for each in arrays:
        state = _ROW.copy()  # which takes a quarter less than to begin anew
        state.update(each)
        found.append(state.hexdigest())
    return found


def digests(parts: Iterable[bytes | None]) -> list[str | None]:
    """Return the hex SHA-256 of each, None for None."""
    found: list[str | None] = []
    for each in parts:
        if each is None:
            found.append(None)
            continue
        state = _NOTHING.copy()
        state.update(each)
        found.append(state.hexdigest())
    return found


def digest(data: bytes) -> str:
    """Return the hex SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def genesis(database_id: str, table: str) -> str:
    """Return the hash that the first row of a table names as the one before it."""
    return digest(f"{database_id}:{table}".encode())


def canonical_digest(value: object) -> str:
    """Return the hex SHA-256 of a value's canonical JSON (RFC 8785)."""
    return digest(canonical.dumps(value).encode())
