"""What only a proof kept elsewhere shows: a cut tail, an older copy, a history computed anew."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from fakes import FakeClock
from tampering import execute, honest, kinds, problems, rechain, unguarded

from leadlog import chain, service, tables
from leadlog.errors import LeadlogError
from leadlog.verification import proofs
from leadlog.verification.proofs import Checkpoint, Head, ProvenAttempt

LOG = tables.ATTEMPTS


@pytest.fixture
def path(database: Path) -> Path:
    """A copy of the honest log, to be changed."""
    database.write_bytes(honest())
    return database


def checkpoint(path: Path) -> Checkpoint:
    with service.open(path, clock=FakeClock("2026-03-12T12:00:00Z")) as log:
        return log.checkpoint()


def receipt(path: Path, attempt: int) -> ProvenAttempt:
    with service.open(path, clock=FakeClock()) as log:
        return ProvenAttempt(attempt, log.attempt(attempt).hash)


def submit(path: Path, email: str) -> None:
    with service.open(path, clock=FakeClock("2026-03-12T12:00:00Z")) as log:
        log.submit(user="partner", name="Hal", email=email)


def cut_the_tail(path: Path) -> None:
    """Undo the newest attempt with everything that came with it."""
    execute(
        path,
        f"DELETE FROM {LOG} WHERE id = 10",
        "DELETE FROM leads WHERE log_id = 10",
        "DELETE FROM contacts WHERE log_id = 10",
        "UPDATE user_rate_limits SET policy_id = 2, used = 3, last_log_id = 4,"
        " updated_at = '2026-03-10T12:00:03.000000Z' WHERE user_id = 2",
    )


def test_a_checkpoint_and_a_receipt_of_this_log_fit(path: Path) -> None:
    kept = [("kept.json", checkpoint(path))]
    receipts = [receipt(path, 1), receipt(path, 10)]
    submit(path, "later@example.org")

    assert problems(path, checkpoints=kept, receipts=receipts) == []


def test_a_cut_tail_shows_with_a_receipt_only(path: Path) -> None:
    kept = receipt(path, 10)
    cut_the_tail(path)

    assert problems(path) == []
    assert kinds(path, receipts=[kept]) == {(LOG, 10, "receipt")}


def test_a_cut_tail_shows_with_a_checkpoint_only(path: Path) -> None:
    kept = [("kept.json", checkpoint(path))]
    cut_the_tail(path)

    found = kinds(path, checkpoints=kept)

    assert problems(path) == []
    assert found == {(LOG, 10, "checkpoint"), ("leads", 4, "checkpoint")}


def test_an_older_copy_shows_with_a_proof_only(path: Path, tmp_path: Path) -> None:
    older = shutil.copy(path, tmp_path / "older.db")
    submit(path, "hal@example.org")
    kept = [("kept.json", checkpoint(path))]
    newest = receipt(path, 11)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copy(older, path)

    assert problems(path) == []
    assert (LOG, 11, "checkpoint") in kinds(path, checkpoints=kept)
    assert kinds(path, receipts=[newest]) == {(LOG, 11, "receipt")}


def test_a_history_that_was_computed_anew_shows_with_a_proof_only(path: Path) -> None:
    kept = [("kept.json", checkpoint(path))]
    proven = receipt(path, 10)
    with unguarded(path) as connection:
        connection.execute("UPDATE rate_limit_changes SET reason = 'nobody knows' WHERE id = 2")
        connection.execute(f"UPDATE {LOG} SET page = '/other' WHERE id = 3")
        connection.execute("UPDATE erasures SET last_log_id = 8")
        rechain(connection, tables.ERASURES)
        rechain(connection, tables.LIMIT_CHANGES)
        rechain(connection, LOG)
        connection.execute("DELETE FROM daily_analysis_snapshots")
        connection.execute("DELETE FROM daily_analysis_reports")
        connection.execute(f"DELETE FROM {LOG} WHERE id = 9")
        connection.execute("DELETE FROM contacts WHERE log_id = 9")
        connection.execute("DELETE FROM leads WHERE log_id = 10")
        connection.execute("DELETE FROM contacts WHERE log_id = 10")
        connection.execute(f"DELETE FROM {LOG} WHERE id = 10")
        connection.execute(
            "UPDATE user_rate_limits SET policy_id = 2, used = 3, last_log_id = 4,"
            " updated_at = '2026-03-10T12:00:03.000000Z' WHERE user_id = 2"
        )

    assert problems(path) == []
    assert (LOG, 10, "receipt") in kinds(path, receipts=[proven])
    assert (tables.LIMIT_CHANGES, 3, "checkpoint") in kinds(path, checkpoints=kept)


def test_a_row_before_a_receipt_that_was_computed_anew_shows(path: Path) -> None:
    proven = receipt(path, 4)
    with unguarded(path) as connection:
        connection.execute(f"UPDATE {LOG} SET page = '/other' WHERE id = 3")
        rechain(connection, LOG)

    assert (LOG, 4, "receipt") in kinds(path, receipts=[proven])


def test_a_checkpoint_of_another_database_is_named(path: Path, tmp_path: Path) -> None:
    with service.open(tmp_path / "other.db", create=True, clock=FakeClock()) as log:
        other = log.checkpoint()

    found = kinds(path, checkpoints=[("other.json", other)])

    assert ("checkpoint", None, "checkpoint") in found
    assert ("settings", 4, "checkpoint") in found


def test_a_checkpoint_that_was_changed_is_named(path: Path) -> None:
    made = checkpoint(path)
    changed = made._replace(created_at="2026-01-01T00:00:00.000000Z")

    (found,) = problems(path, checkpoints=[("kept.json", changed)])

    assert found.column == "digest"


def test_an_empty_table_of_a_checkpoint_is_a_prefix_of_whatever_came(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with service.open(path, create=True, clock=FakeClock()) as log:
        made = log.checkpoint()
        log.submit(name="Ada")

    assert made.heads[LOG] == Head(0, chain.genesis(made.database_id, LOG))
    assert problems(path, checkpoints=[("kept.json", made)]) == []


def test_a_checkpoint_reads_back_as_it_was_printed(path: Path) -> None:
    made = checkpoint(path)
    heads = {table: head._asdict() for table, head in made.heads.items()}

    text = json.dumps({**made._asdict(), "heads": heads})

    assert len(text) < 2000
    assert proofs.parse_checkpoint(text.encode(), "x") == made


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"heads": {}}',
        b'{"database_id": "a", "created_at": "b", "digest": "c", "heads": {"t": {"rows": -1}}}',
        b'{"database_id": 1, "created_at": "b", "digest": "c", "heads": {}}',
        b"\xff\xfe",
        b"[" * 60_000,
        b" " * 70_000,
    ],
)
def test_what_is_no_checkpoint_is_wrong_usage(content: bytes) -> None:
    with pytest.raises(LeadlogError) as caught:
        proofs.parse_checkpoint(content, "kept.json")

    assert caught.value.kind == "usage"
    assert "kept.json" in caught.value.message


@pytest.mark.parametrize("text", ["", "12", "0:" + "a" * 64, "x:" + "a" * 64, "1:" + "A" * 64])
def test_what_is_no_receipt_is_wrong_usage(text: str) -> None:
    with pytest.raises(LeadlogError) as caught:
        proofs.parse_receipt(text)

    assert caught.value.kind == "usage"


def with_wal(path: Path) -> tuple[bytes, bytes]:
    """Record two attempts that stay in the write-ahead log; return it whole and shortened."""
    for email in ("one@example.org", "two@example.org"):
        submit(path, email)
    wal = path.with_name(f"{path.name}-wal").read_bytes()
    assert len(wal) > 4096
    return wal, wal[: 32 + (len(wal) - 32) // 4120 // 2 * 4120]


def test_a_shortened_write_ahead_log_shows_with_a_receipt_only(path: Path) -> None:
    _, shortened = with_wal(path)
    kept = receipt(path, 12)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink()
    path.with_name(f"{path.name}-wal").write_bytes(shortened)

    assert problems(path) == []
    assert (LOG, 12, "receipt") in kinds(path, receipts=[kept])


def test_a_foreign_write_ahead_log_is_named(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with service.open(other, create=True, clock=FakeClock()) as log:
        log.add_user("site-form")
    wal, _ = with_wal_of(other)
    path.with_name(f"{path.name}-wal").write_bytes(wal)

    assert problems(path) != []


def with_wal_of(path: Path) -> tuple[bytes, bytes]:
    with service.open(path, clock=FakeClock()) as log:
        log.submit(user="site-form", name="Mal", email="mal@example.org")
        return path.with_name(f"{path.name}-wal").read_bytes(), b""


def test_verification_never_writes(path: Path) -> None:
    before = path.read_bytes()

    problems(path)

    assert path.read_bytes() == before
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
