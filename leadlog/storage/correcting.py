"""What a correction needs to know of its attempt, read inside the write transaction."""

import sqlite3

from leadlog.corrections import Standing
from leadlog.model import Failure

_STANDING = (
    "SELECT e.outcome, e.failure_category, e.failure_code, e.failure_message, e.failure_field,"
    " d.id, k.payload FROM effective_attempts AS e LEFT JOIN leads AS d ON d.log_id = e.id"
    " LEFT JOIN contacts AS k ON k.log_id = e.id WHERE e.id = ?"
)


def standing(connection: sqlite3.Connection, attempt_id: int) -> Standing | None:
    """Return an attempt as it stands, the newest correction applied."""
    row = connection.execute(_STANDING, (attempt_id,)).fetchone()
    if row is None:
        return None
    outcome, category, code, message, field, lead, payload = row
    failure = None if category is None else Failure(category, code, message or "", field)
    return Standing(outcome, failure, lead, payload)
