"""Running a command inside the test's process, the way `leadlog` itself does."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fakes import FakeClock

from leadlog.cli import main


class Result(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on stdout."""
        (value,) = self.objects
        return value

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> dict[str, Any]:
        """What the one JSON object on stderr says of an error."""
        (line,) = self.err.splitlines()
        value = json.loads(line)
        assert list(value) == ["error"]
        assert list(value["error"]) == ["kind", "message", "hint"]
        return dict(value["error"])


class Shell:
    """Runs commands on one database, with one clock.

    A call names the command and its arguments; `--db` is added.
    """

    def __init__(
        self, database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.database = database
        self.clock = clock
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Result:
        return self.bare(*arguments, "--db", str(self.database))

    def bare(self, *arguments: str) -> Result:
        """Run a command without adding anything."""
        self._capsys.readouterr()
        code = main(list(arguments), clock=self.clock)
        out, err = self._capsys.readouterr()
        return Result(code, out, err)

    def ready(self, *users: str, timezone: str = "UTC") -> None:
        """Create the database and register users."""
        assert self("init", "--timezone", timezone).code == 0
        for user in users:
            assert self("user", "add", user).code == 0

    def submit(self, user: str, email: str, *more: str) -> Result:
        """Submit a lead for someone called Ada."""
        return self("submit", "--user", user, "--name", "Ada", "--email", email, *more)

    def file(self, name: str, *lines: dict[str, Any] | bytes) -> str:
        """Write a file of lines next to the database and return its path."""
        path = self.database.with_name(name)
        raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        path.write_bytes(b"".join(line + b"\n" for line in raw))
        return str(path)
