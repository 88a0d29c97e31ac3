"""`report --model`: the whole command, with a server that works or fails in every way."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import documents
import pytest
import rows
from fake_provider import Act, Provider, drops, hangs, provider, refuses, says
from fakes import FakeClock
from shell import Result, Shell

from leadlog import tables
from leadlog.analysis import tamed
from leadlog.analysis.engine import FAILURES

DAY = "2026-03-10"
KEY = "sk-planted-5f3c9a"
SUMMARY = "{{/snapshot/attempts}} attempts were made, all of them by U01."


def said(*templates: str) -> str:
    statements = [{"template": template, "severity": "info"} for template in templates]
    confidence = {"level": "medium", "reason": "One day alone."}
    return json.dumps({"sections": {"executive_summary": statements}, "confidence": confidence})


@pytest.fixture(scope="module", autouse=True)
def _imported() -> Iterator[None]:
    """Import litellm first: that takes seconds, which a short timeout does not have."""
    before = dict(os.environ)
    tamed.load()
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LEADLOG_MODEL", "LEADLOG_API_BASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def shell(database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A log with two attempts on 10 March, seen from the 11th."""
    shell = Shell(database, clock, capsys)
    shell.ready("site-form")
    shell.submit("site-form", "a@example.org")
    shell.submit("site-form", "nobody")
    clock.advance(86_400)
    return shell


class Asking:
    """Runs `report --model openai/local` with a server that plays the given acts."""

    def __init__(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shell = shell
        self.server = Provider(0)
        self._monkeypatch = monkeypatch

    def __call__(self, *options: str, acts: list[Act]) -> Result:
        return self.bare("--model", "openai/local", *options, acts=acts)

    def bare(self, *options: str, acts: list[Act]) -> Result:
        """Run it without naming a model."""
        with provider(*acts) as self.server:
            self._monkeypatch.setenv("LEADLOG_API_BASE", self.server.api_base)
            return self.shell("report", *options)

    def runs(self) -> list[dict[str, Any]]:
        return self.shell("runs", "--json").objects

    def told_of_the_run(self) -> str:
        """Return what a wide list says last of the only run."""
        with self._monkeypatch.context() as patch:
            patch.setenv("COLUMNS", "120")
            return self.shell("runs").out.splitlines()[1].partition("openai/local  ")[2]


@pytest.fixture
def ask(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Asking:
    return Asking(shell, monkeypatch)


def test_the_model_writes_the_report(ask: Asking) -> None:
    made = ask(acts=[says(said(SUMMARY))])

    lines = made.out.splitlines()
    assert (made.code, made.err) == (0, "")
    assert lines[0] == f"Report for {DAY} · version 1 · openai/local"
    assert lines[3].startswith("   1. 2 attempts were made, all of them by site-form. [1]")
    assert ask.server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert [request["model"] for request in ask.server.requests()] == ["local"]


def test_the_try_is_recorded_with_what_it_cost(ask: Asking) -> None:
    ask(acts=[says(said(SUMMARY))])

    (run,) = ask.runs()

    assert (run["engine"], run["model"], run["event"]) == ("litellm", "openai/local", "succeeded")
    assert (run["report"], run["tokens"], run["failure"]) == (1, 100, None)


@pytest.mark.parametrize(
    ("failures", "told"), [([], ""), ([503], " after 1 retry"), ([503, 502], " after 2 retries")]
)
def test_the_list_of_tries_tells_how_often_the_model_was_asked_again(
    ask: Asking, failures: list[int], told: str
) -> None:
    ask(acts=[*map(refuses, failures), says(said(SUMMARY))])

    assert ask.told_of_the_run() == f"succeeded  report 1{told}"
    (run,) = ask.runs()
    waits = [{"after": "unreachable", "waited_seconds": pause} for pause in (0.5, 2.0)]
    assert run["retries"] == waits[: len(failures)]


def test_asking_again_to_mend_a_reply_counts_as_well(ask: Asking) -> None:
    bad = says(said(SUMMARY, "Half of them failed."))

    ask(acts=[refuses(503), bad, refuses(502), says(said(SUMMARY))])

    assert ask.told_of_the_run() == "succeeded  report 1 after 2 retries"


def test_a_try_that_failed_tells_its_retries_too(ask: Asking) -> None:
    ask(acts=[refuses(503)] * 3)

    assert ask.told_of_the_run() == "failed  unreachable after 2 retries"
    assert len(ask.runs()[0]["retries"]) == 2


def test_nothing_of_a_try_is_cut_at_80_columns(ask: Asking) -> None:
    ask(acts=[refuses(503), refuses(503), says(said(SUMMARY))])

    assert ask.shell("runs").out.splitlines() == [
        " run date       started          took by           ended     what",
        "   1 2026-03-10 11 Mar 12:00 2,500 ms openai/local succeeded report 1 after 2",
        "                                                             retries",
    ]


def test_the_json_names_engine_and_model(ask: Asking) -> None:
    made = ask("--json", acts=[says(said(SUMMARY))]).object

    assert (made["engine"], made["model"]) == ("litellm", "openai/local")


def test_what_is_withheld_is_counted(ask: Asking) -> None:
    bad = says(said(SUMMARY, "Half of them failed."))

    made = ask(acts=[bad, says(said("It was dozens."))])

    assert made.code == 0
    assert "Half" not in made.out
    assert " 1 statement was withheld" in made.out
    assert len(ask.server.bodies) == 2


FAILING: dict[str, list[Act]] = {
    "unreachable": [drops],
    "refused_key": [refuses(401)],
    "rate_limited": [refuses(429)],
    "timed_out": [hangs],
    "bad_reply": [says("SECRET-TEXT sk-live-0123456789")],
    "ungrounded": [says(said("There were 74."))],
}


def test_every_kind_of_failure_is_tried() -> None:
    assert FAILING.keys() | {"no_key"} == FAILURES.keys()


@pytest.mark.parametrize("kind", FAILING)
def test_a_failure_is_exit_7_with_one_sentence_and_recorded(ask: Asking, kind: str) -> None:
    seconds = "1" if kind == "timed_out" else "30"

    made = ask("--timeout", seconds, acts=FAILING[kind])

    sentence, hint = made.err.splitlines()
    assert (made.code, made.out) == (7, "")
    assert sentence == f"No report was written: {FAILURES[kind]}."
    assert hint
    (run,) = ask.runs()
    assert (run["event"], run["failure"], run["report"]) == ("failed", kind, None)
    assert run["model"] == "openai/local"
    assert ask.shell("reports", "--json").out == ""


def test_a_key_that_is_not_set_is_exit_7_and_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")

    made = shell("report", "--model", "openai/gpt-4o-mini")

    assert made.code == 7
    assert made.err.splitlines() == [
        f"No report was written: {FAILURES['no_key']}.",
        "Set the environment variable OPENAI_API_KEY.",
    ]
    assert shell("runs", "--json").object["failure"] == "no_key"


@pytest.mark.parametrize("kind", FAILING)
@pytest.mark.parametrize("options", [[], ["--fallback"], ["--json"]], ids=["", "fallback", "json"])
def test_neither_a_key_nor_what_a_provider_wrote_is_kept_or_printed(
    ask: Asking, kind: str, options: list[str], database: Path
) -> None:
    seconds = "1" if kind == "timed_out" else "30"

    made = ask("--timeout", seconds, *options, acts=FAILING[kind])

    told = (made.out + made.err + ask.shell("runs", "--json").out).encode()
    kept = b"".join(file.read_bytes() for file in database.parent.iterdir())
    assert b"analysis_runs" in kept
    for secret in (KEY, "SECRET-TEXT", "sk-live"):
        assert secret.encode() not in told + kept


def test_a_failure_as_json_is_one_object(ask: Asking) -> None:
    made = ask("--json", acts=[refuses(404)])

    assert made.code == 7
    assert made.error["kind"] == "engine"
    assert "does not know the model" in made.error["message"]


def test_the_model_may_be_named_by_the_environment(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLOG_MODEL", "openai/from-environment")

    made = ask.bare(acts=[says(said(SUMMARY))])

    assert "· openai/from-environment" in made.out
    assert [request["model"] for request in ask.server.requests()] == ["from-environment"]


def test_the_option_comes_before_the_environment(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADLOG_MODEL", "openai/from-environment")

    ask(acts=[says(said(SUMMARY))])

    assert [request["model"] for request in ask.server.requests()] == ["local"]


@pytest.mark.parametrize(("seconds", "code", "calls"), [("20", 7, 1), ("40", 0, 2)])
def test_the_timeout_is_for_retries_too(ask: Asking, seconds: str, code: int, calls: int) -> None:
    loading = refuses(503, {"Retry-After": "30"})

    made = ask("--timeout", seconds, acts=[loading, says(said(SUMMARY))])

    assert made.code == code
    assert len(ask.server.bodies) == calls


def test_the_timeout_ends_a_call_and_is_named(ask: Asking) -> None:
    started = time.monotonic()

    made = ask("--timeout", "1", acts=[hangs])

    assert made.err.splitlines()[1] == "It had 1 second; give it more with --timeout."
    assert time.monotonic() - started < 20


def test_a_try_is_taken_for_crashed_only_after_its_timeout(ask: Asking, database: Path) -> None:
    ask("--timeout", "600", acts=[says(said(SUMMARY))])

    started = rows.content(database, tables.RUNS)[0]

    assert "2026-03-11T12:10:30.000000Z" in str(started)  # 30 seconds beyond


def test_the_analyst_stands_in_when_it_may(ask: Asking) -> None:
    made = ask("--fallback", acts=[refuses(401)])

    assert made.code == 0
    title = " ".join(made.out.partition("\n\n")[0].split())
    assert "built-in analyst" in title
    assert title.endswith("refused the key")
    assert made.err.splitlines()[0] == f"openai/local gave no report: {FAILURES['refused_key']}."
    failed, succeeded = ask.runs()
    assert (failed["event"], failed["model"], failed["failure"]) == (
        "failed",
        "openai/local",
        "refused_key",
    )
    assert (succeeded["event"], succeeded["engine"], succeeded["fallback_for"]) == (
        "succeeded",
        "built-in",
        "refused_key",
    )


def test_that_the_analyst_stood_in_is_told_beside_json_too(ask: Asking) -> None:
    made = ask("--fallback", "--json", acts=[refuses(401)])

    assert made.object["engine"] == "built-in"
    assert made.err.startswith("openai/local gave no report: ")


def test_the_analyst_does_not_stand_in_for_a_model_that_writes(ask: Asking) -> None:
    made = ask("--fallback", acts=[says(said(SUMMARY))])

    assert made.out.startswith(f"Report for {DAY} · version 1 · openai/local")
    assert made.err == ""


def test_a_stored_report_is_printed_again_without_a_call(ask: Asking) -> None:
    first = ask(acts=[says(said(SUMMARY))])

    again = ask(acts=[refuses(500)])

    assert (again.code, again.err) == (0, "")
    assert again.out == first.out
    assert ask.server.bodies == []
    assert len(ask.runs()) == 1


def test_new_asks_for_the_next_version_and_leaves_the_first(ask: Asking, database: Path) -> None:
    ask(acts=[says(said(SUMMARY))])
    (before,) = rows.content(database, tables.REPORTS)

    made = ask("--new", acts=[says(said("Nothing stood out."))])

    assert made.out.startswith(f"Report for {DAY} · version 2 · openai/local")
    assert len(ask.server.bodies) == 1
    assert rows.content(database, tables.REPORTS)[0] == before


@pytest.mark.parametrize("options", [[], ["--json"], ["--fallback"]])
def test_that_a_stored_report_is_by_another_is_said(ask: Asking, options: list[str]) -> None:
    ask.shell("report")

    made = ask(*options, acts=[says(said(SUMMARY))])

    assert made.code == 0
    assert "built-in" in made.out
    assert made.err.splitlines() == [
        "openai/local was not asked: the stored report, by the built-in analyst, still fits.",
        "Let it write the next version with --new.",
    ]
    assert ask.server.bodies == []


def test_that_a_stored_report_is_by_another_model_is_said(ask: Asking) -> None:
    ask(acts=[says(said(SUMMARY))])

    made = ask.bare("--model", "openai/larger", acts=[says(said(SUMMARY))])

    assert "the stored report, by openai/local, still fits" in made.err


def test_quiet_says_neither(ask: Asking) -> None:
    assert ask("--fallback", "-q", acts=[refuses(401)]).err == ""
    assert ask("-q", acts=[says(said(SUMMARY))]).err == ""


def test_a_process_that_gives_a_call_up_ends(shell: Shell) -> None:
    with provider(hangs) as server:
        environ = {**os.environ, "LEADLOG_API_BASE": server.api_base}
        command = [str(documents.SCRIPTS / "leadlog"), "report", "--model", "openai/local"]
        started = time.monotonic()
        ended = subprocess.run(
            [*command, "--timeout", "1", "--db", str(shell.database)],
            env=environ,
            capture_output=True,
            check=False,
            timeout=60,
        )

    assert (ended.returncode, ended.stdout) == (7, b"")
    assert (
        ended.stderr.splitlines()[0] == b"No report was written: the model did not answer in time."
    )
    assert time.monotonic() - started < 30
