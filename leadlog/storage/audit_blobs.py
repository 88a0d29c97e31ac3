"""Rows with a BLOB where leadlog writes none.

SQLite's check of a whole file sees a value of another type than its column's in a strict table, but
does not say in which row; newer versions of SQLite take some BLOBs for JSON, and then not even the
row's hash tells.
"""

from typing import Final

from leadlog import tables
from leadlog.storage.audit_scans import Rule, Scan


def no_blobs(*columns: str) -> tuple[Rule, ...]:
    """Return rules that columns of a table `t` hold no BLOB, of which an empty one is the least.

    Comparing takes half the time of asking for the type.
    """
    message = "Row {{id}} has a BLOB for its {}, where leadlog writes none."
    return tuple(
        Rule(column, "value", f"t.{column} >= x''", message.format(column)) for column in columns
    )


_TAIL: Final = ("prev_hash", "hash")
SCANS: Final = (
    Scan(
        tables.ATTEMPTS,
        "t.id",
        "lead_submission_logs AS t {scan}",
        "t.log_date",
        no_blobs(*tables.CHAINED[tables.ATTEMPTS], *_TAIL),
    ),
    Scan(
        tables.LEADS,
        "t.id",
        "leads AS t {scan} LEFT JOIN lead_submission_logs AS l ON l.id = t.log_id",
        "l.log_date",
        no_blobs(*tables.CHAINED[tables.LEADS], *_TAIL),
    ),
    Scan(
        "contacts",
        "t.log_id",
        "contacts AS t {scan} LEFT JOIN lead_submission_logs AS l ON l.id = t.log_id",
        "l.log_date",
        no_blobs("contact_key", "payload"),
    ),
)
"""What SQLite's check of a whole file sees as well, only without a word on which row it is."""
STRICT: Final = tuple(scan.table for scan in SCANS)
"""The tables of which SQLite's check sees it, while they are strict."""
