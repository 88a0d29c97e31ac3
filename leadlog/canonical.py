"""Canonical JSON (RFC 8785): the one form of an object that everybody hashes alike."""

import hashlib
from typing import Any


def dumps(value: Any) -> str:
    """Return the canonical JSON text of a value."""
    import rfc8785

    return rfc8785.dumps(value).decode()


def sha256(text: str) -> str:
    """Return the hex SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()
