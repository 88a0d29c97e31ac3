"""An attempt that verification reads over as a plain success breaks none of its rules."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from leadlog import tables
from leadlog.storage import audit_rules, audit_schema

LOG = tables.ATTEMPTS
HASH = "a" * 64
PLAIN: dict[str, Any] = {
    "id": 7, "created_at": "2026-03-10T00:00:00.000000Z", "user_id": 2, "origin": "submit",
    "occurred_at": "2026-03-10T00:00:00.000000Z", "log_date": "2026-03-10", "late_for": None,
    "outcome": "success", "failure_category": None, "failure_code": None, "failure_field": None,
    "failure_message": None, "source": "cli", "page": None, "request_id": None,
    "request_digest": None, "duplicate_of": None, "admitted": 1, "policy_id": 1, "used": 1,
    "logical_us": 1, "duration_ms": None, "context": None, "contact_hash": HASH,
    "prev_hash": HASH, "hash": HASH,
}  # fmt: skip
OTHER: dict[str, list[Any]] = {
    "user_id": [1, 3],
    "origin": ["record"],
    "occurred_at": ["2026-03-09T00:00:00.000000Z"],
    "late_for": ["2026-03-09", "2026-03-10"],
    "outcome": ["failure"],
    "failure_category": ["duplicate", "upstream", "malformed", "rate_limited", "conflict"],
    "failure_code": ["x", "X", ""],
    "failure_field": ["email"],
    "failure_message": ["m"],
    "request_id": ["r-1", "r 1", "", "r" * 129],
    "request_digest": [HASH, "b"],
    "duplicate_of": [3, 7],
    "admitted": [0],
    "policy_id": [None],
    "used": [None],
    "duration_ms": [5],
    "context": ["{}"],
}
CONTACTS: list[tuple[Any, ...] | None] = [
    None,
    (HASH, "{}", b"s" * 16),
    (None, "{}", b"s" * 16),
    (HASH, None, None),
]
ROWS = st.fixed_dictionaries(
    {}, optional={column: st.sampled_from(values) for column, values in OTHER.items()}
)


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    """The tables with their constraints and without their triggers."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        items, _ = audit_schema.reference()
        for item in items.values():
            if item.type == "table":
                empty.execute(item.sql or "")
        yield empty


def look(
    connection: sqlite3.Connection, changed: dict[str, Any], contact: tuple[Any, ...] | None
) -> tuple[int, int]:
    """Return whether an attempt is plain, and whether it breaks a rule."""
    row = {**PLAIN, **changed}
    connection.execute("BEGIN")
    try:
        marks = ", ".join("?" for _ in row)
        connection.execute(
            f"INSERT INTO {LOG} ({', '.join(row)}) VALUES ({marks})", tuple(row.values())
        )
        if contact is not None:
            connection.execute("INSERT INTO contacts VALUES (7, ?, ?, ?)", contact)
        query = (
            f"SELECT coalesce({audit_rules.PLAIN}, 0), coalesce({audit_rules.BREAKS_ONE}, 0)"
            f" FROM {LOG} AS t LEFT JOIN contacts AS k ON k.log_id = t.id"
        )
        found: tuple[int, int] = connection.execute(query).fetchone()
        return found
    finally:
        connection.execute("ROLLBACK")


@pytest.mark.parametrize("request_ids", [{}, {"request_id": "r-1", "request_digest": HASH}])
def test_a_success_is_plain(connection: sqlite3.Connection, request_ids: dict[str, Any]) -> None:
    assert look(connection, request_ids, CONTACTS[1]) == (1, 0)


def test_a_rule_is_seen_to_be_broken(connection: sqlite3.Connection) -> None:
    assert look(connection, {"duration_ms": 5}, CONTACTS[1]) == (0, 1)


@settings(max_examples=500, suppress_health_check=list(HealthCheck))
@given(changed=ROWS, contact=st.sampled_from(CONTACTS))
def test_what_is_plain_breaks_no_rule(
    connection: sqlite3.Connection, changed: dict[str, Any], contact: tuple[Any, ...] | None
) -> None:
    try:
        is_plain, breaks_rule = look(connection, changed, contact)
    except sqlite3.IntegrityError:
        assume(False)

    assert not (is_plain and breaks_rule)


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in OTHER.items() for value in values]
)
def test_one_column_that_differs(connection: sqlite3.Connection, column: str, value: Any) -> None:
    try:
        is_plain, breaks_rule = look(connection, {column: value}, CONTACTS[1])
    except sqlite3.IntegrityError:
        return  # SQLite names it

    assert not (is_plain and breaks_rule)
