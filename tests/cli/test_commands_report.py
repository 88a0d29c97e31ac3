"""`report`, `reports`, `runs` and `trace --report`: what people and programs see."""

import html.parser
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import documents
import pytest
import rows
from fakes import FakeClock
from markdown_it import MarkdownIt
from markdown_it.token import Token
from shell import Shell

import leadlog
from leadlog.analysis import names
from leadlog.analysis.engine import EngineFailure, Reply
from leadlog.analysis.statements import SECTIONS, Said, Withheld
from leadlog.baseline_tracing import DayFigure
from leadlog.cli import markdown, report_text, trace
from leadlog.rendering import Fallback, Report
from leadlog.report_rows import StoredReport, StoredRun
from leadlog.storage.reading import SqliteReader

DAY = "2026-03-10"
HOSTILE = [
    "\x1b[31mred\x1b[0m\x07",
    "a\u202egnp.exe\u2066",
    "[/] [bold]x[/bold] [link=http://x.test]y[/]",
    "`code` *b* _i_ | cell | <b> # ~~s~~ ![i](http://x.test/i.png) [l](javascript:alert(1))",
    "<script>alert(1)</script><img src=x onerror=alert(1)> \"q\" 'q' &amp; {{ 7*7 }}",
    "javascript:alert(1)",
    "@everyone www.x.test @here | http://x.test/?a|b=c `` mailto:x #1",
]
ESCAPED = {0x1B: "\\x1b", 0x07: "\\x07", 0x202E: "\\u202e", 0x2066: "\\u2066"}


@pytest.fixture
def shell(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A log with a few attempts on 10 March, seen from the 11th."""
    shell = Shell(database, clock, capsys)
    shell.ready("site-form", "partner")
    for number in range(3):
        shell.submit("site-form", f"a{number}@example.org", "--page", "/pricing")
    for _ in range(3):
        shell.submit("partner", "nobody", "--source", "feed", "--page", "/feed")
    clock.advance(86_400)
    return shell


class Writer:
    """Says the same of every day, whatever the analyst would find worth telling."""

    name = "built-in"
    model: str | None = None

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        summary = (
            "{{/snapshot/attempts}} attempts were made and {{/snapshot/leads}} became leads, a"
            " success rate of {{/snapshot/success_rate}}; the median of the days before is"
            " {{/baseline/success_rate/median}}."
        )
        more = "{{/snapshot/attempts|difference|/baseline/attempts/median}} than usual were made."
        said = [Said("executive_summary", summary), Said("anomalies", more)]
        for group in ("source", "page"):
            for place, entry in enumerate(inputs["snapshot"][f"by_{group}"]):
                if entry["name"] is not None:
                    there = f"/snapshot/by_{group}/{place}"
                    text = f"No attempt {'from' if group == 'source' else 'on'} the {group}"
                    text += f" {{{{{there}/name}}}} succeeded: all {{{{{there}/failures}}}} failed."
                    said.append(Said("misconfiguration_signals", text))
        said.append(Said("scope", "One day in {{/snapshot/timezone}}, {{/snapshot/date}}."))
        reason = "Only {{/baseline/days_with_attempts}} closed day before to compare with."
        return Reply(tuple(said), "low", reason)

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        raise AssertionError(invalid)


def written(shell: Shell, date: str) -> Shell:
    """Store a report of a date that says what `Writer` says."""
    with leadlog.open(shell.database, clock=shell.clock) as log:
        log.report(date, Writer())
    return shell


@pytest.fixture
def hostile(shell: Shell) -> Shell:
    """The same log, with a report of a day of names that would do harm."""
    shell("snapshot", "--date", DAY)
    for place, name in enumerate(HOSTILE):
        for number in range(3 + place):
            shell.submit("partner", f"bad{number}", f"--source={name}", f"--page={name}")
    shell.clock.advance(86_400)
    return written(shell, "2026-03-11")


class Page(html.parser.HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    return page


def too_long(text: str, width: int) -> list[str]:
    """Return lines beyond a width that are more than one long word after their indent."""
    return [line for line in text.splitlines() if len(line) > width and len(line.split()) > 2]


def test_the_text_is_plain_eighty_columns_without_a_terminal(shell: Shell) -> None:
    made = shell("report", "--date", DAY)

    assert (made.code, made.err) == (0, "")
    lines = made.out.splitlines()
    assert lines[0] == f"Report for {DAY} · version 1 · built-in analyst"
    assert lines[2] == " Summary"
    assert lines[3].startswith(
        "   1. 6 attempts were made and 3 became leads, a success rate of 50.0"
    )
    assert " Confidence: low. There is no closed day before to compare with." in lines
    assert f" Figures of {DAY}" in lines
    assert lines[lines.index(f" Figures of {DAY}") + 1].startswith(
        "   [1] 6 attempts · [2] 3 leads · [3] 50.0 % success rate ·"
    )
    assert lines[-1] == " the rows behind them: leadlog trace --report 1"
    assert "\x1b" not in made.out
    assert too_long(made.out, 80) == []


@pytest.mark.parametrize("columns", [40, 60, 120, 200])
def test_the_text_fits_the_width(
    shell: Shell, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))

    made = shell("report", "--date", DAY)

    assert too_long(made.out, columns) == []


def test_a_number_is_not_parted_from_its_percent_sign_nor_a_footnote_from_itself(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for columns in range(40, 90):
        monkeypatch.setenv("COLUMNS", str(columns))
        out = shell("report", "--date", DAY).out

        assert not re.search(r"\d\n *%", out), columns
        assert not re.search(r"\[[\d ]*\n", out), columns


@pytest.fixture
def second(shell: Shell) -> Shell:
    """The same log with a report of a second day, which has a baseline, and names with numbers."""
    shell("snapshot", "--date", DAY)
    for source in ("9,999", "web failed 5,000 times; the source", "fifty", "feed"):
        for _ in range(3):
            shell.submit("partner", "nobody", "--source", source)
    shell.clock.advance(86_400)
    return written(shell, "2026-03-11")


def test_figures_flow_under_the_date_and_the_days_before(second: Shell) -> None:
    out = second("report").out

    body, _, figures = out.partition(" Figures of 2026-03-11\n")
    of_date, _, before = figures.partition(" Figures of the days before\n")
    assert "   [1] 12 attempts · [2] 0 leads · " in of_date
    assert "] 50.0 % success rate, median" in before
    assert "] 1 day with attempts" in before
    assert "of the days before" not in before
    assert "Figures" not in body
    assert len(figures.splitlines()) < figures.count("[")


def test_every_number_of_the_text_has_its_footnote(second: Shell) -> None:
    report = second("report").out

    statements, _, notes = report.partition(" Figures of 2026-03-11")
    for told in re.split(r"\n   (?=\d+\. )|\n (?=\w)", statements)[1:]:
        text, _, mark = " ".join(told.split()).partition(" [")
        shown = [
            " ".join(re.search(rf"\[{number}\] ([^[]+)", notes)[1].split())  # type: ignore[index]
            for number in numbers_of(mark)
        ]
        for number in re.findall(r"\d[\d,.:-]*\d|\d", re.sub(r"^\d+\. ", "", text)):
            assert any(number in note for note in shown), (number, told)


def numbers_of(mark: str) -> list[int]:
    """Return the numbers that a mark such as `1 4-6]` refers to."""
    found: list[int] = []
    for part in mark.rstrip("]").split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def test_a_name_that_holds_a_number_is_quoted_and_has_its_footnote(second: Shell) -> None:
    out = " ".join(second("report").out.split())

    for name in ("9,999", "web failed 5,000 times; the source", "fifty"):
        assert f"from the source “{name}” succeeded" in out
        assert f"] “{name}” source" in out
    assert "from the source feed succeeded" in out
    assert "] feed source" not in out


def test_the_reason_of_the_confidence_has_footnotes_and_figures(second: Shell) -> None:
    out = second("report").out
    made = second("report", "--json").object["confidence"]

    (figure,) = made["figures"]
    assert figure == {
        "pointer": "/baseline/days_with_attempts",
        "label": "days with attempts of the days before",
        "format": "count",
        "value": 1,
        "text": "1",
    }
    (number,) = re.findall(r"\[(\d+)\] 1 day with attempts", out)
    assert f"Confidence: low. Only 1 closed day before to compare with. [{number}]" in out
    assert f"[{number}]</sup></p>" in second("report", "--format", "html").out
    assert f"to compare with. [{number}]" in second("report", "--format", "markdown").out


def test_footnotes_in_a_row_are_one_range(shell: Shell) -> None:
    made = shell("report").out

    assert "a success rate of 50.0 %. [1-3]" in " ".join(made.split())


def test_yesterday_is_explained_unless_told_otherwise(shell: Shell) -> None:
    assert shell("report").out == shell("report", "--date", DAY).out


def test_a_report_of_today_is_provisional(shell: Shell) -> None:
    shell.submit("site-form", "now@example.org")

    made = shell("report", "--date", "today")

    assert made.out.startswith("Report for 2026-03-11 · provisional · version 1 · built-in analyst")
    assert shell("report", "--date", "today", "--json").object["provisional"] is True


def test_an_unknown_format_is_wrong_usage_and_writes_nothing(shell: Shell) -> None:
    made = shell("report", "--format", "pdf", "--json")

    assert made.code == 2
    assert made.error["message"] == 'There is no format "pdf".'
    assert shell("reports", "--json").out == ""


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "1e300", "86400.1", "0.9", "0", "-5"])
@pytest.mark.parametrize("model", [[], ["--model", "openai/local"]], ids=["built-in", "model"])
def test_a_timeout_that_is_no_time_is_wrong_usage(
    shell: Shell, seconds: str, model: list[str]
) -> None:
    made = shell("report", f"--timeout={seconds}", *model, "--json")

    assert made.code == 2
    assert made.error["message"].startswith("A model can't be given ")
    assert made.error["hint"] == "Use a number of seconds from 1 to 86,400, a day."
    assert shell("runs", "--json").out == ""


@pytest.mark.parametrize("seconds", ["1", "86400"])
def test_the_shortest_and_the_longest_timeout_are_taken(shell: Shell, seconds: str) -> None:
    assert shell("report", "--timeout", seconds).code == 0


def test_a_date_in_the_future_is_wrong_usage(shell: Shell) -> None:
    assert shell("report", "--date", "2026-03-12").code == 2
    assert shell("runs", "--json").out == ""


def test_quiet_leaves_the_result(shell: Shell) -> None:
    assert shell("report", "-q").out == shell("report").out
    for command in ("reports", "runs"):
        made = shell(command, "-q")
        assert made.out
        assert made.err == ""
    assert shell("trace", "--report", "1", "-q").err == ""


def test_the_json_has_the_keys_of_the_design_in_order(shell: Shell) -> None:
    made = shell("report", "--json").object

    assert list(made) == [
        *("id", "date", "version", "provisional", "engine", "model", "snapshot_sha256"),
        *("sections", "confidence", "withheld", "created_at", "fallback"),
    ]
    assert tuple(made["sections"]) == SECTIONS
    statement = made["sections"]["executive_summary"][0]
    assert list(statement) == ["n", "severity", "template", "text", "figures"]
    assert list(statement["figures"][0]) == ["pointer", "label", "format", "value", "text"]
    assert list(made["confidence"]) == ["level", "reason", "figures"]
    assert (made["engine"], made["model"], made["withheld"]) == ("built-in", None, [])
    assert made["fallback"] is None
    assert made["created_at"] == "2026-03-11T12:00:00.000000Z"


def test_new_writes_the_next_version(shell: Shell) -> None:
    versions = [
        shell("report", *options, "--json").object["version"] for options in ([], [], ["--new"], [])
    ]

    assert versions == [1, 1, 2, 2]


def test_markdown_has_headings_a_list_and_a_table(shell: Shell) -> None:
    made = shell("report", "--format", "markdown").out.splitlines()

    assert made[0] == f"# Report for {DAY} · version 1 · built-in analyst"
    assert "## Summary" in made
    assert f"## Figures of {DAY}" in made
    assert any(line.startswith("- 6 attempts were made") for line in made)
    table = [line for line in made if line.startswith("|")]
    assert table[1] == "|---|---|---|---|"
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1


def inline_tokens(text: str) -> list[Token]:
    """Return what a reader makes of a page of Markdown, below its blocks."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return [each for one in reader.parse(text) for each in one.children or ()]


def test_names_in_markdown_are_text_or_code(hostile: Shell) -> None:
    made = hostile("report", "--format", "markdown").out

    found = inline_tokens(made)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", made)
    assert {one.type for one in found} <= {"text", "code_inline", "softbreak"}
    shown = "".join(one.content for one in found)
    for name in HOSTILE:
        assert names.shown(name).translate(ESCAPED) in shown
    for one in found:
        if one.type == "text":
            assert not re.search(r"https?:|www\.|javascript:|mailto:|[@#]\w|\w\.test", one.content)


def test_a_table_of_hostile_names_keeps_its_columns(hostile: Shell) -> None:
    made = hostile("report", "--format", "markdown").out
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    kinds = [one.type for one in reader.parse(made)]

    rows = "".join(
        {"tr_open": "\n", "td_open": "d", "th_open": "h"}.get(kind, "") for kind in kinds
    )
    assert set(rows.split()) == {"hhhh", "dddd"}
    assert made.count("\n| ") == kinds.count("tr_open")


def test_markdown_escapes_no_more_than_it_must(second: Shell) -> None:
    second.submit("partner", "nobody", "--source", "crm_feed", "--page", "/a_b/c")
    second.clock.advance(86_400)

    made = second("report", "--format", "markdown").out

    assert "\\" not in made
    assert "| 0.0 % | success rate | /snapshot/success_rate |" in made


@pytest.mark.parametrize(
    ("text", "as_line", "as_cell"),
    [
        ("plain, crm_500: 41.9 % (a-b)", None, None),
        (
            "a *b* _c_ [d](e) <f> ~g~ &amp; `h`",
            *["a \\*b\\* \\_c\\_ \\[d\\](e) \\<f\\> \\~g\\~ \\&amp; \\`h\\`"] * 2,
        ),
        ("41. x", "41\\. x", "41. x"),
        ("- x", "\\- x", "- x"),
        ("# x", "\\# x", "# x"),
        ("see http://x.test/a_b now", *["see `http://x.test/a_b` now"] * 2),
        ("www.x.test", *["`www.x.test`"] * 2),
        ("@everyone and a@x.test", *["`@everyone` and `a@x.test`"] * 2),
        ("#12", *["`#12`"] * 2),
        ("“mailto:a”", *["“`mailto:a`”"] * 2),
        ("a`@b``", *["``` a`@b`` ```"] * 2),
        ("x|@y", "`x|@y`", "`x`\\|`@y`"),
        ("|@y", "`|@y`", "\\|`@y`"),
        ("14:00 and 2026-03-10", None, None),
    ],
)
def test_a_text_in_markdown(text: str, as_line: str | None, as_cell: str | None) -> None:
    assert markdown.escaped(text) == (as_line or text)
    assert markdown.cell(text) == (as_cell or text)


def test_the_page_needs_nothing_else_and_may_load_nothing(shell: Shell) -> None:
    made = shell("report", "--format", "html").out
    page = parsed(made)

    assert made.startswith("<!doctype html>")
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert not {"script", "link", "img", "iframe", "object", "embed", "a", "form"} & set(page.tags)
    assert not {name for name, _ in page.attributes} & {"src", "href", "srcset", "action", "style"}
    assert "url(" not in made
    assert "@import" not in made
    assert "http:" not in made
    assert {"h1", "h2", "ul", "li", "sup", "table", "footer"} <= set(page.tags)


def test_names_on_the_page_are_text(hostile: Shell, shell: Shell) -> None:
    usual = parsed(shell("report", "--date", DAY, "--format", "html").out)
    made = hostile("report", "--format", "html").out
    page = parsed(made)

    assert set(page.tags) == set(usual.tags)
    assert {name for name, _ in page.attributes} == {name for name, _ in usual.attributes}
    assert "<script" not in made
    assert "<img" not in made
    assert "49" not in made.split("<h1>")[0]
    assert "\x1b" not in made
    assert "\u202e" not in made
    assert "\u2066" not in made
    assert "<script>alert(1)</script>" in "".join(page.texts)
    assert "{{ 7*7 }}" in "".join(page.texts)


@pytest.mark.parametrize("command", [["report"], ["trace", "--report", "1"], ["reports"], ["runs"]])
def test_hostile_names_do_nothing_to_a_terminal(hostile: Shell, command: list[str]) -> None:
    hostile("report")

    for options in ([], ["--json"]):
        made = hostile(*command, *options)
        assert made.code == 0
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", made.out)


def test_hostile_names_are_told_as_they_are(hostile: Shell) -> None:
    out = " ".join(hostile("report").out.split())

    assert "\\x1b[31mred\\x1b[0m\\x07" in out
    assert "a\\u202egnp.exe\\u2066" in out
    assert "<script>alert(1)</script>" in out


def test_reports_are_listed_the_newest_first(shell: Shell) -> None:
    assert shell("reports").err.startswith("No report is stored yet.")
    of_date = shell("reports", "--date", "2026-03-09").err
    assert of_date.startswith("No report of 2026-03-09 is stored yet.")
    assert "leadlog report --date 2026-03-09" in of_date
    shell("report")
    shell("report", "--new")

    lines = shell("reports").out.splitlines()

    assert lines[0].split() == ["report", "date", "version", "written", "by", "figures", "withheld"]
    assert [line.split()[:3] for line in lines[1:]] == [["2", DAY, "2"], ["1", DAY, "1"]]
    assert "built-in analyst" in lines[1]


def test_reports_as_json_are_by_ascending_id(shell: Shell) -> None:
    shell("report")
    shell("report", "--date", "2026-03-09")

    found = shell("reports", "--json").objects

    assert [one["id"] for one in found] == [1, 2]
    assert list(found[0]) == [
        *("id", "date", "version", "provisional", "engine", "model", "statements", "grounded"),
        *("withheld", "snapshot_sha256", "created_at", "fallback"),
    ]
    assert found[0]["statements"] >= 2
    assert found[0]["grounded"] >= 3
    assert [one["id"] for one in shell("reports", "--date", DAY, "--json").objects] == [1]


def test_a_limit_shortens_the_list_of_reports(shell: Shell) -> None:
    for _ in range(3):
        shell("report", "--new")

    shown = shell("reports", "--limit", "2")
    as_json = shell("reports", "--limit", "2", "--json")

    assert [line.split()[0] for line in shown.out.splitlines()[1:]] == ["3", "2"]
    assert " more: --limit 8" in shown.err.replace("·", "")
    assert [one["id"] for one in as_json.objects] == [1, 2]
    assert "more:" not in shell("reports", "--limit", "3").err


@pytest.mark.parametrize("options", [[], ["--json"]], ids=str)
def test_reports_that_are_not_shown_are_not_read(
    shell: Shell, options: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        shell("report", "--new")
    read: list[int] = []
    one = SqliteReader.report

    def counted(reader: SqliteReader, report_id: int) -> StoredReport | None:
        read.append(report_id)
        return one(reader, report_id)

    monkeypatch.setattr(SqliteReader, "report", counted)
    shell("reports", "--limit", "2", *options)

    # The table asks for one more, to know whether there are any.
    assert read == ([1, 2] if options else [5, 4, 3])


@pytest.mark.parametrize("command", ["reports", "runs"])
def test_a_list_takes_a_limit_as_large_as_one_likes(shell: Shell, command: str) -> None:
    shell("report")

    for limit in (2**63 - 1, 2**63):
        assert len(shell(command, "--limit", str(limit), "--json").objects) == 1
        assert len(shell(command, "--limit", str(limit)).out.splitlines()) == 2


@pytest.mark.parametrize("command", ["reports", "runs"])
def test_a_list_of_nothing_is_wrong(shell: Shell, command: str) -> None:
    assert shell(command, "--limit", "0").code == 2


def test_reports_count_figures_as_the_footnotes_do(second: Shell) -> None:
    notes = re.findall(r"\[(\d+)\] ", second("report").out.partition(" Figures of")[2])

    assert second("reports", "--json").object["grounded"] == len(set(notes))
    assert second("reports").out.splitlines()[1].split()[-2:] == [str(len(set(notes))), "0"]


def test_a_narrow_list_of_reports_keeps_who_wrote_them(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("report")
    monkeypatch.setenv("COLUMNS", "60")

    lines = shell("reports").out.splitlines()

    assert lines[0].split() == ["report", "date", "by", "figures", "withheld"]
    assert "built-in analyst " in lines[1]
    assert max(map(len, lines)) <= 60


class Failing:
    """A model that fails."""

    name = "litellm"
    model: str | None = "openai/tiny"

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        del inputs
        raise EngineFailure("timed_out")

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        raise AssertionError(invalid)


def test_lists_tell_for_whom_the_analyst_stood_in(shell: Shell) -> None:
    with leadlog.open(shell.database, clock=shell.clock) as log:
        log.report(DAY, Failing(), fallback=True)
    fallback = {"model": "openai/tiny", "kind": "timed_out"}

    assert " ".join(shell("report").out.split()).startswith(
        f"Report for {DAY} · version 1 · built-in analyst, because openai/tiny did not"
    )
    assert shell("report", "--json").object["fallback"] == fallback
    assert shell("reports", "--json").object["fallback"] == fallback


@pytest.mark.parametrize("columns", [80, 72, 60])
def test_for_whom_the_analyst_stood_in_can_be_read_at_any_usual_width(
    shell: Shell, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "model", "openai/gpt-4o-mini")
    with leadlog.open(shell.database, clock=shell.clock) as log:
        log.report(DAY, Failing(), fallback=True)
    monkeypatch.setenv("COLUMNS", str(columns))

    title, first, *more = shell("reports").out.splitlines()

    place = title.index(" by ")
    told = [first[place:].strip().partition("  ")[0], *map(str.strip, more)]
    assert " ".join(told).replace("/ ", "/") == "built-in for openai/gpt-4o-mini"
    assert max(map(len, [title, first, *more])) <= columns


def test_runs_are_listed_with_how_they_ended(shell: Shell) -> None:
    assert shell("runs").err.startswith("No report was tried yet.")
    of_date = shell("runs", "--date", "2026-03-09").err
    assert of_date.startswith("No report of 2026-03-09 was tried yet.")
    shell("report")

    (found,) = shell("runs", "--json").objects
    lines = shell("runs").out.splitlines()

    assert list(found) == [
        *("run", "date", "engine", "model", "event", "started_at", "ended_at", "duration_ms"),
        *("tokens", "cost", "failure", "retries", "fallback_for", "report"),
    ]
    assert (found["event"], found["report"], found["failure"]) == ("succeeded", 1, None)
    assert found["retries"] == []
    assert lines[0].split() == ["run", "date", "started", "took", "by", "ended", "what"]
    assert lines[1].split()[-3:] == ["succeeded", "report", "1"]


def test_a_limit_shortens_the_list_of_runs(shell: Shell) -> None:
    for _ in range(3):
        shell("report", "--new")

    shown = shell("runs", "--limit", "2")
    as_json = shell("runs", "--limit", "2", "--json")

    assert [line.split()[0] for line in shown.out.splitlines()[1:]] == ["5", "3"]
    assert shown.err == " times in UTC · more: --limit 8\n"
    assert [one["run"] for one in as_json.objects] == ["1", "3"]
    assert shell("runs", "--limit", "3").err == " times in UTC\n"


@pytest.mark.parametrize(("options", "read"), [([], 6), (["--json"], 4)], ids=str)
def test_runs_that_are_not_shown_are_not_read(
    shell: Shell, options: list[str], read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        shell("report", "--new")
    steps: list[StoredRun] = []
    some = SqliteReader.runs

    def counted(reader: SqliteReader, day: str | None, **how: Any) -> list[StoredRun]:
        steps.extend(some(reader, day, **how))
        return steps

    monkeypatch.setattr(SqliteReader, "runs", counted)
    shell("runs", "--limit", "2", *options)

    # Each has two steps. The table asks for one more, to know whether there are any.
    assert len(steps) == read


@pytest.fixture
def crashed(shell: Shell) -> Shell:
    """The same log, with a try that began at the present moment, had a minute, and died."""
    detail = '{"deadline":"2026-03-11T12:01:00.000000Z"}'
    row = ("2026-03-11T12:00:00.000000Z", "run-1", DAY, "litellm", "openai/local", "started")
    with closing(rows.connect(shell.database)) as connection:
        rows.append(connection, "analysis_runs", (*row, detail))
    return shell


def last_run(shell: Shell) -> str:
    """Return what the table says last of a run."""
    return shell("runs").out.splitlines()[-1].split("openai/local")[1].strip()


def test_a_run_is_shown_as_running_until_its_deadline(crashed: Shell) -> None:
    crashed.clock.advance(59)

    assert last_run(crashed) == "running"
    found = crashed("runs", "--json").object
    assert (found["ended_at"], found["retries"]) == (None, None)


def test_a_run_that_is_silent_beyond_its_deadline_is_taken_for_crashed(crashed: Shell) -> None:
    crashed.clock.advance(60)

    assert last_run(crashed).split(maxsplit=2) == ["no", "answer", "crash assumed"]
    assert crashed("runs", "--json").object["event"] == "started"


def test_how_long_a_crashed_run_took_is_not_known(crashed: Shell) -> None:
    crashed.clock.advance(3600)
    crashed("report")

    abandoned, succeeded = crashed("runs", "--json").objects

    assert last_run(crashed).split(maxsplit=1) == ["abandoned", "crash assumed"]
    assert (abandoned["event"], abandoned["duration_ms"]) == ("abandoned", None)
    assert abandoned["retries"] is None
    assert (succeeded["event"], succeeded["duration_ms"]) == ("succeeded", 0)


def test_a_report_is_traced_statement_by_statement(shell: Shell) -> None:
    made = shell("report", "--json").object

    found = shell("trace", "--report", "1", "--json").objects
    shown = shell("trace", "--report", "1").out

    assert all(
        list(one) == ["statement", "pointer", "value", "rule", "from", "attempts", "days"]
        for one in found
    )
    figures = [
        (one["n"], figure["pointer"])
        for section in made["sections"].values()
        for one in section
        for figure in one["figures"]
    ]
    assert [(one["statement"], one["pointer"]) for one in found] == figures
    assert found[0]["attempts"] == [1, 2, 3, 4, 5, 6]
    assert shown.startswith("1. 6 attempts were made")
    assert "6 · /snapshot/attempts = 6 · counted: so many attempts" in shown
    assert {one["statement"] for one in shell("trace", "--report", "1", "1", "--json").objects} == {
        1
    }


def test_a_statement_without_figures_says_so(second: Shell) -> None:
    for _ in range(6):
        second.submit("site-form", "a@example.org")
        second.clock.advance(86_400)
        second("snapshot")
    made = second("report", "--json").object
    (quiet,) = [
        one["n"] for one in made["sections"]["executive_summary"] if "stood out" in one["text"]
    ]

    shown = second("trace", "--report", str(made["id"]), str(quiet))

    assert (shown.code, shown.out.splitlines()) == (
        0,
        [f"{quiet}. Nothing stood out against the days before.", "  it states no figure"],
    )
    assert second("trace", "--report", str(made["id"]), str(quiet), "--json").out == ""


def test_a_median_names_the_command_that_leads_on_from_each_day(second: Shell) -> None:
    second("report")

    shown = second("trace", "--report", "1", "1")

    assert (
        "50.0 % · /baseline/success_rate/median = 0.5 · the median over days\n"
        f"  days      /success_rate of {DAY}\n"
        "  attempts  1-6\n"
    ) in shown.out
    assert f"a day's figure: leadlog trace {DAY} /success_rate · " in shown.err
    assert second("trace", DAY, "/success_rate", "--json").object["attempts"] == [1, 2, 3, 4, 5, 6]


def test_a_difference_names_both_its_figures_and_the_days(second: Shell) -> None:
    made = second("report", "--json").object
    (told,) = made["sections"]["anomalies"]

    shown = second("trace", "--report", "1", str(told["n"])).out

    assert told["text"] == "6 more than usual were made."
    assert "/baseline/attempts/median = 6 · one figure less another\n" in shown
    assert "  from      /snapshot/attempts, /baseline/attempts/median\n  days      /att" in shown


def test_a_day_without_an_entry_is_named_as_such() -> None:
    days = [
        DayFigure("2026-03-09", "/by_page/0/failures", 2),
        DayFigure("2026-03-08", None, 0),
        DayFigure("2026-03-07", "/by_page/1/failures", 1),
        DayFigure("2026-03-06", "/by_page/0/failures", 1),
    ]

    assert trace._days(days) == (
        "/by_page/0/failures of 2026-03-09, 2026-03-06; /by_page/1/failures of 2026-03-07; "
        "none on 2026-03-08"
    )


def test_the_reason_of_the_confidence_is_traced_as_number_0(second: Shell) -> None:
    second("report")

    shown = second("trace", "--report", "1", "0").out
    (found,) = second("trace", "--report", "1", "0", "--json").objects

    assert shown.startswith("Confidence: Only 1 closed day before to compare with.\n")
    assert "1 · /baseline/days_with_attempts = 1 · counted: so many different ones" in shown
    assert (found["statement"], found["pointer"]) == (0, "/baseline/days_with_attempts")
    assert found["days"] == [{"date": DAY, "pointer": "/attempts", "value": 6}]


def test_a_name_is_said_to_be_read_and_not_counted(second: Shell) -> None:
    scope = second("report", "--json").object["sections"]["scope"][0]["n"]

    shown = second("trace", "--report", "1", str(scope)).out

    assert "UTC · /snapshot/timezone = UTC · a name, a date or a setting: read, not" in shown
    assert "counted: so many attempts" not in shown


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--report", "9"], 3),
        (["--report", str(2**63)], 3),
        (["--report", "1", "99"], 3),
        (["--report", "1", "x"], 2),
        (["--report", "1", "1", "/attempts"], 2),
        (["--report", "1", "²"], 2),
    ],
)
def test_a_report_or_statement_that_is_not_there(
    shell: Shell, arguments: list[str], code: int
) -> None:
    shell("report")

    assert shell("trace", *arguments).code == code


def test_a_report_needs_a_database(shell: Shell, tmp_path: Path) -> None:
    made = shell.bare("report", "--db", str(tmp_path / "none.db"), "--json")

    assert (made.code, made.error["kind"]) == (3, "not_found")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_cron_gets_plain_eighty_columns(shell: Shell, encoding: str) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": encoding, "HOME": "/nonexistent"}
    command = [str(documents.SCRIPTS / "leadlog"), "report", "--date", DAY]

    ended = subprocess.run(
        [*command, "--db", str(shell.database)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=30,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\x1b" not in ended.stdout
    text = ended.stdout.decode(encoding).replace("\\xb7", "·")  # which ASCII lacks
    assert max(map(len, text.splitlines())) <= 80


def test_the_title_names_the_model_or_why_the_analyst_stood_in(log: leadlog.Leadlog) -> None:
    made: Report = log.report(log.today())

    assert report_text.author(made._replace(engine="model", model="openai/x")) == "openai/x"
    for kind in ("unreachable", "no_key", "ungrounded", "something new"):
        told = report_text.author(made._replace(fallback=Fallback("openai/x", kind)))
        assert told.startswith("built-in analyst, because openai/x ")
        unnamed = report_text.author(made._replace(fallback=Fallback(None, kind)))
        assert unnamed.startswith("built-in analyst, because the model ")


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["number"], "1 statement was withheld; it states a number that could not be traced."),
        (["form"], "1 statement was withheld; it is not of the form that was asked for."),
        (
            ["figure", "figure"],
            "2 statements were withheld; they name figures that are not there or do not fit.",
        ),
        (
            ["form", "number", "number", "figure"],
            (
                "4 statements were withheld; 2 state numbers that could not be traced, "
                "1 names a figure that is not there or does not fit, "
                "1 is not of the form that was asked for."
            ),
        ),
    ],
)
def test_what_was_withheld_is_told_by_its_kinds(
    log: leadlog.Leadlog, kinds: list[str], told: str
) -> None:
    withheld = tuple(Withheld("a", "b", kind) for kind in kinds)
    made = log.report(log.today())._replace(withheld=withheld)

    assert report_text.withheld(made) == told
    assert made.as_dict()["withheld"][0] == {"template": "a", "reason": "b", "kind": kinds[0]}
