"""A pass over a table that finds the rows which break a rule."""

import sqlite3
from collections.abc import Iterable
from typing import Final, NamedTuple

from leadlog.storage.audit_rows import UNREADABLE, damaged
from leadlog.verification.problems import Findings, Problem

_UNINDEXED: Final = "NOT INDEXED"


class Rule(NamedTuple):
    """One rule: the column that is wrong, the kind of problem, when it is, and the sentence."""

    column: str
    kind: str
    broken_if: str
    message: str


class Scan(NamedTuple):
    """Rules that one pass over a table checks.

    Attributes:
        table: what the problems are of.
        id: the expression that says which row.
        source: what follows FROM.
        date: the expression of the row's date, or None where rows have none.
        plain: what most rows are, and breaks none of the rules; asking it is cheaper than them.
    """

    table: str
    id: str
    source: str
    date: str | None
    rules: tuple[Rule, ...]
    plain: str | None = None


def broken(
    connection: sqlite3.Connection, scans: Iterable[Scan], date: str | None
) -> list[Problem]:
    """Return what is wrong with rows of one log date, or of all."""
    findings = Findings()
    for scan in scans:
        with findings.reading(scan.table):
            _look(connection, scan, date, findings)
    return list(findings.all())


def _look(connection: sqlite3.Connection, scan: Scan, date: str | None, findings: Findings) -> None:
    source = scan.source.format(scan=_UNINDEXED if date is None else "")
    limited = date is not None and scan.date is not None
    where = f"{scan.date} = :date AND " if limited else ""
    if len(scan.rules) == 1:  # it may end in GROUP BY
        marks, condition = "1", scan.rules[0].broken_if
    else:
        each = [f"({rule.broken_if})" for rule in scan.rules]
        marks, condition = ", ".join(each), f"({' OR '.join(each)})"
    if scan.plain is not None:
        condition = f"({scan.plain}) IS NOT TRUE AND {condition}"
    query = f"SELECT {scan.id}, {marks} FROM {source} WHERE {where}{condition}"
    try:
        for id_, *marked in connection.execute(query, {"date": date} if limited else {}):
            for rule, is_broken in zip(scan.rules, marked, strict=True):
                if is_broken:
                    message = rule.message.format(id=id_)
                    findings.add(scan.table, id_, rule.column, rule.kind, message)
    except UNREADABLE as error:
        raise damaged(error) from error
