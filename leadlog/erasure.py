"""Erasing contacts: of a person, of one attempt, or of everything before a date.

An erasure is a row that covers contacts up to the newest attempt of its moment, and the contacts
lose payload and salt. The attempts, chained by hash, stay as they are, and so do the keyed hashes
by which a duplicate of an erased person is still refused. Here is what an erasure is and what it
would erase; `forgetting` carries it out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from leadlog.corrections import check_text, unknown_attempt
from leadlog.errors import LeadlogError
from leadlog.parsing import INT64

if TYPE_CHECKING:
    from leadlog.repository import Reader, Store

NAMED_MENTIONS: Final = 20
"""So many attempts of others that mention an address are named; the rest is counted."""

_SEARCHED_CONTACTS: Final = 500


class Target(NamedTuple):
    """Whose or which contacts are meant; one of the three is given."""

    contact_key: str | None = None
    log_id: int | None = None
    before_date: str | None = None


class Place(NamedTuple):
    """How far a walk through a target's contacts has come, by date or, of a person, by id alone."""

    log_date: str = ""
    log_id: int = 0


class Found(NamedTuple):
    """The contacts of a target.

    Attributes:
        contacts: how many hold something that can be erased.
        erased: how many were erased earlier.
        users: whose attempts they belong to, with the number of each, the largest first.
        first_date, last_date: the log dates they span; None where there are none.
    """

    contacts: int
    erased: int
    users: tuple[tuple[str, int], ...]
    first_date: str | None
    last_date: str | None


class Plan(NamedTuple):
    """What an erasure would erase. It says nothing about the person.

    Attributes:
        target: what was asked for.
        last_log_id: the newest attempt; what is recorded later is not covered.
        found: the contacts, those of `unfiled` included.
        unfiled: attempts without a readable address whose contact holds the person's, such as
            malformed lines; erased too.
        mentioned_in: attempts filed under another address whose contact mentions this one; not
            erased. At most `NAMED_MENTIONS` of them.
        mentions: how many of these there are.
        cut_off: how many contacts without a readable address are the beginning of something longer
            and do not hold the person's, which may have stood in the rest; not erased.
    """

    target: Target
    last_log_id: int
    found: Found
    unfiled: tuple[int, ...] = ()
    mentioned_in: tuple[int, ...] = ()
    mentions: int = 0
    cut_off: int = 0


class ErasureRow(NamedTuple):
    """An erasure about to be appended: the columns of its table but its id and hashes."""

    created_at: str
    contact_key: str | None
    log_id: int | None
    before_date: str | None
    last_log_id: int
    contacts_erased: int
    reason: str
    log_date: str


class Erased(NamedTuple):
    """An erasure, once it is committed.

    Attributes:
        erasures: the rows it appended, as id and hash; none if all was erased before.
        contacts_erased: how many contacts.
        finished: how many contacts of earlier erasures it erased, which had been interrupted.
        reason: masked, as it is stored; None where no row was appended.
        log_date: the date it counts for; None likewise.
    """

    erasures: tuple[tuple[int, str], ...]
    contacts_erased: int
    finished: int
    reason: str | None
    log_date: str | None


class _Held(NamedTuple):
    """Which contacts hold an address: the person's own, and others'; see `Plan`."""

    unfiled: list[int]
    others: list[int]
    cut_off: int


def plan(store: Store, target: Target, address: str | None = None) -> Plan:
    """Look up what an erasure would erase.

    Args:
        store: the database.
        target: whose or which contacts.
        address: the person's address, for a target by contact key.

    Raises:
        LeadlogError: kind `not_found`, when there is no such contact.
    """
    last_id = store.read(lambda reader: _last_id(reader, target))
    held = _search(store, target, address, last_id)
    found = store.read(lambda reader: reader.find_contacts(target, held.unfiled, last_id))
    if found.contacts + found.erased == 0:
        raise _nothing_found(target, held)
    named = tuple(held.others[:NAMED_MENTIONS])
    return Plan(target, last_id, found, tuple(held.unfiled), named, len(held.others), held.cut_off)


def _last_id(reader: Reader, target: Target) -> int:
    last_id = reader.last_id()
    if target.log_id is not None and not (target.log_id in INT64 and 0 < target.log_id <= last_id):
        raise unknown_attempt(target.log_id, last_id)
    return last_id


def _search(store: Store, target: Target, address: str | None, last_id: int) -> _Held:
    """Look for an address where nothing is filed under it: among the person's own, and others'.

    This reads every contact there is, since nothing indexes what people write; in batches, so that
    neither memory nor the write-ahead log grows with their number.
    """
    held = _Held([], [], 0)
    if target.contact_key is None or address is None or "@" not in address:
        return held
    from leadlog import mentions

    key, wanted, after = target.contact_key, mentions.Wanted(address), 0

    def contacts(reader: Reader, after_id: int) -> list[tuple[int, bool, str]]:
        forms = wanted.plain_forms
        return reader.contacts_that_may_hold(key, forms, after_id, last_id, _SEARCHED_CONTACTS)

    while batch := store.read(partial(contacts, after_id=after)):
        for id_, is_filed, payload in batch:
            if wanted.is_in(payload):
                is_own = not is_filed or wanted.is_given_in(payload)
                (held.unfiled if is_own else held.others).append(id_)
            elif not is_filed and mentions.is_cut_off(payload):
                held = held._replace(cut_off=held.cut_off + 1)
        after = batch[-1][0]
    return held


def check_reason(reason: str) -> None:
    """See that a reason may be stored.

    Raises:
        LeadlogError: kind `usage`.
    """
    check_text("reason", reason)
    if not reason.strip():
        raise LeadlogError("usage", "An erasure needs a reason.", "Say why with: --reason TEXT")


def _nothing_found(target: Target, held: _Held) -> LeadlogError:
    if target.before_date is not None:
        message = f"No attempt counts for a date before {target.before_date}."
        hint = "Nothing was erased. See the dates that there are with: leadlog info"
        return LeadlogError("not_found", message, hint)
    hints = ["Nothing was erased."]
    if held.others:
        named = ", ".join(map(str, held.others[:NAMED_MENTIONS]))
        hints.append(
            f"Attempts that mention it: {named}; erase one with: leadlog forget --attempt ID"
        )
    if held.cut_off:
        hints.append(
            f"The kept beginning of malformed lines ({held.cut_off:,}) may end before it; see them"
            " with: leadlog attempts --category malformed"
        )
    if len(hints) == 1:
        hints.append("Check how it is written; see who is there with: leadlog leads")
    return LeadlogError("not_found", "No contact is filed under this address.", " ".join(hints))
