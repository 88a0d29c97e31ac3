"""What a store can do: append and find, nothing else.

A store runs a write as one function inside one transaction, and may run it again when the engine
asks for that; so the function has no side effects of its own and takes its `now` from the store.
Deciding, hashing and day arithmetic are not the store's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadlog.analysis.pressure import LimitUse
    from leadlog.chain import Head
    from leadlog.closing import SnapshotRow
    from leadlog.corrections import CorrectionRow, Standing
    from leadlog.erasure import ErasureRow, Found, Place, Target
    from leadlog.limits import Limit
    from leadlog.listings import (
        Attempt,
        AttemptDetail,
        Backup,
        FailureReport,
        Filter,
        Lead,
        LimitChange,
    )
    from leadlog.model import Policy, User
    from leadlog.replay import Change, LoggedAttempt
    from leadlog.report_rows import ReportRow, RunRow, StoredReport, StoredRun
    from leadlog.rows import Appended, AttemptRow, LastAttempt, Original, StoredAttempt
    from leadlog.simulation import LimitedAttempt
    from leadlog.snapshot import Facts
    from leadlog.verification.source import Source

T = TypeVar("T")


class Transaction(Protocol):
    """One write transaction: what the use cases may ask and append inside it."""

    def now_us(self) -> int:
        """Return the wall clock, in µs since 1970."""

    def last_attempt(self) -> LastAttempt:
        """Return the newest attempt's place in time."""

    def find_user(self, handle: str) -> User | None:
        """Return the user with exactly this handle."""

    def handles(self) -> Sequence[str]:
        """Return known handles, newest first, at most a few hundred; for suggestions."""

    def policy(self, user_id: int) -> Policy:
        """Return the limit in force for a user: its own, else the default."""

    def policy_by_id(self, policy_id: int) -> Policy:
        """Return the limit that one change set."""

    def in_window(self, user_id: int, after_us: int, up_to_id: int | None = None) -> Sequence[int]:
        """Return the logical times of admitted attempts later than `after_us`, ascending.

        `up_to_id` leaves out attempts with a greater id, to look at the past.
        """

    def find_bound(self, user_id: int, request_id: str) -> StoredAttempt | None:
        """Return the decided attempt that a request id is bound to."""

    def find_originals(
        self, user_id: int, contact_key: str, page: str | None
    ) -> Sequence[Original]:
        """Return the user's leads of this contact that may be of a page, the oldest first.

        Revoked ones are left out. They are the first lead whose page is stored as `page`, and all
        whose page was masked (it holds a `<`), with the contact that tells which page it was.
        """

    def first_open_date(self, day: str) -> str:
        """Return the first date on or after `day` that is not closed."""

    def append_attempt(self, row: AttemptRow, contact_key: str | None, payload: str) -> Appended:
        """Append an attempt with its contact, and its lead if it succeeded."""

    def append_user(self, handle: str, created_at: str, created_date: str) -> User:
        """Append a user."""

    def append_limit(
        self,
        user_id: int | None,
        limit: Limit | None,
        reason: str | None,
        created_at: str,
        day: str,
    ) -> int:
        """Append a limit change and return its id."""

    def find_standing(self, attempt_id: int) -> Standing | None:
        """Return an attempt as it stands, the newest correction applied."""

    def append_correction(self, row: CorrectionRow) -> Head:
        """Append a correction."""

    def last_erasure_id(self) -> int:
        """Return the newest erasure's id, or 0."""

    def append_erasure(self, row: ErasureRow) -> Head:
        """Append an erasure; `erase_contacts` does what it says."""

    def erase_contacts(self, ids: Sequence[int]) -> int:
        """Erase attempts' contacts, which erasures must cover; return how many there were."""

    def is_closed(self, day: str) -> bool:
        """Whether a date has its snapshot."""

    def has_grown(self, day: str, last_log_id: int, last_correction_id: int) -> bool:
        """Whether anything that a date's figures depend on is newer than these ids."""

    def append_snapshot(self, created_at: str, row: SnapshotRow) -> None:
        """Append a date's figures, which closes it."""

    def open_runs(self, day: str) -> list[StoredRun]:
        """Return the first steps of a date's report tries that have no last one."""

    def next_run_id(self) -> str:
        """Return the id of a try that is about to start."""

    def append_run(self, created_at: str, row: RunRow) -> None:
        """Append a step of a try to write a report."""

    def last_report_version(self, day: str) -> int:
        """Return the newest version of a date's report, or 0."""

    def append_report(self, created_at: str, row: ReportRow) -> int:
        """Append a report and return its id."""


class Reader(Protocol):
    """Questions to the log. Each answer comes from one consistent state of the database."""

    def now_us(self) -> int:
        """Return the wall clock, in µs since 1970."""

    def last_attempt(self) -> LastAttempt:
        """Return the newest attempt's place in time."""

    def find_user(self, handle: str) -> User | None:
        """Return the user with exactly this handle."""

    def handles(self) -> Sequence[str]:
        """Return known handles, newest first, at most a few hundred."""

    def users(self) -> list[User]:
        """Return all users but the reserved one, by handle."""

    def policy(self, user_id: int) -> Policy:
        """Return the limit in force for a user."""

    def own_policy(self, user_id: int | None) -> Policy | None:
        """Return the user's own limit (None: the default), if one is in force."""

    def in_window(self, user_id: int, after_us: int, up_to_id: int | None = None) -> Sequence[int]:
        """Return the logical times of admitted attempts later than `after_us`, ascending."""

    def limit_changes(self, user_id: int | None, *, everyone: bool) -> list[LimitChange]:
        """Return limit changes, oldest first: of one user, of the default, or all."""

    def all_limit_changes(self) -> list[Change]:
        """Return every limit change, oldest first, as replaying needs them."""

    def logged_decisions(self, after_id: int, last_id: int, most: int) -> list[LoggedAttempt]:
        """Return at most `most` attempts after an id, with what is logged of their decisions."""

    def limited_attempts(
        self, after_id: int, last_id: int, user_id: int | None, most: int
    ) -> list[LimitedAttempt]:
        """Return at most `most` attempts after an id that the limit was asked about."""

    def limit_uses(self, day: str, last_log_id: int) -> list[LimitUse]:
        """Return how full the windows of a date's users were, up to an attempt."""

    def decided_on(self, day: str) -> tuple[int, int]:
        """Return the first and last attempt of a date that may have a decision, or zeros."""

    def count_admitted(self, user_id: int, after_us: int, until_us: int, before_id: int) -> int:
        """Count admitted attempts with `after_us < logical_us <= until_us` and a smaller id."""

    def admitted_at(self, attempt_id: int, window_seconds: int) -> list[int]:
        """Return the admitted attempts that a window held once an attempt was decided, by id.

        The window is that of the attempt's user; the attempt is in it if it was admitted itself.
        """

    def policy_before(self, attempt_id: int) -> int:
        """Return the policy of the last decision before an attempt, or 0."""

    def attempts(self, wanted: Filter, *, newest_first: bool) -> list[Attempt]:
        """Return attempts with their effective outcomes."""

    def leads(self, wanted: Filter, *, newest_first: bool) -> list[Lead]:
        """Return leads."""

    def attempt(self, attempt_id: int) -> AttemptDetail | None:
        """Return everything about one attempt."""

    def failures(self, wanted: Filter, by: Sequence[str]) -> FailureReport:
        """Return failures grouped by the columns `by`."""

    def find_contacts(self, target: Target, more: Sequence[int], last_id: int) -> Found:
        """Return what there is of a target and of `more` attempts, up to an attempt."""

    def contacts_that_may_hold(
        self, contact_key: str, forms: Sequence[str], after_id: int, last_id: int, most: int
    ) -> list[tuple[int, bool, str]]:
        """Return contacts that may hold an address, of at most `most` attempts after an id.

        Each comes with whether it is filed under an address, and with what it holds. Those filed
        under `contact_key` are left out, and so may be those that are filed and hold no form of
        `forms`, if they are of plain ASCII without escapes.
        """

    def contact_payloads(self, target: Target, last_id: int, most: int) -> list[str]:
        """Return what a target's contacts up to an attempt hold, of at most `most`."""

    def count_contacts(self, target: Target, last_id: int) -> int:
        """Count a target's contacts up to an attempt that hold something."""

    def contacts_left(self, target: Target, last_id: int, after: Place, most: int) -> list[Place]:
        """Return the next of a target's contacts that hold something, at most `most`.

        Args:
            target: whose or which contacts.
            last_id: the last attempt that counts.
            after: the last one that was returned, to go on from there.
            most: how many.
        """

    def unfinished_erasures(self) -> list[tuple[Target, int]]:
        """Return what erasures cover that still holds something, with each one's last attempt."""

    def last_erasure_id(self) -> int:
        """Return the newest erasure's id, or 0."""

    def last_correction_id(self) -> int:
        """Return the newest correction's id, or 0."""

    def setting(self, key: str) -> str:
        """Return a setting's newest value."""

    def day_rows(
        self, day: str, last_log_id: int, last_correction_id: int
    ) -> Iterator[Sequence[Any]]:
        """Yield a date's attempts by id, each with the fields of `snapshot.Row`, in batches."""

    def day_facts(self, day: str, last_log_id: int, last_correction_id: int, burst: int) -> Facts:
        """Return what a date's figures depend on beyond its attempts."""

    def snapshot_row(self, day: str) -> SnapshotRow | None:
        """Return a closed date's stored snapshot."""

    def closed_dates(
        self, since: str, until: str, *, newest_first: bool, most: int | None
    ) -> list[str]:
        """Return the closed dates of a range, both ends included, at most `most` of them."""

    def snapshots_before(self, day: str, count: int) -> list[SnapshotRow]:
        """Return the stored snapshots of the `count` closed dates before a date, newest first."""

    def latest_report(self, day: str) -> StoredReport | None:
        """Return the newest version of a date's report."""

    def report(self, report_id: int) -> StoredReport | None:
        """Return one report."""

    def report_ids(self, day: str | None, *, newest_first: bool, most: int | None) -> list[int]:
        """Return the ids of reports, of a date or all, at most `most` of them."""

    def runs(self, day: str | None, *, newest_first: bool, most: int | None) -> list[StoredRun]:
        """Return at most `most` tries to write reports, of a date or all, each step by step."""

    def arrived_late(self, day: str) -> list[tuple[str, int]]:
        """Return how many attempts came too late for a date, by the date they count for."""

    def created_at(self) -> str:
        """Return when the database was created."""

    def last_id(self) -> int:
        """Return the newest attempt's id, or 0."""

    def rows(self) -> dict[str, int]:
        """Return the number of rows in each table."""

    def log_dates(self) -> tuple[str | None, str | None]:
        """Return the first and the last date that attempts count for."""

    def newest_dates(self, most: int) -> list[str]:
        """Return the newest dates that attempts count for, newest first; cheap in any log."""


class Store(Protocol):
    """A database that is open."""

    settings: Mapping[str, str]
    secret: bytes

    def write(
        self,
        work: Callable[[Transaction], T],
        *,
        more_follows: bool = False,
        stopped: Callable[[], bool] | None = None,
    ) -> T:
        """Run `work` in one write transaction and return its result once it is committed.

        `more_follows` says that another write comes right after this one, so that housekeeping may
        wait; `tidy` makes up for it. `stopped` is asked while waiting for other writers.

        Raises:
            LeadlogError: kind `busy` or `unusable` when nothing was written; `interrupted` when
                `stopped` said so first; `unknown_outcome` when the commit itself failed.
        """

    def make_way(self) -> None:
        """Let writers in that wait, between two writes of a series."""

    def tidy(self) -> None:
        """Do the housekeeping that a series of writes put off."""

    def purge(self) -> bool:
        """Remove what was erased from everywhere; return whether nothing of it is left.

        A reader that still looks at an older state of the database can keep it alive.
        """

    def backup(
        self,
        target: str,
        on_progress: Callable[[int, int], None],
        stopped: Callable[[], bool],
    ) -> Backup:
        """Copy one consistent state of the database to a new file, while others write.

        When `stopped` says so meanwhile, nothing is made.
        """

    def read(self, question: Callable[[Reader], T]) -> T:
        """Run `question` on one consistent state of the database."""

    def changes(self) -> int:
        """Return a number that differs after anyone else committed; cheap."""

    def audit(self) -> Source:
        """Return what verification reads, of one state of the database; to be closed."""

    def facts(self) -> dict[str, Any]:
        """Return what the engine knows of itself and its file."""

    def close(self) -> None:
        """Give everything back."""
