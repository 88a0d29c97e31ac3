"""Everything that is checked of the attempts, in one pass over them."""

from collections.abc import Sequence
from itertools import compress, groupby
from typing import Final

from leadlog.verification.chains import Chain
from leadlog.verification.contacts import Contacts
from leadlog.verification.dates import Dates
from leadlog.verification.days import Days
from leadlog.verification.decisions import Decisions
from leadlog.verification.moments import Moments
from leadlog.verification.source import Batch

TABLE: Final = "lead_submission_logs"


class Attempts:
    """Takes rows as `Source.attempts` yields them, and hands their columns to each check.

    Args:
        chain, moments, dates, contacts: what to check.
        days: counts what there is of each closed date.
        decisions: likewise; None where decisions are read and checked by themselves.

    Attributes:
        rows: how many attempts there were.
        decided: the first and the last attempt that the limit was asked about, or zeros.
    """

    def __init__(
        self,
        chain: Chain,
        moments: Moments,
        dates: Dates,
        contacts: Contacts,
        days: Days,
        decisions: Decisions | None,
    ) -> None:
        self.rows = 0
        self.decided = (0, 0)
        self._chain = chain
        self._moments = moments
        self._dates = dates
        self._contacts = contacts
        self._days = days
        self._decisions = decisions

    def add(self, rows: Batch) -> None:
        """Check attempts that follow one another."""
        (
            ids, prev_hashes, hashes, bodies, created_ats, occurred_ats, log_dates,
            logical_us, user_ids, admitted, policies, used, late_fors, contexts,
            contact_hashes, successes, contact_ids, keys_are_sure, contact_keys, salted,
        ) = tuple(zip(*rows, strict=True))  # fmt: skip
        self.rows += len(rows)
        self._chain.add(ids, prev_hashes, hashes, bodies)
        self._moments.add(ids, created_ats, logical_us, contexts)
        start = 0
        for log_date, group in groupby(log_dates):
            part = slice(start, start + sum(1 for _ in group))
            start = part.stop
            self._days.add(log_date, ids[part], hashes[part], successes[part])
            self._dates.add(
                log_date, ids[part], created_ats[part], occurred_ats[part], late_fors[part]
            )
        self._contacts.add(
            ids,
            log_dates,
            contact_hashes,
            contact_ids,
            contact_keys,
            salted,
            keys_are_sure=keys_are_sure,
        )
        asked = [policy is not None for policy in policies]
        self._note_decided(list(compress(ids, asked)))
        if self._decisions is not None:
            columns = (ids, user_ids, admitted, policies, used, logical_us, created_ats, log_dates)
            self._decisions.add(compress(zip(*columns, strict=True), asked))

    def _note_decided(self, ids: Sequence[int]) -> None:
        if ids:
            self.decided = (self.decided[0] or ids[0], ids[-1])
