"""Real leadlog processes, and what their tests need around them."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

LEADLOG = [sys.executable, "-m", "leadlog"]

Output = int | IO[bytes] | None


def start(
    *arguments: str | Path,
    stdin: Output = subprocess.DEVNULL,
    stdout: Output = subprocess.PIPE,
    stderr: Output = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start one leadlog process, its pipes unbuffered: `communicate` passes our buffers by."""
    command = [*LEADLOG, *map(str, arguments)]
    return subprocess.Popen(command, bufsize=0, stdin=stdin, stdout=stdout, stderr=stderr)


def run(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run one leadlog process to its end."""
    command = [*LEADLOG, *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60)


def finish(processes: Sequence[subprocess.Popen[bytes]]) -> list[tuple[int, bytes, bytes]]:
    """Wait for processes; return each one's exit code, stdout and stderr."""
    ended = []
    for process in processes:
        stdout, stderr = process.communicate(timeout=60)
        ended.append((process.returncode, stdout, stderr))
    return ended


def one_shot(database: Path, number: int, *more: str) -> list[str | Path]:
    """The arguments that submit person `number` with a request id."""
    person = ["--user", "site-form", "--name", f"P {number}", "--email", f"p{number}@example.org"]
    return ["submit", "--db", database, *person, "--request-id", f"r-{number}", "--json", *more]


def line(number: int) -> bytes:
    """The line that submits the same."""
    record = {
        "user": "site-form",
        "name": f"P {number}",
        "email": f"p{number}@example.org",
        "request_id": f"r-{number}",
    }
    return json.dumps(record).encode() + b"\n"


def whole_lines(printed: bytes) -> list[dict[str, Any]]:
    """Parse the lines that were printed to their end; a killed process leaves half of one."""
    return [json.loads(each) for each in printed.split(b"\n")[:-1]]
