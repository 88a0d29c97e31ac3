"""Users and their limits, now and in the past."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadlog import clock as clocks
from leadlog import decision, intake, limits, validation
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.service.part import Part
from leadlog.tables import RESERVED_HANDLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadlog.listings import (
        LimitChange,
        LimitStatus,
    )
    from leadlog.model import User
    from leadlog.past_limits import LimitReplay
    from leadlog.repository import Reader, Transaction
    from leadlog.simulation import Simulated


class Limiting(Part):
    """Registers users, sets and shows their limits, and looks back at past decisions."""

    def add_user(self, handle: str, limit: Limit | None = None) -> User:
        """Register a user, with a limit of its own if one is given.

        Raises:
            LeadlogError: kind `usage`, when the handle is malformed or taken.
        """
        if not validation.is_handle(handle):
            message = f'"{handle}" can\'t be a handle.'
            hint = "Use 1 to 128 letters, digits or . _ @ + - and begin with a letter or digit."
            raise LeadlogError("usage", message, hint)

        def work(tx: Transaction) -> User:
            if tx.find_user(handle) is not None:
                hint = f"See it with: leadlog user show {handle}"
                raise LeadlogError("usage", f"The user {handle} exists already.", hint)
            now_us = tx.now_us()
            created_at, today = clocks.to_text(now_us), self.zone.local_date(now_us)
            user = tx.append_user(handle, created_at, today)
            if limit is not None:
                tx.append_limit(user.id, limit, None, created_at, today)
            return user

        return self._store.write(work)

    def user(self, handle: str) -> User:
        """Return one user.

        Raises:
            LeadlogError: kind `not_found`, when there is no such user.
        """
        if handle == RESERVED_HANDLE:
            raise _reserved("not_found")

        def question(reader: Reader) -> User | None:
            self._user_id(reader, handle)
            return reader.find_user(handle)

        user = self._store.read(question)
        if user is None:
            raise LeadlogError("not_found", f'There is no user "{handle}".', None)
        return user

    def users(self) -> list[tuple[User, Limit, bool]]:
        """Return all users by handle, each with its limit and whether that is the default."""

        def question(reader: Reader) -> list[tuple[User, Limit, bool]]:
            return [
                (user, policy.limit, policy.is_default)
                for user in reader.users()
                for policy in [reader.policy(user.id)]
            ]

        return self._store.read(question)

    def set_limit(
        self, handle: str | None, limit: Limit | None, reason: str | None = None
    ) -> LimitStatus | None:
        """Set a user's limit, or the default one.

        Args:
            handle: the user, or None for the default limit.
            limit: the limit from now on, or None to give the user the default again.
            reason: why; kept for ever, with personal data masked.

        Returns:
            The user's status under the new limit, or None for the default.

        Raises:
            LeadlogError: kind `not_found`, when there is no such user.
        """
        if handle is None and limit is None:
            raise LeadlogError("usage", "The default limit needs a value.", None)
        if handle == RESERVED_HANDLE:
            raise _reserved("usage")
        masked = intake.mask_reason(reason)

        def work(tx: Transaction) -> None:
            user_id = None if handle is None else self._user_id(tx, handle)
            now_us = tx.now_us()
            today = self.zone.local_date(now_us)
            tx.append_limit(user_id, limit, masked, clocks.to_text(now_us), today)

        self._store.write(work)
        return None if handle is None else self.limit_status(handle)[0]

    def limit_status(self, handle: str | None = None) -> list[LimitStatus]:
        """Return how much of its limit a user has used now, or every user.

        Raises:
            LeadlogError: kind `not_found`, when there is no such user.
        """
        if handle == RESERVED_HANDLE:
            raise _reserved("not_found")

        def question(reader: Reader) -> list[LimitStatus]:
            if handle is None:
                users = reader.users()
            else:
                self._user_id(reader, handle)
                users = [user for user in [reader.find_user(handle)] if user is not None]
            last = reader.last_attempt()
            now_us = reader.now_us()
            logical_us = decision.elapsed(last.created_us, last.logical_us, now_us)
            return [_limit_status(reader, user, logical_us) for user in users]

        return self._store.read(question)

    def limit_history(self, handle: str | None = None) -> list[LimitChange]:
        """Return every limit that was set, oldest first; of one user if a handle is given.

        Raises:
            LeadlogError: kind `not_found`, when there is no such user.
        """

        def question(reader: Reader) -> list[LimitChange]:
            user_id = None if handle is None else self._user_id(reader, handle)
            return reader.limit_changes(user_id, everyone=handle is None)

        return self._store.read(question)

    def replay_limits(
        self,
        date: str | None = None,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> LimitReplay:
        """Derive past limit decisions from the log again: of one log date, or all of them.

        Iterate over what is returned for the decisions that differ; then its counts are complete.

        Args:
            date: the log date, or None for all.
            on_progress: told how many attempts were read, of how many.
        """
        from leadlog.past_limits import LimitReplay

        return LimitReplay(self._store, date, on_progress)

    def simulate_limit(
        self,
        limit: Limit,
        *,
        date: str | None = None,
        handle: str | None = None,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Simulated:
        """Return whom another limit would have refused, had it been in force from the start.

        Args:
            limit: the other limit.
            date: count only attempts of this log date.
            handle: only attempts of this user.
            on_progress: told how many attempts were read, of how many.

        Raises:
            LeadlogError: kind `not_found`, when there is no such user.
        """
        from leadlog.past_limits import simulate

        user_id = None if handle is None else self.user_id(handle)
        return simulate(self._store, limit, date, user_id, on_progress)


def _reserved(kind: str) -> LeadlogError:
    message = (
        f"{RESERVED_HANDLE} is no user: it stands for attempts of nobody known, without limit."
    )
    hint = f"See these attempts with: leadlog attempts --user {RESERVED_HANDLE}"
    return LeadlogError(kind, message, hint)


def _limit_status(reader: Reader, user: User, logical_us: int) -> LimitStatus:
    from leadlog.listings import LimitStatus

    policy = reader.policy(user.id)
    in_window = reader.in_window(user.id, limits.window_start(policy.limit, logical_us))
    now = limits.status(policy.limit, in_window, logical_us)
    return LimitStatus(
        user.handle,
        policy.limit.max_attempts,
        policy.limit.window_seconds,
        now.used,
        now.remaining,
        now.retry_after,
        policy.is_default,
    )
