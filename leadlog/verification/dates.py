"""The date an attempt counts for: the one it occurred on, or the next that was still open.

Which date an instant falls on is asked of the time zone database of today, which may know the zone
better than the one in use when the row was written. So a difference of up to three hours is let
pass, more than any clock change but a move across the date line; closed dates have their bounds
stored.
"""

from collections.abc import Mapping, Sequence
from operator import gt
from typing import Final, NamedTuple

from leadlog.clock import SECOND_US, Zone, from_text, next_date, to_text
from leadlog.verification.bounds import ZONE_CHANGE_US
from leadlog.verification.forms import are_times, is_date
from leadlog.verification.problems import Findings

TABLE: Final = "lead_submission_logs"
_NEVER: Final = 2**63
_AHEAD_US: Final = 5 * 60 * SECOND_US


class Closed(NamedTuple):
    """A closed date: its bounds, what was newest when it was closed, its snapshot's hash."""

    starts_at: str
    ends_at: str
    last_log_id: int
    last_correction_id: int
    sha256: str


class Dates:
    """Checks the log date of each attempt.

    Args:
        zone: the database's time zone, or None if nobody knows it.
        closed: the closed dates.
        findings: where problems go.
    """

    def __init__(self, zone: Zone | None, closed: Mapping[str, Closed], findings: Findings) -> None:
        self._zone = zone
        self._closed = closed
        self._findings = findings
        self._bounds: dict[str, tuple[str, str, int]] = {}

    def add(
        self,
        log_date: str,
        log_ids: Sequence[int],
        created_ats: Sequence[str],
        occurred_ats: Sequence[str],
        late_fors: Sequence[str | None],
    ) -> None:
        """Check the next attempts, all of one log date."""
        columns = (log_ids, created_ats, occurred_ats, late_fors)
        if not self._are_all_on(log_date, *columns):
            for log_id, created_at, occurred_at, late_for in zip(*columns, strict=True):
                self._add_row(log_id, created_at, occurred_at, log_date, late_for)

    def _are_all_on(
        self,
        log_date: str,
        log_ids: Sequence[int],
        created_ats: Sequence[str],
        occurred_ats: Sequence[str],
        late_fors: Sequence[str | None],
    ) -> bool:
        """Whether attempts plainly count for the date on which they occurred, and in time."""
        since, until, last_id = self._bounds.get(log_date) or self._find_bounds(log_date)
        return (
            late_fors.count(None) == len(late_fors)
            and are_times(occurred_ats)
            and since <= min(occurred_ats)
            and max(occurred_ats) < until
            and max(log_ids) <= last_id
            and not any(map(gt, occurred_ats, created_ats))
        )

    def _add_row(
        self, log_id: int, created_at: str, occurred_at: str, log_date: str, late_for: str | None
    ) -> None:
        if not are_times((occurred_at,)):
            message = f"Attempt {log_id} has no time of its occurrence that can be read."
            self._findings.add(TABLE, log_id, "occurred_at", "value", message)
        since, until, last_id = self._bounds.get(log_date) or self._find_bounds(log_date)
        inside = since <= occurred_at < until
        if not inside or late_for is not None or occurred_at > created_at:
            self._examine(log_id, created_at, occurred_at, log_date, late_for)
        if log_id > last_id:
            message = f"Attempt {log_id} was added to {log_date} after that date was closed."
            self._findings.add(TABLE, log_id, "log_date", "closed", message)

    def _find_bounds(self, date: str) -> tuple[str, str, int]:
        closed = self._closed.get(date)
        if closed is not None:
            found = (closed.starts_at, closed.ends_at, closed.last_log_id)
        else:
            found = (*self._computed_bounds(date), _NEVER)
        if len(self._bounds) < 100_000:
            self._bounds[date] = found
        return found

    def _computed_bounds(self, date: str, tolerance_us: int = 0) -> tuple[str, str]:
        if not is_date(date):
            return "~", ""
        if self._zone is None:
            return "", "~"
        try:
            start_us, end_us = self._zone.bounds(date)
        except (ValueError, OverflowError):
            return "~", ""
        return to_text(start_us - tolerance_us), to_text(end_us + tolerance_us)

    def _is_on(self, time: str, date: str) -> bool:
        closed = self._closed.get(date)
        if closed is not None and closed.starts_at <= time < closed.ends_at:
            return True
        since, until = self._computed_bounds(date, ZONE_CHANGE_US)
        return since <= time < until

    def _examine(
        self, log_id: int, created_at: str, occurred_at: str, log_date: str, late_for: str | None
    ) -> None:
        if occurred_at > created_at and _us(occurred_at) > _us(created_at) + _AHEAD_US:
            message = f"Attempt {log_id} occurred more than five minutes after it was recorded."
            self._findings.add(TABLE, log_id, "occurred_at", "value", message)
        if late_for is None:
            if self._is_on(occurred_at, log_date):
                return
            if occurred_at == created_at and self._is_first_open(log_id, created_at, log_date):
                return
            message = f"Attempt {log_id} does not count for the date it occurred on."
            self._findings.add(TABLE, log_id, "log_date", "value", message)
            return
        if not self._was_closed(late_for, log_id):
            message = f"Attempt {log_id} is late for {late_for}, which was not closed."
            self._findings.add(TABLE, log_id, "late_for", "value", message)
        elif not self._is_on(occurred_at, late_for):
            message = f"Attempt {log_id} is late for a date it did not occur on."
            self._findings.add(TABLE, log_id, "late_for", "value", message)
        if not self._is_first_open(log_id, created_at, log_date):
            message = f"Attempt {log_id} came late and does not count for the date it came on."
            self._findings.add(TABLE, log_id, "log_date", "value", message)

    def _was_closed(self, date: str, log_id: int) -> bool:
        closed = self._closed.get(date)
        return closed is not None and closed.last_log_id < log_id

    def _is_first_open(self, log_id: int, created_at: str, log_date: str) -> bool:
        """Whether a date is that of `created_at`, or all from that one on were closed by then."""
        if self._is_on(created_at, log_date):
            return True
        if self._zone is None:
            return True
        date = self._zone.local_date(_us(created_at))
        while date < log_date and self._was_closed(date, log_id):
            date = next_date(date)
        return date == log_date


def _us(text: str) -> int:
    try:
        return from_text(text)
    except (ValueError, TypeError):
        return 0
