"""Proving that a log is what was written: everything is derived again and compared.

The last line of defence shares as little as it can with the code it checks. Row bytes and hashes
are made from the written format (SQLite's own JSON first, `hashing` where a row does not fit),
columns and schema come from the migrations rather than from `leadlog.tables`, decisions are counted
with a window of their own, and a large file is read with another build of SQLite. What is shared on
purpose: the clock's text format, canonical JSON, and `replay.Policies`, which no writer uses; and
snapshots are computed again by the code that computed them, after checks that do without it.
"""

from leadlog.verification.problems import Problem
from leadlog.verification.run import Verdict, verify

__all__ = ["Problem", "Verdict", "verify"]
