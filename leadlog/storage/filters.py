"""What narrows a list, as SQL: conditions with placeholders, never values in the text."""

from collections.abc import Mapping
from typing import Final

from leadlog.listings import Filter
from leadlog.parsing import INT64
from leadlog.storage.contact_keys import is_key

_CONTACTS_OF_KEY: Final = (
    f"(SELECT ? AS wanted) CROSS JOIN contacts AS c ON {is_key('c.contact_key', 'wanted')}"
)
ATTEMPT_COLUMNS: Final = {
    "since": "e.log_date >= ?",
    "until": "e.log_date <= ?",
    "user_id": "e.user_id = ?",
    "outcome": "e.outcome = ?",
    "category": "e.failure_category = ?",
    "code": "e.failure_code = ?",
    "source": "e.source = ?",
    "page": "e.page = ?",
    "email_key": f"e.id IN (SELECT c.log_id FROM {_CONTACTS_OF_KEY})",
    "after_id": "e.id > ?",
    "before_id": "e.id < ?",
}
LEAD_COLUMNS: Final = {
    **ATTEMPT_COLUMNS,
    "since": "d.lead_date >= ?",
    "until": "d.lead_date <= ?",
    "user_id": "d.user_id = ?",
    "source": "d.source = ?",
    "page": "d.page = ?",
    "email_key": f"d.id IN (SELECT o.id FROM {_CONTACTS_OF_KEY}"
    " CROSS JOIN leads AS o ON o.log_id = c.log_id)",
    "after_id": "d.id > ?",
    "before_id": "d.id < ?",
}


def where(wanted: Filter, columns: Mapping[str, str]) -> tuple[str, list[str | int]]:
    """Return the WHERE clause for a filter, or an empty text, and its parameters."""
    conditions: list[str] = []
    parameters: list[str | int] = []
    if wanted.since is not None and wanted.since == wanted.until:
        # One date: an equality lets the index on the date answer and keep the order of ids.
        column = columns["since"].partition(" ")[0]
        conditions.append(f"{column} = ?")
        parameters.append(wanted.since)
        wanted = wanted._replace(since=None, until=None)
    for name, condition in columns.items():
        value = getattr(wanted, name)
        if value is not None and value != 0:
            conditions.append(condition)
            parameters.append(value)
    clause = "WHERE " + " AND ".join(conditions) if conditions else ""
    return clause, parameters


def order(column: str, wanted: Filter, *, newest_first: bool) -> str:
    """Return the ORDER BY and LIMIT of a list."""
    direction = " DESC" if newest_first else ""
    limit = "" if wanted.limit is None else f" LIMIT {int(wanted.limit)}"
    return f"ORDER BY {column}{direction}{limit}"


def row_limit(most: int | None) -> int:
    """Return what a LIMIT is given for at most `most` rows, or for all of them."""
    return -1 if most is None else min(most, INT64.stop - 1)
