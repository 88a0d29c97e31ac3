"""The schema's history: numbered steps that are never edited once released.

A step imports no live code, so that it makes the same tables in ten years. It runs inside the
write transaction of whoever opens an older file, together with the record of its having run.
"""

from sqlite_utils import Migrations

from leadlog.storage.migrations import m0001_first_tables

LATEST = 1
"""The `user_version` of a file that has every step."""


def all_steps() -> Migrations:
    """Return the steps in order."""
    steps = Migrations("leadlog")
    steps(name="0001_first_tables")(m0001_first_tables.apply)
    return steps
