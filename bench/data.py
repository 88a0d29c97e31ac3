"""Input files and databases for the measurements."""

import json
import subprocess
from pathlib import Path

from bench.measuring import LEADLOG


def write_lines(path: Path, lines: int, users: int = 5) -> Path:
    """Write `lines` submissions of ordinary length; one in ten repeats an earlier address."""
    if path.exists():
        return path
    with path.open("w") as file:
        for number in range(lines):
            person = number if number % 10 else number // 10
            record = {
                "user": f"user-{number % users}",
                "name": f"Person {person}",
                "email": f"person{person}@example.org",
                "phone": "+1 555 0100",
                "source": "web",
                "page": f"/page-{number % 20}",
                "message": "Please call me back about the offer.",
            }
            file.write(json.dumps(record) + "\n")
    return path


def new_database(path: Path, *, users: int = 5, limit: str = "1000000000/1d") -> Path:
    """Create a database with registered users, and a limit out of the way unless given."""
    for old in path.parent.glob(path.name + "*"):
        old.unlink()
    leadlog("init", "--limit", limit, "--db", str(path))
    for number in range(users):
        leadlog("user", "add", f"user-{number}", "--db", str(path))
    return path


def leadlog(*arguments: str) -> str:
    """Run leadlog and return what it printed."""
    done = subprocess.run([LEADLOG, *arguments], capture_output=True, check=True, text=True)
    return done.stdout
