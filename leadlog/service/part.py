"""What the groups of use cases have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadlog import decision, intake
from leadlog.clock import Clock, Zone
from leadlog.errors import LeadlogError

if TYPE_CHECKING:
    from leadlog.repository import Reader, Store, Transaction


class Part:
    """What every group of use cases stands on: the store, the clock, the time zone."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.zone = Zone(store.settings["timezone"])

    def user_id(self, handle: str) -> int:
        """Return a user's id, for a `Filter`; the reserved handle is found too.

        Raises:
            LeadlogError: kind `not_found`, when there is no such user.
        """
        return self._store.read(lambda reader: self._user_id(reader, handle))

    def email_key(self, email: str) -> str:
        """Return the key of a person's address, for a `Filter`."""
        return intake.contact_key(email, self._store.secret)

    def today(self) -> str:
        """Return the current date in the database's time zone."""
        return self.zone.local_date(self._store.read(lambda reader: reader.now_us()))

    def _user_id(self, source: Reader | Transaction, handle: str) -> int:
        user = source.find_user(handle)
        if user is not None:
            return user.id
        near = decision.nearest_handle(handle, source.handles())
        message = f'There is no user "{handle}"'
        message += f"; did you mean {near}?" if near else "."
        hint = "See the registered ones with: leadlog user list"
        raise LeadlogError("not_found", message, hint)
