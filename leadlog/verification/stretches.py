"""Rows of one date, which do not all follow one another."""

from collections.abc import Iterator
from itertools import groupby

from leadlog.verification.chains import Chain
from leadlog.verification.source import Batch, Log


def stretches(batch: Batch, date: str | None) -> Iterator[Batch]:
    """Cut a batch where a date's rows are not next to each other; of a whole file nowhere."""
    if date is None:
        yield batch
        return
    for _, rows in groupby(enumerate(batch), lambda item: item[1][0] - item[0]):
        yield [row for _, row in rows]


def goes_on_elsewhere(chain: Chain, table: str, id_: int, date: str | None, log: Log) -> bool:
    """Let a chain go on at a row of a date, and return whether its predecessor was not read."""
    if date is None or id_ == chain.last_id + 1:
        return False
    if chain.last_id:
        chain.close(log.next_prev_hash(table, chain.last_id))
    before = log.find_hash(table, id_ - 1)
    if id_ > 1 and before is None:
        chain.restart(id_ - 2, None)  # it is missing, which is a gap
    else:
        chain.restart(id_ - 1, before)
    return True
