"""The use cases, and the Python API: what the commands do, without a terminal and without SQL."""

from __future__ import annotations

import os
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from leadlog import clock as clocks
from leadlog import decision, intake, limits, validation
from leadlog.clock import Clock, SystemClock, Zone
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.parsing import INT64, is_clean_text
from leadlog.tables import RESERVED_HANDLE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from leadlog.analysis.engine import Engine
    from leadlog.closing import Snapshot
    from leadlog.corrections import Corrected
    from leadlog.erasure import Erased, Plan
    from leadlog.listings import (
        Attempt,
        AttemptDetail,
        Backup,
        FailureReport,
        Filter,
        Info,
        Lead,
        LimitChange,
        LimitStatus,
    )
    from leadlog.model import Origin, Receipt, User
    from leadlog.past_limits import LimitReplay
    from leadlog.rendering import Report
    from leadlog.report_rows import StoredRun
    from leadlog.report_tracing import StatementTrace
    from leadlog.repository import Reader, Store, Transaction
    from leadlog.simulation import Simulated
    from leadlog.stream import LineResult, RawLine
    from leadlog.tracing import Trace
    from leadlog.verification import Verdict
    from leadlog.verification.proofs import Checkpoint, ProvenAttempt

DEFAULT_LIMIT = Limit(100, 60)
DEFAULT_TIMEZONE = "UTC"
DEFAULT_WAIT_SECONDS = 30.0
PAGE_ROWS = 500
"""Lists are read in pages of this size, so that a slow reader never holds the log's end."""


def open(  # noqa: A001  # the API reads leadlog.open(path), like the built-in
    path: str | os.PathLike[str],
    *,
    create: bool = False,
    timezone: str = DEFAULT_TIMEZONE,
    limit: Limit = DEFAULT_LIMIT,
    wait_seconds: float = DEFAULT_WAIT_SECONDS,
    clock: Clock | None = None,
    writable: bool = False,
) -> Leadlog:
    """Open a leadlog database.

    Args:
        path: the file.
        create: make it, with `timezone` and `limit`, if it is not there.
        timezone: the IANA time zone whose calendar days the log counts, for a new file.
        limit: the default rate limit of a new file.
        wait_seconds: how long a write waits for other writers.
        clock: where time comes from; the machine's clock unless given.
        writable: connect for writing at once; otherwise the first write does.

    Raises:
        LeadlogError: kind `not_found` when there is no such file, `unusable` when it is not a
            leadlog database that this version can use, `usage` for an unknown time zone.
    """
    from leadlog.storage.sqlite import SqliteStore

    the_clock = clock or SystemClock()
    text = os.path.abspath(os.fspath(path))
    if create and not os.path.lexists(text):
        from leadlog.storage.creation import create as create_file

        today = Zone(timezone).local_date(the_clock.now_us())
        folder = os.path.realpath(os.path.dirname(text))
        real = os.path.join(folder, os.path.basename(text))
        create_file(real, the_clock, wait_seconds, timezone=timezone, limit=limit, today=today)
    return Leadlog(SqliteStore(text, the_clock, wait_seconds, writable=writable), the_clock)


def verify(
    path: str | os.PathLike[str],
    *,
    date: str | None = None,
    checkpoints: Sequence[tuple[str, Checkpoint]] = (),
    receipts: Sequence[ProvenAttempt] = (),
    started: Callable[[int], Callable[[int], None]] | None = None,
    clock: Clock | None = None,
) -> Verdict:
    """Prove that nothing in a file was changed, or name what was; it may be too damaged to open.

    Args:
        path: the file.
        date: look at this log date only.
        checkpoints, receipts: proofs kept elsewhere, from `leadlog.verification.proofs`.
        started: told how many rows there are to read, it returns what takes how many more were.
        clock: where time comes from; the machine's clock unless given.

    Raises:
        LeadlogError: kind `not_found` or `unusable`, when there is no database of leadlog's.
    """
    from leadlog import verification
    from leadlog.storage.audit import SqliteAudit

    with SqliteAudit(os.path.abspath(os.fspath(path)), clock or SystemClock()) as source:
        return verification.verify(
            source, date=date, checkpoints=checkpoints, receipts=receipts, started=started
        )


class Leadlog:
    """An open log. Use it as a context manager, or call `close`; not to be shared by threads.

    Every method raises `LeadlogError` of kind `unusable` or `busy` when the database can't be used.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.zone = Zone(store.settings["timezone"])

    def __enter__(self) -> Self:
        """Return the log itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the log."""
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._store.close()

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

    def attempts(
        self, wanted: Filter | None = None, *, newest_first: bool = False
    ) -> Iterator[Attempt]:
        """Return attempts with their effective outcomes, by id, read in pages as they are used."""
        return self._pages(
            wanted,
            newest_first,
            lambda reader, page: reader.attempts(page, newest_first=newest_first),
            lambda attempt: attempt.attempt,
        )

    def leads(self, wanted: Filter | None = None, *, newest_first: bool = False) -> Iterator[Lead]:
        """Return leads, by id, read in pages as they are used."""
        return self._pages(
            wanted,
            newest_first,
            lambda reader, page: reader.leads(page, newest_first=newest_first),
            lambda lead: lead.lead,
        )

    def attempt(self, attempt_id: int) -> AttemptDetail:
        """Return everything about one attempt.

        Raises:
            LeadlogError: kind `not_found`, when there is none with this id.
        """
        from leadlog.corrections import unknown_attempt

        detail = None
        if attempt_id in INT64:
            detail = self._store.read(lambda reader: reader.attempt(attempt_id))
        if detail is None:
            raise unknown_attempt(attempt_id, self.last_attempt_id())
        return detail

    def correct(
        self,
        attempt_id: int,
        outcome: str,
        *,
        category: str | None = None,
        code: str | None = None,
        error: str | None = None,
        reason: str,
    ) -> Corrected:
        """State what an attempt should have been; its own row stays as it is.

        Args:
            attempt_id: the attempt.
            outcome: `success` or `failure`.
            category, code, error: what kind of failure, as `record` takes them.
            reason: why; kept for ever, with personal data masked.

        Raises:
            LeadlogError: kind `not_found`, when there is no such attempt; `usage`, when it stands
                so already, or what is given is not allowed.
        """
        from leadlog import corrections

        statement = corrections.state(outcome, category, code, error, reason)
        return self._store.write(
            lambda tx: corrections.correct(tx, attempt_id, statement, self.zone)
        )

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

    def failures(
        self, wanted: Filter | None = None, by: Sequence[str] = ("category", "code")
    ) -> FailureReport:
        """Return failures grouped by `by`, a value of `leadlog.failures.GROUPINGS`."""
        from leadlog.failures import GROUPINGS
        from leadlog.listings import Filter

        if tuple(by) not in GROUPINGS.values():
            hint = "Use a value of leadlog.failures.GROUPINGS."
            raise LeadlogError("usage", f"Failures can't be grouped by {by}.", hint)
        usable = _usable(wanted or Filter())
        return self._store.read(lambda reader: reader.failures(usable, by))

    def newest_dates(self, most: int) -> list[str]:
        """Return the newest log dates that have attempts, the newest first, at most `most`."""
        return self._store.read(lambda reader: reader.newest_dates(most))

    def last_attempt_id(self) -> int:
        """Return the newest attempt's id, or 0."""
        return self._store.read(lambda reader: reader.last_id())

    def changes(self) -> int:
        """Return a number that differs after anyone else committed; cheap enough to poll."""
        return self._store.changes()

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

    def snapshot(self, date: str) -> Snapshot:
        """Close a date that is over, once, and return its figures; of a running date only these.

        Raises:
            LeadlogError: kind `usage`, when the date lies in the future.
        """
        from leadlog import closing

        return closing.snapshot(self._store, self.zone, date)

    def median_success_rate(self, date: str, days_back: int = 7) -> float | None:
        """Return the median success rate of the closed days before a date."""
        from leadlog import closing

        return closing.median_success_rate(self._store, date, days_back)

    def trace(self, date: str, pointer: str) -> Trace:
        """Return the attempts behind one figure of a date's snapshot.

        Raises:
            LeadlogError: kind `usage`, when the pointer names no figure; `not_found`, when the
                date is over but was never closed.
        """
        from leadlog import closing

        return closing.trace(self._store, self.zone, date, pointer)

    def report(
        self,
        date: str,
        engine: Engine | None = None,
        *,
        fallback: bool = False,
        new: bool = False,
        timeout_seconds: float = 0.0,
    ) -> Report:
        """Explain a date in sentences whose every number has its place in the date's figures.

        Args:
            date: the date; closed first if it is over.
            engine: who writes; the built-in analyst unless given.
            fallback: let the built-in analyst write when the engine fails.
            new: write the next version although the stored one still fits the figures.
            timeout_seconds: how long the engine may take.

        Raises:
            LeadlogError: see `leadlog.reporting.report`.
        """
        from leadlog import reporting
        from leadlog.analysis.analyst import Analyst

        return reporting.report(
            self._store,
            self.zone,
            self._clock,
            date,
            engine or Analyst(),
            fallback=Analyst() if fallback else None,
            new=new,
            timeout_seconds=timeout_seconds,
        )

    def reports(self, date: str | None = None) -> list[Report]:
        """Return the stored reports in the order they were written, of a date or all."""
        from leadlog import rendering, reporting

        stored = reporting.stored_reports(self._store, date)
        return [rendering.report_of(one) for one in stored]

    def runs(self, date: str | None = None) -> list[StoredRun]:
        """Return the steps of all tries to write a report, of a date or all."""
        from leadlog import reporting

        return reporting.runs(self._store, date)

    def trace_report(self, report_id: int, n: int | None = None) -> list[StatementTrace]:
        """Return what is behind each figure of a report, or of its n-th statement.

        Number 0 is the reason of the confidence.

        Raises:
            LeadlogError: kind `not_found`, when there is no such report or statement.
        """
        from leadlog import report_tracing

        return report_tracing.trace_report(self._store, report_id, n)

    def stored_snapshots(
        self, since: str, until: str, *, newest_first: bool = False, most: int | None = None
    ) -> Iterator[Snapshot]:
        """Return the closed dates of a range, both ends included, each read when it is used.

        Args:
            since, until: the range's ends.
            newest_first: begin with the newest date instead of the oldest.
            most: at most so many, or None for all.
        """
        from leadlog import closing

        return closing.stored_snapshots(
            self._store, since, until, newest_first=newest_first, most=most
        )

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

    def info(self) -> Info:
        """Return what this database is and holds."""
        from leadlog import __version__
        from leadlog.listings import Info

        settings, facts = self._store.settings, self._store.facts()

        def question(reader: Reader) -> Info:
            first, last = reader.log_dates()
            own = {
                user.handle: str(policy.limit)
                for user in reader.users()
                for policy in [reader.own_policy(user.id)]
                if policy is not None
            }
            default = reader.own_policy(None)
            return Info(
                path=facts["path"],
                database_id=settings["database_id"],
                created_at=reader.created_at(),
                size_bytes=facts["size_bytes"],
                wal_bytes=facts["wal_bytes"],
                timezone=self.zone.name,
                schema_version=facts["schema_version"],
                rows=reader.rows(),
                first_date=first,
                last_date=last,
                default_limit=str(default.limit) if default else "",
                user_limits=own,
                sqlite_version=facts["sqlite_version"],
                wal_reset_fixed=facts["wal_reset_fixed"],
                leadlog_version=__version__,
            )

        return self._store.read(question)

    def _user_id(self, source: Reader | Transaction, handle: str) -> int:
        user = source.find_user(handle)
        if user is not None:
            return user.id
        near = decision.nearest_handle(handle, source.handles())
        message = f'There is no user "{handle}"'
        message += f"; did you mean {near}?" if near else "."
        hint = "See the registered ones with: leadlog user list"
        raise LeadlogError("not_found", message, hint)

    def _pages(
        self, wanted: Filter | None, newest_first: bool, fetch: Any, id_of: Any
    ) -> Iterator[Any]:
        """Read a list page by page, each from a state of its own; ids never change."""
        from leadlog.listings import Filter

        page = _usable(wanted or Filter())
        left = page.limit
        while left is None or left > 0:
            page = page._replace(limit=PAGE_ROWS if left is None else min(left, PAGE_ROWS))
            rows = self._store.read(partial(fetch, page=page))
            yield from rows
            if len(rows) < (page.limit or 0):
                return
            left = None if left is None else left - len(rows)
            edge = id_of(rows[-1])
            page = page._replace(before_id=edge) if newest_first else page._replace(after_id=edge)


def _reserved(kind: str) -> LeadlogError:
    message = (
        f"{RESERVED_HANDLE} is no user: it stands for attempts of nobody known, without limit."
    )
    hint = f"See these attempts with: leadlog attempts --user {RESERVED_HANDLE}"
    return LeadlogError(kind, message, hint)


def _usable(wanted: Filter) -> Filter:
    """Return a filter that a database can be asked with.

    Raises:
        LeadlogError: kind `usage`, for text that nothing stored can equal.
    """
    for name, value in wanted._asdict().items():
        if isinstance(value, str) and not is_clean_text(value):
            message = f"The filter {name} holds NUL or half of a surrogate pair."
            raise LeadlogError("usage", message, "No attempt can have such a value.")
    last = INT64.stop - 1
    return wanted._replace(
        after_id=min(wanted.after_id, last), before_id=min(wanted.before_id, last)
    )


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
