"""Running one command: arguments in, exit code out, and every error as a sentence."""

import os
import sys

import typer
from typer.exceptions import TyperException

from leadlog.cli import output
from leadlog.cli.commands import root
from leadlog.clock import Clock, SystemClock
from leadlog.errors import EXIT_CODES, LeadlogError

COMPLETION_VARIABLE = "_LEADLOG_COMPLETE"


def run(arguments: list[str], clock: Clock | None) -> int:
    """Run the command that `arguments` name and return its exit code."""
    output.prepare_streams()
    as_json = "--json" in arguments
    try:
        command = root(completion=_wants_completion(arguments))
        if _completing():
            command.main(arguments, prog_name="leadlog", complete_var=COMPLETION_VARIABLE)
        with command.make_context("leadlog", arguments, obj=clock or SystemClock()) as context:
            code = command.invoke(context)
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
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            return 0  # whoever read our output has seen enough
        output.error(output.not_delivered(error), as_json=as_json)
        return EXIT_CODES["not_delivered"]
    except Exception as error:  # a bug: the user gets one line, the traceback only on demand
        if "--debug" in arguments:
            raise
        message = f"This is a bug in leadlog: {type(error).__name__}."
        hint = "Run the same command with --debug and report what it prints."
        output.error(LeadlogError("bug", message, hint), as_json=as_json)
        return EXIT_CODES["bug"]
    return code if isinstance(code, int) else 0


def _wants_completion(arguments: list[str]) -> bool:
    """Whether the options that install completion may be needed; making them costs time."""
    asked = ("--help", "-h", "--install-completion", "--show-completion")
    return not arguments or arguments[0] in asked or _completing()


def _completing() -> bool:
    return COMPLETION_VARIABLE in os.environ


def _usage(error: TyperException, *, as_json: bool) -> int:
    context = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stdout.write(error.format_message().rstrip() + "\n")
        return EXIT_CODES["usage"]
    path = context.command_path if context is not None else "leadlog"
    message = error.format_message().rstrip()
    hint = f"See the options with: {path} --help"
    output.error(LeadlogError("usage", message, hint), as_json=as_json)
    return error.exit_code
