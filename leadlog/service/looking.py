"""Looking at what was logged."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from leadlog.errors import LeadlogError
from leadlog.parsing import INT64, is_clean_text
from leadlog.service.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leadlog.listings import (
        Attempt,
        AttemptDetail,
        FailureReport,
        Filter,
        Info,
        Lead,
    )
    from leadlog.repository import Reader


PAGE_ROWS = 500
"""Lists are read in pages of this size, so that a slow reader never holds the log's end."""


class Looking(Part):
    """Finds attempts, leads and failures, and tells what the database is."""

    def attempts(
        self, wanted: Filter | None = None, *, newest_first: bool = False
    ) -> Iterator[Attempt]:
        """Return attempts with their effective outcomes, by id, read in pages as they are used."""
        return self._pages(
            wanted,
            newest_first,
            lambda reader, page: reader.attempts(page, newest_first=newest_first),
            lambda attempt: attempt.attempt,
        )

    def leads(self, wanted: Filter | None = None, *, newest_first: bool = False) -> Iterator[Lead]:
        """Return leads, by id, read in pages as they are used."""
        return self._pages(
            wanted,
            newest_first,
            lambda reader, page: reader.leads(page, newest_first=newest_first),
            lambda lead: lead.lead,
        )

    def attempt(self, attempt_id: int) -> AttemptDetail:
        """Return everything about one attempt.

        Raises:
            LeadlogError: kind `not_found`, when there is none with this id.
        """
        from leadlog.corrections import unknown_attempt

        detail = None
        if attempt_id in INT64:
            detail = self._store.read(lambda reader: reader.attempt(attempt_id))
        if detail is None:
            raise unknown_attempt(attempt_id, self.last_attempt_id())
        return detail

    def failures(
        self, wanted: Filter | None = None, by: Sequence[str] = ("category", "code")
    ) -> FailureReport:
        """Return failures grouped by `by`, a value of `leadlog.failures.GROUPINGS`."""
        from leadlog.failures import GROUPINGS
        from leadlog.listings import Filter

        if tuple(by) not in GROUPINGS.values():
            hint = "Use a value of leadlog.failures.GROUPINGS."
            raise LeadlogError("usage", f"Failures can't be grouped by {by}.", hint)
        usable = _usable(wanted or Filter())
        return self._store.read(lambda reader: reader.failures(usable, by))

    def newest_dates(self, most: int) -> list[str]:
        """Return the newest log dates that have attempts, the newest first, at most `most`."""
        return self._store.read(lambda reader: reader.newest_dates(most))

    def last_attempt_id(self) -> int:
        """Return the newest attempt's id, or 0."""
        return self._store.read(lambda reader: reader.last_id())

    def changes(self) -> int:
        """Return a number that differs after anyone else committed; cheap enough to poll."""
        return self._store.changes()

    def info(self) -> Info:
        """Return what this database is and holds."""
        from leadlog import __version__
        from leadlog.listings import Info

        settings, facts = self._store.settings, self._store.facts()

        def question(reader: Reader) -> Info:
            first, last = reader.log_dates()
            own = {
                user.handle: str(policy.limit)
                for user in reader.users()
                for policy in [reader.own_policy(user.id)]
                if policy is not None
            }
            default = reader.own_policy(None)
            return Info(
                path=facts["path"],
                database_id=settings["database_id"],
                created_at=reader.created_at(),
                size_bytes=facts["size_bytes"],
                wal_bytes=facts["wal_bytes"],
                timezone=self.zone.name,
                schema_version=facts["schema_version"],
                rows=reader.rows(),
                first_date=first,
                last_date=last,
                default_limit=str(default.limit) if default else "",
                user_limits=own,
                sqlite_version=facts["sqlite_version"],
                wal_reset_fixed=facts["wal_reset_fixed"],
                leadlog_version=__version__,
            )

        return self._store.read(question)

    def _pages(
        self, wanted: Filter | None, newest_first: bool, fetch: Any, id_of: Any
    ) -> Iterator[Any]:
        """Read a list page by page, each from a state of its own; ids never change."""
        from leadlog.listings import Filter

        page = _usable(wanted or Filter())
        left = page.limit
        while left is None or left > 0:
            page = page._replace(limit=PAGE_ROWS if left is None else min(left, PAGE_ROWS))
            rows = self._store.read(partial(fetch, page=page))
            yield from rows
            if len(rows) < (page.limit or 0):
                return
            left = None if left is None else left - len(rows)
            edge = id_of(rows[-1])
            page = page._replace(before_id=edge) if newest_first else page._replace(after_id=edge)


def _usable(wanted: Filter) -> Filter:
    """Return a filter that a database can be asked with.

    Raises:
        LeadlogError: kind `usage`, for text that nothing stored can equal.
    """
    for name, value in wanted._asdict().items():
        if isinstance(value, str) and not is_clean_text(value):
            message = f"The filter {name} holds NUL or half of a surrogate pair."
            raise LeadlogError("usage", message, "No attempt can have such a value.")
    last = INT64.stop - 1
    return wanted._replace(
        after_id=min(wanted.after_id, last), before_id=min(wanted.before_id, last)
    )
