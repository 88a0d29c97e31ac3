"""Contacts that are gone, and what erasures tell of them, also while one of these is unfinished."""

from pathlib import Path
from sqlite3 import Connection
from typing import Any

import pytest
from fakes import FakeClock
from tampering import kinds, problems, rechain, unguarded

import leadlog
from leadlog import forgetting, tables
from leadlog.errors import LeadlogError

ADA = "ada@example.org"
AT_ONCE = 3
COVERED = 10
ATTEMPTS = 14
"""Ten of the 10th of March, all of one person, and four of the day after, the last another's."""


@pytest.fixture
def path(database: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(forgetting, "_CONTACTS_AT_ONCE", AT_ONCE)
    with leadlog.open(database, create=True, clock=clock) as log:
        log.add_user("site-form")
        for number in range(ATTEMPTS):
            if number == COVERED:
                clock.advance(86_400)
            email = ADA if number < ATTEMPTS - 1 else "eve@example.org"
            log.submit(user="site-form", name="A", email=email, page=f"/{number}")
    return database


def forget(path: Path, clock: FakeClock, *, half_way: bool, **chosen: Any) -> None:
    """Erase contacts; `half_way` ends that after the first few."""
    with leadlog.open(path, clock=clock, writable=True) as log:
        plan = log.plan_erasure(**chosen)
        if not half_way:
            log.forget(plan, "asked for")
            return
        with pytest.raises(LeadlogError, match="some of its contacts are still there"):
            log.forget(plan, "asked for", stopped=lambda: True)


def gone(connection: Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM contacts WHERE payload IS NULL").fetchone()
    return int(count)


def erase(connection: Connection, log_id: int) -> None:
    """Erase a contact that nobody asked to be erased."""
    query = "UPDATE contacts SET payload = NULL, salt = NULL WHERE log_id = ?"
    assert connection.execute(query, (log_id,)).rowcount == 1


def reword(connection: Connection, change: str) -> None:
    """Change the erasure, and compute its chain anew."""
    connection.execute(f"UPDATE erasures SET {change}")
    rechain(connection, tables.ERASURES)


@pytest.mark.parametrize(
    ("chosen", "covered"), [({"before": "2026-03-11"}, COVERED), ({"email": ADA}, ATTEMPTS - 1)]
)
def test_an_erasure_is_no_problem_half_way_nor_when_it_is_finished(
    path: Path, clock: FakeClock, chosen: dict[str, str], covered: int
) -> None:
    forget(path, clock, half_way=True, **chosen)
    with unguarded(path) as connection:
        assert gone(connection) == AT_ONCE
    assert problems(path) == []

    forget(path, clock, half_way=False, **chosen)

    with unguarded(path) as connection:
        assert gone(connection) == covered
    assert problems(path) == []


def test_a_date_of_an_erasure_that_is_half_way_is_no_problem(path: Path, clock: FakeClock) -> None:
    forget(path, clock, half_way=True, before="2026-03-11")

    assert problems(path, date="2026-03-10") == []


def test_a_contact_that_nothing_covers_is_named_although_an_erasure_is_half_way(
    path: Path, clock: FakeClock
) -> None:
    forget(path, clock, half_way=True, before="2026-03-11")

    with unguarded(path) as connection:
        erase(connection, ATTEMPTS)

    assert kinds(path) == {("contacts", ATTEMPTS, "contact")}


def test_a_contact_of_the_same_person_that_came_later_is_named_as_well(
    path: Path, clock: FakeClock
) -> None:
    forget(path, clock, half_way=True, email=ADA)
    with leadlog.open(path, clock=clock) as log:
        late = log.submit(user="site-form", name="A", email=ADA, page="/late").attempt

    with unguarded(path) as connection:
        erase(connection, late)

    assert kinds(path) == {("contacts", late, "contact")}


def test_one_contact_more_than_was_logged_is_named_once_the_erasure_is_finished(
    path: Path, clock: FakeClock
) -> None:
    forget(path, clock, half_way=True, before="2026-03-11")
    with unguarded(path) as connection:
        reword(connection, "before_date = '2026-03-12'")
        erase(connection, ATTEMPTS)
    assert problems(path) == []  # so far fewer are gone than may be

    with unguarded(path) as connection:
        for log_id in range(1, COVERED + 1):
            erase(connection, log_id)

    (problem,) = problems(path)
    assert (problem.table, problem.column, problem.kind) == (
        *("erasures", "contacts_erased", "contact"),
    )
    assert problem.message == "11 contacts are gone, and erasures tell of 10."


@pytest.mark.parametrize(("more", "found"), [(0, set()), (-1, {("erasures", None, "contact")})])
def test_an_erasure_that_tells_of_fewer_than_are_gone_is_named_half_way(
    path: Path, clock: FakeClock, more: int, found: set[tuple[str, int | None, str]]
) -> None:
    forget(path, clock, half_way=True, before="2026-03-11")

    with unguarded(path) as connection:
        reword(connection, f"contacts_erased = {gone(connection) + more}")

    assert kinds(path) == found
