"""A report as text: for the terminal, for mail and chat (Markdown), and as one HTML page."""

import re
import textwrap
from collections.abc import Iterator

from leadlog.analysis.figures import Figure
from leadlog.analysis.statements import SECTIONS, Statement
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
_NARROWEST = 40
_LONG_MARK = 24
_KEPT = "\0"  # a space at which no line ends; safe text holds none
_MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|~&"})
_PERCENT = re.compile(r"(?<=\d) (?=%)")
_BLOCK_START = re.compile(r"([-+#>=]|\d+[.)])")


def author(report: Report) -> str:
    """Return who wrote a report, and for whom it stood in."""
    if report.engine != "built-in":
        return report.model or report.engine
    if report.fallback is None:
        return "built-in analyst"
    what = _FAILURES.get(report.fallback, "failed")
    return f"built-in analyst, because the model {what}"


def title(report: Report) -> str:
    """Return the line that a report begins with."""
    running = " · provisional" if report.provisional else ""
    return f"Report for {report.date}{running} · version {report.version} · {author(report)}"


def confidence(report: Report) -> str:
    """Return how far a report's figures can be trusted."""
    return f"Confidence: {report.level}. {report.reason}"


def withheld(report: Report) -> str | None:
    """Return how many statements were withheld, or None if none was."""
    count = len(report.withheld)
    if not count:
        return None
    what, them = ("1 statement was", "it") if count == 1 else (f"{count} statements were", "them")
    return f"{what} withheld, because not every number in {them} could be traced."


def sections(report: Report) -> Iterator[tuple[str, list[Statement]]]:
    """Yield the sections that have statements, with their titles, in order."""
    for name in SECTIONS:
        found = [one for one in report.statements if one.section == name]
        if found:
            yield TITLES[name], found


def footnotes(report: Report) -> list[tuple[int, Figure]]:
    """Return every figure of a report once, numbered in the order of its first use.

    Names state nothing but themselves, so they need no footnote.
    """
    seen: dict[str, Figure] = {}
    for statement in report.statements:
        for figure in statement.figures:
            if figure.format != "name":
                seen.setdefault(_key(figure), figure)
    return list(enumerate(seen.values(), 1))


def references(report: Report) -> dict[int, str]:
    """Return the footnote numbers of each statement, such as `[1 2 5]`."""
    numbers = {_key(figure): number for number, figure in footnotes(report)}
    marks = {}
    for statement in report.statements:
        used = [str(numbers[_key(one)]) for one in statement.figures if _key(one) in numbers]
        if used:
            marks[statement.n] = f"[{' '.join(dict.fromkeys(used))}]"
    return marks


def text_lines(report: Report, width: int) -> list[str]:
    """Return a report as plain text of at most `width` columns, but for long words."""
    room = max(width, _NARROWEST)
    marks = references(report)
    lines = [*_wrapped("", safe(title(report)), room, ""), ""]
    for heading, found in sections(report):
        lines += _wrapped("", heading, room, " ")
        for statement in found:
            mark = marks.get(statement.n, "")
            if len(mark) <= _LONG_MARK:
                mark = mark.replace(" ", _KEPT)
            text = f"{safe(statement.text)} {mark}".rstrip()
            lines += _wrapped(f"{statement.n}. ", text, room, "   ")
    lines.append("")
    lines += _wrapped("", safe(confidence(report)), room, " ")
    if withheld(report):
        lines += _wrapped("", withheld(report) or "", room, " ")
    if footnotes(report):
        lines += ["", " Figures"]
    for number, figure in footnotes(report):
        text = safe(f"{figure.text}: {figure.label}")
        lines += _wrapped(f"[{number}] ", text, room, "   ")
    command = f"leadlog trace --report {report.id}".replace(" ", _KEPT)
    return [*lines, "", *_wrapped("", f"the rows behind them: {command}", room, " ")]


def markdown(report: Report) -> str:
    """Return a report as Markdown, with everything from outside escaped."""
    marks = references(report)
    lines = [f"# {_escaped(title(report))}", ""]
    for heading, found in sections(report):
        lines += [f"## {heading}", ""]
        for statement in found:
            mark = marks.get(statement.n, "").replace("[", "\\[").replace("]", "\\]")
            lines.append(f"- {_escaped(statement.text)} {mark}".rstrip())
        lines.append("")
    lines += [_escaped(confidence(report)), ""]
    if withheld(report):
        lines += [_escaped(withheld(report) or ""), ""]
    if footnotes(report):
        lines += ["## Figures", "", "| no. | figure | what it is | where it stands |"]
        lines.append("|---|---|---|---|")
    for number, figure in footnotes(report):
        cells = (str(number), figure.text, figure.label, figure.pointer)
        lines.append("| " + " | ".join(map(_escaped, cells)) + " |")
    return "\n".join([*lines, "", f"The rows behind them: `leadlog trace --report {report.id}`"])


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
        marks=references(report),
        confidence=safe(confidence(report)),
        withheld=withheld(report),
        figures=[
            (number, safe(one.text), safe(one.label), one.pointer.split(" "))
            for number, one in footnotes(report)
        ],
        report=report,
    )


def _key(figure: Figure) -> str:
    return f"{figure.format} {figure.pointer}"


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


def _escaped(text: str) -> str:
    escaped = safe(text).translate(_MARKDOWN)
    start = _BLOCK_START.match(escaped)  # what would begin a list, a heading or a quotation
    return escaped if start is None else f"{start[1][:-1]}\\{escaped[start.end() - 1 :]}"
