"""Replaying and simulating against oracles: counting by brute force, and really submitting."""

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import rows
from fakes import FakeClock
from hypothesis import given, settings
from hypothesis import strategies as st

import leadlog
from leadlog import past_limits
from leadlog.limits import Limit

USERS = ("ann", "ben")

any_limit = st.builds(Limit, st.integers(0, 3), st.integers(1, 4))
any_advance = st.sampled_from([0.0, 0.5, 1.0, 1.5, 4.0, -0.5, -30.0, 86_400.0])
submission = st.tuples(st.just("submit"), st.sampled_from([*USERS, "nobody"]), st.integers(0, 3))
statement = st.tuples(st.just("record"), st.sampled_from(USERS), st.integers(0, 3))
change = st.tuples(st.just("limit"), st.sampled_from([*USERS, None]), any_limit | st.none())
any_history = st.lists(st.tuples(any_advance, submission | submission | statement | change))

History = list[tuple[float, tuple[str, str | None, Any]]]


def live(folder: str, history: History) -> Path:
    """Do what a history says; request ids and addresses come again, so that some conflict."""
    path, clock = Path(folder) / "leads.db", FakeClock()
    with leadlog.open(path, create=True, clock=clock, limit=Limit(2, 3)) as log:
        for user in USERS:
            log.add_user(user)
        for number, (advance, (what, who, detail)) in enumerate(history):
            clock.advance(advance)
            if what == "limit" and (who or detail):
                log.set_limit(who, detail)
            elif what == "submit":
                request_id = f"r-{detail}" if detail else None
                log.submit(
                    user=who, name="A", email=f"a{number % 7}@example.org", request_id=request_id
                )
            elif what == "record":
                log.record({"user": who, "outcome": "failure"})
    return path


def counted(path: Path) -> list[int]:
    """Return the decided attempts whose `used` and `admitted` are not what counting gives."""
    query = (
        "SELECT l.id, l.user_id, l.logical_us, l.admitted, l.used, c.max_attempts, c.window_seconds"
        " FROM lead_submission_logs AS l JOIN rate_limit_changes AS c ON c.id = l.policy_id"
        " ORDER BY l.id"
    )
    wrong: list[int] = []
    admitted: list[tuple[int, int]] = []
    with closing(rows.connect(path)) as connection:
        for id_, user, us, is_admitted, used, most, window in connection.execute(query):
            before = sum(who == user and us - at < window * 1_000_000 for who, at in admitted)
            due = before < most
            if (bool(is_admitted), used) != (due, before + due):
                wrong.append(id_)
            if is_admitted:
                admitted.append((user, us))
    return wrong


def differing(path: Path, date: str | None = None) -> tuple[list[int], int, int]:
    with leadlog.open(path) as log:
        replay = log.replay_limits(date)
        found = [difference.attempt for difference in replay]
        return found, replay.decisions, replay.agreeing


@settings(max_examples=60, deadline=None)
@given(any_history)
def test_every_decision_of_an_honest_history_is_derived_again(
    history: History,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = live(folder, history)

        found, decisions, agreeing = differing(path)

        query = "SELECT log_date, count(policy_id) FROM lead_submission_logs GROUP BY log_date"
        with closing(rows.connect(path)) as connection:
            per_day = dict(connection.execute(query).fetchall())
        assert found == counted(path) == []
        assert decisions == agreeing == sum(per_day.values())
        for day, due in per_day.items():
            assert differing(path, day) == ([], due, due)


@settings(max_examples=60, deadline=None)
@given(any_history, st.data())
def test_forged_decisions_are_those_that_counting_finds(
    history: History, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = live(folder, [*history, (1.0, ("submit", "ann", 0))])
        with closing(rows.connect(path)) as connection:
            query = "SELECT id FROM lead_submission_logs WHERE policy_id IS NOT NULL"
            ids = [id_ for (id_,) in connection.execute(query)]
            connection.execute("DROP TRIGGER lead_submission_logs_no_update")
            forged = data.draw(st.sets(st.sampled_from(ids), min_size=1))
            for id_ in forged:
                flip = data.draw(st.sampled_from(["admitted = 1 - admitted", "used = used + 1"]))
                connection.execute(f"UPDATE lead_submission_logs SET {flip} WHERE id = {id_}")

        found, decisions, agreeing = differing(path)

        # A flipped admission differs from its outcome too, which counting does not look at.
        assert set(counted(path)) <= set(found)
        # Before the first forged one all is honest; two later ones may agree with each other.
        assert min(forged) in found
        assert set(found) - set(counted(path)) <= forged
        assert decisions - agreeing == len(found)


def submit_all(path: Path, limit: Limit, attempts: list[tuple[float, str]]) -> list[bool]:
    """Submit at given pauses under a limit; return which attempts were refused."""
    clock, refused = FakeClock(), []
    with leadlog.open(path, create=True, clock=clock) as log:
        for user in USERS:
            log.add_user(user, limit)
        for number, (advance, user) in enumerate(attempts):
            clock.advance(advance)
            receipt = log.submit(user=user, name="A", email=f"a{number}@example.org")
            refused.append(not receipt.ok)
    return refused


@settings(max_examples=60, deadline=None)
@given(
    any_limit,
    any_limit,
    st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0, 4.0]), st.sampled_from(USERS)), min_size=1),
)
def test_a_simulation_is_what_really_submitting_under_the_limit_gives(
    limit: Limit, other: Limit, attempts: list[tuple[float, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        was = submit_all(Path(folder) / "was.db", limit, attempts)
        really = submit_all(Path(folder) / "really.db", other, attempts)

        with leadlog.open(Path(folder) / "was.db") as log:
            simulated = log.simulate_limit(other)

    pairs = list(zip(was, really, strict=True))
    users = [user for _, user in attempts]
    assert simulated.total == (len(attempts), sum(really), sum(was))
    assert simulated.newly_refused == pairs.count((False, True))
    assert simulated.newly_admitted == pairs.count((True, False))
    assert {user: tally.would_be_refused for user, tally in simulated.by_user} == {
        who: sum(refused for user, refused in zip(users, really, strict=True) if user == who)
        for who in users
    }
    assert sum(tally.attempts for _, tally in simulated.by_date) == len(attempts)


@pytest.mark.parametrize("page_rows", [1, 7, 20])
def test_pages_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page_rows: int
) -> None:
    path = live(str(tmp_path), [(0.5, ("submit", USERS[n % 2], 0)) for n in range(20)])
    with leadlog.open(path) as log:
        simulated = log.simulate_limit(Limit(1, 2))
    monkeypatch.setattr(past_limits, "PAGE_ROWS", page_rows)

    assert differing(path) == ([], 20, 20)
    with leadlog.open(path) as log:
        assert log.simulate_limit(Limit(1, 2)) == simulated
