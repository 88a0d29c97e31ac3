"""Files that become a backup once they are whole, and what is left of those that never did.

Whoever writes one holds a lock on it, which the system takes away with the process. So a file of
that name whose lock is free was left by a process that was killed. It holds contacts, where no
erasure reaches them, under a hidden name: the next backup in the folder removes it.
"""

import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from leadlog.storage.connection import APPLICATION_ID

_NAME: Final = re.compile(r"\..+\.[0-9a-f]{8}\.unfinished", re.DOTALL)
_BESIDE: Final = ("-wal", "-shm", "-journal")
_NAME_BYTES: Final = 200
"""So much of the target's name is repeated; a name has room for 255 bytes."""

_MAGIC: Final = b"SQLite format 3\0"
_HEADER_BYTES: Final = 100


@contextmanager
def made(folder: str, name: str) -> Iterator[str]:
    """Make an empty file beside a target called `name`, for its owner alone; yield its path.

    At the end that name is gone, whatever became of the content. Before, what other backups left
    in the folder is removed.
    """
    _sweep(folder)
    handle, path = _claimed(folder, os.fsdecode(os.fsencode(name)[:_NAME_BYTES]))
    try:
        yield path
    finally:
        _remove(path)
        os.close(handle)


def _claimed(folder: str, name: str) -> tuple[int, str]:
    """Make a file and lock it; another if somebody swept this one away in between."""
    while True:
        path = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.unfinished")
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        handle = os.open(path, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            continue
        except OSError:  # a file system without locks, where nothing is swept either
            return handle, path
        if os.fstat(handle).st_nlink:
            return handle, path
        os.close(handle)


def _sweep(folder: str) -> None:
    with suppress(OSError):  # a folder that can be written but not listed
        for name in os.listdir(folder):
            if _NAME.fullmatch(name):
                with suppress(OSError):  # it is being written, or was swept by somebody else
                    _remove_if_left(os.path.join(folder, name))


def _remove_if_left(path: str) -> None:
    """Remove an unfinished file that nobody writes.

    Raises:
        OSError: when somebody does, or it can't be told.
    """
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return
    if status.st_nlink > 1:
        # It is whole and in its place, and only this name is left over. It may be a database that
        # this very process reads; to open and close it would take SQLite's locks away.
        os.remove(path)
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_ours(os.read(handle, _HEADER_BYTES)):
            _remove(path)
    finally:
        os.close(handle)


def _is_ours(header: bytes) -> bool:
    """Whether a file begins like a leadlog database, or its beginning was never written."""
    if not header.strip(b"\0"):
        return True
    return header.startswith(_MAGIC) and header[68:72] == APPLICATION_ID.to_bytes(4, "big")


def _remove(path: str) -> None:
    """Remove an unfinished file, last of all its own name, by which the others are found."""
    for suffix in (*_BESIDE, ""):
        with suppress(FileNotFoundError):
            os.remove(f"{path}{suffix}")
