"""Signals that ask a command to end: noted, so that it ends at a point of its own choosing."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from leadlog.errors import LeadlogError

_HANG_UP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def noted(
    numbers: Sequence[signal.Signals] = (signal.SIGINT, signal.SIGTERM),
) -> Iterator[Sequence[int]]:
    """Note signals instead of dying of them; yield those that came, in order.

    A hang-up that is ignored, as under nohup, stays ignored.
    """
    received: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    before = {
        number: signal.signal(number, note)
        for number in numbers
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Yield what tells whether a signal asked to end, a lost terminal's included.

    Raises:
        LeadlogError: what was interrupted because of it; kind `terminated` unless it was Ctrl-C.
    """
    with noted(_HANG_UP) as received:
        try:
            yield lambda: bool(received)
        except LeadlogError as error:
            if error.kind == "interrupted" and received and received[0] != signal.SIGINT:
                raise LeadlogError("terminated", error.message, error.hint) from None
            raise
