"""Finding rows by the key of a contact.

A key is 64 hex digits. The indexes hold the first 16 of them, which makes them a third as large:
the keys come in no order, so how many pages a commit writes and a look-up reads depends on it.
"""

from typing import Final

_IN_INDEX: Final = 16


def is_key(column: str, value: str) -> str:
    """Return the condition that a column holds a key, such that an index is used.

    Args:
        column: the column, with its table's alias.
        value: a named or numbered placeholder, or another column; it stands there twice.
    """
    beginning = f"substr({column}, 1, {_IN_INDEX}) = substr({value}, 1, {_IN_INDEX})"
    # Without the plus, SQLite puts the value in the place of the column inside `substr` too.
    return f"{beginning} AND {column} IS NOT NULL AND +{column} = {value}"
