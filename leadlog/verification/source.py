"""What verification reads: every stored row as it stands, whatever became of it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from leadlog.repository import Reader
from leadlog.verification.contacts import Erasure
from leadlog.verification.dates import Closed
from leadlog.verification.days import CorrectionOf
from leadlog.verification.problems import Problem
from leadlog.verification.reports import Stored as StoredReport
from leadlog.verification.schema import Item
from leadlog.verification.snapshots import Stored as StoredSnapshot

if TYPE_CHECKING:
    from leadlog.verification.log_pass import Passed

Batch = Sequence[tuple[Any, ...]]
"""A few rows one after the other, at least one; as many as fit in memory whatever they hold."""


class Outcome(NamedTuple):
    """What was found beside: problems, and how many rows of which tables were looked at."""

    problems: Sequence[Problem]
    checked: Mapping[str, int]


class Log(Protocol):
    """What can be asked of one state of a file. Every method may raise `Damaged`."""

    tables: Sequence[str]
    thresholds: Sequence[str]

    def report_progress(self, progress: Callable[[int], None]) -> None:
        """Tell how many attempts more were read from now on."""

    def closed_attempts(self) -> int:
        """Return how many attempts closed dates say they have."""

    def rows(self, table: str) -> int:
        """Return the newest id of a table, which is how many rows it has."""

    def find_hash(self, table: str, id_: int) -> str | None:
        """Return the hash of a row, or None."""

    def settings(self) -> list[tuple[int, str, str]]:
        """Return id, key and value of each setting."""

    def secret(self) -> bytes | None:
        """Return the secret."""

    def changes(self) -> list[Any]:
        """Return all limit changes, as `replay.Change`."""

    def erasures(self) -> list[Erasure]:
        """Return all erasures."""

    def closed(self) -> dict[str, Closed]:
        """Return all closed dates."""

    def chained(self, table: str, date: str | None) -> Iterator[Batch]:
        """Yield id, prev_hash, hash and hashed bytes of each row, by id."""

    def attempts(self, date: str | None) -> Iterator[Batch]:
        """Yield each attempt, by id: as `chained`, then what `run` takes apart."""

    def decided(self, first: int, last: int) -> Iterator[tuple[Any, ...]]:
        """Yield the decisions of a stretch of attempts."""

    def before(self, log_id: int) -> tuple[str | None, int | None]:
        """Return created_at and logical_us of the attempt before one."""

    def warm_up(self, log_id: int, longest_us: int) -> int:
        """Return an attempt from which on to read to know every window at `log_id`."""

    def next_prev_hash(self, table: str, id_: int) -> str | None:
        """Return what the row after one names as the hash before it."""

    def states(self) -> list[tuple[int, int, int, int, str]]:
        """Return `user_rate_limits`."""

    def snapshots(self, date: str | None) -> Iterator[StoredSnapshot]:
        """Yield snapshots, by id."""

    def corrections_of(
        self, date: str, first: int, last: int, last_correction: int
    ) -> Iterator[CorrectionOf]:
        """Yield the corrections of a date's attempts, by id, up to one correction."""

    def reports(self, date: str | None) -> Iterator[StoredReport]:
        """Yield reports, by id."""


class Source(Log, Protocol):
    """One state of a file, and what goes on beside the reading of it."""

    def close(self) -> None:
        """Give everything back."""

    def start(self, date: str | None) -> None:
        """Begin what takes long and needs nobody.

        That is the search for rows that break a rule, and of a whole file its soundness and the
        chains of all tables but that of the attempts; of a large one the pass over the attempts and
        the computation of closed dates too.
        """

    def passed(self, progress: Callable[[int], None]) -> "Passed | None":
        """Return what the pass over all attempts found, if it was made beside; None if not.

        Args:
            progress: told how many attempts more were read while it is waited for.
        """

    def computed_alike(self, progress: Callable[[int], None]) -> Collection[int]:
        """Return the snapshots that were computed again beside and came out byte for byte.

        Args:
            progress: told how many attempts more were read while it is waited for.
        """

    def beside(self) -> Iterator[tuple[str, Callable[[], Outcome]]]:
        """Yield what was begun, by its name, and what waits for it."""

    def identity(self) -> Sequence[tuple[str, int, int]]:
        """Return what marks the file as ours: name, value, and the value it must have."""

    def schema(self) -> tuple[Mapping[str, Item], Mapping[str, Item]]:
        """Return the schema as it must be and as it is, by lower-case name."""

    def reader(self) -> Reader:
        """Return the reader that the rest of leadlog uses, on the same state."""
