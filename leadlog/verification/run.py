"""The whole of verification, pass by pass; each goes on when another found something."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from leadlog.errors import LeadlogError
from leadlog.verification import proofs, reports, schema, snapshots
from leadlog.verification.chains import Chain
from leadlog.verification.days import NOTHING
from leadlog.verification.given import Given
from leadlog.verification.hashing import genesis
from leadlog.verification.log_pass import Passed, pass_over
from leadlog.verification.problems import Damaged, Findings, Problem
from leadlog.verification.proofs import Checkpoint, Head, ProvenAttempt
from leadlog.verification.settings import Settings
from leadlog.verification.source import Source
from leadlog.verification.stretches import goes_on_elsewhere, stretches

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
    # Before the attempts, which a process may be passing over meanwhile.
    run.check_snapshots(settings)
    run.check_reports(settings)
    passed = run.check_attempts(settings)
    run.check_counts(settings, passed)
    run.check_background()
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
                for stretch in stretches(batch, self.date):
                    goes_on_elsewhere(chain, table, stretch[0][0], self.date, self.source)
                    chain.add(*zip(*stretch, strict=True))
                self.checked[table] += len(batch)
            if self.checked[table]:
                chain.close(self.source.next_prev_hash(table, chain.last_id))

    def check_attempts(self, settings: Settings) -> Passed:
        """Check attempts, here unless that was begun beside."""
        passed = self.source.passed(self.progress)
        if passed is None:
            passed = pass_over(self.source, settings, self.date)
        self.findings.extend(passed.problems)
        self.checked |= passed.checked
        return passed

    def check_snapshots(self, settings: Settings) -> None:
        """Check closed dates, but for what they count."""
        with self.findings.reading(snapshots.TABLE):
            checks, reader = self._snapshots(settings), self.source.reader()
            alike = self.source.computed_alike(self.progress)
            for stored in self.source.snapshots(self.date):
                if stored.id in alike:
                    checks.add(stored, partial(_metrics_of, stored))
                else:
                    checks.add(stored, partial(snapshots.recompute_snapshot, reader, stored))
                    self.progress(0 if alike else stored.attempts)

    def check_counts(self, settings: Settings, passed: Passed) -> None:
        """Check what closed dates count."""
        with self.findings.reading(snapshots.TABLE):
            checks = self._snapshots(settings)
            for stored in self.source.snapshots(self.date):
                checks.compare(stored, passed.counted.get(stored.snapshot_date, NOTHING))

    def _snapshots(self, settings: Settings) -> snapshots.Snapshots:
        newest = (self.source.rows(ATTEMPTS), self.source.rows("submission_corrections"))
        return snapshots.Snapshots(settings, newest, self.findings)

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


def _metrics_of(stored: snapshots.Stored) -> str:
    return stored.metrics


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
