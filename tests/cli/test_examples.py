"""The sample files tell the story they are said to tell, and the demo shows it."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import documents
import pytest
from fakes import FakeClock

import leadlog
from leadlog import cli
from leadlog.model import CATEGORIES

EXAMPLES = documents.ROOT / "examples"
TWO_WEEKS = EXAMPLES / "two-weeks.ndjson"
LEADS = EXAMPLES / "leads.ndjson"

# Ranges kept free for fiction by the numbering plans of the US, the UK and Germany.
FICTIONAL_PHONE = re.compile(r"\+1 202 555 01\d\d|\+44 20 7946 0\d\d\d|\+49 30 23125 \d\d\d")
RESERVED_DOMAIN = re.compile(r"example(\.(com|net|org))?$|$", re.IGNORECASE)


def attempts() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TWO_WEEKS.read_text(encoding="utf-8").splitlines()]


def failed(code: str) -> list[dict[str, Any]]:
    return [attempt for attempt in attempts() if attempt.get("code") == code]


def occurred(attempt: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(attempt["occurred_at"])


def test_the_sample_is_made_again_to_the_byte() -> None:
    sample = runpy.run_path(str(EXAMPLES / "make_two_weeks.py"))["sample"]

    assert sample().encode() == TWO_WEEKS.read_bytes()


@pytest.mark.parametrize("path", [TWO_WEEKS, LEADS], ids=lambda path: path.name)
def test_nobody_in_the_samples_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    domains = [address.rpartition("@")[2] for address in re.findall(r'"email": "([^"]*)"', text)]
    assert all(RESERVED_DOMAIN.search(domain) for domain in domains)
    assert all(FICTIONAL_PHONE.fullmatch(x) for x in re.findall(r'"phone": "([^"]*)"', text))


def test_the_sample_has_every_category_of_failure_and_covers_two_weeks() -> None:
    given = attempts()

    assert {attempt.get("category") for attempt in given} == {None, *CATEGORIES}
    assert len({occurred(attempt).date() for attempt in given}) == 14
    assert len({attempt["request_id"] for attempt in given}) == len(given)
    assert [occurred(attempt) for attempt in given] == sorted(map(occurred, given))


def test_the_partners_feed_breaks_for_one_afternoon() -> None:
    broken = [attempt for attempt in failed("crm_500") if occurred(attempt).day == 13]

    assert {attempt["user"] for attempt in broken} == {"partner-acme"}
    assert {occurred(attempt).hour for attempt in broken} == {14, 15, 16}
    others = [a for a in attempts() if a["user"] == "partner-acme" and a not in broken]
    assert not [a for a in others if occurred(a).day == 13 and occurred(a).hour in (14, 15, 16)]
    assert [a for a in others if occurred(a).day > 13 and a["outcome"] == "success"]


def test_the_changed_form_lets_bad_addresses_through_on_one_page() -> None:
    bad = failed("invalid_email")

    before = [attempt for attempt in bad if occurred(attempt).day < 12]
    after = [attempt for attempt in bad if occurred(attempt).day >= 12]
    on_page = [attempt for attempt in after if attempt["page"] == "/webinar"]
    assert len(on_page) >= 4 * len(before)
    assert len(on_page) >= 0.9 * len(after)


def test_the_script_runs_into_its_limit_within_one_minute_of_every_night() -> None:
    refused = failed("limit_exceeded")

    assert {attempt["user"] for attempt in refused} == {"import-batch"}
    assert len({occurred(attempt).date() for attempt in refused}) == 14
    minutes = Counter(
        f"{occurred(attempt):%d %H:%M}"
        for attempt in attempts()
        if attempt["user"] == "import-batch"
    )
    assert len(minutes) == 14
    assert all(count > 12 for count in minutes.values())


def test_the_sample_is_recorded_as_it_states(
    database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["record", "--file", str(TWO_WEEKS), "--create-users", "--db", str(database)]

    code = cli.main([*command, "--json"], clock=clock)

    totals = json.loads(capsys.readouterr().err)
    stated = Counter(a["category"] for a in attempts() if a["outcome"] == "failure")
    assert code == 0
    assert totals["failures"] == dict(stated)
    with leadlog.open(database, clock=clock) as log:
        dates = [attempt.log_date for attempt in log.attempts()]
    assert dates == [attempt["occurred_at"][:10] for attempt in attempts()]


def test_the_leads_show_each_thing_that_can_go_wrong(
    log: leadlog.Leadlog, database: Path, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    for handle in ("newsletter", "partner-acme", "partner-nova"):
        log.add_user(handle)

    cli.main(["submit", "--file", str(LEADS), "--json", "--db", str(database)], clock=clock)

    totals = json.loads(capsys.readouterr().err)
    assert totals["blank"] == totals["replayed"] == 1
    assert totals["failures"].keys() == {"validation", "duplicate", "unknown_user", "malformed"}


def test_the_demo_runs_again_and_again(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    (tmp_path / ".venv").symlink_to(sys.prefix)

    first, second = demo(tmp_path), demo(tmp_path)

    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    shown = second.stdout
    for told in ("✓ lead", "✗ duplicate", "✗ rate limited", "crm_500", "/webinar", "(exit 6)"):
        assert told in shown
    assert "Attempt 465 · failure · upstream / crm_500" in shown
    assert "578 lines = 578 attempts" in second.stderr
    assert len((tmp_path / "demo" / "recorded.txt").read_text().splitlines()) == 578


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "examples/demo.sh"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_results_go_to_their_file_also_while_progress_is_on_a_terminal(
    log: leadlog.Leadlog, database: Path, tmp_path: Path, options: list[str]
) -> None:
    log.close()
    leader, terminal = os.openpty()
    program = str(documents.SCRIPTS / "leadlog")
    command = [program, "submit", "--file", str(LEADS), "--db", str(database), *options]

    with (tmp_path / "results").open("wb") as results:
        subprocess.run(command, stdout=results, stderr=terminal, check=False, timeout=20)

    os.close(terminal)
    os.close(leader)
    assert len((tmp_path / "results").read_bytes().splitlines()) == 40
