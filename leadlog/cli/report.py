"""`leadlog report`."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from leadlog.cli import filters, options, output
from leadlog.cli.commands import Command
from leadlog.clock import parse_date
from leadlog.errors import LeadlogError
from leadlog.text import safe

if TYPE_CHECKING:
    from leadlog.analysis.model import ModelEngine
    from leadlog.rendering import Report

app = typer.Typer(add_completion=False)

FORMATS = ("text", "markdown", "html")
LONGEST_TIMEOUT_SECONDS = 86_400.0


@app.command(cls=Command)
def report(
    ctx: typer.Context,
    date: Annotated[
        str,
        typer.Option(
            "--date",
            metavar="DATE",
            help="The date to explain: 2026-01-31, today, yesterday.",
            autocompletion=filters.complete_dates,
        ),
    ] = "yesterday",
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            envvar="LEADLOG_MODEL",
            help="Let a model write it, named as litellm does: ollama_chat/llama3.2.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option("--timeout", metavar="SECONDS", help="How long the model may take in all."),
    ] = 120,
    fallback: Annotated[
        bool,
        typer.Option("--fallback", help="Let the built-in analyst write if the model fails."),
    ] = False,
    new: Annotated[
        bool, typer.Option("--new", help="Write the next version even if a stored one still fits.")
    ] = False,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, markdown or html.")
    ] = "text",
    db: options.DbOption = None,
    json: options.JsonOption = False,
    quiet: options.QuietOption = False,
    wait: options.WaitOption = options.DEFAULT_WAIT_SECONDS,
    debug: options.DebugOption = False,
) -> int:
    """Explain a date in sentences, closing it first if it is over.

    Without a model the built-in analyst writes; only a model uses the network. A server of your own
    is named by LEADLOG_API_BASE.

    Every number in them names its place in the date's figures and leads to the attempts behind it.
    A stored report is printed again as long as its figures are those of the date.
    """
    if format_ not in FORMATS:
        hint = f"Use one of {', '.join(FORMATS)}."
        raise LeadlogError("usage", f'There is no format "{format_}".', hint)
    if not 1 <= timeout <= LONGEST_TIMEOUT_SECONDS:  # nor is it, where it is no number
        hint = f"Use a number of seconds from 1 to {LONGEST_TIMEOUT_SECONDS:,.0f}, a day."
        raise LeadlogError("usage", f"A model can't be given {timeout:g} seconds.", hint)
    engine = _model(ctx, model, timeout) if model else None
    with options.open_log(ctx, db, wait) as log:
        found = log.report(
            parse_date(date, log.today()),
            engine,
            fallback=fallback,
            new=new,
            timeout_seconds=timeout if engine is not None else 0.0,
        )
    if json:
        output.result(output.json_line(found.as_dict()))
    else:
        output.result(_formatted(found, format_))
    if engine is not None and found.model != engine.model and not quiet:
        _tell_who_wrote(found, engine)
    return 0


def _tell_who_wrote(found: "Report", engine: "ModelEngine") -> None:
    """Say why a report is not by the model that was named."""
    if engine.was_asked:
        from leadlog.analysis.engine import FAILURES

        kind = "" if found.fallback is None else found.fallback.kind
        why = FAILURES.get(kind, "it failed")
        output.note(safe(f"{engine.model} gave no report: {why}."))
        output.hint("The built-in analyst wrote it in its place; see: leadlog runs")
        return
    who = found.model or "the built-in analyst"
    output.note(safe(f"{engine.model} was not asked: the stored report, by {who}, still fits."))
    output.hint("Let it write the next version with --new.")


def _model(ctx: typer.Context, model: str, timeout_seconds: float) -> "ModelEngine":
    from leadlog.analysis.model import ModelEngine

    return ModelEngine(
        model,
        timeout_seconds=timeout_seconds,
        api_base=os.environ.get("LEADLOG_API_BASE") or None,
        environ=os.environ,
        clock=options.clock(ctx),
    )


def _formatted(found: "Report", format_: str) -> str:
    from leadlog.cli import report_text
    from leadlog.cli.layout import console_width

    if format_ == "html":
        return report_text.html(found)
    if format_ == "markdown":
        return report_text.markdown(found)
    return "\n".join(report_text.text_lines(found, console_width()))
