"""The pass over the attempts: everything that one reading of them, with their contacts, proves."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from leadlog.verification import chains
from leadlog.verification.attempts import TABLE, Attempts
from leadlog.verification.contacts import Contacts, Erasure
from leadlog.verification.dates import Closed, Dates
from leadlog.verification.days import Counted, Days
from leadlog.verification.decisions import Decisions, check_states
from leadlog.verification.moments import Moments
from leadlog.verification.problems import Findings, Problem
from leadlog.verification.settings import Settings
from leadlog.verification.source import Log
from leadlog.verification.stretches import goes_on_elsewhere, stretches

SNAPSHOTS = "daily_analysis_snapshots"


class Passed(NamedTuple):
    """What the pass found.

    Attributes:
        problems: what is wrong.
        checked: how many rows of each table were looked at.
        counted: what the log says of each closed date that was looked at.
    """

    problems: Sequence[Problem]
    checked: Mapping[str, int]
    counted: Mapping[str, Counted]


def pass_over(log: Log, settings: Settings, date: str | None) -> Passed:
    """Check all attempts, or those of a log date, with their contacts and decisions.

    Args:
        log: the file.
        settings: of the database.
        date: the log date, or None for all.
    """
    findings = Findings()
    chain = chains.start(TABLE, settings.database_id, findings)
    moments = Moments(findings)
    erasures: list[Erasure] = []
    closed: dict[str, Closed] = {}
    changes = []
    with findings.reading("erasures"):
        erasures = log.erasures()
    with findings.reading(SNAPSHOTS):
        closed = log.closed()
    with findings.reading("rate_limit_changes"):
        changes = log.changes()
    decisions = Decisions(changes, date, findings)
    contacts = Contacts(erasures, settings.secret, findings)
    dates, days = Dates(settings.zone, closed, findings), Days(closed)
    at_once = decisions if date is None else None
    checks = Attempts(chain, moments, dates, contacts, days, at_once)
    with findings.reading(TABLE), _no_garbage_collection():
        for batch in log.attempts(date):
            for stretch in stretches(batch, date):
                if goes_on_elsewhere(chain, TABLE, stretch[0][0], date, log):
                    moments.restart(*log.before(stretch[0][0]))
                checks.add(stretch)
        if date is not None and checks.rows:
            chain.close(log.next_prev_hash(TABLE, chain.last_id))
    states = 0
    if date is None:
        contacts.close()
        with findings.reading("user_rate_limits"):
            states = check_states(log.states(), decisions.states(), findings)
    elif checks.decided != (0, 0):
        with findings.reading(TABLE):
            _check_stretch(log, decisions, *checks.decided)
    counted = {}
    with findings.reading(SNAPSHOTS):
        counted = _count(log, days, closed, date)
    checked = {TABLE: checks.rows, "contacts": contacts.rows, "user_rate_limits": states}
    return Passed(findings.all(), checked, counted)


def _check_stretch(log: Log, decisions: Decisions, first: int, last: int) -> None:
    """Check a date's decisions, reading before them as far back as any window reaches."""
    start = log.warm_up(first, decisions.longest_us())
    decisions.add(log.decided(start, last))


def _count(
    log: Log, days: Days, closed: Mapping[str, Closed], date: str | None
) -> dict[str, Counted]:
    return {
        each: days.counted(
            each, log.corrections_of(each, *days.span(each), stored.last_correction_id)
        )
        for each, stored in closed.items()
        if date in (None, each)
    }


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
