"""Shell completion, asked the way bash, zsh and fish ask."""

from pathlib import Path

import pytest
from fakes import FakeClock
from shell import Shell

import leadlog
from leadlog.cli import completing, main
from leadlog.cli.commands import COMMANDS


@pytest.fixture
def run(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    shell = Shell(database, clock, capsys)
    shell.ready("site-form", "site-admin", "partner-x")
    return shell


@pytest.fixture
def bash(run: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Bash":
    monkeypatch.setenv("LEADLOG_DB", str(run.database))
    return Bash(run, monkeypatch, capsys)


class Bash:
    """Asks what may follow a line, as bash does at the tab key."""

    def __init__(
        self,
        run: Shell,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.run = run
        self._environment = monkeypatch
        self._capsys = capsys

    def __call__(self, line: str) -> list[str]:
        self._environment.setenv("_LEADLOG_COMPLETE", "complete_bash")
        self._environment.setenv("COMP_WORDS", line)
        self._environment.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        self._capsys.readouterr()
        main([])
        out, err = self._capsys.readouterr()
        assert err == ""
        return out.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("leadlog ", list(COMMANDS)),
        ("leadlog at", ["attempts"]),
        ("leadlog user ", ["add", "list", "show"]),
        ("leadlog limit s", ["status", "set", "simulate"]),
        ("leadlog attempts --si", ["--since"]),
        ("leadlog attempts --user si", ["site-admin", "site-form"]),
        ("leadlog submit --user p", ["partner-x"]),
        ("leadlog record --user p", ["partner-x"]),
        ("leadlog user show si", ["site-admin", "site-form"]),
        ("leadlog limit set p", ["partner-x"]),
        ("leadlog limit status p", ["partner-x"]),
        ("leadlog limit history p", ["partner-x"]),
        ("leadlog failures --by ", ["category", "code", "source", "page", "user"]),
        ("leadlog attempts --category du", ["duplicate"]),
        ("leadlog attempts --outcome ", ["success", "failure"]),
        ("leadlog failures --as-of y", ["yesterday"]),
        ("leadlog attempts --user zzz", []),
    ],
)
def test_bash_is_offered(bash: Bash, line: str, offered: list[str]) -> None:
    assert sorted(bash(line)) == sorted(offered)


def test_dates_are_those_of_the_log_the_newest_first(bash: Bash) -> None:
    for day in ("2026-03-01", "2026-03-01", "2026-03-04", "2026-03-09"):
        bash.run.clock.set(f"{day}T12:00:00Z")
        bash.run.submit("site-form", "ada@example.org")

    assert bash("leadlog attempts --date ") == [
        *("today", "yesterday", "2026-03-09", "2026-03-04", "2026-03-01")
    ]
    assert bash("leadlog failures --since 2026-03-0") == ["2026-03-09", "2026-03-04", "2026-03-01"]


def test_the_database_that_was_typed_is_the_one_that_is_asked(
    bash: Bash, tmp_path: Path, clock: FakeClock
) -> None:
    other = tmp_path / "other.db"
    with leadlog.open(other, create=True, clock=clock) as log:
        log.add_user("elsewhere")

    assert bash(f"leadlog attempts --db {other} --user ") == ["elsewhere"]


def test_nothing_is_offered_nor_created_where_there_is_no_database(
    bash: Bash, tmp_path: Path
) -> None:
    assert bash(f"leadlog attempts --db {tmp_path}/none.db --user ") == []
    assert bash(f"leadlog attempts --db {tmp_path} --user ") == []
    assert not (tmp_path / "none.db").exists()


def test_a_bug_while_completing_prints_nothing(bash: Bash, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> list[str]:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(completing, "handles", broken)

    assert bash("leadlog attempts --user ") == []


@pytest.mark.usefixtures("bash")
def test_zsh_and_fish_are_offered_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "leadlog attempts --user site-f")

    monkeypatch.setenv("_LEADLOG_COMPLETE", "complete_zsh")
    main([])
    zsh = capsys.readouterr()
    monkeypatch.setenv("_LEADLOG_COMPLETE", "complete_fish")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    main([])
    fish = capsys.readouterr()

    assert zsh == ("_arguments '*: :((\"site-form\"))'\n", "")
    assert fish == ("site-form\n", "")


@pytest.mark.usefixtures("bash")
def test_zsh_shows_what_a_command_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "leadlog fa")
    monkeypatch.setenv("_LEADLOG_COMPLETE", "complete_zsh")

    main([])

    assert capsys.readouterr().out.strip() == (
        '_arguments \'*: :(("failures":"Show what failed, for whom, since when."))\''
    )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_can_be_shown_and_installed(
    run: Shell, shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")

    shown = run.bare("--show-completion", shell)
    installed = run.bare("--install-completion", shell)

    assert shown.code == 0
    assert f"complete_{shell}" in shown.out
    assert installed.code == 0
    written = [path for path in home.rglob("*") if path.is_file()]
    assert any(f"complete_{shell}" in path.read_text() for path in written)


def test_the_newest_dates_are_as_many_as_asked_for(database: Path, clock: FakeClock) -> None:
    with leadlog.open(database, create=True, clock=clock) as log:
        log.add_user("site-form")
        for _ in range(3):
            log.submit(user="site-form", name="Ada", email="ada@example.org")
            clock.advance(86400)

        assert log.newest_dates(2) == ["2026-03-12", "2026-03-11"]
        assert log.newest_dates(9) == ["2026-03-12", "2026-03-11", "2026-03-10"]
        assert log.newest_dates(0) == []


def test_an_empty_log_has_no_dates(database: Path, clock: FakeClock) -> None:
    with leadlog.open(database, create=True, clock=clock) as log:
        assert log.newest_dates(5) == []
