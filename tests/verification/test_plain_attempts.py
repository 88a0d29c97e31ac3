"""An attempt that is not looked at rule by rule, because it is plain, breaks none of the rules."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import Any

import pytest

from leadlog import tables
from leadlog.storage.audit_rules import PLAIN_ATTEMPT, SCANS
from leadlog.storage.audit_scans import Rule

(SCAN,) = (scan for scan in SCANS if scan.plain is not None)
HASH = "a" * 64
COLUMNS = (*tables.CHAINED[tables.ATTEMPTS], "prev_hash", "hash")
PLAIN: dict[str, Any] = dict.fromkeys(COLUMNS) | {
    "id": 7,
    "created_at": "2026-03-10T00:00:00.000000Z",
    "occurred_at": "2026-03-10T00:00:00.000000Z",
    "log_date": "2026-03-10",
    "user_id": 2,
    "origin": "submit",
    "outcome": "success",
    "admitted": 1,
    "policy_id": 1,
    "used": 1,
    "logical_us": 1,
    "contact_hash": HASH,
}
BLOB = HASH.encode()
OTHERS: dict[str, list[Any]] = {
    "id": [3],
    "created_at": ["2026-03-09T00:00:00.000000Z", None],
    "occurred_at": ["2026-03-09T00:00:00.000000Z", None, "", 0, BLOB],
    "log_date": ["2026-03-09", None],
    "late_for": ["2026-03-09", "2026-03-10", "", BLOB],
    "user_id": [1, None, "1", BLOB],
    "origin": ["record", "other", "", None, BLOB],
    "outcome": ["failure", "other", "", None, 1, BLOB],
    "failure_category": ["duplicate", "upstream", "malformed", "rate_limited", "", "other", BLOB],
    "failure_code": ["x", "X", "", "x" * 65, BLOB],
    "failure_field": ["email", "", BLOB],
    "failure_message": ["m", "", BLOB],
    "page": ["/a"],
    "request_id": ["r-1", "r 1", "", "r" * 129, 1, BLOB],
    "request_digest": [HASH, "b", "", BLOB],
    "duplicate_of": [3, 7, 0, "", BLOB],
    "admitted": [0, 2, None, "1", BLOB],
    "policy_id": [None, 0, "", BLOB],
    "used": [None, -1, "", BLOB],
    "duration_ms": [5, -1, "", BLOB],
    "contact_hash": [None, "", "b", HASH + "b", 1, BLOB],
}
"""For each column that a rule mentions what else may stand there, in a forged row too."""


@pytest.fixture(scope="module")
def forged() -> Iterator[sqlite3.Connection]:
    """Tables without constraints and types, so that they hold anything."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.execute(f"CREATE TABLE {tables.ATTEMPTS} ({', '.join(COLUMNS)})")
        connection.execute("CREATE TABLE contacts (log_id, contact_key)")
        connection.execute("CREATE TABLE leads (log_id, user_id, page, contact_key)")
        connection.execute("INSERT INTO leads (log_id) VALUES (?)", (PLAIN["id"],))
        yield connection


def mentioned(rule: Rule) -> list[str]:
    return list(dict.fromkeys(re.findall(r"\bt\.(\w+)", rule.broken_if)))


def fill(connection: sqlite3.Connection, rule: Rule) -> int:
    """Store every combination of the values that a rule judges; all else is plain."""
    columns = mentioned(rule)
    combinations = list(product(*([PLAIN[column], *OTHERS[column]] for column in columns)))
    connection.execute(f"DELETE FROM {tables.ATTEMPTS}")
    rows = [
        tuple((PLAIN | dict(zip(columns, each, strict=True))).values()) for each in combinations
    ]
    marks = ", ".join("?" for _ in COLUMNS)
    connection.executemany(f"INSERT INTO {tables.ATTEMPTS} VALUES ({marks})", rows)
    return len(rows)


def count(connection: sqlite3.Connection, condition: str) -> int:
    query = f"SELECT count(*) FROM {tables.ATTEMPTS} AS t WHERE {condition}"
    return int(connection.execute(query).fetchone()[0])


@pytest.mark.parametrize("rule", SCAN.rules, ids=lambda rule: f"{rule.column}: {rule.message[:40]}")
def test_what_is_plain_breaks_no_rule(forged: sqlite3.Connection, rule: Rule) -> None:
    rows = fill(forged, rule)

    assert count(forged, f"({SCAN.plain}) AND ({rule.broken_if})") == 0
    assert 0 < count(forged, f"({rule.broken_if})") < rows
    assert count(forged, str(SCAN.plain)) > 0


@pytest.mark.parametrize("left_out", PLAIN_ATTEMPT)
def test_each_condition_of_what_is_plain_is_needed(
    forged: sqlite3.Connection, left_out: str
) -> None:
    rest = " AND ".join(each for each in PLAIN_ATTEMPT if each != left_out)
    hidden = 0
    for rule in SCAN.rules:
        fill(forged, rule)
        hidden += count(forged, f"({rest}) AND ({rule.broken_if})")

    assert hidden > 0


@pytest.mark.parametrize("bound", [{}, {"request_id": "r-1", "request_digest": HASH}], ids=str)
def test_a_success_that_was_submitted_is_plain(
    forged: sqlite3.Connection, bound: dict[str, str]
) -> None:
    forged.execute(f"DELETE FROM {tables.ATTEMPTS}")
    marks = ", ".join("?" for _ in COLUMNS)
    values = tuple((PLAIN | bound).values())
    forged.execute(f"INSERT INTO {tables.ATTEMPTS} VALUES ({marks})", values)

    assert count(forged, str(SCAN.plain)) == 1


@pytest.mark.parametrize(
    ("keys", "is_broken"), [(["k"], False), ([], True), (["x"], True), (["k", "x"], True)]
)
def test_a_duplicate_has_the_key_of_its_original_and_no_other(
    forged: sqlite3.Connection, keys: list[str], is_broken: bool
) -> None:
    (rule,) = (rule for rule in SCAN.rules if "an original that is not" in rule.message)
    marks = ", ".join("?" for _ in COLUMNS)
    forged.execute("SAVEPOINT before")
    forged.execute(f"DELETE FROM {tables.ATTEMPTS}")
    values = tuple((PLAIN | {"duplicate_of": 3}).values())
    forged.execute(f"INSERT INTO {tables.ATTEMPTS} VALUES ({marks})", values)
    forged.execute("INSERT INTO leads VALUES (3, ?, NULL, 'k')", (PLAIN["user_id"],))
    forged.executemany("INSERT INTO contacts VALUES (7, ?)", [(key,) for key in keys])

    found = count(forged, rule.broken_if)
    forged.execute("ROLLBACK TO before")

    assert bool(found) == is_broken
