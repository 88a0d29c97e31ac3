"""Closing a date: computing its figures and storing them once, for good.

The figures are computed on a read snapshot, however long that takes, and stored in a short write
transaction that first checks that nothing of the date has come in meanwhile; if something has, they
are computed again. From then on no attempt and no correction can be added to the date.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from leadlog import canonical, clock, days, tracing
from leadlog.errors import LeadlogError
from leadlog.snapshot import KEYS, DayFold, Row, figures, in_reading_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leadlog.clock import Zone
    from leadlog.days import Day
    from leadlog.repository import Reader, Store, Transaction

BURST_SETTING = "burst_attempts_per_minute"
_FIRST_DATE = "1969-12-31"
"""Times count from 1970, UTC, which west of Greenwich is still the day before."""


class Snapshot(NamedTuple):
    """A date's figures.

    Attributes:
        date: the log date.
        is_final: whether they are stored; otherwise the date still runs, or was never closed.
        metrics: the keys of a snapshot without `status` and `sha256`.
        sha256: of the canonical JSON of `metrics`.
        arrived_late: (date they count for, how many) of attempts that came too late for this date.
    """

    date: str
    is_final: bool
    metrics: dict[str, Any]
    sha256: str
    arrived_late: tuple[tuple[str, int], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return what `snapshot --json` prints, `status` after the date and the hash last."""
        first = {"date": self.date, "status": "final" if self.is_final else "provisional"}
        rest = {key: in_reading_order(self.metrics[key]) for key in KEYS}
        return first | rest | {"sha256": self.sha256}


class SnapshotRow(NamedTuple):
    """A snapshot as it is stored; `metrics` is canonical JSON."""

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


def snapshot(store: Store, zone: Zone, date: str) -> Snapshot:
    """Close a date that is over and return its figures; of a running date only the figures.

    Raises:
        LeadlogError: kind `usage`, when the date lies in the future, or before all recorded time.
    """
    stored = store.read(lambda reader: _stored(reader, date))
    if stored is not None:
        return stored
    while True:
        row, is_over = store.read(lambda reader: _compute_begun(reader, zone, date))
        if not is_over:
            return Snapshot(date, False, json.loads(row.metrics), row.sha256)
        if store.write(partial(_append_if_unchanged, row=row)):
            closed = store.read(lambda reader: _stored(reader, date))
            if closed is not None:
                return closed


def stored_snapshots(
    store: Store, since: str, until: str, *, newest_first: bool, most: int | None
) -> Iterator[Snapshot]:
    """Yield the closed dates of a range, both ends included; each is read when it is asked for."""
    dates = store.read(
        lambda reader: reader.closed_dates(since, until, newest_first=newest_first, most=most)
    )
    for date in dates:
        stored = store.read(partial(_stored, date=date))
        if stored is not None:
            yield stored


def median_success_rate(store: Store, date: str, days_back: int) -> float | None:
    """Return the median success rate of the closed days before a date that had attempts.

    Args:
        days_back: of how many closed days at most, the nearest ones.
    """
    rows = store.read(lambda reader: reader.snapshots_before(date, days_back))
    rates = sorted(row.successes / row.attempts for row in rows if row.attempts)
    if not rates:
        return None
    middle = len(rates) // 2
    return rates[middle] if len(rates) % 2 else (rates[middle - 1] + rates[middle]) / 2


def trace(store: Store, zone: Zone, date: str, pointer: str) -> tracing.Trace:
    """Return the attempts behind one figure of a date's snapshot, final or provisional.

    Raises:
        LeadlogError: kind `usage`, when the pointer names no figure; `not_found`, when the date is
            over but was never closed.
    """

    def question(reader: Reader) -> tracing.Trace:
        row = reader.snapshot_row(date)
        if row is None:
            if date != _today(reader, zone):
                hint = f"Close it with: leadlog snapshot --date {date}"
                raise LeadlogError("not_found", f"There is no snapshot of {date}.", hint)
            row = _compute_row(reader, days.day_in(zone, date))
        last_log, last_correction = row.last_log_id, row.last_correction_id
        facts = reader.day_facts(date, last_log, last_correction, 0)

        def rows() -> Iterator[Row]:
            for batch in reader.day_rows(date, last_log, last_correction):
                yield from map(Row._make, batch)

        metrics = json.loads(row.metrics)
        source = tracing.Source(metrics, rows, facts.handles, facts.corrections)
        return tracing.trace(source, pointer)

    return store.read(question)


def recompute(reader: Reader, stored: SnapshotRow) -> str:
    """Compute a closed date again, from the log as it was when it was closed.

    The day's bounds, its hours and the thresholds are taken from what was stored, so that neither
    a newer time zone database nor a later setting changes the result.

    Returns:
        The canonical JSON that the stored `metrics` must equal, byte for byte.
    """
    bounds, last = (
        (stored.starts_at, stored.ends_at),
        (stored.last_log_id, stored.last_correction_id),
    )
    return _compute_as_of(reader, json.loads(stored.metrics), stored.snapshot_date, bounds, last)


def recompute_running(reader: Reader, metrics: Mapping[str, Any]) -> str:
    """Compute the figures of a date again as they were while it ran.

    They say themselves on which day, and up to which attempt and correction they went.

    Args:
        metrics: the figures as they were.

    Returns:
        The canonical JSON that `metrics` must equal, byte for byte.
    """
    bounds = (metrics["starts_at"], metrics["ends_at"])
    last = (metrics["last_attempt"] or 0, metrics["last_correction"])
    return _compute_as_of(reader, metrics, metrics["date"], bounds, last)


def _compute_as_of(
    reader: Reader,
    was: Mapping[str, Any],
    date: str,
    bounds: tuple[str, str],
    last: tuple[int, int],
) -> str:
    hours = tuple(entry["hour"] for entry in was["by_hour"])
    day = days.Day(date, was["timezone"], *bounds, hours)
    return canonical.dumps(_compute(reader, day, *last, was["thresholds"][BURST_SETTING]))


def _today(reader: Reader, zone: Zone) -> str:
    return zone.local_date(reader.now_us())


def _compute_begun(reader: Reader, zone: Zone, date: str) -> tuple[SnapshotRow, bool]:
    """Return the figures of a date that has begun, and whether it is over."""
    today = _today(reader, zone)
    if date > today:
        hint = "Close yesterday with: leadlog snapshot"
        raise LeadlogError("usage", f"The date {date} lies in the future.", hint)
    if date < _FIRST_DATE:
        hint = "Times count from 1970. See which dates have attempts with: leadlog info"
        raise LeadlogError("usage", f"Nothing can have been recorded for {date}.", hint)
    return _compute_row(reader, days.day_in(zone, date)), date < today


def _compute_row(reader: Reader, day: Day) -> SnapshotRow:
    last_log_id, last_correction_id = reader.last_id(), reader.last_correction_id()
    burst = int(reader.setting(BURST_SETTING))
    metrics = _compute(reader, day, last_log_id, last_correction_id, burst)
    text = canonical.dumps(metrics)
    return SnapshotRow(
        day.date,
        day.starts_at,
        day.ends_at,
        metrics["attempts"],
        metrics["successes"],
        metrics["failures"],
        text,
        canonical.sha256(text),
        metrics["log_digest"],
        last_log_id,
        last_correction_id,
        days.tzdata_version(),
    )


def _compute(
    reader: Reader, day: Day, last_log_id: int, last_correction_id: int, burst: int
) -> dict[str, Any]:
    fold = DayFold()
    for rows in reader.day_rows(day.date, last_log_id, last_correction_id):
        fold.add(rows)
    facts = reader.day_facts(day.date, last_log_id, last_correction_id, burst)
    return figures(fold, day, facts)


def _append_if_unchanged(tx: Transaction, row: SnapshotRow) -> bool:
    """Store a date's figures; return False when the date has grown since they were computed.

    Or when the clock has gone back into the date: then it is not over any more.
    """
    if tx.is_closed(row.snapshot_date):
        return True  # somebody else closed it first, from the same log
    if clock.to_text(tx.now_us()) < row.ends_at:
        return False
    if tx.has_grown(row.snapshot_date, row.last_log_id, row.last_correction_id):
        return False
    tx.append_snapshot(clock.to_text(tx.now_us()), row)
    return True


def _stored(reader: Reader, date: str) -> Snapshot | None:
    row = reader.snapshot_row(date)
    if row is None:
        return None
    late = tuple(reader.arrived_late(date))
    return Snapshot(date, True, json.loads(row.metrics), row.sha256, late)
