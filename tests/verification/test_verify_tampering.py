"""Whatever is changed in the file behind the triggers' back is named."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import rows
from fakes import FakeClock
from tampering import execute, honest, kinds, problems, rechain, unguarded

from leadlog import service, tables

LOG = tables.ATTEMPTS
AS_FAILURE = (
    "outcome = 'failure', failure_category = 'internal', failure_code = 'x', failure_message = 'm'"
)
TABLES = (*tables.CHAINED, "contacts", "user_rate_limits", "secrets")


@pytest.fixture
def path(database: Path) -> Path:
    """A copy of the honest log, to be changed."""
    database.write_bytes(honest())
    return database


def test_the_honest_log_has_no_problem(path: Path) -> None:
    assert problems(path) == []


def test_every_table_of_the_honest_log_has_rows(path: Path) -> None:
    assert all(rows.content(path, table) for table in TABLES)


def rotated(column: str) -> str:
    """Return SQL for a text that is another one of the same kind."""
    return f"substr({column}, 2) || substr({column}, 1, 1)"


def changed(value: object, everywhere: bool) -> list[object]:
    """Return a stored value with bits flipped, every byte in turn or the outer and middle ones."""
    if value is None:
        return ["x", 1]
    if isinstance(value, int):
        return [value ^ 1, value + 2**32, None]
    raw = value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]
    places = range(len(raw)) if everywhere else {0, len(raw) // 2, len(raw) - 1}
    found: list[object] = [None]
    for place in places if raw else ():
        flipped = bytearray(raw)
        flipped[place] ^= 0x80 if place % 3 == 2 else 1  # some are no UTF-8 any more
        found.append(bytes(flipped))
    return found


def flips(path: Path, table: str, *, everywhere: bool) -> list[str]:
    """Change each column of each row of a table, one at a time; return what was not named."""
    missed = []
    with closing(sqlite3.connect(path)) as connection:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        strict_types = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
    originals = rows.content(path, table)
    if not everywhere:
        middle = originals[len(originals) // 2]
        # Of contacts also the first: the one in the middle is erased.
        originals = [originals[0], middle] if table == "contacts" else [middle]
    key = columns[0]
    for row in originals:
        for column, value in zip(columns, row, strict=True):
            for other in changed(value, everywhere):
                if not put(path, table, key, row[0], column, other, strict_types[column]):
                    continue
                found = problems(path)
                if not any(problem.table in (table, LOG, "leads", "file") for problem in found):
                    missed.append(f"{table}.{column} of {row[0]!r}: {value!r} -> {other!r}")
                row_id = other if column == key else row[0]
                restored = put(path, table, key, row_id, column, value, strict_types[column])
                assert restored
    return missed


def put(
    path: Path, table: str, key: str, id_: object, column: str, value: object, type_: str
) -> bool:
    """Write a value; return whether the table's types took it."""
    mark = "CAST(? AS TEXT)" if type_ == "TEXT" and isinstance(value, bytes) else "?"
    try:
        with unguarded(path) as connection:
            connection.execute(
                f"UPDATE {table} SET {column} = {mark} WHERE {key} = ?", (value, id_)
            )
    except sqlite3.IntegrityError:  # NOT NULL, UNIQUE or STRICT, which no client can turn off
        return False
    return True


@pytest.mark.parametrize("table", TABLES)
def test_a_change_in_any_column_of_any_row_is_named(path: Path, table: str) -> None:
    assert flips(path, table, everywhere=False) == []
    assert problems(path) == []


@pytest.mark.torture
@pytest.mark.parametrize("table", TABLES)
def test_a_change_of_any_byte_of_any_row_is_named(path: Path, table: str) -> None:
    assert flips(path, table, everywhere=True) == []


@pytest.mark.parametrize("table", tables.CHAINED)
def test_one_changed_row_is_one_broken_hash(path: Path, table: str) -> None:
    execute(path, f"UPDATE {table} SET created_at = '2026-03-10T00:00:00.000001Z' WHERE id = 1")

    broken = [found for found in problems(path) if found.kind in ("hash", "link", "gap")]

    assert [(found.table, found.id, found.kind) for found in broken] == [(table, 1, "hash")]


@pytest.mark.parametrize("column", ["hash", "prev_hash"])
def test_a_changed_hash_is_one_problem(path: Path, column: str) -> None:
    execute(path, f"UPDATE {LOG} SET {column} = {rotated(column)} WHERE id = 4")

    found = [found for found in problems(path) if found.table == LOG]

    kind = "hash" if column == "hash" else "link"
    assert [(problem.id, problem.kind) for problem in found] == [(4, kind)]


def test_a_dropped_row_is_named(path: Path) -> None:
    execute(path, f"DELETE FROM {LOG} WHERE id = 6")

    found = kinds(path)

    assert (LOG, 7, "gap") in found
    assert ("contacts", 6, "missing") in found
    assert ("leads", 2, "missing") in found


def test_a_dropped_row_is_named_also_when_the_rest_was_renumbered(path: Path) -> None:
    execute(path, "DELETE FROM users WHERE id = 2", "UPDATE users SET id = 2 WHERE id = 3")

    assert {("users", 2, "link"), ("users", 2, "hash")} <= kinds(path)


def test_swapped_rows_are_named(path: Path) -> None:
    execute(
        path,
        *(f"UPDATE {LOG} SET id = {a} WHERE id = {b}" for a, b in ((99, 4), (4, 5), (5, 99))),
    )

    assert {(LOG, 4, "hash"), (LOG, 5, "hash"), (LOG, 6, "link")} <= kinds(path)


def test_an_inserted_row_is_named(path: Path) -> None:
    columns = ", ".join(tables.CHAINED[LOG][1:])
    execute(
        path,
        f"INSERT INTO {LOG} (id, {columns}, prev_hash, hash)"
        f" SELECT 11, {columns}, prev_hash, hash FROM {LOG} WHERE id = 5",
    )

    found = kinds(path)

    assert {(LOG, 11, "link"), (LOG, 11, "hash"), (LOG, 11, "missing")} - found == {
        (LOG, 11, "missing")
    }
    assert ("contacts", 11, "missing") in found


def test_a_row_that_was_appended_by_the_rules_but_never_happened_is_named(path: Path) -> None:
    with closing(rows.connect(path)) as connection:
        copied = connection.execute(
            f"SELECT {', '.join(tables.CHAINED[LOG][1:])} FROM {LOG} WHERE id = 10"
        ).fetchone()
        rows.append(connection, LOG, copied)

    assert {(LOG, 11, "missing"), (LOG, 11, "decision")} <= kinds(path)


@pytest.mark.parametrize(
    ("statement", "table", "id_", "kind"),
    [
        (
            f"UPDATE {LOG} SET {AS_FAILURE} WHERE id = 1",
            LOG,
            1,
            "value",
        ),
        (f"UPDATE {LOG} SET used = 2 WHERE id = 1", LOG, 1, "decision"),
        (f"UPDATE {LOG} SET admitted = 0 WHERE id = 1", LOG, 1, "decision"),
        (f"UPDATE {LOG} SET policy_id = 1 WHERE id = 4", LOG, 4, "decision"),
        (f"UPDATE {LOG} SET policy_id = 1 WHERE id = 10", LOG, 10, "decision"),
        (f"UPDATE {LOG} SET logical_us = logical_us + 1 WHERE id = 5", LOG, 5, "clock"),
        (f"UPDATE {LOG} SET context = NULL WHERE id = 8", LOG, 8, "clock"),
        (f"UPDATE {LOG} SET log_date = '2026-03-11' WHERE id = 3", LOG, 3, "value"),
        (f"UPDATE {LOG} SET late_for = '2026-03-09' WHERE id = 9", LOG, 9, "value"),
        (f"UPDATE {LOG} SET duplicate_of = 8 WHERE id = 2", LOG, 2, "value"),
        (f"UPDATE {LOG} SET request_digest = NULL WHERE id = 1", LOG, 1, "value"),
        (f"UPDATE {LOG} SET duration_ms = 3 WHERE id = 1", LOG, 1, "value"),
        ("UPDATE leads SET user_id = 3 WHERE id = 1", "leads", 1, "value"),
        (
            f"UPDATE leads SET contact_key = {rotated('contact_key')} WHERE id = 1",
            "leads",
            1,
            "value",
        ),
        ("DELETE FROM leads WHERE id = 4", LOG, 10, "missing"),
        ("UPDATE rate_limit_changes SET max_attempts = 1 WHERE id = 2", LOG, 2, "decision"),
        ("UPDATE settings SET value = 'soon' WHERE key LIKE 'burst%'", "settings", 4, "setting"),
        (
            "UPDATE settings SET value = 'Mars/Base' WHERE key = 'timezone'",
            "settings",
            None,
            "setting",
        ),
        (
            "UPDATE submission_corrections SET outcome = 'success', failure_category = NULL",
            "submission_corrections",
            1,
            "value",
        ),
        (
            "UPDATE submission_corrections SET log_date = '2026-03-10' WHERE id = 1",
            "submission_corrections",
            1,
            "closed",
        ),
        (
            f"UPDATE {LOG} SET log_date = '2026-03-10', late_for = NULL WHERE id = 9",
            LOG,
            9,
            "closed",
        ),
        ("DELETE FROM erasures", "contacts", 6, "contact"),
        (
            "UPDATE daily_analysis_snapshots SET successes = 0, failures = attempts",
            "daily_analysis_snapshots",
            1,
            "snapshot",
        ),
        (
            "UPDATE daily_analysis_reports SET version = 3 WHERE id = 2",
            "daily_analysis_reports",
            2,
            "report",
        ),
        (
            "UPDATE daily_analysis_reports SET analysis = '{' WHERE id = 2",
            "daily_analysis_reports",
            2,
            "report",
        ),
        (
            "UPDATE daily_analysis_reports SET inputs = replace(inputs, '8', '9') WHERE id = 1",
            "daily_analysis_reports",
            1,
            "report",
        ),
    ],
)
def test_a_forger_who_computes_the_chain_anew_still_contradicts_the_rest(
    path: Path, statement: str, table: str, id_: int | None, kind: str
) -> None:
    changed_table = next(word for word in statement.split() if word in tables.CHAINED)
    with unguarded(path) as connection:
        connection.execute(statement)
        rechain(connection, changed_table)

    found = kinds(path)

    assert (table, id_, kind) in found
    assert not {kind for _, _, kind in found} & {"hash", "link", "gap"}


def test_a_snapshot_that_was_forged_whole_differs_from_a_fresh_computation(path: Path) -> None:
    from leadlog import canonical

    with unguarded(path) as connection:
        (metrics,) = connection.execute("SELECT metrics FROM daily_analysis_snapshots").fetchone()
        forged = metrics.replace('"burst_minutes":0', '"burst_minutes":1')
        sha256 = canonical.sha256(forged)
        connection.execute(
            "UPDATE daily_analysis_snapshots SET metrics = ?, sha256 = ?", (forged, sha256)
        )
        rechain(connection, tables.SNAPSHOTS)

    found = [problem for problem in problems(path) if problem.table == tables.SNAPSHOTS]

    assert [problem.message for problem in found] == [
        "The snapshot of 2026-03-10 differs from a fresh computation in burst_minutes."
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE user_rate_limits SET used = used + 1 WHERE user_id = 2",
        "UPDATE user_rate_limits SET updated_at = '2026-03-10T12:00:00.000000Z' WHERE user_id = 2",
        "DELETE FROM user_rate_limits WHERE user_id = 2",
    ],
)
def test_a_changed_limit_state_is_named(path: Path, statement: str) -> None:
    execute(path, statement)

    assert [(found.table, found.id) for found in problems(path)] == [("user_rate_limits", 2)]


def test_a_flood_of_the_same_problem_is_cut_and_counted(path: Path) -> None:
    with unguarded(path) as connection:
        for _ in range(70):
            rows.append(connection, tables.RUNS, rows.SAMPLES[tables.RUNS])
        connection.execute("UPDATE analysis_runs SET detail = 'x'")

    found = problems(path)

    assert len(found) == 51
    assert found[-1].message == f"{len(rows.content(path, tables.RUNS)) - 50} more like this."


def test_a_deviation_is_named_where_it_begins_and_not_again(path: Path) -> None:
    with service.open(path, clock=FakeClock("2026-03-12T12:00:00Z")) as log:
        for number in range(5):
            log.submit(user="partner", name="H", email=f"h{number}@example.org")
    with unguarded(path) as connection:
        connection.execute(f"UPDATE {LOG} SET used = used + 1 WHERE id > 11")
        rechain(connection, LOG)

    found = [problem.id for problem in problems(path) if problem.kind == "decision"]

    assert found == [12]


@pytest.mark.parametrize("log_id", [1, 3])
def test_a_border_moved_between_salt_and_payload_is_named(path: Path, log_id: int) -> None:
    execute(
        path,
        "UPDATE contacts SET payload = substr(payload, 10),"
        f" salt = CAST(salt || substr(payload, 1, 9) AS BLOB) WHERE log_id = {log_id}",
    )

    assert kinds(path) == {("contacts", log_id, "contact")}


def test_the_key_of_a_duplicates_contact_is_that_of_the_original(path: Path) -> None:
    execute(path, f"UPDATE contacts SET contact_key = {rotated('contact_key')} WHERE log_id = 2")

    assert kinds(path) == {(LOG, 2, "value")}


def test_more_contacts_gone_than_erasures_tell_of_is_named(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute(
            "UPDATE erasures SET before_date = '2099-01-01', log_id = NULL, last_log_id = 8"
        )
        rechain(connection, tables.ERASURES)
        connection.execute("UPDATE contacts SET payload = NULL, salt = NULL WHERE log_id < 8")

    assert kinds(path) == {("erasures", None, "contact")}


def test_an_attempt_that_breaks_a_rule_and_nothing_else_is_named(path: Path) -> None:
    with unguarded(path) as connection:
        connection.execute(f"UPDATE {LOG} SET duration_ms = 5 WHERE id = 10")
        rechain(connection, LOG)

    assert [(each.table, each.id, each.column) for each in problems(path)] == [
        (LOG, 10, "duration_ms")
    ]


def test_a_lead_cut_off_the_end_is_named_by_its_attempt(path: Path) -> None:
    execute(path, "DELETE FROM leads WHERE id = (SELECT max(id) FROM leads)")

    assert kinds(path) == {(LOG, 10, "missing")}


def test_a_contact_of_no_attempt_is_named(path: Path) -> None:
    execute(
        path, "INSERT INTO contacts SELECT 99, contact_key, payload, salt FROM contacts LIMIT 1"
    )

    assert kinds(path) == {("contacts", 99, "missing")}


def test_a_contact_that_is_half_erased_is_named(path: Path) -> None:
    execute(path, "UPDATE contacts SET payload = '{}' WHERE log_id = 6")

    assert ("contacts", 6, "value") in kinds(path)


@pytest.mark.parametrize(
    "change",
    [
        "policy_id = NULL, used = NULL",
        "failure_category = 'duplicate'",
        "failure_code = 'x'",
        "failure_field = 'email'",
        "failure_message = 'm'",
        "request_digest = hash, request_id = NULL",
    ],
)
def test_a_success_that_breaks_a_rule_of_a_constraint_is_named(path: Path, change: str) -> None:
    with unguarded(path) as connection:
        connection.execute(f"UPDATE {LOG} SET {change} WHERE id = 10")
        rechain(connection, LOG)

    assert (LOG, 10) in {(each.table, each.id) for each in problems(path)}
