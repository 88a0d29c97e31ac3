"""No honest history raises a false alarm, whatever clocks, limits and days do meanwhile."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
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
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
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

any_user = st.sampled_from(USERS)
any_email = st.sampled_from(EMAILS)
any_page = st.sampled_from(PAGES)
any_request = st.none() | st.sampled_from(["r1", "r2", "r3"])
any_limit = st.builds(Limit, st.integers(0, 4), st.sampled_from([1, 10, 3600, 200_000]))
any_step = st.sampled_from([0.0, 0.000001, 0.5, 1.0, 9.999999, 3600.0, 40_000.0, 90_000.0])
any_back = st.sampled_from([0.4, 1.0, 1.5, 3000.0, 100_000.0])


class Histories(RuleBasedStateMachine):
    """Whatever people, cron and clocks do to a log."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "leads.db"
        self.clock = FakeClock()
        self.proofs: list[tuple[str, Checkpoint]] = []
        self.receipts: list[ProvenAttempt] = []

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
        with suppress(LeadlogError):
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
            record["occurred_at"] = clocks.to_text(self.clock.us - round(days * 86_400_000_000))
        if category is not None and outcome == "failure":
            record["category"] = category
        if request is not None:
            record["request_id"] = request
        self.log.record(record | {"context": {"attempt": 2}}, create_users=create)

    @rule(own=st.booleans(), limit=any_limit | st.none())
    def set_limit(self, own: bool, limit: Limit | None) -> None:
        with suppress(LeadlogError):
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

    @precondition(lambda self: self.receipts)
    @rule(data=st.data(), outcome=st.sampled_from(["success", "failure"]))
    def correct(self, data: st.DataObject, outcome: str) -> None:
        attempt = data.draw(st.sampled_from(self.receipts)).attempt
        category = "rejected" if outcome == "failure" else None
        with suppress(LeadlogError):
            self.log.correct(attempt, outcome, category=category, reason="the CRM said so")

    @rule(days=st.integers(0, 2))
    def close_a_date(self, days: int) -> None:
        with suppress(LeadlogError):
            self.log.snapshot(self.log.zone.local_date(self.clock.us - days * 86_400_000_000))

    @rule(email=any_email, attempt=st.integers(1, 9), what=st.integers(0, 2))
    def forget(self, email: str, attempt: int, what: int) -> None:
        today = self.log.today()
        chosen = ({"email": email}, {"attempt": attempt}, {"before": today})[what]
        with suppress(LeadlogError):
            self.log.forget(self.log.plan_erasure(**chosen), "asked for")

    @rule()
    def keep_a_proof(self) -> None:
        self.proofs.append(("kept", self.log.checkpoint()))

    @rule(past=st.integers(0, 2))
    def verify_a_date(self, past: int) -> None:
        dates = self.log.newest_dates(3)
        if past < len(dates):
            assert self.log.verify(date=dates[past]).problems == ()

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
