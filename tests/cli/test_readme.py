"""What the README and the pages in docs/ say is what happens."""

import json
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import documents
import pytest
from command_tree import command_at, paths_of
from fake_provider import Act, ollama_says, provider, says
from fakes import FakeClock

from leadlog import cli
from leadlog.cli.commands import COMMANDS
from leadlog.errors import EXIT_CODES, EXIT_RATE_LIMITED, EXIT_RECORDED_FAILURE

README = documents.page("README.md")
REFERENCE = README.partition("\n## Commands\n")[2].partition("\n## ")[0]
OPTIONS = documents.page("docs/commands.md")
MODEL_SAYS = json.dumps(
    {
        "sections": {
            "executive_summary": [{"template": "{{/snapshot/attempts}} attempts were made."}]
        },
        "confidence": {"level": "low", "reason": "That is all."},
    }
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to follow the page in, with the examples beside it and the page's files saved."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("LEADLOG_DB", "leads.db")
    monkeypatch.setenv("PATH", f"{documents.SCRIPTS}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "examples").symlink_to(documents.ROOT / "examples")
    for name, text in documents.files(README).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def ready(clock: FakeClock) -> None:
    """A database with the README's user, in the folder."""
    assert cli.main(["user", "add", "site-form"], clock=clock) == 0


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def hand_over(number: str, email: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return shell(f"sh hand-over.sh {number} 'Ada Lovelace' {email} /pricing", **environment)


def test_every_console_example_prints_and_ends_as_shown(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for example in documents.examples(README):
        if example.command.startswith("export "):
            name, _, value = example.command.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value)
            continue
        clock.advance(1)
        code, output = documents.run(example, clock)
        printed = "\n".join(line.rstrip() for line in output.splitlines())
        assert code == example.exit_code, example.command + "\n" + output
        assert documents.matches(example.output, printed), f"$ {example.command}\n{printed}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_in_the_reference(name: str) -> None:
    commands = [example.command for example in documents.examples(REFERENCE)]

    for path in paths_of(name):
        assert any(command.startswith(f"leadlog {path} ") for command in commands) or any(
            command == f"leadlog {path}" for command in commands
        ), path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_every_command_is_explained(name: str) -> None:
    for path in paths_of(name):
        section = re.search(rf"^## {path}\n(.*?)(?=^## |\Z)", OPTIONS, re.MULTILINE | re.DOTALL)
        assert section is not None, path
        for option in options_of(path):
            everywhere = f"`{option}`" in OPTIONS.partition("\n## ")[0]
            assert everywhere or f"`{option}" in section[1], f"{path} {option}"


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_explained_that_does_not_exist(name: str) -> None:
    for path in paths_of(name):
        section = re.search(rf"^## {path}\n(.*?)(?=^## |\Z)", OPTIONS, re.MULTILINE | re.DOTALL)
        assert section is not None
        explained = set(re.findall(r"^\| `(--[a-z-]+)", section[1], re.MULTILINE))
        assert explained <= set(options_of(path))


def options_of(path: str) -> list[str]:
    return [
        option
        for parameter in command_at(path).params
        for option in parameter.opts
        if option.startswith("--") and not getattr(parameter, "hidden", False)
    ]


@pytest.mark.usefixtures("ready")
def test_the_shell_script_hands_a_lead_over_once() -> None:
    first = hand_over("form-1", "ada@example.org")
    again = hand_over("form-1", "ada@example.org")

    assert (first.returncode, first.stderr) == (0, "")
    assert again.returncode == 0
    assert len(shell("leadlog attempts --json").stdout.splitlines()) == 1


@pytest.mark.usefixtures("ready")
def test_the_shell_script_stops_at_a_recorded_failure() -> None:
    refused = hand_over("form-1", "ada@")

    assert refused.returncode == 5
    assert refused.stderr.startswith("form-1 was not taken (exit 5): {")
    assert len(shell("leadlog attempts --json").stdout.splitlines()) == 1


@pytest.mark.usefixtures("ready")
def test_the_shell_script_waits_until_the_limit_admits() -> None:
    shell("leadlog limit set site-form 1/2s")
    hand_over("form-1", "ada@example.org")

    second = hand_over("form-2", "bob@example.org")

    assert second.returncode == 0
    outcomes = shell("leadlog attempts --json").stdout.splitlines()
    assert "rate_limited" in outcomes[1]
    assert '"lead": 2' in outcomes[-1]


def test_the_shell_script_tries_again_while_the_database_is_unusable(folder: Path) -> None:
    (folder / "leads.db").write_text("not a database, but long enough to be looked at\n" * 100)

    given_up = hand_over("form-1", "ada@example.org", PAUSES="0 0")

    assert given_up.returncode == 8
    assert given_up.stderr.count("form-1 was not taken") == 1


def test_the_shell_script_stops_where_a_person_is_needed() -> None:
    assert hand_over("form-1", "ada@example.org").returncode == 3


@pytest.mark.usefixtures("ready")
def test_a_file_handed_over_twice_is_taken_once(folder: Path) -> None:
    shutil.copy(documents.ROOT / "examples" / "leads.ndjson", folder / "leads.ndjson")

    shell("sh hand-over-many.sh")
    again = shell("sh hand-over-many.sh")

    leads = shell("leadlog leads --json").stdout.splitlines()
    assert ": 0 leads" in again.stderr
    assert len(leads) == 18


@pytest.mark.usefixtures("ready")
def test_the_pipe_shows_the_failures_only(folder: Path) -> None:
    shutil.copy(documents.ROOT / "examples" / "leads.ndjson", folder / "leads.ndjson")

    shown = shell("sh follow.sh").stdout.splitlines()

    assert shown
    assert all('"outcome": "failure"' in line for line in shown)


@pytest.mark.usefixtures("ready")
@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_a_backends_log_is_brought_in_and_can_be_brought_in_again() -> None:
    first = shell("sh bring.sh")
    again = shell("sh bring.sh")

    assert first.returncode == 0, first.stderr
    assert "4 attempts: 1 success" in first.stderr
    assert "duplicate 1 · rate_limited 1 · upstream 1" in first.stderr
    assert "0 attempts + 4 replayed" in again.stderr
    dates = re.findall(r'"log_date": "([^"]*)"', shell("leadlog attempts --json").stdout)
    assert dates == ["2025-11-13"] * 4


@pytest.mark.usefixtures("ready")
@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="the sqlite3 shell is not installed")
def test_the_copy_is_whole_and_the_views_can_be_read_from_outside() -> None:
    shell("leadlog submit --user site-form --name Ada")

    copied = shell("leadlog backup copy.db")
    looked = shell("sh look.sh")

    assert (copied.returncode, looked.returncode) == (0, 0), copied.stderr + looked.stderr
    assert len(shell("leadlog attempts --json --db copy.db").stdout.splitlines()) == 1
    assert looked.stdout.endswith("|1\n")


@pytest.mark.usefixtures("ready")
def test_a_copy_is_restored_as_the_page_says(folder: Path) -> None:
    submit = "leadlog submit --user site-form --name Ada --email"
    shell(f"{submit} ada@example.org")
    shell("leadlog backup copy.db")
    shell(f"{submit} bob@example.org")

    restored = shell("sh restore.sh")

    assert restored.returncode == 0, restored.stderr
    assert "leads.db is as it was written" in restored.stdout
    kept = [f"leadlog attempts --json --db {file}" for file in ("replaced/leads.db", "leads.db")]
    assert [len(shell(command).stdout.splitlines()) for command in kept] == [2, 1]
    assert stat.S_IMODE((folder / "leads.db").stat().st_mode) == 0o600
    assert '"attempt": 2' in shell(f"{submit} cy@example.org --json").stdout
    assert shell("leadlog verify").returncode == 0


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = documents.blocks(README, "python")

    exec(compile(example.text, "README.md", "exec"), {})

    assert "duplicate_lead" in capsys.readouterr().out


@pytest.mark.usefixtures("ready")
def test_the_cron_lines_run() -> None:
    tables = [block.text for block in documents.blocks(README, "cron")]
    lines = re.findall(r"leadlog .*", "\n".join(tables))
    first, second, close, explain = lines

    taken = shell(first.replace("/var/spool/forms/attempts.ndjson", "examples/two-weeks.ndjson"))
    mailed = shell(second)
    closed = shell(close)
    explained = shell(explain)

    assert (taken.returncode, taken.stdout, taken.stderr) == (0, "", "")
    assert mailed.returncode == 0
    assert (closed.returncode, closed.stdout, closed.stderr) == (0, "", "")
    assert (explained.returncode, explained.stderr) == (0, "")
    assert explained.stdout.startswith("Report for ")
    assert max(map(len, explained.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    ("script", "said", "path"),
    [("by-ollama.sh", ollama_says, ""), ("by-server.sh", says, "/v1")],
)
def test_a_local_model_writes_the_report(
    folder: Path, script: str, said: Callable[[str], Act], path: str
) -> None:
    shell("leadlog record --file examples/two-weeks.ndjson --create-users")
    (folder / "bin").mkdir()
    (folder / "bin" / "ollama").symlink_to("/bin/true")

    with provider(said(MODEL_SAYS)) as server:
        address = server.api_base.removesuffix("/v1") + path
        commands = (folder / script).read_text().replace("http://127.0.0.1:8080/v1", address)
        written = shell(
            f"PATH=$PWD/bin:$PATH\n{commands}", LEADLOG_API_BASE=address, PYTHONWARNINGS="error"
        )

    assert (written.returncode, written.stderr) == (0, "")
    assert written.stdout.startswith("Report for 2025-11-13 · version 1 · o")
    assert "74 attempts were made." in written.stdout
    assert len(server.bodies) == 1


def test_every_exit_code_stands_in_the_table() -> None:
    table = README.partition("\n## From a shell script\n")[2].partition("\n\nA request id")[0]

    first_cells = re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
    listed = {int(code) for cell in first_cells for code in cell.split(", ")}

    recorded = {0, EXIT_RECORDED_FAILURE, EXIT_RATE_LIMITED}
    assert listed == recorded | set(EXIT_CODES.values())


def test_the_schema_table_names_every_table_and_view() -> None:
    import sqlite3
    from contextlib import closing

    cli.main(["init", "-q"])
    with closing(sqlite3.connect("leads.db")) as connection:
        query = "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
        names = [name for (name,) in connection.execute(query) if not name.startswith("_")]

    assert [
        name for name in names if f"`{name}`" not in README.partition("\n## The file\n")[2]
    ] == []


def test_every_page_that_is_linked_exists() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *linked_docs()):
        text = documents.page(name)
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (documents.ROOT / name).parent.joinpath(target).exists(), f"{name}: {target}"


def linked_docs() -> list[str]:
    return [f"docs/{path.name}" for path in (documents.ROOT / "docs").glob("*.md")]


def test_what_ci_runs_can_be_run() -> None:
    assert (documents.ROOT / ".ci" / "run").stat().st_mode & stat.S_IXUSR
