"""Contacts: each is what its attempt vouches for, or was erased by a logged erasure."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from orjson import loads

from leadlog import emails
from leadlog.verification.hashing import digests
from leadlog.verification.problems import Findings
from leadlog.verification.unusual import Unusual

SALT_BYTES: Final = 16
"""A salt of another length would move the border between it and the payload."""


class Erasure(NamedTuple):
    """One row of `erasures`: one of the first three says whom it is about."""

    contact_key: str | None
    log_id: int | None
    before_date: str | None
    last_log_id: int
    contacts_erased: int


class Contacts:
    """Checks the contact of each attempt.

    Args:
        erasures: all that were logged.
        secret: keys the hash of a contact's address; None if nobody knows it.
        findings: where problems go.

    Attributes:
        rows: how many contacts there were.
        gone: how many of these are erased.
    """

    def __init__(
        self, erasures: Iterable[Erasure], secret: bytes | None, findings: Findings
    ) -> None:
        self._findings = findings
        # It has taken in the key, which is most of the work.
        self._keyed = None if secret is None else hmac.new(secret, b"contact:", "sha256")
        self._by_key: dict[str, int] = {}
        self._by_id: set[int] = set()
        self._before: list[tuple[str, int]] = []
        self.rows = self.gone = self._erased = 0
        for erasure in erasures:
            self._erased += erasure.contacts_erased
            if erasure.contact_key is not None:
                known = self._by_key.get(erasure.contact_key, 0)
                self._by_key[erasure.contact_key] = max(known, erasure.last_log_id)
            elif erasure.log_id is not None and erasure.log_id <= erasure.last_log_id:
                self._by_id.add(erasure.log_id)
            elif erasure.before_date is not None:
                self._before.append((erasure.before_date, erasure.last_log_id))

    def add(
        self,
        log_ids: Sequence[int],
        log_dates: Sequence[str],
        contact_hashes: Sequence[str],
        salted: Sequence[bytes | None],
        told: Mapping[int, Unusual],
    ) -> None:
        """Check the contacts of the next attempts.

        Args:
            log_ids, log_dates, contact_hashes: of the attempts.
            salted: what a contact's hash covers, its salt and then its payload; None where there is
                none or it is gone, and nothing where the salt is not as long as ours are.
            told: by their place among them, of those that are no plain successes.
        """
        hashes = digests(salted)
        if hashes == list(contact_hashes):
            self.rows += len(hashes)
        else:
            for place, hash_ in enumerate(hashes):
                if hash_ is None:
                    self._add_gone(log_ids[place], log_dates[place], told[place])
                else:
                    self._add_hash(log_ids[place], hash_, contact_hashes[place])
        for place, each in told.items():
            contact = salted[place]
            if each.is_key_sure or contact is None or hashes[place] != contact_hashes[place]:
                continue
            if not self._is_key_of(contact[SALT_BYTES:], each.contact_key):
                message = f"The key of contact {log_ids[place]} is not that of its address."
                self._findings.add("contacts", log_ids[place], "contact_key", "contact", message)

    def close(self) -> None:
        """Check, once all contacts were added, that no more are gone than was logged."""
        if self.gone > self._erased:
            message = f"{self.gone} contacts are gone, and erasures tell of {self._erased}."
            self._findings.add("erasures", None, "contacts_erased", "contact", message)

    def _add_hash(self, log_id: int, hash_: str, contact_hash: str) -> None:
        self.rows += 1
        if hash_ != contact_hash:
            message = f"The contact of attempt {log_id} is not the one it came with."
            self._findings.add("contacts", log_id, "payload", "contact", message)

    def _add_gone(self, log_id: int, log_date: str, told: Unusual) -> None:
        if told.contact_id is None:
            message = f"Attempt {log_id} has no contact."
            self._findings.add("contacts", log_id, "log_id", "missing", message)
            return
        self.rows += 1
        self.gone += 1
        if not self._is_erased(log_id, log_date, told.contact_key):
            message = f"The contact of attempt {log_id} is gone, and no erasure covers it."
            self._findings.add("contacts", log_id, "payload", "contact", message)

    def _is_key_of(self, payload: bytes, contact_key: str | None) -> bool:
        try:
            contact = loads(payload)
        except ValueError:
            return False
        if not isinstance(contact, dict):
            return False
        if self._keyed is None or "beginning" in contact:
            return True  # of a record that was too long, the address may not have been kept
        email = contact.get("email")
        if not isinstance(email, str) or not email:
            return contact_key is None
        keyed = self._keyed.copy()
        keyed.update(emails.check(email).key.encode("utf-8", "surrogatepass"))
        return keyed.hexdigest() == contact_key

    def _is_erased(self, log_id: int, log_date: str, contact_key: str | None) -> bool:
        if log_id in self._by_id:
            return True
        if contact_key is not None and log_id <= self._by_key.get(contact_key, 0):
            return True
        return any(log_date < date and log_id <= last for date, last in self._before)
