"""Outside proofs: receipts and checkpoints that were kept elsewhere.

A checkpoint is one JSON object: `database_id`, `created_at`, `heads` with the rows and the head
hash of every append-only table, and `digest`, the SHA-256 of the canonical JSON of all that.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from leadlog.errors import LeadlogError
from leadlog.text import safe
from leadlog.verification.hashing import canonical_digest, genesis
from leadlog.verification.problems import Findings

ATTEMPTS: Final = "lead_submission_logs"
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_RECEIPT: Final = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)
MOST_BYTES: Final = 64 * 1024
"""A checkpoint is much smaller; what is longer is none."""


FindHash = Callable[[str, int], str | None]
"""Returns the hash of a table's row, or None if there is no such row or table."""


class Head(NamedTuple):
    """The end of a table: how many rows, and the hash of the last (the genesis hash if none)."""

    rows: int
    hash: str


class Checkpoint(NamedTuple):
    """The ends of all append-only tables at one moment.

    Attributes:
        digest: over all of the rest; comparing two checkpoints is comparing this.
    """

    database_id: str
    created_at: str
    heads: Mapping[str, Head]
    digest: str


class ProvenAttempt(NamedTuple):
    """One attempt and the hash its writer was given."""

    attempt: int
    hash: str


def make_checkpoint(database_id: str, created_at: str, heads: Mapping[str, Head]) -> Checkpoint:
    """Return a checkpoint with its digest."""
    return Checkpoint(database_id, created_at, heads, _digest(database_id, created_at, heads))


def parse_receipt(text: str) -> ProvenAttempt:
    """Read `ID:HASH`.

    Raises:
        LeadlogError: kind `usage`, when it is not of that form.
    """
    match = _RECEIPT.fullmatch(text.strip())
    if match is None:
        hint = "It is an attempt's id and hash, ID:HASH, as leadlog show prints it."
        raise LeadlogError("usage", f'"{text}" is not a receipt.', hint)
    return ProvenAttempt(int(match[1]), match[2])


def parse_checkpoint(content: bytes, name: str) -> Checkpoint:
    """Read a checkpoint as `checkpoint --json` prints it; `name` is what to call it in an error.

    Raises:
        LeadlogError: kind `usage`, when it is not one. A digest that does not fit is no such
            error: `check_checkpoint` names it.
    """
    try:
        return _checkpoint(json.loads(content[: MOST_BYTES + 1]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        hint = "Give it a file made with: leadlog checkpoint --json"
        raise LeadlogError("usage", f"The file {name} holds no checkpoint.", hint) from None


def _checkpoint(value: Any) -> Checkpoint:
    heads = {}
    for table, head in value["heads"].items():
        rows, hash_ = head["rows"], head["hash"]
        if type(rows) is not int or not 0 <= rows < 2**63 or _HASH.fullmatch(hash_) is None:
            raise ValueError(table)
        heads[table] = Head(rows, hash_)
    texts = (value["database_id"], value["created_at"], value["digest"])
    if not heads or not all(isinstance(text, str) for text in texts):
        raise ValueError("incomplete")
    return Checkpoint(texts[0], texts[1], heads, texts[2])


def check_checkpoint(
    checkpoint: Checkpoint,
    name: str,
    database_id: str | None,
    rows: Mapping[str, int],
    find_hash: FindHash,
    findings: Findings,
) -> None:
    """Check that each table in a checkpoint is a prefix of what is there.

    Args:
        checkpoint: the checkpoint.
        name: what to call it.
        database_id: of this database.
        rows: how many rows each table has.
        find_hash: asks the file.
        findings: where problems go.
    """
    name = safe(name)
    digest = _digest(checkpoint.database_id, checkpoint.created_at, checkpoint.heads)
    if digest != checkpoint.digest:
        message = f"The checkpoint {name} was changed: its digest does not fit."
        findings.add("checkpoint", None, "digest", "checkpoint", message)
    if checkpoint.database_id != database_id:
        message = f"The checkpoint {name} is of another database than this one."
        findings.add("checkpoint", None, "database_id", "checkpoint", message)
    for table, head in checkpoint.heads.items():
        if table not in rows:
            message = f"The checkpoint {name} names a table {safe(table)} that leadlog has not."
            findings.add("checkpoint", None, "heads", "checkpoint", message)
            continue
        first = genesis(database_id or "", table)
        hash_ = find_hash(table, head.rows) if head.rows else first
        if hash_ is None:
            message = (
                f"Rows are missing: {name} proves {head.rows:,} rows, there are {rows[table]:,}."
            )
            findings.add(table, head.rows, "id", "checkpoint", message)
        elif hash_ != head.hash:
            message = f"Row {head.rows} or one before it is not the one that {name} proves."
            findings.add(table, head.rows, "hash", "checkpoint", message)


def check_receipt(
    receipt: ProvenAttempt, newest: int, find_hash: FindHash, findings: Findings
) -> None:
    """Check that the attempt of a receipt is there as it was."""
    hash_ = find_hash(ATTEMPTS, receipt.attempt)
    if hash_ is None:
        message = f"The receipt proves attempt {receipt.attempt}; the newest one is {newest}."
        findings.add(ATTEMPTS, receipt.attempt, "id", "receipt", message)
    elif hash_ != receipt.hash:
        message = f"Attempt {receipt.attempt} or one before it is not the one its receipt proves."
        findings.add(ATTEMPTS, receipt.attempt, "hash", "receipt", message)


def _digest(database_id: str, created_at: str, heads: Mapping[str, Head]) -> str:
    return canonical_digest(
        {
            "database_id": database_id,
            "created_at": created_at,
            "heads": {table: head._asdict() for table, head in heads.items()},
        }
    )
