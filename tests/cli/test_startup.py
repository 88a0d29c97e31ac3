"""What `leadlog submit` may load: most of its time is imports."""

import subprocess
import sys
from pathlib import Path

import pytest

import leadlog

OWN = {
    "leadlog",
    "leadlog.chain",
    "leadlog.cli",
    "leadlog.cli.commands",
    "leadlog.cli.options",
    "leadlog.cli.output",
    "leadlog.cli.records",
    "leadlog.cli.running",
    "leadlog.cli.submit",
    "leadlog.cli.wording",
    "leadlog.clock",
    "leadlog.decision",
    "leadlog.emails",
    "leadlog.errors",
    "leadlog.intake",
    "leadlog.limits",
    "leadlog.masking",
    "leadlog.model",
    "leadlog.own_values",
    "leadlog.parsing",
    "leadlog.rows",
    "leadlog.service",
    "leadlog.service.days",
    "leadlog.service.keeping",
    "leadlog.service.limiting",
    "leadlog.service.looking",
    "leadlog.service.part",
    "leadlog.service.recording",
    "leadlog.storage",
    "leadlog.storage.buffer",
    "leadlog.storage.connection",
    "leadlog.storage.contact_keys",
    "leadlog.storage.driver_errors",
    "leadlog.storage.gate",
    "leadlog.storage.lookups",
    "leadlog.storage.sqlite",
    "leadlog.storage.window",
    "leadlog.storage.writing",
    "leadlog.tables",
    "leadlog.text",
    "leadlog.validation",
}
"""Adding a module here makes every `submit` slower; measure before doing so."""

NEVER = {
    *("email_validator", "httpx", "jinja2", "litellm", "platformdirs", "pydantic"),
    *(
        "pydantic_core",
        "rich",
        "sqlite_utils",
        "zoneinfo",
        "shlex",
        "asyncio",
        "importlib.metadata",
    ),
    *("leadlog.listings", "leadlog.cli.layout", "leadlog.cli.streaming", "leadlog.cli.tables"),
    *("leadlog.storage.creation", "leadlog.storage.migrations", "leadlog.storage.reading"),
}


# Not `-X importtime`: it is silent about modules that importlib.import_module brings in.
PROGRAM = """
import sys
before = set(sys.modules)
from leadlog.cli import main
code = main(sys.argv[1:])
print(*sorted(set(sys.modules) - before), file=sys.stderr)
sys.exit(code)
"""


CONSOLE = {"rich.console", "rich.table", "rich.text"}
"""What takes a table longer to load than to print (`rich.cells` alone takes a third of it)."""


def loaded_by_submit(database: Path) -> set[str]:
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form")
    lead = ["--user", "site-form", "--name", "Ada", "--email", "ada@example.org", "--page", "/a"]
    command = ["submit", *lead, "--db", str(database)]
    return loaded_by(*command, printing="✓ lead 1 created")


def loaded_by(*command: str, printing: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *command], capture_output=True, text=True, check=True
    )
    assert printing in done.stdout
    return set(done.stderr.splitlines()[-1].split())


def test_submit_loads_these_modules_of_ours_and_no_other(database: Path) -> None:
    loaded = loaded_by_submit(database)

    assert {name for name in loaded if name.split(".")[0] == "leadlog"} == OWN


def test_submit_never_loads_what_is_slow_to_load(database: Path) -> None:
    loaded = loaded_by_submit(database)

    assert loaded & NEVER == set()
    assert "typer" in loaded
    assert "sqlite3" in loaded


@pytest.mark.parametrize(
    ("command", "title"),
    [("attempts", "outcome"), ("failures", "category"), ("limit status", "frees up")],
)
def test_a_table_is_printed_without_a_console(database: Path, command: str, title: str) -> None:
    with leadlog.open(database, create=True) as log:
        log.add_user("site-form")
        log.submit(user="site-form", name="Ada", email="no address", page="/a")

    loaded = loaded_by(*command.split(), "--db", str(database), printing=title)

    assert loaded & CONSOLE == set()
    assert "rich.cells" in loaded
