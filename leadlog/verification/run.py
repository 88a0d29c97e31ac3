"""The whole of verification, pass by pass; each goes on when another found something."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from itertools import groupby
from typing import Final, NamedTuple

from leadlog.errors import LeadlogError
from leadlog.verification import chains, proofs, reports, schema, snapshots
from leadlog.verification.attempts import Attempts
from leadlog.verification.chains import Chain
from leadlog.verification.contacts import Contacts
from leadlog.verification.dates import Dates
from leadlog.verification.days import Days
from leadlog.verification.decisions import Decisions, check_states
from leadlog.verification.given import Given
from leadlog.verification.hashing import genesis
from leadlog.verification.moments import Moments
from leadlog.verification.problems import Damaged, Findings, Problem
from leadlog.verification.proofs import Checkpoint, Head, ProvenAttempt
from leadlog.verification.settings import Settings
from leadlog.verification.source import Batch, Source

ATTEMPTS: Final = "lead_submission_logs"
BESIDE: Final = ("contacts", "user_rate_limits")
"""Tables that are no chains."""


class Verdict(NamedTuple):
    """What verification found.

    Attributes:
        ok: whether nothing is wrong.
        checked: how many rows of each table were looked at.
        problems: what is wrong.
        heads: the end of each append-only table; not of one that can't be read.
        proven: the newest row of each table that a receipt or checkpoint given proves.
    """

    ok: bool
    checked: Mapping[str, int]
    problems: Sequence[Problem]
    heads: Mapping[str, Head]
    proven: Mapping[str, int]


def verify(
    source: Source,
    *,
    date: str | None = None,
    checkpoints: Sequence[tuple[str, Checkpoint]] = (),
    receipts: Sequence[ProvenAttempt] = (),
    started: Callable[[int], Callable[[int], None]] | None = None,
) -> Verdict:
    """Derive everything again and compare.

    Args:
        source: the file.
        date: look at this log date's rows only, and not at the soundness of the whole file.
        checkpoints: outside proofs, each with what to call it.
        receipts: outside proofs of single attempts.
        started: told how many rows there are to read, it returns what takes how many more were.
    """
    run = _Run(source, date)
    source.start(date)
    if started is not None:
        run.progress = started(run.expected())
        source.report_progress(run.progress)
    run.check_schema()
    settings = run.check_settings()
    database_id = settings.database_id
    for table in source.tables:
        if date is not None and table != ATTEMPTS:
            run.check_chain(table)
    days = run.check_attempts(settings)
    run.check_snapshots(settings, days)
    run.check_reports(settings)
    run.check_background()
    run.check_rules()
    heads = run.heads(database_id)
    run.check_proofs(database_id, heads, checkpoints, receipts)
    problems = run.findings.all()
    tables = sorted(run.checked, key=[*source.tables, *BESIDE].index)
    checked = {table: run.checked[table] for table in tables}
    return Verdict(not problems, checked, problems, heads, _proven(checkpoints, receipts))


def _proven(
    checkpoints: Sequence[tuple[str, Checkpoint]], receipts: Sequence[ProvenAttempt]
) -> dict[str, int]:
    found: dict[str, int] = {}
    heads = [(table, end.rows) for _, kept in checkpoints for table, end in kept.heads.items()]
    for table, rows in (*heads, *((ATTEMPTS, receipt.attempt) for receipt in receipts)):
        found[table] = max(rows, found.get(table, 0))
    return found


class _Run:
    def __init__(self, source: Source, date: str | None) -> None:
        self.source = source
        self.date = date
        self.findings = Findings()
        self.checked: dict[str, int] = {}
        self.progress: Callable[[int], None] = lambda _: None
        self.successes = 0
        self.break_rules = False

    def expected(self) -> int:
        """Return about how many attempts there are to read."""
        if self.date is not None:
            return 0
        try:
            # Closed dates are computed again, for which their attempts are read once more.
            rows = self.source.rows(ATTEMPTS)
            return rows + min(rows, self.source.closed_attempts())
        except Damaged:
            return 0

    def check_schema(self) -> None:
        with self.findings.reading("schema"):
            for name, found, due in self.source.identity():
                if found != due:
                    message = f"The file's {name} is {found}, not {due}."
                    self.findings.add("file", None, name, "schema", message)
            schema.check(*self.source.schema(), self.findings)

    def check_settings(self) -> Settings:
        rows: list[tuple[int, str, str]] = []
        secret = None
        with self.findings.reading("settings"):
            rows = self.source.settings()
        with self.findings.reading("secrets"):
            secret = self.source.secret()
        return Settings(rows, self.source.thresholds, secret, self.findings)

    def check_chain(self, table: str) -> None:
        """Check the rows of a date; whole tables are looked at beside."""
        with self.findings.reading(table):
            chain = Chain(table, self.findings)
            self.checked[table] = 0
            for batch in self.source.chained(table, self.date):
                for stretch in self._stretches(batch):
                    self._jump(chain, table, stretch[0][0])
                    chain.add(*zip(*stretch, strict=True))
                self.checked[table] += len(batch)
            if self.checked[table]:
                chain.close(self.source.next_prev_hash(table, chain.last_id))

    def check_attempts(self, settings: Settings) -> Days:
        """Check attempts, and return what there is of closed dates."""
        self.checked["user_rate_limits"] = 0
        chain = chains.start(ATTEMPTS, settings.database_id, self.findings)
        moments, erasures, closed, changes = Moments(self.findings), [], {}, []
        with self.findings.reading("erasures"):
            erasures = self.source.erasures()
        with self.findings.reading(snapshots.TABLE):
            closed = self.source.closed()
        with self.findings.reading("rate_limit_changes"):
            changes = self.source.changes()
        decisions = Decisions(changes, self.date, self.findings)
        contacts = Contacts(erasures, settings.secret, self.findings)
        dates = Dates(settings.zone, closed, self.findings)
        at_once = decisions if self.date is None else None
        days = Days(closed)
        checks = Attempts(chain, moments, dates, contacts, days, at_once)
        with self.findings.reading(ATTEMPTS), _no_garbage_collection():
            for batch in self.source.attempts(self.date):
                for stretch in self._stretches(batch):
                    if self._jump(chain, ATTEMPTS, stretch[0][0]):
                        moments.restart(*self.source.before(stretch[0][0]))
                    checks.add(stretch)
            if self.date is not None and checks.rows:
                chain.close(self.source.next_prev_hash(ATTEMPTS, chain.last_id))
        self.checked |= {ATTEMPTS: checks.rows, "contacts": contacts.rows}
        self.successes, self.break_rules = checks.successes, checks.break_rules
        if self.date is None:
            contacts.close()
            with self.findings.reading("user_rate_limits"):
                states, due = self.source.states(), decisions.states()
                self.checked["user_rate_limits"] = check_states(states, due, self.findings)
        elif checks.decided != (0, 0):
            with self.findings.reading(ATTEMPTS):
                self._check_stretch(decisions, *checks.decided)
        return days

    def _check_stretch(self, decided: Decisions, first: int, last: int) -> None:
        """Check a date's decisions, reading before them as far back as any window reaches."""
        start = self.source.warm_up(first, decided.longest_us())
        decided.add(self.source.decided(start, last))

    def check_snapshots(self, settings: Settings, days: Days) -> None:
        with self.findings.reading(snapshots.TABLE):
            newest = (self.source.rows(ATTEMPTS), self.source.rows("submission_corrections"))
            checks = snapshots.Snapshots(settings, newest, self.findings)
            for stored in self.source.snapshots(self.date):
                date, span = stored.snapshot_date, days.span(stored.snapshot_date)
                corrections = self.source.corrections_of(date, *span, stored.last_correction_id)
                compute = partial(snapshots.recompute_snapshot, self.source, stored)
                checks.add(stored, days.counted(date, corrections), compute)
                self.progress(stored.attempts)

    def check_reports(self, settings: Settings) -> None:
        with self.findings.reading(reports.TABLE):
            hashes = {date: closed.sha256 for date, closed in self.source.closed().items()}

            reader = self.source.reader()

            @lru_cache(maxsize=64)
            def metrics_of(date: str) -> str | None:
                row = reader.snapshot_row(date)
                return None if row is None else row.metrics

            given = Given(reader, settings)
            found = self.source.reports(self.date)
            reports.check(found, hashes, metrics_of, given.limits, given.fault, self.findings)

    def check_background(self) -> None:
        for name, wait in self.source.beside():
            with self.findings.reading(name):
                problems, checked = wait()
                self.findings.extend(problems)
                self.checked |= checked

    def check_rules(self) -> None:
        """Name the attempts that break a rule, unless what was seen so far rules that out."""
        with self.findings.reading("rules"):
            if (
                self.date is not None
                or self.break_rules
                or self.findings.all()
                or self.successes != self.checked.get("leads")
                or self.checked["contacts"] != self.source.contacts()
            ):
                self.findings.extend(self.source.broken_attempts(self.date))

    def heads(self, database_id: str | None) -> dict[str, Head]:
        """Return the end of each append-only table that can be read."""
        found = {}
        for table in self.source.tables:
            try:
                found[table] = head(self.source, table, database_id)
            except Damaged:
                continue  # named by the table's own pass
        return found

    def check_proofs(
        self,
        database_id: str | None,
        heads: Mapping[str, Head],
        checkpoints: Sequence[tuple[str, Checkpoint]],
        receipts: Sequence[ProvenAttempt],
    ) -> None:
        rows = {table: end.rows for table, end in heads.items()}
        with self.findings.reading("checkpoint"):
            for name, checkpoint in checkpoints:
                proofs.check_checkpoint(
                    checkpoint, name, database_id, rows, self.source.find_hash, self.findings
                )
        with self.findings.reading("receipt"):
            newest = rows.get(ATTEMPTS, 0)
            for receipt in receipts:
                proofs.check_receipt(receipt, newest, self.source.find_hash, self.findings)

    def _stretches(self, batch: Batch) -> Iterator[Batch]:
        """Cut a batch where a date's rows are not next to each other; of a whole file nowhere."""
        if self.date is None:
            yield batch
            return
        for _, rows in groupby(enumerate(batch), lambda item: item[1][0] - item[0]):
            yield [row for _, row in rows]

    def _jump(self, chain: Chain, table: str, id_: int) -> bool:
        """Go on at a row of a date whose predecessor was not read; return whether that was so."""
        if self.date is None or id_ == chain.last_id + 1:
            return False
        if chain.last_id:
            chain.close(self.source.next_prev_hash(table, chain.last_id))
        before = self.source.find_hash(table, id_ - 1)
        if id_ > 1 and before is None:
            chain.restart(id_ - 2, None)  # it is missing, which is a gap
        else:
            chain.restart(id_ - 1, before)
        return True


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Rows make no cycles, and the collector would look through every batch of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def head(source: Source, table: str, database_id: str | None) -> Head:
    """Return the end of a table; the genesis hash where it is empty."""
    rows = source.rows(table)
    found = source.find_hash(table, rows) if rows else None
    return Head(rows, found or genesis(database_id or "", table))


def checkpoint(source: Source, created_at: str) -> Checkpoint:
    """Return the ends of all append-only tables.

    Raises:
        LeadlogError: kind `unusable`, when a table can't be read.
    """
    try:
        values = {key: value for _, key, value in source.settings()}
        database_id = values.get("database_id", "")
        heads = {table: head(source, table, database_id) for table in source.tables}
    except Damaged as damage:
        message = f"The database can't be read: {damage}."
        hint = "See what is wrong with: leadlog verify"
        raise LeadlogError("unusable", message, hint) from None
    return proofs.make_checkpoint(database_id, created_at, heads)
