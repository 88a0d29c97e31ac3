"""Recording attempts: one, or a stream of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadlog import decision, intake
from leadlog.service.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from leadlog.model import Origin, Receipt
    from leadlog.repository import Transaction
    from leadlog.stream import LineResult, RawLine


class Recording(Part):
    """Submits leads, and records what became of attempts elsewhere."""

    def submit(
        self,
        *,
        user: str | None = None,
        name: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        company: str | None = None,
        source: str | None = None,
        page: str | None = None,
        message: str | None = None,
        fields: Mapping[str, Any] | None = None,
        request_id: str | None = None,
    ) -> Receipt:
        """Submit one lead and return its receipt, once the attempt is committed.

        A refusal is a receipt too: look at `receipt.ok` and `receipt.failure`.

        Args:
            user: the handle of a registered user.
            name, email: the person; both are needed for a lead.
            phone, company, message, fields: more about the person; erasable like the name.
            source: where the lead comes from, `cli` unless given.
            page: the page it was submitted on; query and fragment are dropped.
            request_id: makes a retry safe: the same id, user and content give the same receipt.

        Raises:
            LeadlogError: kind `busy` or `unusable` when nothing was recorded; `unknown_outcome`
                when the commit failed (retry with the same request id).
        """
        record = {
            "user": user,
            "name": name,
            "email": email,
            "phone": phone,
            "company": company,
            "source": source,
            "page": page,
            "message": message,
            "fields": fields,
            "request_id": request_id,
        }
        return self.append("submit", record).receipt

    def record(self, record: Mapping[str, Any], *, create_users: bool = False) -> Receipt:
        """Record what became of an attempt elsewhere; return its receipt once it is committed.

        Args:
            record: the keys of `submit`, and `outcome` (`success` or `failure`), `category`,
                `code`, `error`, `occurred_at` (RFC 3339 with an offset), `duration_ms`, `context`.
            create_users: register the record's user if it is new.
        """
        return self.append("record", record, create_users=create_users).receipt

    def append(
        self, origin: Origin, record: Mapping[str, Any], *, create_users: bool = False
    ) -> decision.Decided:
        """Decide and append one attempt; what `submit` and `record` share.

        Args:
            origin: the command whose rules apply.
            record: the record's keys; those that are None count as not given.
            create_users: register an unknown user (`record` only).
        """
        given = {key: value for key, value in record.items() if value is not None}
        item = intake.prepare(origin, given, self._store.secret)

        def work(tx: Transaction) -> decision.Decided:
            return decision.decide_attempt(tx, item, self.zone, create_users=create_users)

        return self._store.write(work)

    def append_stream(
        self,
        origin: Origin,
        groups: Iterable[Sequence[RawLine]],
        *,
        create_users: bool = False,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Generator[list[LineResult], None, None]:
        """Append many records; see `leadlog.stream.append_stream`."""
        from leadlog.stream import append_stream

        return append_stream(
            self._store, self.zone, origin, groups, create_users=create_users, stopped=stopped
        )
