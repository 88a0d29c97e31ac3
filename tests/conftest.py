"""Fixtures that many tests share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import FakeClock

import leadlog


def pytest_configure() -> None:
    """Take back the signals that `nohup` or a shell's `&` has the tests' processes ignore."""
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@pytest.fixture
def clock() -> FakeClock:
    """Noon on Tuesday, 10 March 2026, UTC."""
    return FakeClock()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where a test's database lies; nothing is there yet."""
    return tmp_path / "leads.db"


@pytest.fixture
def log(database: Path, clock: FakeClock) -> Iterator[leadlog.Leadlog]:
    """An open log with the user `site-form` and the default limit of 100 a minute."""
    with leadlog.open(database, create=True, clock=clock) as opened:
        opened.add_user("site-form")
        yield opened
