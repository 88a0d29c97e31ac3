"""Carrying out an erasure: its row first, then contact after contact, while others write.

Once its row is there an erasure holds, and the contacts it covers may lose payload and salt. They
do so in many short transactions, so that nobody waits for a large erasure. One that was
interrupted is finished by the next, whatever that is about, before it counts contacts of its own:
so no contact is counted twice.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from leadlog import clock, intake, mentions, own_values
from leadlog.erasure import Erased, ErasureRow, Place, Plan, Target
from leadlog.errors import LeadlogError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadlog.chain import Head
    from leadlog.repository import Reader, Store, Transaction

_MASKED_CONTACTS: Final = 1000
_TARGETS_AT_ONCE: Final = 200
_CONTACTS_AT_ONCE: Final = 2000
_CONTACTS_BETWEEN_LOOKS: Final = 100
_US_AT_ONCE: Final = 50_000


class _Counted(NamedTuple):
    """What targets have, for as long as `last_erasure` is the newest.

    Attributes:
        last_erasure: the newest erasure's id, or 0.
        contacts: how many each target has, but for those that have none.
        first: the first contacts of them all.
    """

    last_erasure: int
    contacts: list[tuple[Target, int]]
    first: list[int]


class _Recorded(NamedTuple):
    """What was appended at once, and how many contacts were erased with it."""

    heads: list[Head]
    log_date: str
    erased: int


class Forgetting:
    """An erasure that is being carried out.

    Args:
        store: the database.
        zone: its time zone.
        stopped: asked between two transactions; when it says yes, the erasure is interrupted.
        on_erased: told after each transaction how many contacts it erased.
    """

    def __init__(
        self,
        store: Store,
        zone: clock.Zone,
        stopped: Callable[[], bool],
        on_erased: Callable[[int], None],
    ) -> None:
        self._store = store
        self._zone = zone
        self._stopped = stopped
        self._on_erased = on_erased

    def erase(self, plan: Plan, reason: str, address: str | None) -> Erased:
        """Record the erasure of what was planned and erase it.

        Contacts that somebody else erased in the meantime are left out; when none is left, nothing
        is recorded.

        Args:
            plan: what to erase.
            reason: why; masked with the contacts' own values.
            address: the person's address, to be masked in the reason.

        Raises:
            LeadlogError: when nothing could be recorded, or not all be erased; its message says
                which.
        """
        targets = [plan.target, *(Target(log_id=id_) for id_ in plan.unfiled)]
        last_id, masked = plan.last_log_id, _masked(self._store, plan, targets, reason, address)
        done = Erased((), 0, 0, None, None)
        for start in range(0, len(targets), _TARGETS_AT_ONCE):
            done = self._erase(targets[start : start + _TARGETS_AT_ONCE], last_id, masked, done)
        if not self._store.purge():
            raise _not_clean(recorded=bool(done.erasures))
        return done

    def _erase(self, targets: list[Target], last_id: int, reason: str, done: Erased) -> Erased:
        recorded = None
        while recorded is None:
            done = done._replace(finished=done.finished + self._finish())
            counted = self._store.read(partial(_count, targets=targets, last_id=last_id))
            if not counted.contacts:
                return done
            append = partial(
                _append, counted=counted, last_id=last_id, reason=reason, zone=self._zone
            )
            try:
                recorded = self._store.write(append, stopped=self._stopped)
            except LeadlogError as error:
                raise _incomplete(error, done) if done.erasures else error from None
        self._on_erased(recorded.erased)
        for target, _ in counted.contacts:
            self._empty(target, last_id)
        return done._replace(
            erasures=(*done.erasures, *((head.id, head.hash) for head in recorded.heads)),
            contacts_erased=done.contacts_erased + sum(count for _, count in counted.contacts),
            reason=reason,
            log_date=recorded.log_date,
        )

    def _finish(self) -> int:
        """Erase what earlier erasures cover; return how many contacts that were."""
        unfinished = self._store.read(lambda reader: reader.unfinished_erasures())
        which = "An earlier erasure"
        return sum(self._empty(target, last_id, which) for target, last_id in unfinished)

    def _empty(self, target: Target, last_id: int, which: str = "The erasure") -> int:
        """Erase a target's contacts, which an erasure covers; return how many that were.

        Args:
            target: whose or which contacts.
            last_id: the last attempt that it covers.
            which: what to call the erasure when this is interrupted.
        """
        place, erased = Place(), 0
        while places := self._store.read(partial(_next, target, last_id, place)):
            ids, place = [each.log_id for each in places], places[-1]
            while ids:
                if self._stopped():
                    raise _unfinished(LeadlogError("interrupted", "This was interrupted."), which)
                erase_some = partial(_erase_some, ids=ids)
                try:
                    passed, some = self._store.write(erase_some, stopped=self._stopped)
                except LeadlogError as error:
                    raise _unfinished(error, which) from None
                ids, erased = ids[passed:], erased + some
                self._on_erased(some)
                self._store.make_way()
        return erased


def _masked(
    store: Store, plan: Plan, targets: list[Target], reason: str, address: str | None
) -> str:
    """Return a reason without what the contacts that are about to be erased say of the person."""
    own = [] if address is None else [("email", address)]
    if plan.target.before_date is None:  # a date is nobody's; its reason is about a rule
        for target in targets:
            payloads = store.read(partial(_payloads, target, plan.last_log_id))
            own += [value for payload in payloads for value in own_values.of_payload(payload)]
        own += [(label, mentions.unescaped(value)) for label, value in own]
    return intake.mask_text(reason, list(dict.fromkeys(own)))


def _payloads(target: Target, last_id: int, reader: Reader) -> list[str]:
    return reader.contact_payloads(target, last_id, _MASKED_CONTACTS)


def _count(reader: Reader, targets: list[Target], last_id: int) -> _Counted:
    counts = [(target, reader.count_contacts(target, last_id)) for target in targets]
    counts = [(target, count) for target, count in counts if count]
    first: list[int] = []
    for target, _ in counts:
        room = _CONTACTS_AT_ONCE - len(first)
        first += [place.log_id for place in reader.contacts_left(target, last_id, Place(), room)]
    return _Counted(reader.last_erasure_id(), counts, first)


def _next(target: Target, last_id: int, after: Place, reader: Reader) -> list[Place]:
    return reader.contacts_left(target, last_id, after, _CONTACTS_AT_ONCE)


def _append(
    tx: Transaction, counted: _Counted, last_id: int, reason: str, zone: clock.Zone
) -> _Recorded | None:
    """Append erasures, unless somebody else appended one since the contacts were counted.

    The first contacts are erased at once: an erasure of a few is there as a whole or not at all.
    """
    if tx.last_erasure_id() != counted.last_erasure:
        return None
    now_us = tx.now_us()
    created_at, log_date = clock.to_text(now_us), tx.first_open_date(zone.local_date(now_us))
    heads = [
        tx.append_erasure(ErasureRow(created_at, *target, last_id, count, reason, log_date))
        for target, count in counted.contacts
    ]
    _, erased = _erase_some(tx, counted.first)
    return _Recorded(heads, log_date, erased)


def _erase_some(tx: Transaction, ids: Sequence[int]) -> tuple[int, int]:
    """Erase contacts for as long as others may be kept waiting.

    Returns:
        How many of `ids` it got through, and how many of these had not been erased already.
    """
    began_us, erased = tx.now_us(), 0
    for start in range(0, len(ids), _CONTACTS_BETWEEN_LOOKS):
        end = start + _CONTACTS_BETWEEN_LOOKS
        erased += tx.erase_contacts(ids[start:end])
        if tx.now_us() - began_us > _US_AT_ONCE:
            return end, erased
    return len(ids), erased


def _not_clean(*, recorded: bool) -> LeadlogError:
    """Return the error of erased bytes that something keeps in the file or its write-ahead log.

    Args:
        recorded: whether this call recorded an erasure, rather than finish an earlier one.
    """
    done = "The erasure is recorded" if recorded else "The erasure was recorded earlier"
    message = (
        f"{done}, but another program that reads the database keeps the old bytes in its file or "
        "write-ahead log."
    )
    hint = "Run the same command again when that program has ended; it will finish the cleaning."
    return LeadlogError("busy", message, hint)


def _unfinished(error: LeadlogError, which: str) -> LeadlogError:
    """Return the error of an erasure that is recorded, while some of its contacts are there."""
    message = f"{error.message} {which} is recorded, but some of its contacts are still there."
    return LeadlogError(error.kind, message, "Run the same command again; it will go on from here.")


def _incomplete(error: LeadlogError, done: Erased) -> LeadlogError:
    """Return the error of an erasure of which only a part is recorded."""
    erased = f"{done.contacts_erased:,} of its contacts are erased, the others are not."
    message = f"{error.message} {erased}"
    return LeadlogError(error.kind, message, "Run the same command again; it will go on from here.")
