"""No honest history raises a false alarm, whatever clocks, limits and days do meanwhile."""

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

import leadlog
from leadlog import clock as clocks
from leadlog import service
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.model import CATEGORIES, Origin
from leadlog.stream import RawLine
from leadlog.verification.proofs import Checkpoint, ProvenAttempt

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns")
USERS = ("site-form", "partner", "nobody-knows")
EMAILS = (
    "ada@example.org",
    "ADA@example.org",
    "bob@example.org",
    "bad@",
    "",
    "zo\u00eb@example.org",
)
PAGES = (None, "/a", "/b?x=1")
BAD_LINES = (
    b"",
    b"{",
    b"[1]",
    b"\xff\xfe",
    b'{"user": "site-form", "user": "partner"}',
    b'{"user": "site-form", "email": "zo\\u00eb@example.org", "name": 7}',
    b'{"user": "partner", "nonsense": 1}',
    b'{"user": "site-form", "name": "Ada", "email": "ada@example.org"',
)
WINDOWS = (1, 10, 3600, 200_000)
DAY_US = 86_400_000_000

any_user = st.sampled_from(USERS)
any_email = st.sampled_from(EMAILS)
any_page = st.sampled_from(PAGES)
any_request = st.none() | st.sampled_from(["r1", "r2", "r3"])
any_limit = st.builds(Limit, st.integers(0, 4), st.sampled_from(WINDOWS))
any_step = st.sampled_from([0.0, 0.000001, 0.5, 1.0, 9.999999, 3600.0, 40_000.0, 90_000.0])
any_good_line = st.fixed_dictionaries(
    {"user": any_user, "email": any_email, "name": st.sampled_from(["Ada", ""])},
    optional={"page": st.sampled_from(["/a", "/b?x=1"]), "request_id": any_request},
).map(lambda record: json.dumps(record).encode())
any_lines = st.lists(any_good_line | st.sampled_from(BAD_LINES), min_size=1, max_size=8)
any_past = st.integers(-1, 4)
any_back = st.sampled_from([0.4, 1.0, 1.5, 3000.0, 100_000.0])


@contextmanager
def unless_refused() -> Iterator[None]:
    """Let a command refuse what makes no sense; any other error is one."""
    try:
        yield
    except LeadlogError as error:
        if error.kind not in ("usage", "not_found"):
            raise


class Histories(RuleBasedStateMachine):
    """Whatever people, cron and clocks do to a log."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "leads.db"
        self.clock = FakeClock()
        self.proofs: list[tuple[str, Checkpoint]] = []
        self.receipts: list[ProvenAttempt] = []
        self.corrected: list[int] = []

    @initialize(zone=st.sampled_from(ZONES), now=st.sampled_from(["01-01", "03-28", "10-24"]))
    def begin(self, zone: str, now: str) -> None:
        self.clock.set(f"2026-{now}T21:30:00Z")
        limit = Limit(3, 60)
        self.log = leadlog.open(
            self.path, create=True, timezone=zone, limit=limit, clock=self.clock
        )
        self.log.add_user("site-form")

    @rule()
    def register(self) -> None:
        with unless_refused():
            self.log.add_user("partner", Limit(2, 10))

    @rule(user=any_user, email=any_email, page=any_page, request=any_request)
    def submit(self, user: str, email: str, page: str | None, request: str | None) -> None:
        receipt = self.log.submit(user=user, name="Ada", email=email, page=page, request_id=request)
        self.receipts.append(ProvenAttempt(receipt.attempt, receipt.hash))

    @rule(
        user=any_user,
        email=any_email,
        days=st.sampled_from([None, 0.0, -0.002, 0.5, 1.0, 2.0, 400.0]),
        outcome=st.sampled_from(["success", "failure", "nonsense"]),
        category=st.sampled_from(["upstream", "duplicate", "rate_limited", "malformed", None]),
        request=any_request,
        create=st.booleans(),
    )
    def record(
        self,
        user: str,
        email: str,
        days: float | None,
        outcome: str,
        category: str | None,
        request: str | None,
        create: bool,
    ) -> None:
        record = {"user": user, "name": "Ada", "email": email, "outcome": outcome}
        if days is not None:
            record["occurred_at"] = clocks.to_text(self.clock.us - round(days * DAY_US))
        if category is not None and outcome == "failure":
            record["category"] = category
        if request is not None:
            record["request_id"] = request
        self.log.record(record | {"context": {"attempt": 2}}, create_users=create)

    @rule(own=st.booleans(), limit=any_limit | st.none())
    def set_limit(self, own: bool, limit: Limit | None) -> None:
        with unless_refused():
            self.log.set_limit("site-form" if own else None, limit, "asked for")

    @rule(seconds=any_step)
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=any_back)
    def the_clock_goes_back(self, seconds: float) -> None:
        self.clock.advance(-seconds)

    @rule()
    def restart(self) -> None:
        self.log.close()
        self.log = leadlog.open(self.path, clock=self.clock)

    @rule(
        lines=any_lines,
        origin=st.sampled_from(["submit", "record"]),
        size=st.sampled_from([1, 3, 8]),
        create=st.booleans(),
    )
    def stream(self, lines: list[bytes], origin: Origin, size: int, create: bool) -> None:
        raw = [RawLine(line, len(line)) for line in lines]
        groups = [raw[start : start + size] for start in range(0, len(raw), size)]
        create_users = create and origin == "record"
        for group in self.log.append_stream(origin, groups, create_users=create_users):
            for receipt in [result.receipt for result in group if result.receipt is not None]:
                self.receipts.append(ProvenAttempt(receipt.attempt, receipt.hash))

    @precondition(lambda self: self.receipts)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(["success", "failure"]),
        category=st.sampled_from([*CATEGORIES, None]),
    )
    def correct(self, data: st.DataObject, outcome: str, category: str | None) -> None:
        attempt = data.draw(st.sampled_from(self.receipts)).attempt
        named = category if outcome == "failure" else None
        with unless_refused():
            self.log.correct(attempt, outcome, category=named, reason="the CRM said so")
            self.corrected.append(attempt)

    @precondition(lambda self: self.corrected)
    @rule(data=st.data())
    def correct_a_correction(self, data: st.DataObject) -> None:
        attempt = data.draw(st.sampled_from(self.corrected))
        outcomes = {"success": "failure", "failure": "success"}
        stands = self.log.attempt(attempt).outcome
        with unless_refused():
            self.log.correct(attempt, outcomes[stands], reason="it was otherwise after all")

    @rule(past=any_past)
    def close_a_date(self, past: int) -> None:
        with unless_refused():
            self.log.snapshot(self.date(past))

    @rule(past=any_past, new=st.booleans())
    def report(self, past: int, new: bool) -> None:
        with unless_refused():
            self.log.report(self.date(past), new=new)

    @rule(email=any_email)
    def forget_a_person(self, email: str) -> None:
        self.forget(email=email)

    @precondition(lambda self: self.receipts)
    @rule(data=st.data())
    def forget_an_attempt(self, data: st.DataObject) -> None:
        self.forget(attempt=data.draw(st.sampled_from(self.receipts)).attempt)

    @rule(past=any_past)
    def forget_what_came_before(self, past: int) -> None:
        self.forget(before=self.date(past))

    @rule()
    def look(self) -> None:
        self.log.info()
        self.log.users()
        self.log.limit_status()
        self.log.limit_history()
        self.log.failures()
        list(self.log.reports())
        self.log.runs()
        assert len(list(self.log.attempts())) == self.log.last_attempt_id()
        assert all(one.is_final for one in self.log.stored_snapshots("2026-01-01", "2026-12-31"))
        for lead in self.log.leads():
            self.log.attempt(lead.attempt)

    @rule(past=any_past, everything=st.booleans())
    def replay_limits(self, past: int, everything: bool) -> None:
        replay = self.log.replay_limits(None if everything else self.date(past))

        assert list(replay) == []
        assert replay.agreeing == replay.decisions

    @rule(most=st.integers(0, 4), past=any_past, everything=st.booleans(), own=st.booleans())
    def simulate_limits(self, most: int, past: int, everything: bool, own: bool) -> None:
        date = None if everything else self.date(past)
        handle = "site-form" if own else None
        for window_seconds in WINDOWS:
            limit = Limit(most, window_seconds)

            simulated = self.log.simulate_limit(limit, date=date, handle=handle)

            attempts, refused = self.count_refused(limit, date, handle)
            assert simulated.total[:2] == (sum(attempts.values()), sum(refused.values()))
            by_user = {user: tally[:2] for user, tally in simulated.by_user}
            assert by_user == {user: (count, refused[user]) for user, count in attempts.items()}

    @rule()
    def back_up(self) -> None:
        copy = self.folder / "copy.db"
        self.log.backup(copy)
        verdict = service.verify(
            copy, checkpoints=self.proofs, receipts=self.receipts, clock=self.clock
        )
        for left in self.folder.glob("copy.db*"):
            left.unlink()
        assert verdict.problems == ()

    @rule()
    def keep_a_proof(self) -> None:
        self.proofs.append(("kept", self.log.checkpoint()))

    @rule(past=any_past)
    def verify_a_date(self, past: int) -> None:
        assert self.log.verify(date=self.date(past)).problems == ()

    @rule(place=st.integers(0, 9))
    def verify_a_date_that_has_attempts(self, place: int) -> None:
        for date in self.log.newest_dates(10)[place : place + 1]:
            assert self.log.verify(date=date).problems == ()

    def date(self, past: int) -> str:
        """Return a date by how many days ago it was."""
        return self.log.zone.local_date(self.clock.us - past * DAY_US)

    def forget(self, **chosen: Any) -> None:
        with unless_refused():
            self.log.forget(self.log.plan_erasure(**chosen), "asked for")

    def count_refused(
        self, limit: Limit, date: str | None, handle: str | None
    ) -> tuple[Counter[str], Counter[str]]:
        """Count by user who was asked for, and of these who another limit would have refused."""
        query = (
            "SELECT u.handle, l.log_date, l.logical_us FROM lead_submission_logs AS l"
            " JOIN users AS u ON u.id = l.user_id WHERE l.policy_id IS NOT NULL ORDER BY l.id"
        )
        attempts, refused = Counter[str](), Counter[str]()
        admitted: list[tuple[str, int]] = []
        with closing(rows.connect(self.path)) as connection:
            for user, day, us in connection.execute(query):
                after_us = us - limit.window_seconds * 1_000_000
                before = sum(who == user and at > after_us for who, at in admitted)
                if before < limit.max_attempts:
                    admitted.append((user, us))
                if date in (None, day) and handle in (None, user):
                    attempts[user] += 1
                    refused[user] += before >= limit.max_attempts
        return attempts, refused

    def teardown(self) -> None:
        try:
            verdict = self.log.verify(checkpoints=self.proofs, receipts=self.receipts)
            assert verdict.problems == ()
            assert verdict.ok
        finally:
            self.log.close()
            shutil.rmtree(self.folder)


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_honest_history_raises_an_alarm() -> None:
    run(examples=50, steps=25)


@pytest.mark.torture
def test_no_honest_history_of_a_thousand_raises_an_alarm() -> None:
    run(examples=1000, steps=50)


def test_an_attempt_as_old_as_the_window_is_not_counted(
    log: leadlog.Leadlog, clock: FakeClock
) -> None:
    log.set_limit("site-form", Limit(1, 10))
    for number in range(3):
        assert log.submit(user="site-form", name="A", email=f"a{number}@example.org").ok
        clock.advance(10)

    assert log.verify().problems == ()
