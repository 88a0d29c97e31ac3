"""Only `report` with a model uses the network: every other command is run and watched."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import documents
import pytest
from command_tree import every_path
from fakes import FakeClock
from shell import Shell

DAY = "2026-03-10"
LEADS = str(documents.ROOT / "examples" / "leads.ndjson")
ATTEMPTS = str(documents.ROOT / "examples" / "two-weeks.ndjson")

EVERY_COMMAND: dict[str, list[list[str]]] = {
    "init": [["init"]],
    "user add": [["user", "add", "another", "--limit", "5/1m"]],
    "user list": [["user", "list"]],
    "user show": [["user", "show", "site-form"]],
    "limit status": [["limit", "status"]],
    "limit set": [["limit", "set", "site-form", "50/1m"]],
    "limit history": [["limit", "history"]],
    "limit replay": [["limit", "replay"]],
    "limit simulate": [["limit", "simulate", "20/1m"]],
    "submit": [
        ["submit", "--user", "site-form", "--name", "A", "--email", "a@mail.example.org"],
        ["submit", "--user", "site-form", "--name", "A", "--email", '"a b"@bücher.example'],
        ["submit", "--file", LEADS, "--rejects", "REJECTS"],
    ],
    "record": [
        ["record", "--user", "site-form", "--category", "upstream"],
        ["record", "--file", ATTEMPTS, "--create-users"],
    ],
    "correct": [
        ["correct", "1", "--outcome", "failure", "--category", "rejected", "--reason", "r"]
    ],
    "failures": [["failures"], ["failures", "--list"]],
    "attempts": [["attempts"]],
    "leads": [["leads"]],
    "show": [["show", "1"]],
    "tail": [["tail"]],
    "info": [["info"]],
    "snapshot": [["snapshot"]],
    "snapshots": [["snapshots"]],
    "report": [
        ["report"],
        ["report", "--format", "markdown"],
        ["report", "--format", "html"],
        ["report", "--new", "--fallback", "--json"],
    ],
    "reports": [["reports"]],
    "runs": [["runs"]],
    "trace": [["trace", DAY, "/attempts"], ["trace", "--report", "1"]],
    "checkpoint": [["checkpoint"]],
    "verify": [["verify"]],
    "forget": [
        ["forget", "--attempt", "1", "--reason", "r", "--yes"],
        ["forget", "a1@example.org", "--reason", "r", "--yes"],
        ["forget", "--before", "2026-03-11", "--reason", "r", "--yes"],
    ],
    "backup": [["backup", "COPY"]],
}
"""How each command is run; `tail -f` goes on as `tail` began."""

FREE = [["--help"], ["--version"]]
RUN = [arguments for each in EVERY_COMMAND.values() for arguments in each]

PROGRAM = """
import json, sys
from leadlog.cli import main
codes = [main(arguments) for arguments in json.loads(sys.argv[1])]
sys.stderr.write(json.dumps(codes))
"""


class Watch:
    """Notes what of a network this process asks the system for, while it watches.

    An audit hook sees more than a stand-in for `socket.socket` would, and can't be removed.
    """

    def __init__(self) -> None:
        self.watches = False
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.watches and event.startswith(("socket.", "urllib.", "http.client.")):
            self.seen.append(f"{event} {arguments!r}")


WATCH = Watch()


@pytest.fixture
def watched() -> Iterator[list[str]]:
    WATCH.seen.clear()
    WATCH.watches = True
    yield WATCH.seen
    WATCH.watches = False


@pytest.fixture
def shell(
    database: Path,
    clock: FakeClock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Shell:
    """A log with a closed and explained date, seen from the day after it."""
    monkeypatch.delenv("LEADLOG_MODEL", raising=False)
    shell = Shell(database, clock, capsys)
    shell.ready("site-form")
    for number in range(3):
        shell.submit("site-form", f"a{number}@example.org")
    clock.advance(86_400)
    shell("report", "--date", DAY)
    return shell


def in_folder(arguments: list[str], folder: Path) -> list[str]:
    """Return arguments with the files that are written put into a folder."""
    return [str(folder / one) if one in ("REJECTS", "COPY") else one for one in arguments]


def test_every_command_is_tried_without_a_network() -> None:
    assert sorted(EVERY_COMMAND) == sorted(every_path())


@pytest.mark.parametrize("arguments", [*RUN, *FREE], ids=lambda one: " ".join(one)[:40])
def test_a_command_asks_for_no_network(
    shell: Shell, watched: list[str], arguments: list[str], tmp_path: Path
) -> None:
    run = shell.bare if arguments in FREE else shell

    made = run(*in_folder(arguments, tmp_path))

    assert made.code in (0, 5), made.err
    assert watched == []


@pytest.mark.usefixtures("watched")
def test_the_watch_sees_a_socket() -> None:
    import socket

    socket.socket().close()

    assert WATCH.seen


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_all_of_them_together_make_no_network_call(shell: Shell, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    commands = [[*in_folder(one, tmp_path), "--db", str(shell.database)] for one in RUN]
    program = [sys.executable, "-c", PROGRAM, json.dumps(commands)]

    ended = subprocess.run(
        ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(trace), *program],
        env=os.environ,
        capture_output=True,
        check=False,
        timeout=120,
    )

    if b"ptrace" in ended.stderr and not trace.stat().st_size:
        pytest.skip("strace may not trace here")
    codes = json.loads(ended.stderr.splitlines()[-1])
    assert len(codes) == len(RUN)
    assert set(codes) <= {0, 5}, codes
    calls = [line for line in trace.read_text().splitlines() if "(" in line]
    assert [line for line in calls if "AF_UNIX" not in line and "SIG" not in line] == []
