"""Closed dates: each snapshot fits itself, the rows of its date, and a fresh computation."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import rfc8785

from leadlog.text import safe
from leadlog.verification import bounds
from leadlog.verification.days import Counted
from leadlog.verification.hashing import canonical_digest
from leadlog.verification.problems import Findings
from leadlog.verification.settings import Settings

if TYPE_CHECKING:
    from leadlog.closing import SnapshotRow
    from leadlog.repository import Reader

TABLE: Final = "daily_analysis_snapshots"


class Stored(NamedTuple):
    """A snapshot's row, without its hashes."""

    id: int
    created_at: str
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


def recompute_snapshot(reader: "Reader", stored: Stored) -> str:
    """Return the canonical JSON that a stored snapshot's metrics must equal, computed afresh.

    This alone uses the code that computes snapshots; all other checks here do without.

    Raises:
        Exception: whatever a row that was changed makes that code raise.
    """
    from leadlog import closing

    row: SnapshotRow = closing.SnapshotRow(*stored[2:])
    return closing.recompute(reader, row)


class Snapshots:
    """Checks closed dates.

    Args:
        settings: of the database.
        newest: the newest attempt's and the newest correction's id.
        findings: where problems go.
    """

    def __init__(self, settings: Settings, newest: tuple[int, int], findings: Findings) -> None:
        self._settings = settings
        self._newest = newest
        self._findings = findings

    def add(self, stored: Stored, compute: Callable[[], str]) -> None:
        """Check one snapshot; what it counts is checked by `compare`.

        Args:
            stored: the row.
            compute: computes its metrics afresh.
        """
        wrong = partial(self._wrong, stored)
        metrics = _metrics(stored.metrics)
        if metrics is None:
            wrong("metrics", "holds figures that are not canonical JSON")
        else:
            _check_columns(stored, metrics, wrong)
            _check_given(stored, metrics, self._settings, wrong)
        if metrics is not None:
            _compare(stored, metrics, compute, wrong)

    def compare(self, stored: Stored, counted: Counted) -> None:
        """Check one snapshot against what the log says of its date."""
        _check_counts(stored, counted, self._newest, partial(self._wrong, stored))

    def _wrong(self, stored: Stored, column: str, message: str) -> None:
        text = f"The snapshot of {safe(stored.snapshot_date)} {message}."
        self._findings.add(TABLE, stored.id, column, "snapshot", text)


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


def _check_given(
    stored: Stored,
    metrics: dict[str, Any],
    settings: Settings,
    wrong: Callable[[str, str], None],
) -> None:
    """Check what a fresh computation takes from the snapshot itself: its day, its thresholds."""
    if stored.created_at < stored.ends_at:
        wrong("created_at", "was stored before its date was over")
    day = (stored.snapshot_date, stored.starts_at, stored.ends_at, stored.tzdata_version)
    for column, fault in given_faults(metrics, settings, *day):
        wrong(column, fault)


def given_faults(
    metrics: dict[str, Any],
    settings: Settings,
    date: str,
    starts_at: str,
    ends_at: str,
    tzdata_version: str,
) -> Iterator[tuple[str, str]]:
    """Yield what can't be true of the premises that figures were computed from.

    Args:
        metrics: the figures.
        settings: of the database.
        date, starts_at, ends_at: the day they are of.
        tzdata_version: of the time zone database that knew the day.

    Yields:
        The column and a clause of it.
    """
    thresholds = metrics.get("thresholds")
    if not isinstance(thresholds, dict) or thresholds.keys() != settings.thresholds.keys():
        yield "metrics", "names other thresholds than there are"
    elif any(str(value) not in settings.thresholds[key] for key, value in thresholds.items()):
        yield "metrics", "was computed with a threshold that was never set"
    zone = settings.zone
    if zone is None:
        return
    if metrics.get("timezone") != zone.name:
        yield "metrics", "is that of another time zone than the database's"
    column = bounds.wrong_bound(zone, date, starts_at, ends_at, tzdata_version)
    if column is not None:
        yield column, "has other bounds than its date"
        return
    try:
        hours = [entry["hour"] for entry in metrics["by_hour"]]
    except (KeyError, TypeError):
        hours = []
    if not bounds.are_hours_of(hours, zone, date, starts_at, ends_at, tzdata_version):
        yield "metrics", "counts other hours than its date has"


def _check_counts(
    stored: Stored, counted: Counted, newest: tuple[int, int], wrong: Callable[[str, str], None]
) -> None:
    if stored.starts_at > stored.ends_at:
        wrong("starts_at", "starts after it ends")
    if stored.attempts != stored.successes + stored.failures:
        wrong("attempts", "counts attempts that are neither successes nor failures")
    if (stored.attempts, stored.successes) != (counted.attempts, counted.successes):
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
