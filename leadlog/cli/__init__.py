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
    if "leadlog.analysis.tamed" in sys.modules:
        # A call to a model may have been given up, and litellm has threads of its own. They may
        # hold a lock, such as that of an import, or wait for a server; the interpreter would wait
        # for them at its end.
        os._exit(code)
    sys.exit(code)
