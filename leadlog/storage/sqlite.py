"""The SQLite store: one file, one gate, one connection that writes and one that only reads."""

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from leadlog import chain
from leadlog.clock import Clock
from leadlog.errors import LeadlogError
from leadlog.storage import connection, lookups
from leadlog.storage.driver_errors import commit_failed, translate
from leadlog.storage.gate import Gate
from leadlog.storage.writing import Memory, SqliteTransaction

if TYPE_CHECKING:
    from leadlog.listings import Backup
    from leadlog.repository import Reader, Transaction
    from leadlog.storage.audit import SqliteAudit

T = TypeVar("T")

_WAL_BYTES_AFTER_WRITE: Final = 1024 * 1024
_WAL_BYTES_IN_STREAM: Final = 64 * 1024 * 1024
_BUSY_MS: Final = 5000
_MAKE_WAY_SECONDS: Final = 0.005
_PURGE_SECONDS: Final = 2.0
_PURGE_PAUSE_SECONDS: Final = 0.05


class SqliteStore:
    """An open leadlog database; implements `repository.Store`.

    Not to be shared between threads; each opens its own.

    Args:
        path: the database file.
        clock: where time comes from.
        wait_seconds: how long a write waits for other writers.
        writable: whether to connect for writing at once, which a one-shot writer wants done before
            it takes the gate. A store opened without it can still be written to.

    Raises:
        LeadlogError: kind `not_found` or `unusable`.
    """

    def __init__(
        self, path: str, clock: Clock, wait_seconds: float, *, writable: bool = False
    ) -> None:
        self.path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        self._clock = clock
        self._gate = Gate(self.path, clock, wait_seconds)
        self._memory: Memory | None = None
        self._memory_version = -1
        self._writer: sqlite3.Connection | None = None
        connection.check_file(self.path)
        # The connection that only reads is opened first and closed last: closing it last leaves
        # the write-ahead log in place, which spares a one-shot writer three of its five fsyncs.
        self._reader = connection.connect(self.path, writable=False)
        try:
            connection.check_identity(self._reader, self.path)
            if writable:
                source = self._open_writer()
            else:
                source = self._reader
                connection.settle(source, self.path, writable=False)
            self.settings: Mapping[str, str] = lookups.settings(source)
            self.secret = lookups.secret(source)
        except sqlite3.Error as error:
            self.close()
            raise translate(error, self.path) from None
        except BaseException:  # Ctrl-C too: nobody else has what to close
            self.close()
            raise

    def write(
        self,
        work: "Callable[[Transaction], T]",
        *,
        more_follows: bool = False,
        stopped: Callable[[], bool] | None = None,
    ) -> T:
        """Run `work` in one write transaction; see `repository.Store.write`."""
        writer = self._writer or self._open_writer()
        with self._gate.entered(stopped):
            try:
                writer.execute("BEGIN IMMEDIATE")
            except sqlite3.Error as error:
                raise translate(error, self.path) from None
            try:
                tx = SqliteTransaction(
                    writer,
                    self._clock,
                    self.settings["database_id"],
                    self._recall(writer),
                    chain.fast_row_hash() if more_follows else chain.row_hash,
                )
                result = work(tx)
                tx.finish()
            except sqlite3.Error as error:
                self._roll_back(writer)
                raise translate(error, self.path) from error
            except BaseException:  # whatever `work` raises, or Ctrl-C: it must leave nothing open
                self._roll_back(writer)
                raise
            try:
                writer.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back(writer)
                raise commit_failed(error, self.path) from error
            self._checkpoint(_WAL_BYTES_IN_STREAM if more_follows else _WAL_BYTES_AFTER_WRITE)
        return result

    def tidy(self) -> None:
        """Bring a write-ahead log that a stream let grow back into the file."""
        if self._writer is not None:
            # All is committed: a gate that is busy must not make it look lost, or late.
            with suppress(LeadlogError), self._gate.entered(wait_seconds=0):
                self._checkpoint(_WAL_BYTES_AFTER_WRITE)

    def make_way(self) -> None:
        """Let writers in that wait, who ask for the gate every two milliseconds."""
        self._clock.sleep(_MAKE_WAY_SECONDS)

    def purge(self) -> bool:
        """Bring the write-ahead log into the file and empty it; return whether that is done.

        Erased content is zeroed in new versions of its pages. The old ones are gone once these are
        in the file and the log is empty, which a reader of an older state prevents.
        """
        writer = self._writer or self._open_writer()
        deadline = self._clock.monotonic() + _PURGE_SECONDS
        while True:
            # What is erased is committed: nothing that goes wrong here may make it look undone.
            with suppress(LeadlogError, OSError, sqlite3.Error), self._gate:
                if self._truncate_log(writer):
                    return True
            if self._clock.monotonic() >= deadline:
                return False
            self._clock.sleep(_PURGE_PAUSE_SECONDS)

    def backup(
        self,
        target: str,
        on_progress: Callable[[int, int], None],
        stopped: Callable[[], bool],
    ) -> "Backup":
        """Copy the database to a new file; see `copying.copy`."""
        from leadlog.storage import copying

        return copying.copy(self._reader, self.path, target, on_progress, stopped)

    def read(self, question: "Callable[[Reader], T]") -> T:
        """Run `question` on one consistent state of the database."""
        from leadlog.storage.reading import SqliteReader

        try:
            self._reader.execute("BEGIN")
            try:
                return question(SqliteReader(self._reader, self._clock))
            finally:
                self._reader.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise translate(error, self.path) from error

    def changes(self) -> int:
        """Return a number that differs after anyone else committed."""
        (version,) = self._reader.execute("PRAGMA data_version").fetchone()
        return int(version)

    def audit(self) -> "SqliteAudit":
        """Return what verification reads, on a connection of its own."""
        from leadlog.storage.audit import SqliteAudit

        return SqliteAudit(self.path, self._clock)

    def facts(self) -> dict[str, Any]:
        """Return what SQLite knows of itself and the file."""
        wal = f"{self.path}-wal"
        return {
            "path": self.path,
            "size_bytes": os.path.getsize(self.path),
            "wal_bytes": os.path.getsize(wal) if os.path.exists(wal) else 0,
            "schema_version": connection.SCHEMA_VERSION,
            "sqlite_version": sqlite3.sqlite_version,
            "wal_reset_fixed": sqlite3.sqlite_version_info >= (3, 51, 3),
        }

    def close(self) -> None:
        """Close both connections, the writing one first, and the gate."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._reader.close()
        self._gate.close()

    def _open_writer(self) -> sqlite3.Connection:
        writer = connection.connect(self.path, writable=True)
        try:
            connection.settle(writer, self.path, writable=True)
        except BaseException:  # Ctrl-C too: nobody else has what to close
            writer.close()
            raise
        self._writer = writer
        return writer

    def _recall(self, writer: sqlite3.Connection) -> Memory:
        """Return what was remembered, or an empty memory if anyone else has committed since."""
        (version,) = writer.execute("PRAGMA data_version").fetchone()
        if self._memory is None or version != self._memory_version:
            self._memory, self._memory_version = Memory(writer), version
        return self._memory

    def _roll_back(self, writer: sqlite3.Connection) -> None:
        self._memory = None
        with suppress(sqlite3.Error):  # what failed is already on its way to the caller
            if writer.in_transaction:
                writer.execute("ROLLBACK")

    def _checkpoint(self, allowed_bytes: int) -> None:
        """Empty a write-ahead log that grew too long; called inside the gate only.

        A one-shot's log would otherwise never be reset (54 MiB after 1,500 of them). When a reader
        still needs it, the next writer tries again.
        """
        writer = self._writer
        try:
            if writer is None or os.stat(f"{self.path}-wal").st_size <= allowed_bytes:
                return
            self._truncate_log(writer)
        except (OSError, sqlite3.Error):
            # The write itself is committed; failing to tidy up must not make it look lost.
            return

    def _truncate_log(self, writer: sqlite3.Connection) -> bool:
        """Empty the write-ahead log into the file, unless a reader needs it; return if it is."""
        writer.execute("PRAGMA busy_timeout = 0")
        try:
            busy, _, _ = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            writer.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        wal = f"{self.path}-wal"
        return not busy and (not os.path.exists(wal) or os.path.getsize(wal) == 0)
