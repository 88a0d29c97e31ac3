"""Finding the contacts of an erasure, and erasing them."""

import sqlite3
from collections.abc import Sequence
from typing import Final

from leadlog.erasure import Found, Target
from leadlog.storage.buffer import expect

_CHUNK_ROWS: Final = 10_000
_CONDITIONS: Final = {
    "contact_key": "k.contact_key = :contact_key",
    "log_id": "k.log_id = :log_id",
    "before_date": "k.log_id IN"
    " (SELECT id FROM lead_submission_logs WHERE log_date < :before_date)",
}
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
        rows = connection.execute(
            "SELECT k.payload IS NULL, u.handle, count(*), min(l.log_date), max(l.log_date)"
            " FROM contacts AS k JOIN lead_submission_logs AS l ON l.id = k.log_id"
            f" JOIN users AS u ON u.id = l.user_id WHERE {_condition(each)}"
            " GROUP BY k.payload IS NULL, u.handle",
            _parameters(each, last_id),
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
    rows = connection.execute(
        f"SELECT k.payload FROM contacts AS k WHERE k.payload IS NOT NULL AND {_condition(target)}"
        f" ORDER BY k.log_id DESC LIMIT {most}",
        _parameters(target, last_id),
    )
    return [payload for (payload,) in rows]


def count(connection: sqlite3.Connection, target: Target, last_id: int) -> int:
    """Count a target's contacts that hold something."""
    row = connection.execute(
        f"SELECT count(*) FROM contacts AS k WHERE k.payload IS NOT NULL AND {_condition(target)}",
        _parameters(target, last_id),
    ).fetchone()
    return int(row[0])


def erase(connection: sqlite3.Connection, target: Target, last_id: int) -> None:
    """Null payload and salt of a target's contacts, which an appended erasure must cover.

    Row by row: one statement over many would keep what it changes in a journal of its own.
    """
    query = (
        "SELECT k.log_id FROM contacts AS k WHERE k.payload IS NOT NULL AND k.log_id > :after"
        f" AND {_condition(target)} ORDER BY k.log_id LIMIT {_CHUNK_ROWS}"
    )
    after = 0
    while True:
        parameters = {**_parameters(target, last_id), "after": after}
        ids = connection.execute(query, parameters).fetchall()
        if not ids:
            return
        expect(connection.executemany(_ERASE, ids), len(ids))
        after = ids[-1][0]


def _condition(target: Target) -> str:
    (name,) = [name for name, value in target._asdict().items() if value is not None]
    return f"k.log_id <= :last_id AND {_CONDITIONS[name]}"


def _parameters(target: Target, last_id: int) -> dict[str, str | int | None]:
    return {**target._asdict(), "last_id": last_id}
