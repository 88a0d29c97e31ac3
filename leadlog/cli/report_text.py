"""A report as text: for the terminal, for mail and chat (Markdown), and as one HTML page."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator

from leadlog.analysis.statements import SECTIONS, Statement
from leadlog.cli.footnotes import footnotes, groups
from leadlog.cli.markdown import cell, escaped
from leadlog.rendering import Report
from leadlog.text import safe

TITLES = {
    "executive_summary": "Summary",
    "user_behaviour": "Users",
    "system_behaviour": "System",
    "misconfiguration_signals": "Signals that may point to a configuration",
    "anomalies": "Different from the days before",
    "scope": "Scope",
}
_FAILURES = {
    "unreachable": "could not be reached",
    "no_key": "had no key",
    "refused_key": "refused the key",
    "rate_limited": "was over its rate limit",
    "timed_out": "did not answer in time",
    "bad_reply": "replied in another form",
    "ungrounded": "said nothing that could be traced",
}
_FAULTS = {
    "number": (
        "states a number that could not be traced",
        "state numbers that could not be traced",
    ),
    "figure": (
        "names a figure that is not there or does not fit",
        "name figures that are not there or do not fit",
    ),
    "form": (
        "is not of the form that was asked for",
        "are not of the form that was asked for",
    ),
}
_NARROWEST = 40
_LONG_MARK = 24
_KEPT = "\0"  # a space at which no line ends; safe text holds none
_PERCENT = re.compile(r"(?<=\d) (?=%)")


def author(report: Report) -> str:
    """Return who wrote a report, and for whom it stood in."""
    if report.engine != "built-in":
        return report.model or report.engine
    if report.fallback is None:
        return "built-in analyst"
    what = _FAILURES.get(report.fallback.kind, "failed")
    return f"built-in analyst, because {report.fallback.model or 'the model'} {what}"


def title(report: Report) -> str:
    """Return the line that a report begins with."""
    running = " · provisional" if report.provisional else ""
    return f"Report for {report.date}{running} · version {report.version} · {author(report)}"


def confidence(report: Report) -> str:
    """Return how far a report's figures can be trusted."""
    return f"Confidence: {report.level}. {report.reason}"


def withheld(report: Report) -> str | None:
    """Return how many statements were withheld and why, or None if none was."""
    count = len(report.withheld)
    if not count:
        return None
    kinds = Counter(one.kind for one in report.withheld)
    (kind, *more) = kinds
    if count == 1:
        return f"1 statement was withheld; it {_FAULTS[kind][0]}."
    if not more:
        return f"{count} statements were withheld; they {_FAULTS[kind][1]}."
    whys = [f"{kinds[kind]} {_FAULTS[kind][kinds[kind] > 1]}" for kind in _FAULTS if kinds[kind]]
    return f"{count} statements were withheld; {', '.join(whys)}."


def sections(report: Report) -> Iterator[tuple[str, list[Statement]]]:
    """Yield the sections that have statements, with their titles, in order."""
    for name in SECTIONS:
        found = [one for one in report.statements if one.section == name]
        if found:
            yield TITLES[name], found


def text_lines(report: Report, width: int) -> list[str]:
    """Return a report as plain text of at most `width` columns, but for long words."""
    room = max(width, _NARROWEST)
    notes = footnotes(report)
    lines = [*_wrapped("", safe(title(report)), room, ""), ""]
    for heading, found in sections(report):
        lines += _wrapped("", heading, room, " ")
        for statement in found:
            text = _marked(safe(statement.text), notes.marks[statement.n])
            lines += _wrapped(f"{statement.n}. ", text, room, "   ")
    lines.append("")
    lines += _wrapped("", _marked(safe(confidence(report)), notes.reason_mark), room, " ")
    if withheld(report):
        lines += _wrapped("", withheld(report) or "", room, " ")
    lines.append("")
    for heading, told in groups(report):
        lines += _wrapped("", heading, room, " ")
        flowing = [
            _KEPT.join((f"[{number}]", safe(figure.text), safe(what)))
            for number, figure, what in told
        ]
        lines += _wrapped("", f"{_KEPT}· ".join(flowing), room, "   ")
    command = f"leadlog trace --report {report.id}".replace(" ", _KEPT)
    return [*lines, "", *_wrapped("", f"the rows behind them: {command}", room, " ")]


def markdown(report: Report) -> str:
    """Return a report as Markdown, with everything from outside escaped."""
    notes = footnotes(report)
    lines = [f"# {escaped(title(report))}", ""]
    for heading, found in sections(report):
        lines += [f"## {heading}", ""]
        for statement in found:
            lines.append(f"- {escaped(statement.text)} {notes.marks[statement.n]}".rstrip())
        lines.append("")
    lines += [f"{escaped(confidence(report))} {notes.reason_mark}".rstrip(), ""]
    if withheld(report):
        lines += [escaped(withheld(report) or ""), ""]
    for heading, told in groups(report):
        lines += [f"## {heading}", "", "| no. | figure | what it is | where it stands |"]
        lines.append("|---|---|---|---|")
        for number, figure, what in told:
            cells = (str(number), figure.text, what, figure.pointer)
            lines.append("| " + " | ".join(map(cell, cells)) + " |")
        lines.append("")
    return "\n".join([*lines, f"The rows behind them: `leadlog trace --report {report.id}`"])


def html(report: Report) -> str:
    """Return a report as one HTML page that needs nothing else."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("leadlog.cli", "pages"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("report.html")
    return page.render(
        title=safe(title(report)),
        sections=[
            (heading, [(one, _PERCENT.sub("\u00a0", safe(one.text))) for one in found])
            for heading, found in sections(report)
        ],
        notes=footnotes(report),
        confidence=safe(confidence(report)),
        withheld=withheld(report),
        groups=[
            (
                heading,
                [
                    (number, safe(one.text), safe(what), one.pointer.split(" "))
                    for number, one, what in told
                ],
            )
            for heading, told in groups(report)
        ],
        report=report,
    )


def _marked(text: str, mark: str) -> str:
    kept = mark.replace(" ", _KEPT) if len(mark) <= _LONG_MARK else mark
    return f"{text} {kept}".rstrip()


def _wrapped(start: str, text: str, width: int, indent: str) -> list[str]:
    lines = textwrap.wrap(
        _PERCENT.sub(_KEPT, text),
        width,
        initial_indent=indent + start,
        subsequent_indent=indent + " " * len(start),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_KEPT, " ") for line in lines]
