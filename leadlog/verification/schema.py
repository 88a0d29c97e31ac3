"""The schema: tables, indexes, triggers and views as this version makes them, and no more triggers.

What other tools add beside ours is theirs, but a trigger on one of our tables or views acts on our
rows, or on what people take for them.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from leadlog.text import safe
from leadlog.verification.problems import Findings


class Item(NamedTuple):
    """One entry of the schema."""

    type: str
    name: str
    table: str
    sql: str | None


def check(expected: Mapping[str, Item], found: Mapping[str, Item], findings: Findings) -> None:
    """Compare what a file holds with what a new one would; both by lower-case name."""
    ours = {item.name for item in expected.values() if item.type in ("table", "view")}
    for name, item in expected.items():
        there = found.get(name)
        if there is None:
            _add(findings, item, f"The {item.type} {item.name} is missing.")
        elif _normal(there) != _normal(item):
            _add(findings, item, f"The {item.type} {item.name} is not as leadlog makes it.")
    for name, item in found.items():
        if name not in expected and item.table.lower() in ours and item.type != "table":
            what = f"The {item.type} {safe(item.name)} on {item.table} is not one of leadlog's."
            if item.type == "trigger":
                _add(findings, item, what)
            elif item.sql is not None and re.search(r"\bUNIQUE\b", item.sql, re.IGNORECASE):
                _add(findings, item, what)  # it would refuse rows


def _add(findings: Findings, item: Item, message: str) -> None:
    findings.add("schema", None, safe(item.name), "schema", message)


def _normal(item: Item) -> tuple[str, str, str | None]:
    """Return an entry with each run of white space as one space; inside quotes ours has none."""
    sql = None if item.sql is None else " ".join(item.sql.split())
    return item.type, str(item.table).lower(), sql
