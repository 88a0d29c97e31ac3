"""The SQLite that processes beside verification read a large file with: that of APSW.

It comes with the newest SQLite, which makes JSON in two thirds of the time, locks nothing between
threads of which there is one, and takes half as long to hand over a row. It is for a process that
has the file open in no other way: closing a file drops the locks that another copy of SQLite in
the same process holds on it (POSIX).
"""

import os
import sqlite3
from functools import cache
from typing import cast
from urllib.parse import quote

import apsw


def connect(path: str) -> sqlite3.Connection:
    """Connect to an existing file, to read it.

    Returns:
        What can be asked like a connection of `sqlite3`, but raises `apsw.Error`.
    """
    _use_one_thread()
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    opened = apsw.Connection(f"file:{quote(os.fsencode(path))}?mode=ro", flags=flags)
    opened.set_busy_timeout(5000)
    return cast("sqlite3.Connection", opened)


@cache
def _use_one_thread() -> None:
    apsw.shutdown()  # it takes this setting only before it begins
    apsw.config(apsw.SQLITE_CONFIG_SINGLETHREAD)
