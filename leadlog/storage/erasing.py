"""Finding the contacts of an erasure, and erasing them."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from leadlog.erasure import Found, Place, Target
from leadlog.storage.buffer import expect
from leadlog.storage.contact_keys import is_key

# Each walks along an index: a person's contacts, or the attempts of a date, never the whole log.
_BY_CONTACT: Final = (
    "contacts AS k CROSS JOIN lead_submission_logs AS l ON l.id = k.log_id WHERE k.log_id <= ?2 AND"
)
_SOURCES: Final = {
    "contact_key": f"{_BY_CONTACT} {is_key('k.contact_key', '?1')}",
    "log_id": f"{_BY_CONTACT} k.log_id = ?1",
    "before_date": "lead_submission_logs AS l CROSS JOIN contacts AS k ON k.log_id = l.id"
    " WHERE l.id <= ?2 AND l.log_date < ?1",
}
_LEFT: Final = {
    "contact_key": "SELECT '', k.log_id FROM contacts AS k"
    f" WHERE {is_key('k.contact_key', '?1')} AND k.log_id > ?3"
    " AND k.log_id <= ?2 AND k.payload IS NOT NULL ORDER BY k.log_id LIMIT ?4",
    "log_id": "SELECT '', log_id FROM contacts WHERE log_id = ?1 AND log_id > ?3"
    " AND log_id <= ?2 AND payload IS NOT NULL LIMIT ?4",
}
_LEFT_OF_DATE: Final = (
    "SELECT l.log_date, l.id FROM lead_submission_logs AS l"
    " CROSS JOIN contacts AS k ON k.log_id = l.id"
    " WHERE l.log_date = ?1 AND l.id > ?3 AND l.id <= ?2 AND k.payload IS NOT NULL"
    " ORDER BY l.id LIMIT ?4"
)
_NEXT_DATE: Final = (
    "SELECT min(log_date) FROM lead_submission_logs WHERE log_date > ? AND log_date < ?"
)
_UNFINISHED: Final = (
    "SELECT e.contact_key, e.log_id, e.last_log_id FROM erasures AS e"
    " WHERE (e.contact_key IS NOT NULL AND EXISTS (SELECT 1 FROM contacts AS k"
    f"   WHERE {is_key('k.contact_key', 'e.contact_key')} AND k.log_id <= e.last_log_id"
    "   AND k.payload IS NOT NULL))"
    " OR (e.log_id <= e.last_log_id AND EXISTS (SELECT 1 FROM contacts AS k"
    "   WHERE k.log_id = e.log_id AND k.payload IS NOT NULL))"
)
_THERE: Final = "SELECT 1 FROM contacts WHERE log_id = ? AND payload IS NOT NULL"
_ERASE: Final = (
    "UPDATE contacts SET payload = NULL, salt = NULL WHERE log_id = ? AND payload IS NOT NULL"
)


def find(
    connection: sqlite3.Connection, target: Target, more: Sequence[int], last_id: int
) -> Found:
    """Return what there is of a target and of `more` attempts, up to an attempt."""
    counts = {0: 0, 1: 0}
    users: dict[str, int] = {}
    dates: list[str] = []
    for each in (target, *(Target(log_id=id_) for id_ in more)):
        name, value = _given(each)
        rows = connection.execute(
            "SELECT k.payload IS NULL, (SELECT u.handle FROM users AS u WHERE u.id = l.user_id),"
            f" count(*), min(l.log_date), max(l.log_date) FROM {_SOURCES[name]}"
            " GROUP BY k.payload IS NULL, l.user_id",
            (value, last_id),
        )
        for is_erased, handle, count, first, last in rows:
            counts[is_erased] += count
            if not is_erased:
                users[handle] = users.get(handle, 0) + count
                dates += [first, last]
    by_size = sorted(users.items(), key=lambda item: (-item[1], item[0]))
    first_date, last_date = min(dates, default=None), max(dates, default=None)
    return Found(counts[0], counts[1], tuple(by_size), first_date, last_date)


def may_hold(
    connection: sqlite3.Connection,
    contact_key: str,
    forms: Sequence[str],
    after_id: int,
    last_id: int,
    most: int,
) -> list[tuple[int, bool, str]]:
    """Return contacts not filed under a key that may hold an address, and if under another one.

    Of those that are filed, one of plain ASCII without escapes is left out unless it holds one of
    the `forms`: it can't hold the address in any other.
    """
    is_plain = "length(payload) = length(CAST(payload AS BLOB))"
    has_form = "".join(" OR instr(lower(payload), ?) > 0" for _ in forms)
    rows = connection.execute(
        "SELECT log_id, contact_key IS NOT NULL, payload FROM contacts"
        " WHERE log_id > ? AND log_id <= ? AND payload IS NOT NULL AND contact_key IS NOT ?"
        r" AND (contact_key IS NULL OR instr(payload, '\') > 0 OR instr(payload, '%') > 0"
        f" OR NOT {is_plain}{has_form}) ORDER BY log_id LIMIT {most}",
        (after_id, last_id, contact_key, *forms),
    )
    return [(log_id, bool(is_filed), payload) for log_id, is_filed, payload in rows]


def payloads(connection: sqlite3.Connection, target: Target, last_id: int, most: int) -> list[str]:
    """Return what a target's contacts hold, of the newest at most `most`."""
    name, value = _given(target)
    rows = connection.execute(
        f"SELECT k.payload FROM {_SOURCES[name]} AND k.payload IS NOT NULL"
        f" ORDER BY k.log_id DESC LIMIT {most}",
        (value, last_id),
    )
    return [payload for (payload,) in rows]


def count(connection: sqlite3.Connection, target: Target, last_id: int) -> int:
    """Count a target's contacts that hold something."""
    name, value = _given(target)
    query = f"SELECT count(*) FROM {_SOURCES[name]} AND k.payload IS NOT NULL"
    (contacts,) = connection.execute(query, (value, last_id)).fetchone()
    return int(contacts)


def left(
    connection: sqlite3.Connection, target: Target, last_id: int, after: Place, most: int
) -> list[Place]:
    """Return the next of a target's contacts that hold something, at most `most`.

    Before a date they are taken date by date: that is the order of an index, so that each query
    looks at what it returns, and at what was erased in between.
    """
    name, value = _given(target)
    if name in _LEFT:
        rows = connection.execute(_LEFT[name], (value, last_id, after.log_id, most))
        return [Place(*row) for row in rows]
    found: list[Place] = []
    day, after_id = after
    while day is not None:
        parameters = (day, last_id, after_id, most - len(found))
        found += [Place(*row) for row in connection.execute(_LEFT_OF_DATE, parameters)]
        if len(found) == most:
            break
        (day,) = connection.execute(_NEXT_DATE, (day, value)).fetchone()
        after_id = 0
    return found


def unfinished(connection: sqlite3.Connection) -> list[tuple[Target, int]]:
    """Return what erasures cover that still holds something, with the last attempt of each."""
    found = [
        (Target(contact_key, log_id), last_id)
        for contact_key, log_id, last_id in connection.execute(_UNFINISHED)
    ]
    query = (
        "SELECT before_date, max(last_log_id) FROM erasures WHERE before_date IS NOT NULL"
        " GROUP BY before_date ORDER BY before_date DESC"
    )
    covered = 0
    for before_date, last_id in connection.execute(query).fetchall():
        target = Target(before_date=before_date)
        # One that reaches neither a later date nor a later attempt than another is part of that.
        if last_id > covered and left(connection, target, last_id, Place(), 1):
            found.append((target, last_id))
        covered = max(covered, last_id)
    return found


def last_id(connection: sqlite3.Connection) -> int:
    """Return the newest erasure's id, or 0."""
    row = connection.execute("SELECT id FROM erasures ORDER BY id DESC LIMIT 1").fetchone()
    return 0 if row is None else int(row[0])


def erase(connection: sqlite3.Connection, ids: Sequence[int]) -> int:
    """Null payload and salt of contacts that an appended erasure must cover.

    Row by row: one statement over many would keep what it changes in a journal of its own.

    Returns:
        How many there were; another process may have come first.
    """
    there = [(id_,) for id_ in ids if connection.execute(_THERE, (id_,)).fetchone()]
    if there:
        expect(connection.executemany(_ERASE, there), len(there))
    return len(there)


def _given(target: Target) -> tuple[str, str | int]:
    ((name, value),) = [item for item in target._asdict().items() if item[1] is not None]
    return name, value
