"""Running one command: arguments in, exit code out, and every error as a sentence."""

import os

import typer
from typer.exceptions import TyperException

from leadlog.cli import output
from leadlog.cli.commands import root
from leadlog.clock import Clock, SystemClock
from leadlog.errors import EXIT_CODES, LeadlogError

_PLAINER = {
    "is not a valid int.": "is not a whole number.",
    "is not a valid float.": "is not a number.",
    "Got unexpected extra argument(s)": "There is no use for",
}
"""What Typer says, and how to say it."""

_EVERY_COMMAND_TAKES = ("--db", "--json", "--quiet", "-q")

COMPLETION_VARIABLE = "_LEADLOG_COMPLETE"


def run(arguments: list[str], clock: Clock | None) -> int:
    """Run the command that `arguments` name and return its exit code."""
    output.prepare_streams()
    as_json = "--json" in arguments
    try:
        code = _invoke(arguments, clock or SystemClock())
        output.flush()
    except typer.Exit as stop:
        output.flush_quietly()
        return stop.exit_code
    except LeadlogError as error:
        output.error(error, as_json=as_json)
        return error.exit_code
    except TyperException as error:
        return _usage(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_CODES["interrupted"]
    except BrokenPipeError:
        output.discard_stdout()
        return 0  # whoever read our output has seen enough
    except OSError as error:
        output.error(output.not_delivered(error), as_json=as_json)
        return EXIT_CODES["not_delivered"]
    except Exception as error:  # the user gets one line, the traceback only on demand
        if "--debug" in arguments:
            raise
        return _bug(error, as_json=as_json)
    return code


def _invoke(arguments: list[str], clock: Clock) -> int:
    command = root(completion=_wants_completion(arguments))
    try:
        if _completing():
            command.main(arguments, prog_name="leadlog", complete_var=COMPLETION_VARIABLE)
        with command.make_context("leadlog", arguments, obj=clock) as context:
            code = command.invoke(context)
    except SystemExit as stop:  # how Typer ends after completing, or installing that
        code = stop.code
    return code if isinstance(code, int) else 0


def _bug(error: Exception, *, as_json: bool) -> int:
    if not _completing():  # there, anything printed would end up in what is being typed
        message = f"This is a bug in leadlog: {type(error).__name__}."
        hint = "Run the same command with --debug and report what it prints."
        output.error(LeadlogError("bug", message, hint), as_json=as_json)
    return EXIT_CODES["bug"]


def _wants_completion(arguments: list[str]) -> bool:
    """Whether the options that install completion may be needed; making them costs time."""
    asked = ("--help", "-h", "--install-completion", "--show-completion")
    return not arguments or arguments[0] in asked or _completing()


def _completing() -> bool:
    return COMPLETION_VARIABLE in os.environ


def _usage(error: TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    message = error.format_message().rstrip()
    if type(error).__name__ == "NoArgsIsHelpError":
        if message:  # where Rich is used it has printed the help already
            output.result(message)
        output.flush_quietly()
        return EXIT_CODES["usage"]
    path = context.command_path if context is not None else "leadlog"
    for said, meant in _PLAINER.items():
        message = message.replace(said, meant)
    hint = f"See the options with: {path} --help"
    option = getattr(error, "option_name", None)
    if option in _EVERY_COMMAND_TAKES and context is not None and context.parent is None:
        hint = f"{option} comes after the command, as in: leadlog attempts {option}"
    output.error(LeadlogError("usage", message, hint), as_json=as_json)
    return error.exit_code
