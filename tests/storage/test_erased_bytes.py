"""What was erased is in no byte of the file, its write-ahead log and its index."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import leadlog
from leadlog.limits import Limit
from leadlog.storage import connection, creation

PEOPLE = 200


def person(number: int) -> dict[str, Any]:
    """Return somebody whose every value is found nowhere else; one in ten writes 30 KiB."""
    text = f"Plim{number:04}Vorx "
    return {
        "name": f"Zyx{number:04}Quorth",
        "email": f"qux{number:04}@wixom.example",
        "phone": f"+49 151 77{number:04}88",
        "company": f"Grunf{number:04}Ltd",
        "message": text * (2500 if number % 10 == 0 else 2),
    }


def markers(number: int) -> list[str]:
    who = person(number)
    values = [who["name"], who["email"], who["phone"], who["company"], who["message"][:12]]
    return [value.casefold() for value in values]


def left(database: Path, numbers: range) -> set[str]:
    """Return the markers of people that are still in the bytes of what belongs to a database."""
    found = set()
    for suffix in ("", "-wal", "-shm", ".lock"):
        path = database.with_name(f"{database.name}{suffix}")
        content = path.read_bytes().lower() if path.exists() else b""
        text = content.decode("latin-1")
        found |= {marker for number in numbers for marker in markers(number) if marker in text}
    return found


@pytest.fixture(params=["as built", "built without secure delete"])
def full(request: pytest.FixtureRequest, database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of people: written one by one and in a stream's groups, successes and failures."""
    if request.param != "as built":

        def weak(path: str, *, writable: bool) -> sqlite3.Connection:
            opened = connect(path, writable=writable)
            opened.execute("PRAGMA secure_delete = OFF")
            return opened

        connect = connection.connect
        monkeypatch.setattr(connection, "connect", weak)
        monkeypatch.setattr(creation, "connect", weak)
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form", Limit(1_000_000, 1))
        for number in range(PEOPLE):
            user = "site-form" if number % 7 else "nobody"
            log.submit(user=user, page=f"/{number % 3}", **person(number))
            log.submit(user="site-form", page=f"/{number % 3}", **person(number))
    return database


def forget(database: Path, email: str | None = None, before: str | None = None) -> int:
    with leadlog.open(database) as log:
        plan = log.plan_erasure(email=email, before=before)
        return log.forget(plan, "asked for it", email=email).contacts_erased


def test_the_markers_are_there_before(full: Path) -> None:
    assert len(left(full, range(PEOPLE))) == PEOPLE * len(markers(0))


def test_nothing_is_left_of_one_person_and_all_of_the_others(full: Path) -> None:
    for number in (0, 1, 100, PEOPLE - 1):
        assert forget(full, person(number)["email"].upper()) == 2

        assert left(full, range(number, number + 1)) == set()
    assert len(left(full, range(2, 100))) == 98 * len(markers(0))


def test_nothing_is_left_of_anyone_when_all_is_erased(full: Path) -> None:
    assert forget(full, before="2999-01-01") == 2 * PEOPLE

    assert left(full, range(PEOPLE)) == set()
    assert full.with_name("leads.db-wal").stat().st_size == 0
    with closing(sqlite3.connect(full)) as opened:
        assert opened.execute("PRAGMA freelist_count").fetchone()[0] > 0
        assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_erasure_changes_no_row_of_the_log(full: Path) -> None:
    query = "SELECT group_concat(hash) FROM lead_submission_logs"
    with closing(sqlite3.connect(full)) as opened:
        before = opened.execute(query).fetchone()

    forget(full, before="2999-01-01")

    with closing(sqlite3.connect(full)) as opened:
        assert opened.execute(query).fetchone() == before
