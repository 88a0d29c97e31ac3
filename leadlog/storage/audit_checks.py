"""The schema's own constraints, as rules: SQLite checks none on a connection that can only read.

Of the three large tables `audit_rules` and the pass over the attempts look at what these rule out,
in a third of the time.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate
from typing import Final

from leadlog import tables
from leadlog.storage import audit_schema
from leadlog.storage.audit_blobs import no_blobs
from leadlog.storage.audit_scans import Rule, Scan

_LARGE: Final = (tables.ATTEMPTS, tables.LEADS, "contacts")
_DATES: Final = {
    tables.CORRECTIONS: "log_date",
    tables.ERASURES: "log_date",
    tables.SNAPSHOTS: "snapshot_date",
    tables.REPORTS: "report_date",
    tables.RUNS: "report_date",
}
_BLOB: Final = "secret"
_CHECK: Final = "CHECK ("
_DEPTH: Final = {"(": 1, ")": -1}


@lru_cache(maxsize=1)
def scans() -> tuple[Scan, ...]:
    """Return a scan of each table but the large ones."""
    expected, columns = audit_schema.reference()
    return tuple(
        Scan(
            name,
            "t.rowid",
            f"{name} AS t",
            _DATES.get(name),
            (*rules(str(expected[name].sql)), *no_blobs(*(each for each in of if each != _BLOB))),
        )
        for name, of in columns.items()
        if name not in _LARGE
    )


def rules(sql: str) -> Iterator[Rule]:
    """Yield what breaks each constraint of a table, given the statement that makes it."""
    for line in sql.splitlines():
        for found in re.finditer(re.escape(_CHECK), line):
            condition = _until_closed(line[found.end() :])
            # A column's constraint stands behind its name, a table's begins with a column.
            is_of_column = line[: found.start()].strip()
            column = str(re.findall(r"[a-z_0-9]+", line if is_of_column else condition)[0])
            message = f"Row {{id}} has something for its {column} that the schema rules out."
            yield Rule(column, "value", f"NOT ({condition})", message)


def _until_closed(text: str) -> str:
    """Return a text up to the parenthesis that closes one before it; strings of ours have none."""
    depths = accumulate((_DEPTH.get(character, 0) for character in text), initial=1)
    end = next(place for place, depth in enumerate(depths) if depth == 0)
    return text[: end - 1]
