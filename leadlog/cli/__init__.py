"""The command line: `main` runs one command and returns its exit code.

Everything a command needs is imported when it runs, because `leadlog submit` is a fresh process
for every lead and most of its time is imports.
"""

import os
import sys
from collections.abc import Sequence

from leadlog.clock import Clock


def main(argv: Sequence[str] | None = None, *, clock: Clock | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments after the program's name; those of this process unless given.
        clock: where time comes from; the machine's clock unless given.

    Returns:
        The exit code; see `leadlog.errors.EXIT_CODES`.
    """
    from leadlog.cli.running import run

    return run(list(sys.argv[1:] if argv is None else argv), clock)


def script() -> None:
    """Run as the `leadlog` program and end the process.

    Whatever could not be written was reported already; the interpreter must not report it again
    while it closes its streams, nor change the exit code over it.
    """
    try:
        code = main()
    except KeyboardInterrupt:  # while the program was still starting
        code = 130
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
    if _call_was_given_up():
        os._exit(code)
    sys.exit(code)


def _call_was_given_up() -> bool:
    """Whether a call to a model still runs, although nobody waits for it.

    It may hold a lock, such as that of an import, for which the interpreter would wait at its end.
    """
    deadline = sys.modules.get("leadlog.analysis.deadline")
    return deadline is not None and deadline.still_running()
