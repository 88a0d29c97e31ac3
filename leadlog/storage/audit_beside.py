"""What SQLite finds by itself when a file is verified: damage, and rows that break a rule."""

import sqlite3
from typing import Final

from leadlog import tables
from leadlog.storage import audit_rules
from leadlog.verification.source import Broken

CACHE_KIB: Final = 32 * 1024


def unsound(connection: sqlite3.Connection) -> list[str]:
    """Return what is wrong with the file itself, and with references between tables."""
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    found = [text for (text,) in connection.execute("PRAGMA integrity_check") if text != "ok"]
    for table in (*tables.CHAINED, "contacts", "user_rate_limits"):
        rows = connection.execute(f"PRAGMA foreign_key_check({table})")
        found += [
            f"{table} row {row[1]} refers to a row of {row[2]} that is not there" for row in rows
        ]
    return found


def broken(connection: sqlite3.Connection, date: str | None) -> list[Broken]:
    """Return every row that breaks a rule, of one log date or of all."""
    found = []
    for scan in audit_rules.SCANS:
        source = scan.source.format(scan="NOT INDEXED" if date is None else "")
        limited = date is not None and scan.date is not None
        where = f"{scan.date} = :date AND " if limited else ""
        if len(scan.rules) == 1:
            marks, broken_if = "1", scan.rules[0].broken_if
        else:
            each = [f"({rule.broken_if})" for rule in scan.rules]
            marks, broken_if = ", ".join(each), f"({' OR '.join(each)})"
        query = f"SELECT {scan.id}, {marks} FROM {source} WHERE {where}{broken_if}"
        for id_, *marked in connection.execute(query, {"date": date} if limited else {}):
            found += [
                Broken(scan.table, id_, rule.column, rule.kind, rule.message.format(id=id_))
                for rule, is_broken in zip(scan.rules, marked, strict=True)
                if is_broken
            ]
    return found
