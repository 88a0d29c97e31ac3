"""Work that has so many seconds and no more, and is not heard."""

import subprocess
import sys
import threading
import time
import warnings

import pytest

from leadlog.analysis import deadline

GIVEN_UP = """
import _imp, atexit, threading
from leadlog import cli
from leadlog.analysis import deadline, tamed

locked = threading.Event()

def work():
    _imp.acquire_lock()  # as one that is in the middle of an import
    locked.set()
    threading.Event().wait()

def main():
    print(deadline.run(work, 0.01), locked.wait())
    return 7

atexit.register(_imp.acquire_lock)  # the interpreter's end imports too
cli.main = main
cli.script()
"""


def test_the_value_of_work_that_ends_in_time_comes_back() -> None:
    assert deadline.run(lambda: 42, 10) == deadline.Done(42)


def test_what_work_raises_comes_back() -> None:
    ended = deadline.run(lambda: 1 // 0, 10)

    assert isinstance(ended, deadline.Crashed)
    assert isinstance(ended.error, ZeroDivisionError)


def test_work_that_takes_too_long_is_given_up() -> None:
    enough = threading.Event()
    started = time.monotonic()

    assert deadline.run(enough.wait, 0.05) is None
    enough.set()

    assert time.monotonic() - started < 5


def test_nothing_of_work_is_heard_but_all_else_is(capfd: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        sys.stdout.write("told\n")
        sys.stderr.write("told\n")
        warnings.warn("warned", stacklevel=1)
        heard.start()
        heard.join()

    heard = threading.Thread(target=print, args=("heard",))

    ended = deadline.run(work, 10)

    assert ended == deadline.Done(None)
    assert capfd.readouterr() == ("heard\n", "")


def test_a_process_ends_whatever_a_call_that_was_given_up_holds() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", GIVEN_UP], capture_output=True, check=False, timeout=20
    )

    assert (ended.returncode, ended.stdout, ended.stderr) == (7, b"None True\n", b"")
