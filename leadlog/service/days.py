"""Closing days and explaining them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadlog.service.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadlog.analysis.engine import Engine
    from leadlog.closing import Snapshot
    from leadlog.corrections import Corrected
    from leadlog.rendering import Report
    from leadlog.report_rows import StoredRun
    from leadlog.report_tracing import StatementTrace
    from leadlog.tracing import Trace


class Days(Part):
    """Corrects attempts, closes dates, reports on them, and leads each figure to its rows."""

    def correct(
        self,
        attempt_id: int,
        outcome: str,
        *,
        category: str | None = None,
        code: str | None = None,
        error: str | None = None,
        reason: str,
    ) -> Corrected:
        """State what an attempt should have been; its own row stays as it is.

        Args:
            attempt_id: the attempt.
            outcome: `success` or `failure`.
            category, code, error: what kind of failure, as `record` takes them.
            reason: why; kept for ever, with personal data masked.

        Raises:
            LeadlogError: kind `not_found`, when there is no such attempt; `usage`, when it stands
                so already, or what is given is not allowed.
        """
        from leadlog import corrections

        statement = corrections.state(outcome, category, code, error, reason)
        return self._store.write(
            lambda tx: corrections.correct(tx, attempt_id, statement, self.zone)
        )

    def snapshot(self, date: str) -> Snapshot:
        """Close a date that is over, once, and return its figures; of a running date only these.

        Raises:
            LeadlogError: kind `usage`, when the date lies in the future.
        """
        from leadlog import closing

        return closing.snapshot(self._store, self.zone, date)

    def stored_snapshots(
        self, since: str, until: str, *, newest_first: bool = False, most: int | None = None
    ) -> Iterator[Snapshot]:
        """Return the closed dates of a range, both ends included, each read when it is used.

        Args:
            since, until: the range's ends.
            newest_first: begin with the newest date instead of the oldest.
            most: at most so many, or None for all.
        """
        from leadlog import closing

        return closing.stored_snapshots(
            self._store, since, until, newest_first=newest_first, most=most
        )

    def median_success_rate(self, date: str, days_back: int = 7) -> float | None:
        """Return the median success rate of the closed days before a date."""
        from leadlog import closing

        return closing.median_success_rate(self._store, date, days_back)

    def trace(self, date: str, pointer: str) -> Trace:
        """Return the attempts behind one figure of a date's snapshot.

        Raises:
            LeadlogError: kind `usage`, when the pointer names no figure; `not_found`, when the
                date is over but was never closed.
        """
        from leadlog import closing

        return closing.trace(self._store, self.zone, date, pointer)

    def report(
        self,
        date: str,
        engine: Engine | None = None,
        *,
        fallback: bool = False,
        new: bool = False,
        timeout_seconds: float = 0.0,
    ) -> Report:
        """Explain a date in sentences whose every number has its place in the date's figures.

        Args:
            date: the date; closed first if it is over.
            engine: who writes; the built-in analyst unless given.
            fallback: let the built-in analyst write when the engine fails.
            new: write the next version although the stored one still fits the figures.
            timeout_seconds: how long the engine may take.

        Raises:
            LeadlogError: see `leadlog.reporting.report`.
        """
        from leadlog import reporting
        from leadlog.analysis.analyst import Analyst

        return reporting.report(
            self._store,
            self.zone,
            self._clock,
            date,
            engine or Analyst(),
            fallback=Analyst() if fallback else None,
            new=new,
            timeout_seconds=timeout_seconds,
        )

    def reports(
        self, date: str | None = None, *, newest_first: bool = False, most: int | None = None
    ) -> Iterator[Report]:
        """Return the stored reports, of a date or all, each read when it is used.

        Args:
            date: only of this date, or None for all.
            newest_first: begin with the newest report instead of the oldest.
            most: at most so many, or None for all.
        """
        from leadlog import reporting

        return reporting.stored_reports(self._store, date, newest_first=newest_first, most=most)

    def runs(
        self, date: str | None = None, *, newest_first: bool = False, most: int | None = None
    ) -> list[StoredRun]:
        """Return the tries to write a report, of a date or all, each step by step.

        Args:
            date: only of this date, or None for all.
            newest_first: begin with the newest try instead of the oldest.
            most: at most so many tries, or None for all.
        """
        from leadlog import reporting

        return reporting.runs(self._store, date, newest_first=newest_first, most=most)

    def trace_report(self, report_id: int, n: int | None = None) -> list[StatementTrace]:
        """Return what is behind each figure of a report, or of its n-th statement.

        Number 0 is the reason of the confidence.

        Raises:
            LeadlogError: kind `not_found`, when there is no such report or statement.
        """
        from leadlog import report_tracing

        return report_tracing.trace_report(self._store, report_id, n)
