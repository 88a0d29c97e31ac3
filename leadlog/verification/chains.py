"""One table's chain: ids without a gap, every hash right, every row naming the hash before it."""

from collections.abc import Iterable, Mapping, Sequence

from leadlog.verification.hashing import genesis, row_hashes
from leadlog.verification.problems import Findings
from leadlog.verification.source import Batch


class Chain:
    """Follows a table from row to row; give it every row of a stretch in the order of their ids.

    Rows come in batches. A batch that is right as a whole is seen to be so by comparing whole
    columns; only one that is not is looked at row by row.

    After a row that is wrong it goes on from what is stored, so one changed row is one problem.

    Args:
        table: the table's name.
        findings: where problems go.
        last_id, last_hash: the row before the first one; for the first of all 0 and the genesis
            hash, or None for the hash if nobody knows it.
    """

    def __init__(
        self, table: str, findings: Findings, last_id: int = 0, last_hash: str | None = None
    ) -> None:
        self._table = table
        self._findings = findings
        self._other_hash: str | None = None
        self.last_id = last_id
        self.last_hash = last_hash

    def add(
        self,
        ids: Sequence[int],
        prev_hashes: Sequence[str],
        hashes: Sequence[str],
        arrays: Sequence[bytes],
    ) -> None:
        """Check the next rows; an array is what a row's hash covers."""
        first = self.last_id + 1
        if (
            tuple(prev_hashes) == (self.last_hash, *hashes[:-1])
            and tuple(ids) == tuple(range(first, first + len(ids)))
            and row_hashes(arrays) == list(hashes)
        ):
            self.last_id, self.last_hash, self._other_hash = ids[-1], hashes[-1], None
            return
        for row in zip(ids, prev_hashes, hashes, arrays, strict=True):
            self._add_row(*row)

    def _add_row(self, id_: int, prev_hash: str, hash_: str, array: bytes) -> None:
        fits = prev_hash == self.last_hash and id_ == self.last_id + 1
        if not fits:
            fits = self._check_link(id_, prev_hash)
        (computed,) = row_hashes([array])
        self._other_hash = None
        if computed != hash_:
            self._check_hash(id_, prev_hash, hash_, array, linked=fits)
        self.last_id, self.last_hash = id_, hash_

    def restart(self, last_id: int, last_hash: str | None) -> None:
        """Go on elsewhere, after the row `last_id`."""
        self.last_id, self.last_hash, self._other_hash = last_id, last_hash, None

    def close(self, next_prev_hash: str | None) -> None:
        """Check the stretch's last row against what the row after it names, if there is one."""
        if next_prev_hash not in (None, self.last_hash, self._other_hash):
            message = f"Row {self.last_id + 1} does not name the hash of row {self.last_id}."
            self._findings.add(self._table, self.last_id + 1, "prev_hash", "link", message)

    def _check_link(self, id_: int, prev_hash: str) -> bool:
        if id_ != self.last_id + 1:
            first, last = self.last_id + 1, id_ - 1
            what = f"Row {first} is" if first == last else f"Rows {first} to {last} are"
            message = f"{what} missing before row {id_}."
            if id_ <= self.last_id:
                message = f"Row {id_} has an id that no row of ours has."
            self._findings.add(self._table, id_, "id", "gap", message)
            return True  # it can't name the hash of a row that is not there
        if self.last_hash is None or prev_hash == self._other_hash:
            return True
        before = f"row {self.last_id}" if self.last_id else "the beginning of this database's chain"
        message = f"Row {id_} does not name the hash of {before}."
        self._findings.add(self._table, id_, "prev_hash", "link", message)
        return False

    def _check_hash(
        self, id_: int, prev_hash: str, hash_: str, array: bytes, *, linked: bool
    ) -> None:
        if not linked and self.last_hash is not None:
            # The link is named already; with the right one, is the rest of the row as written?
            end = f',"{prev_hash}"]'.encode("utf-8", "surrogateescape")
            repaired = array.removesuffix(end) + f',"{self.last_hash}"]'.encode()
            if row_hashes([repaired]) == [hash_]:
                return
        # If the hash alone was changed, the next row still names the one that was written.
        (self._other_hash,) = row_hashes([array])
        message = f"Row {id_} is not what was written: its content and its hash do not fit."
        self._findings.add(self._table, id_, "hash", "hash", message)


def start(table: str, database_id: str | None, findings: Findings) -> Chain:
    """Return the chain of a whole table, at its beginning."""
    first = None if database_id is None else genesis(database_id, table)
    return Chain(table, findings, 0, first)


def check_tables(
    tables: Mapping[str, Iterable[Batch]], database_id: str | None, findings: Findings
) -> dict[str, int]:
    """Check whole tables from end to end, and return how many rows each has."""
    checked = dict.fromkeys(tables, 0)
    for table, batches in tables.items():
        chain = start(table, database_id, findings)
        with findings.reading(table):
            for batch in batches:
                chain.add(*zip(*batch, strict=True))
                checked[table] += len(batch)
    return checked
