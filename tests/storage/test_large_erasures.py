"""A large erasure lets others write, can be interrupted, and looks at what it erases only."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
import rows
from fakes import FakeClock

import leadlog
from leadlog import forgetting, tables
from leadlog.erasure import Erased, Place, Target
from leadlog.errors import LeadlogError
from leadlog.limits import Limit
from leadlog.service import Leadlog
from leadlog.storage import erasing
from leadlog.storage.gate import Gate
from leadlog.storage.reading import SqliteReader
from leadlog.storage.sqlite import SqliteStore
from leadlog.storage.writing import SqliteTransaction
from leadlog.stream import RawLine

DATES = ("2026-03-08", "2026-03-09", "2026-03-10")
PER_DATE = 20
BEFORE = "2026-03-10"
COVERED = 2 * PER_DATE
AT_ONCE = 6

Hook = Callable[[], None]


@pytest.fixture
def database(database: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three dates of twenty people each; an erasure takes six contacts at once."""
    monkeypatch.setattr(forgetting, "_CONTACTS_AT_ONCE", AT_ONCE)
    with leadlog.open(database, create=True, clock=clock) as log:
        log.add_user("site-form", Limit(1_000_000, 60))
        for date in DATES:
            clock.set(f"{date}T12:00:00Z")
            for number in range(PER_DATE):
                log.submit(user="site-form", name="A", email=f"{date}-{number}@example.org")
    return database


@pytest.fixture
def log(database: Path, clock: FakeClock) -> Iterator[Leadlog]:
    with leadlog.open(database, clock=clock, writable=True) as opened:
        yield opened


@pytest.fixture
def other(database: Path, clock: FakeClock) -> Iterator[Leadlog]:
    """Somebody else, who waits for nobody."""
    with leadlog.open(database, clock=clock, writable=True, wait_seconds=0) as opened:
        yield opened


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> list[Hook]:
    """What happens in the pauses of an erasure, one entry in each, as long as there are any."""
    hooks: list[Hook] = []

    def pause(_store: SqliteStore) -> None:
        if hooks:
            hooks.pop(0)()

    monkeypatch.setattr(SqliteStore, "make_way", pause)
    return hooks


def forget(log: Leadlog, before: str | None = BEFORE, attempt: int | None = None) -> Erased:
    plan = log.plan_erasure(before=before if attempt is None else None, attempt=attempt)
    return log.forget(plan, "asked for")


def left(database: Path) -> list[int]:
    """Return the attempts whose contact is there."""
    return [row[0] for row in rows.content(database, "contacts") if row[2] is not None]  # type: ignore[misc]


def counted(database: Path) -> list[int]:
    """Return how many contacts each erasure says it erased."""
    column = tables.CHAINED[tables.ERASURES].index("contacts_erased")
    return [row[column] for row in rows.content(database, tables.ERASURES)]  # type: ignore[misc]


def verified(log: Leadlog) -> bool:
    return log.verify().ok


def kill() -> None:
    raise KeyboardInterrupt


def test_others_write_while_a_large_erasure_runs(
    database: Path, log: Leadlog, other: Leadlog, between: list[Hook]
) -> None:
    written: list[int] = []

    def write() -> None:
        email = f"n{len(written)}@example.org"
        written.append(other.submit(user="site-form", name="N", email=email).attempt)

    between += [write] * 100

    done = forget(log)

    assert len(written) >= COVERED // AT_ONCE - 1
    assert done.contacts_erased == COVERED
    assert left(database) == [*range(COVERED + 1, 3 * PER_DATE + 1), *written]
    assert rows.unsound(database) == []


def test_no_transaction_erases_more_than_a_few(
    log: Leadlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    erased: list[list[int]] = []

    def begin(tx: SqliteTransaction, *arguments: object) -> None:
        erased.append([])
        init(tx, *arguments)  # type: ignore[arg-type]

    def erase(tx: SqliteTransaction, ids: list[int]) -> int:
        erased[-1] += ids
        return erase_contacts(tx, ids)

    init, erase_contacts = SqliteTransaction.__init__, SqliteTransaction.erase_contacts
    monkeypatch.setattr(SqliteTransaction, "__init__", begin)
    monkeypatch.setattr(SqliteTransaction, "erase_contacts", erase)

    forget(log)

    assert max(map(len, erased)) == AT_ONCE
    assert sorted(id_ for ids in erased for id_ in ids) == list(range(1, COVERED + 1))


def test_a_transaction_ends_when_others_waited_long_enough(
    log: Leadlog, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    def erase(tx: SqliteTransaction, ids: list[int]) -> int:
        clock.advance(0.02)
        sizes.append(len(ids))
        return erase_contacts(tx, ids)

    def pause(_store: SqliteStore) -> None:
        sizes.append(0)

    erase_contacts = SqliteTransaction.erase_contacts
    monkeypatch.setattr(SqliteTransaction, "erase_contacts", erase)
    monkeypatch.setattr(SqliteStore, "make_way", pause)
    monkeypatch.setattr(forgetting, "_CONTACTS_BETWEEN_LOOKS", 1)

    forget(log)

    assert sizes[:8] == [1, 1, 1, 1, 1, 1, 0, 1]
    assert sum(sizes) == COVERED


def test_an_erasure_of_a_few_is_one_transaction(
    database: Path, log: Leadlog, between: list[Hook]
) -> None:
    between.append(kill)

    forget(log, attempt=5)

    assert 5 not in left(database)
    assert between == [kill]


def test_an_erasure_that_was_cut_short_is_finished_by_the_next(
    database: Path, log: Leadlog, between: list[Hook]
) -> None:
    between.append(kill)
    with pytest.raises(KeyboardInterrupt):
        forget(log)
    assert COVERED + PER_DATE - AT_ONCE > len(left(database)) > PER_DATE

    done = forget(log)

    assert left(database) == list(range(COVERED + 1, 3 * PER_DATE + 1))
    assert (done.erasures, done.contacts_erased) == ((), 0)
    assert done.finished == COVERED - 2 * AT_ONCE
    assert counted(database) == [COVERED]


def test_an_erasure_that_was_cut_short_is_no_problem_for_verify(
    log: Leadlog, between: list[Hook]
) -> None:
    between.append(kill)
    with pytest.raises(KeyboardInterrupt):
        forget(log)

    assert verified(log)
    forget(log)
    assert verified(log)


@pytest.mark.parametrize("attempt", [COVERED, 3 * PER_DATE])
def test_whatever_is_erased_next_finishes_it_and_counts_no_contact_twice(
    database: Path, log: Leadlog, between: list[Hook], attempt: int
) -> None:
    between.append(kill)
    with pytest.raises(KeyboardInterrupt):
        forget(log)

    done = forget(log, attempt=attempt)

    is_new = attempt > COVERED
    assert done.finished == COVERED - 2 * AT_ONCE
    assert counted(database) == [COVERED, 1][: 1 + is_new]
    assert len(left(database)) == PER_DATE - is_new
    assert verified(log)


def test_a_person_with_many_contacts_is_finished_too(
    database: Path, log: Leadlog, between: list[Hook]
) -> None:
    for page in range(3 * AT_ONCE):
        log.submit(user="site-form", name="P", email="p@example.org", page=f"/{page}")
    between.append(kill)
    with pytest.raises(KeyboardInterrupt):
        log.forget(log.plan_erasure(email="p@example.org"), "asked for", email="p@example.org")

    done = forget(log, attempt=1)

    assert (done.contacts_erased, done.finished) == (1, AT_ONCE)
    assert left(database) == list(range(2, 3 * PER_DATE + 1))


def test_what_was_erased_since_it_was_counted_is_counted_again(
    database: Path, log: Leadlog, other: Leadlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_then(reader: SqliteReader, targets: list[Target], last_id: int) -> object:
        result = count(reader, targets=targets, last_id=last_id)
        if not counted(database):
            monkeypatch.setattr(forgetting, "_count", count)
            with suppress(LeadlogError):  # this very reader keeps the old bytes alive
                forget(other, attempt=3)
        return result

    count = forgetting._count
    monkeypatch.setattr(forgetting, "_count", count_then)

    done = forget(log)

    assert done.contacts_erased == COVERED - 1
    assert counted(database) == [1, COVERED - 1]


def test_two_erasures_at_once_count_no_contact_twice(
    database: Path, log: Leadlog, other: Leadlog, between: list[Hook]
) -> None:
    between.append(lambda: assert_finished(forget(other, attempt=COVERED)))

    def assert_finished(done: Erased) -> None:
        assert done.finished == COVERED - 2 * AT_ONCE

    done = forget(log)

    assert done.contacts_erased == COVERED
    assert counted(database) == [COVERED]
    assert len(left(database)) == PER_DATE


def test_an_erasure_that_is_stopped_says_that_it_is_recorded(
    database: Path, log: Leadlog, between: list[Hook]
) -> None:
    stop: list[int] = []
    between.append(lambda: stop.append(1))

    with pytest.raises(LeadlogError) as caught:
        log.forget(log.plan_erasure(before=BEFORE), "asked for", stopped=lambda: bool(stop))

    assert caught.value.kind == "interrupted"
    assert caught.value.message == (
        "This was interrupted. The erasure is recorded, but some of its contacts are still there."
    )
    assert caught.value.hint == "Run the same command again; it will go on from here."
    assert len(left(database)) == PER_DATE + COVERED - 2 * AT_ONCE


def test_an_earlier_erasure_that_is_not_finished_either_is_called_so(
    database: Path, log: Leadlog, between: list[Hook]
) -> None:
    between.append(kill)
    with pytest.raises(KeyboardInterrupt):
        forget(log)

    with pytest.raises(LeadlogError) as caught:
        log.forget(log.plan_erasure(attempt=3 * PER_DATE), "asked for", stopped=lambda: True)

    assert caught.value.message == (
        "This was interrupted."
        " An earlier erasure is recorded, but some of its contacts are still there."
    )
    assert counted(database) == [COVERED]


def test_an_erasure_that_waits_in_vain_says_that_it_is_recorded(
    database: Path, log: Leadlog, clock: FakeClock, between: list[Hook]
) -> None:
    for page in range(2 * AT_ONCE):
        log.submit(user="site-form", name="P", email="p@example.org", page=f"/{page}")
    plan = log.plan_erasure(email="p@example.org")
    gate = Gate(str(database), clock, 0)
    between.append(gate.__enter__)

    with pytest.raises(LeadlogError) as caught:
        forget(log)

    gate.close()
    assert caught.value.kind == "busy"
    assert "The erasure is recorded, but some of its contacts are still there." in (
        caught.value.message
    )
    assert log.forget(plan, "asked for").finished == COVERED - 2 * AT_ONCE


def test_an_erasure_of_many_lines_that_waits_in_vain_says_what_it_erased(
    database: Path, log: Leadlog, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [b'{"email": "p@example.org",}'] * 5
    list(log.append_stream("submit", [[RawLine(line, len(line)) for line in lines]]))
    monkeypatch.setattr(forgetting, "_TARGETS_AT_ONCE", 2)
    gate = Gate(str(database), clock, 0)

    def count_then(reader: SqliteReader, targets: list[Target], last_id: int) -> object:
        if counted(database):
            gate.__enter__()
        return count(reader, targets=targets, last_id=last_id)

    count = forgetting._count
    monkeypatch.setattr(forgetting, "_count", count_then)

    with pytest.raises(LeadlogError) as caught:
        log.forget(log.plan_erasure(email="p@example.org"), "asked for", email="p@example.org")

    gate.close()
    assert caught.value.kind == "busy"
    assert caught.value.message.endswith("1 of its contacts are erased, the others are not.")
    assert counted(database) == [1]


def test_what_was_recorded_for_earlier_dates_later_on_is_covered(
    database: Path, log: Leadlog
) -> None:
    for day in (9, 7, 10, *[8] * 2 * AT_ONCE, 7, 9):
        occurred_at = f"2026-03-{day:02}T09:00:00Z"
        log.record({"user": "site-form", "outcome": "failure", "occurred_at": occurred_at})

    assert forget(log).contacts_erased == COVERED + 4 + 2 * AT_ONCE
    assert left(database) == [*range(COVERED + 1, 3 * PER_DATE + 1), 3 * PER_DATE + 3]


# What queries look at


@pytest.fixture
def connection(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(rows.connect(database)) as opened:
        yield opened


TARGETS = [
    Target(contact_key="0" * 64),
    Target(log_id=1),
    Target(before_date=BEFORE),
]


@pytest.mark.parametrize("target", TARGETS, ids=["person", "attempt", "before"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda connection, target: erasing.left(connection, target, 100, Place(), 3),
        lambda connection, target: erasing.left(connection, target, 100, Place(DATES[0], 3), 3),
        lambda connection, target: erasing.count(connection, target, 100),
        lambda connection, target: erasing.find(connection, target, [], 100),
    ],
    ids=["first", "next", "count", "find"],
)
def test_no_query_goes_through_the_log_or_lists_what_it_holds(
    connection: sqlite3.Connection,
    target: Target,
    ask: Callable[[sqlite3.Connection, Target], object],
) -> None:
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    ask(connection, target)
    connection.set_trace_callback(None)

    steps = [
        str(step[3])
        for query in asked
        for step in connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    ]

    assert steps
    assert not [step for step in steps if step.startswith("SCAN") or "LIST SUBQUERY" in step]
    if target.contact_key is not None:
        assert [step for step in steps if "contacts_by_key (<expr>=?" in step]


def test_what_is_unfinished_is_found_from_the_erasures(
    log: Leadlog, connection: sqlite3.Connection
) -> None:
    forget(log)
    forget(log, attempt=3 * PER_DATE)
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    erasing.unfinished(connection)
    connection.set_trace_callback(None)

    steps = [
        str(step[3])
        for query in asked
        for step in connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
    ]

    assert [step for step in steps if "contacts_by_key (<expr>=? AND rowid" in step]
    assert {step for step in steps if step.startswith("SCAN")} == {"SCAN e", "SCAN erasures"}


def test_the_wider_of_two_erasures_by_date_speaks_for_both(connection: sqlite3.Connection) -> None:
    for before, last_id in (("2026-03-09", 60), ("2026-03-10", 60), ("2026-03-11", 5)):
        sample = (rows.AT, None, None, before, last_id, 1, "asked for", "2026-03-10")
        rows.append(connection, tables.ERASURES, sample)

    assert erasing.unfinished(connection) == [
        (Target(before_date="2026-03-11"), 5),
        (Target(before_date="2026-03-10"), 60),
    ]
