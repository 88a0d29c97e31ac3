"""Closed dates: each snapshot fits itself, the rows of its date, and a fresh computation."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import rfc8785

from leadlog.verification.hashing import canonical_digest
from leadlog.verification.problems import Findings

if TYPE_CHECKING:
    from leadlog.closing import SnapshotRow
    from leadlog.verification.source import Source

TABLE: Final = "daily_analysis_snapshots"


class Stored(NamedTuple):
    """A snapshot's row, without its hashes."""

    id: int
    snapshot_date: str
    starts_at: str
    ends_at: str
    attempts: int
    successes: int
    failures: int
    metrics: str
    sha256: str
    log_digest: str
    last_log_id: int
    last_correction_id: int
    tzdata_version: str


class Counted(NamedTuple):
    """What the log says of a date, up to the ids that its snapshot names."""

    attempts: int
    successes: int
    log_digest: str


def recompute_snapshot(source: "Source", stored: Stored) -> str:
    """Return the canonical JSON that a stored snapshot's metrics must equal, computed afresh.

    This alone uses the code that computes snapshots; all other checks here do without.

    Raises:
        Exception: whatever a row that was changed makes that code raise.
    """
    from leadlog import closing

    row: SnapshotRow = closing.SnapshotRow(*stored[1:])
    return closing.recompute(source.reader(), row)


def check(
    stored: Stored,
    counted: Counted,
    newest: tuple[int, int],
    compute: Callable[[], str],
    findings: Findings,
) -> None:
    """Check one snapshot.

    Args:
        stored: the row.
        counted: what the log says of its date.
        newest: the newest attempt's and the newest correction's id.
        compute: computes its metrics afresh.
        findings: where problems go.
    """

    def wrong(column: str, message: str) -> None:
        text = f"The snapshot of {stored.snapshot_date} {message}."
        findings.add(TABLE, stored.id, column, "snapshot", text)

    metrics = _metrics(stored.metrics)
    if metrics is None:
        wrong("metrics", "holds figures that are not canonical JSON")
    else:
        _check_columns(stored, metrics, wrong)
    _check_counts(stored, counted, newest, wrong)
    if metrics is not None:
        _compare(stored, metrics, compute, wrong)


def _check_columns(
    stored: Stored, metrics: dict[str, Any], wrong: Callable[[str, str], None]
) -> None:
    bare = {key: value for key, value in metrics.items() if key not in ("status", "sha256")}
    if canonical_digest(bare) != stored.sha256:
        wrong("sha256", "does not have the hash that it names")
    for key in ("attempts", "successes", "failures", "starts_at", "ends_at", "log_digest"):
        if metrics.get(key) != getattr(stored, key):
            wrong(key, f"says one thing in its column {key} and another in its figures")
    if metrics.get("date") != stored.snapshot_date:
        wrong("snapshot_date", "is that of another date")
    if metrics.get("last_correction") != stored.last_correction_id:
        wrong("last_correction_id", "names two different corrections as the last")


def _check_counts(
    stored: Stored, counted: Counted, newest: tuple[int, int], wrong: Callable[[str, str], None]
) -> None:
    if stored.starts_at > stored.ends_at:
        wrong("starts_at", "starts after it ends")
    if stored.attempts != stored.successes + stored.failures:
        wrong("attempts", "counts attempts that are neither successes nor failures")
    if (stored.attempts, stored.successes) != counted[:2]:
        text = f"{counted.attempts} attempts, {counted.successes} of them successes"
        wrong("attempts", f"does not count what the log holds: {text}")
    if stored.log_digest != counted.log_digest:
        wrong("log_digest", "was made from other rows than the log holds")
    for column, last in zip(("last_log_id", "last_correction_id"), newest, strict=True):
        if not 0 <= getattr(stored, column) <= last:
            wrong(column, "names a row that is not there")


def _compare(
    stored: Stored,
    metrics: dict[str, Any],
    compute: Callable[[], str],
    wrong: Callable[[str, str], None],
) -> None:
    try:
        fresh = compute()
    except Exception:  # noqa: BLE001  # changed rows may break it anywhere; that is the finding
        wrong("metrics", "can't be computed again from the log")
        return
    if fresh != stored.metrics:
        now = json.loads(fresh)
        keys = sorted(
            key for key in now.keys() | metrics.keys() if now.get(key) != metrics.get(key)
        )
        wrong("metrics", f"differs from a fresh computation in {', '.join(keys) or 'its bytes'}")


def _metrics(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
        if isinstance(value, dict) and rfc8785.dumps(value) == text.encode():
            return value
    except (ValueError, TypeError, RecursionError):  # rfc8785's own errors are ValueErrors
        pass
    return None


def digest_of(hashes: Callable[[Any], None]) -> str:
    """Return the hex SHA-256 over row hashes, which `hashes` feeds as text to what it is given."""
    state = sha256()
    hashes(lambda text: state.update(text.encode()))
    return state.hexdigest()
