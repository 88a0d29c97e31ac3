"""How far a long command is, where somebody looks on; loads nothing where nobody does."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager


def is_seen() -> bool:
    """Whether stderr is a terminal that can show progress."""
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def meter(doing: str, noun: str, *, wanted: bool) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr while it is a terminal; yield what is told how many of how many.

    Args:
        doing: what is going on, in one word.
        noun: what is counted, in the plural.
        wanted: whether to show it at all.
    """
    if not wanted or not is_seen():
        yield lambda _done, _total: None
        return
    from leadlog.cli import progress

    with ExitStack() as stack:
        bars: list[Callable[[int], None]] = []
        shown = 0

        def tell(done: int, total: int) -> None:
            nonlocal shown
            if not bars:
                bars.append(stack.enter_context(progress.bar(doing, total, noun)))
            bars[0](done - shown)
            shown = done

        yield tell
