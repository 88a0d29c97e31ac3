"""Writing: results to stdout, everything else to stderr, and nothing silently lost."""

import json
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from leadlog.errors import LeadlogError
from leadlog.text import safe

FEWEST_COLUMNS = 20
_COLOURS = {"green": "32", "red": "31", "yellow": "33", "dim": "2", "bold": "1"}


def prepare_streams() -> None:
    """Let no character that a locale's encoding lacks end a command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def as_dict(value: Any) -> Any:
    """Return a value of the model as plain JSON values, nested named tuples included."""
    if hasattr(value, "_asdict"):
        return {key: as_dict(item) for key, item in value._asdict().items()}
    if isinstance(value, dict):
        return {key: as_dict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_dict(item) for item in value]
    return value


def json_line(value: Any) -> str:
    """Return a value as one line of JSON in ASCII, which no terminal acts upon."""
    return json.dumps(as_dict(value), ensure_ascii=True).replace("\x7f", "\\u007f")


def result(text: str) -> None:
    """Write one line of results; `flush` tells whether it arrived.

    Raises:
        OSError: when stdout is closed, or full.
    """
    if sys.stdout is None:
        raise OSError("standard output is closed")
    sys.stdout.write(text + "\n")


def flush() -> None:
    """See that results arrive.

    Raises:
        OSError: when stdout is closed, or full.
    """
    if sys.stdout is not None:
        sys.stdout.flush()


def flush_quietly() -> None:
    """Flush where nothing depends on it, such as after --help."""
    try:
        flush()
    except OSError:
        discard_stdout()


def discard_stdout() -> None:
    """Drop what could not be written, so that nothing tries again at exit."""
    with suppress(OSError, ValueError):  # a stream that a caller put there may have no descriptor
        if sys.stdout is not None and sys.stdout.fileno() == 1:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.close(nowhere)


def prose(text: str, colour: str | None = None) -> None:
    """Write a sentence of results, wrapped at words where the screen ends."""
    for line in _lines(text, sys.stdout):
        result(line if colour is None else paint(line, colour))


def note(text: str) -> None:
    """Write a sentence for the person, not for a program, wrapped as `prose` is."""
    for line in _lines(text, sys.stderr):
        _tell(line)


def hint(text: str) -> None:
    """Write a sentence that says how to go on, dim."""
    for line in _lines(text, sys.stderr):
        _tell(paint(line, "dim", sys.stderr))


def json_note(value: Any) -> None:
    """Write one JSON object for a program that listens to stderr."""
    _tell(json_line(value))


def _tell(line: str) -> None:
    # That nobody can hear it must not change what the command did, nor its exit code.
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(line + "\n")
            sys.stderr.flush()


def _lines(text: str, stream: TextIO | None) -> list[str]:
    columns = screen_columns(stream)
    if columns is None or len(text) <= columns:
        return [text]
    from leadlog.cli.wording import wrapped

    return wrapped(text, columns)


def screen_columns(stream: TextIO | None) -> int | None:
    """Return how wide the terminal is that a stream goes to; None for files and pipes."""
    if stream is None or not stream.isatty():
        return None
    columns = os.get_terminal_size(stream.fileno()).columns
    return max(columns, FEWEST_COLUMNS) if columns else None


def error(problem: LeadlogError, *, as_json: bool) -> None:
    """Write an error to stderr, with its hint, as sentences or as one JSON object."""
    if as_json:
        fields = {"kind": problem.kind, "message": problem.message, "hint": problem.hint}
        json_note({"error": fields})
        return
    note(safe(problem.message))
    if problem.hint:
        hint(safe(problem.hint))


def not_delivered(cause: OSError, recorded: str | None = None) -> LeadlogError:
    """Return the error of output that did not arrive.

    Args:
        cause: why it did not.
        recorded: what was recorded and what of it is missing, if anything was.
    """
    reason = cause.strerror or str(cause)
    discard_stdout()
    message = f"{recorded or 'The result'} could not be written to standard output: {reason}."
    again = "What was recorded stays recorded. Retry with the same request id to get it again."
    return LeadlogError("not_delivered", message, again if recorded else None)


def wants_colour(stream: TextIO | None) -> bool:
    """Whether to colour what goes to `stream` (https://no-color.org)."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return stream.isatty()


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return `text` in a colour, if the stream it goes to (stdout unless given) shows colours."""
    if not wants_colour(stream if stream is not None else sys.stdout):
        return text
    return painted(text, colour)


def painted(text: str, colour: str) -> str:
    """Return `text` in a colour, for a stream that is known to show colours."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"
