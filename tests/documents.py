"""The project's own pages, cut into what tests can run.

After a change of what commands print, this brings a page up to date, to be read before it is
committed:

    python tests/documents.py README.md
"""

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

from fakes import FakeClock

from leadlog import cli

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(sys.executable).parent

_BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block: its language, its text, and the file to save it as, if one is named."""

    kind: str
    text: str
    file: str | None


class Example(NamedTuple):
    """A command as a page shows it, the exit code it ends with, and what it prints."""

    command: str
    exit_code: int
    output: str


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, kind: str) -> Iterator[Block]:
    """Yield the fenced blocks of one language."""
    for match in _BLOCK.finditer(text):
        if match["kind"] == kind:
            yield Block(kind, match["text"], match["file"])


def files(text: str) -> dict[str, str]:
    """Return the blocks that are to be saved as files, by name."""
    return {match["file"]: match["text"] for match in _BLOCK.finditer(text) if match["file"]}


def examples(text: str) -> list[Example]:
    """Return the commands of a page's console blocks, in order."""
    found = []
    for block in blocks(text, "console"):
        for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
            lines = part.splitlines(keepends=True)
            length = 1
            while lines[length - 1].endswith("\\\n"):
                length += 1
            command, output = "".join(lines[:length]).rstrip("\n"), "".join(lines[length:])
            expected = re.search(r"# exit (\d+)$", command)
            code = int(expected[1]) if expected else 0
            found.append(Example(command, code, output))
    return found


def run(example: Example, clock: FakeClock) -> tuple[int, str]:
    """Run a `leadlog` command within this process; return its exit code and all it printed.

    What follows `>` is the file that standard output goes to.
    """
    words = shlex.split(example.command.replace("\\\n", " "), comments=True)
    target = None
    if ">" in words:
        place = words.index(">")
        target = Path(words[place + 1])
        words = words[:place]
    both = StringIO()
    results = target.open("w", encoding="utf-8") if target else both
    with redirect_stdout(results), redirect_stderr(both):
        code = cli.main(words[1:], clock=clock)
    if target is not None:
        results.close()
    return code, both.getvalue()


def matches(expected: str, actual: str) -> bool:
    """Whether output is as a page shows it; `…` is anything, lines that carry on included."""
    anything = r".*(?:\n {12}.*)?"
    pattern = anything.join(re.escape(part) for part in expected.rstrip().split("…"))
    return re.fullmatch(pattern, actual.rstrip()) is not None


_DIFFERS_EACH_TIME = {
    r"\b[0-9a-f]{64}\b": "…",
    r"  [0-9a-f]{12}$": "  …",
    r"\d+\.\d KiB": "…",
    r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b": "…",
    r"^  size      .*": "  size      …",
    r"^  SQLite    .*(\n {12}.*)*": "  SQLite    …",
}


def renew(name: str) -> None:
    """Write what the commands of a page's console blocks print now into the page."""
    text, place, clock = page(name), 0, FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("examples").symlink_to(ROOT / "examples")
        for example in examples(text):
            printed = ""
            if example.command.startswith("export "):
                variable, _, value = example.command.removeprefix("export ").partition("=")
                os.environ[variable] = value
            else:
                clock.advance(1)
                printed = run(example, clock)[1].replace(f"{Path.cwd()}/", "…/")
            for pattern, shown in _DIFFERS_EACH_TIME.items():
                printed = re.sub(pattern, shown, printed, flags=re.MULTILINE)
            printed = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
            start = f"\n$ {example.command}\n"
            place = text.index(start + example.output, place) + len(start)
            text = text[:place] + printed + text[place + len(example.output) :]
            place += len(printed) - 1
        os.chdir(ROOT)
    (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    renew(sys.argv[1])
