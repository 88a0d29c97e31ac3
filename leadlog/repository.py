"""What a store can do: append and find, nothing else.

A store runs a write as one function inside one transaction, and may run it again when the engine
asks for that; so the function has no side effects of its own and takes its `now` from the store.
Deciding, hashing and day arithmetic are not the store's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leadlog.limits import Limit
    from leadlog.listings import (
        Attempt,
        AttemptDetail,
        FailureReport,
        Filter,
        Lead,
        LimitChange,
    )
    from leadlog.model import Policy, User
    from leadlog.rows import Appended, AttemptRow, LastAttempt, StoredAttempt

T = TypeVar("T")


class Transaction(Protocol):
    """One write transaction: what the use cases may ask and append inside it."""

    def now_us(self) -> int:
        """Return the wall clock, in µs since 1970."""

    def last_attempt(self) -> LastAttempt:
        """Return the newest attempt's place in time."""

    def find_user(self, handle: str) -> User | None:
        """Return the user with exactly this handle."""

    def handles(self) -> Sequence[str]:
        """Return known handles, newest first, at most a few hundred; for suggestions."""

    def policy(self, user_id: int) -> Policy:
        """Return the limit in force for a user: its own, else the default."""

    def policy_by_id(self, policy_id: int) -> Policy:
        """Return the limit that one change set."""

    def in_window(self, user_id: int, after_us: int, up_to_id: int | None = None) -> Sequence[int]:
        """Return the logical times of admitted attempts later than `after_us`, ascending.

        `up_to_id` leaves out attempts with a greater id, to look at the past.
        """

    def find_bound(self, user_id: int, request_id: str) -> StoredAttempt | None:
        """Return the decided attempt that a request id is bound to."""

    def find_original(self, user_id: int, contact_key: str, page: str | None) -> int | None:
        """Return the attempt that created the user's lead for this contact and page, if any."""

    def first_open_date(self, day: str) -> str:
        """Return the first date on or after `day` that is not closed."""

    def append_attempt(self, row: AttemptRow, contact_key: str | None, payload: str) -> Appended:
        """Append an attempt with its contact, and its lead if it succeeded."""

    def append_user(self, handle: str, created_at: str, created_date: str) -> User:
        """Append a user."""

    def append_limit(
        self,
        user_id: int | None,
        limit: Limit | None,
        reason: str | None,
        created_at: str,
        day: str,
    ) -> int:
        """Append a limit change and return its id."""


class Reader(Protocol):
    """Questions to the log. Each answer comes from one consistent state of the database."""

    def now_us(self) -> int:
        """Return the wall clock, in µs since 1970."""

    def last_attempt(self) -> LastAttempt:
        """Return the newest attempt's place in time."""

    def find_user(self, handle: str) -> User | None:
        """Return the user with exactly this handle."""

    def handles(self) -> Sequence[str]:
        """Return known handles, newest first, at most a few hundred."""

    def users(self) -> list[User]:
        """Return all users but the reserved one, by handle."""

    def policy(self, user_id: int) -> Policy:
        """Return the limit in force for a user."""

    def own_policy(self, user_id: int | None) -> Policy | None:
        """Return the user's own limit (None: the default), if one is in force."""

    def in_window(self, user_id: int, after_us: int, up_to_id: int | None = None) -> Sequence[int]:
        """Return the logical times of admitted attempts later than `after_us`, ascending."""

    def limit_changes(self, user_id: int | None, *, everyone: bool) -> list[LimitChange]:
        """Return limit changes, oldest first: of one user, of the default, or all."""

    def attempts(self, wanted: Filter, *, newest_first: bool) -> list[Attempt]:
        """Return attempts with their effective outcomes."""

    def leads(self, wanted: Filter, *, newest_first: bool) -> list[Lead]:
        """Return leads."""

    def attempt(self, attempt_id: int) -> AttemptDetail | None:
        """Return everything about one attempt."""

    def failures(self, wanted: Filter, by: Sequence[str]) -> FailureReport:
        """Return failures grouped by the columns `by`."""

    def created_at(self) -> str:
        """Return when the database was created."""

    def last_id(self) -> int:
        """Return the newest attempt's id, or 0."""

    def rows(self) -> dict[str, int]:
        """Return the number of rows in each table."""

    def log_dates(self) -> tuple[str | None, str | None]:
        """Return the first and the last date that attempts count for."""

    def newest_dates(self, most: int) -> list[str]:
        """Return the newest dates that attempts count for, newest first; cheap in any log."""


class Store(Protocol):
    """A database that is open."""

    settings: Mapping[str, str]
    secret: bytes

    def write(self, work: Callable[[Transaction], T], *, more_follows: bool = False) -> T:
        """Run `work` in one write transaction and return its result once it is committed.

        `more_follows` says that another write comes right after this one, so that housekeeping may
        wait; `tidy` makes up for it.

        Raises:
            LeadlogError: kind `busy` or `unusable` when nothing was written; `unknown_outcome` when
                the commit itself failed.
        """

    def tidy(self) -> None:
        """Do the housekeeping that a series of writes put off."""

    def read(self, question: Callable[[Reader], T]) -> T:
        """Run `question` on one consistent state of the database."""

    def changes(self) -> int:
        """Return a number that differs after anyone else committed; cheap."""

    def facts(self) -> dict[str, Any]:
        """Return what the engine knows of itself and its file."""

    def close(self) -> None:
        """Give everything back."""
