"""Proofs, erasures and copies."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from leadlog import clock as clocks
from leadlog.errors import LeadlogError
from leadlog.service.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leadlog.erasure import Erased, Plan
    from leadlog.listings import (
        Backup,
    )
    from leadlog.verification import Verdict
    from leadlog.verification.proofs import Checkpoint, ProvenAttempt


class Keeping(Part):
    """Verifies the log, proves it to others, erases persons and copies the file."""

    def verify(
        self,
        *,
        date: str | None = None,
        checkpoints: Sequence[tuple[str, Checkpoint]] = (),
        receipts: Sequence[ProvenAttempt] = (),
    ) -> Verdict:
        """Prove that nothing was changed, or name what was; see `leadlog.service.verify`."""
        from leadlog import verification

        with closing(self._store.audit()) as source:
            return verification.verify(
                source, date=date, checkpoints=checkpoints, receipts=receipts
            )

    def checkpoint(self) -> Checkpoint:
        """Return the ends of all append-only tables: a proof to be kept elsewhere."""
        from leadlog.verification import run

        created_at = clocks.to_text(self._store.read(lambda reader: reader.now_us()))
        with closing(self._store.audit()) as source:
            return run.checkpoint(source, created_at)

    def plan_erasure(
        self,
        *,
        email: str | None = None,
        attempt: int | None = None,
        before: str | None = None,
    ) -> Plan:
        """Look up what `forget` would erase: of a person, an attempt, or all before a log date.

        Args:
            email: the person's address, in any letter case.
            attempt: an attempt's id.
            before: a date; what counts for it is kept.

        Raises:
            LeadlogError: kind `not_found`, when there is no such contact; `usage`, unless exactly
                one of the three is given.
        """
        from leadlog import erasure

        if sum(given is not None for given in (email, attempt, before)) != 1 or email == "":
            hint = "Use one of: EMAIL, --attempt ID, --before DATE."
            raise LeadlogError("usage", "Say whose or which contacts to erase.", hint)
        key = None if email is None else self.email_key(email)
        return erasure.plan(self._store, erasure.Target(key, attempt, before), email)

    def forget(
        self,
        plan: Plan,
        reason: str,
        *,
        email: str | None = None,
        stopped: Callable[[], bool] = lambda: False,
        on_erased: Callable[[int], None] = lambda _contacts: None,
    ) -> Erased:
        """Erase what was planned, to the byte, while others write; finish what was interrupted.

        Args:
            plan: from `plan_erasure`.
            reason: why; kept for ever, with personal data masked.
            email: the address that was planned with, to be masked in the reason.
            stopped: asked again and again; when it says yes, the erasure is interrupted.
            on_erased: told again and again how many more contacts were erased.

        Raises:
            LeadlogError: kind `busy`, also when the erasure is recorded but another program keeps
                the old bytes alive; `interrupted`, when `stopped` said so. The message says what is
                recorded. Then call both again later.
        """
        from leadlog import erasure, forgetting

        erasure.check_reason(reason)
        carried_out = forgetting.Forgetting(self._store, self.zone, stopped, on_erased)
        return carried_out.erase(plan, reason, email)

    def backup(
        self,
        path: str | os.PathLike[str],
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Backup:
        """Copy the database to a new file, consistent while others write, and check the copy.

        Args:
            path: the file to make; nothing that exists is overwritten.
            on_progress: told how many pages are copied, of how many.
            stopped: asked again and again; when it says yes, there will be no copy.

        Raises:
            LeadlogError: kind `usage`, when there is something at `path`, or no folder for it;
                `unusable`, when the copy could not be written; `interrupted`, when `stopped` said
                so. No part of it is left then.
        """
        text = os.path.abspath(os.fspath(path))
        folder = os.path.realpath(os.path.dirname(text))
        target = os.path.join(folder, os.path.basename(text))
        return self._store.backup(target, on_progress, stopped)
