"""Everything that is checked of the attempts, in one pass over them."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from leadlog.verification.chains import Chain
from leadlog.verification.contacts import Contacts
from leadlog.verification.dates import Dates
from leadlog.verification.days import Days
from leadlog.verification.decisions import Decisions
from leadlog.verification.moments import Moments
from leadlog.verification.source import Batch
from leadlog.verification.unusual import told

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
            ids, prev_hashes, hashes, arrays, created_ats, log_dates, logical_us, user_ids,
            policies, used, flags, contact_hashes, salted, unusual,
        ) = zip(*rows, strict=True)  # fmt: skip
        self.rows += len(rows)
        self._chain.add(ids, prev_hashes, hashes, arrays)
        successes, admitted = [flag >> 1 for flag in flags], [flag & 1 for flag in flags]
        occurred_ats = list(created_ats)
        contexts: list[str | None] = [None] * len(ids)
        late_fors: list[str | None] = [None] * len(ids)
        more = told(unusual)
        for place, each in more.items():
            occurred_ats[place], contexts[place] = each.occurred_at, each.context
            late_fors[place] = each.late_for
        self._moments.add(ids, created_ats, logical_us, contexts)
        for log_date, part in _dates(log_dates):
            self._days.add(log_date, ids[part], hashes[part], successes[part])
            self._dates.add(
                log_date, ids[part], created_ats[part], occurred_ats[part], late_fors[part]
            )
        self._contacts.add(ids, log_dates, contact_hashes, salted, more)
        if self._decisions is not None:
            self._decisions.add(
                zip(
                    ids,
                    user_ids,
                    admitted,
                    policies,
                    used,
                    logical_us,
                    created_ats,
                    log_dates,
                    strict=True,
                )
            )
        else:
            self._note_decided(ids, policies)

    def _note_decided(self, ids: Sequence[int], policies: Sequence[int | None]) -> None:
        for id_, policy in zip(ids, policies, strict=True):
            if policy is not None:
                self.decided = (self.decided[0] or id_, id_)


def _dates(log_dates: Sequence[str]) -> Iterator[tuple[str, slice]]:
    """Yield each log date and where its attempts are."""
    if log_dates.count(log_dates[0]) == len(log_dates):  # as in most batches
        yield log_dates[0], slice(None)
        return
    start = 0
    for log_date, group in groupby(log_dates):
        end = start + sum(1 for _ in group)
        yield log_date, slice(start, end)
        start = end
