"""The list of commands; the module behind each is imported when the command runs."""

from importlib import import_module
from inspect import cleandoc
from typing import Annotated, Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup


class Entry(NamedTuple):
    """Where a command lives and what the list of commands says of it."""

    module: str
    panel: str
    help: str


_SETUP: Final = "Set up"
_RECORD: Final = "Record"
_LOOK: Final = "Look"
_DAYS: Final = "Close and explain days"
_PROVE: Final = "Prove"
_KEEP: Final = "Keep and erase"

COMMANDS: Final = {
    "init": Entry("init", _SETUP, "Create the database."),
    "user": Entry("user", _SETUP, "Register users and show them."),
    "limit": Entry("limit", _SETUP, "Show and set rate limits."),
    "submit": Entry("submit", _RECORD, "Submit a lead, or a stream of them."),
    "record": Entry("record", _RECORD, "Record what became of attempts elsewhere."),
    "correct": Entry("correct", _RECORD, "State what an attempt should have been."),
    "failures": Entry("failures", _LOOK, "Show what failed, for whom, since when."),
    "attempts": Entry("attempts", _LOOK, "List attempts."),
    "leads": Entry("leads", _LOOK, "List leads."),
    "show": Entry("show", _LOOK, "Show everything about one attempt."),
    "tail": Entry("tail", _LOOK, "Show the newest attempts, and follow."),
    "info": Entry("info", _LOOK, "Show what the database is and holds."),
    "snapshot": Entry("snapshot", _DAYS, "Close a date and show its figures."),
    "snapshots": Entry("snapshots", _DAYS, "List the closed dates."),
    "report": Entry("report", _DAYS, "Explain a date in sentences."),
    "reports": Entry("reports", _DAYS, "List the stored reports."),
    "runs": Entry("runs", _DAYS, "List the tries to write reports."),
    "trace": Entry("trace", _DAYS, "Show the attempts behind a figure."),
    "checkpoint": Entry("checkpoint", _PROVE, "Print a proof to keep elsewhere."),
    "verify": Entry("verify", _PROVE, "Prove that nothing was changed, or name what was."),
    "forget": Entry("forget", _KEEP, "Erase what is known of a person."),
    "backup": Entry("backup", _KEEP, "Copy the database while others write."),
}


class Command(TyperCommand):
    """A command whose help flows: paragraphs as wide as the screen, plain names in its usage."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        # Typer keeps the line breaks of the source in all paragraphs but the first.
        paragraphs = cleandoc(self.help or "").split("\n\n")
        self.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the arguments as the help names them; Typer would write `{HANDLE}`."""
        return [piece.strip("{}") for piece in super().collect_usage_pieces(ctx)]


class LazyGroup(TyperGroup):
    """Lists commands by their entries and imports a command's module when it is run."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, entry in COMMANDS.items():
            self.commands[name] = TyperCommand(
                name, callback=None, help=entry.help, rich_help_panel=entry.panel
            )

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the real command and the remaining arguments."""
        name, _, rest = super().resolve_command(ctx, args)
        entry = COMMANDS.get(name or "")
        if entry is None:
            return name, None, rest
        module = import_module(f"leadlog.cli.{entry.module}")
        command = typer.main.get_command(module.app)
        command.name = name
        return name, command, rest


def _show_version(wanted: bool) -> None:  # Typer calls it with the option's value
    if wanted:
        from leadlog import __version__

        typer.echo(f"leadlog {__version__}")
        raise typer.Exit


def _callback(
    version: Annotated[  # its callback does the work
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Know what became of every lead submission.

    The log is one SQLite file: --db PATH, else LEADLOG_DB, else a file in your data folder.
    """


def root(*, completion: bool) -> Any:
    """Return the top-level command.

    Args:
        completion: with the options that install shell completion; they cost start-up time.
    """
    app = typer.Typer(
        cls=LazyGroup,
        add_completion=completion,
        no_args_is_help=True,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_callback)
    return typer.main.get_command(app)
