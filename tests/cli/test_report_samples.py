"""The sample reports in docs/reports are what `examples/make_reports.py` makes."""

import runpy
import subprocess
import sys
from pathlib import Path

import documents

SCRIPT = documents.ROOT / "examples" / "make_reports.py"
REPORTS = documents.ROOT / "docs" / "reports"


def test_the_sample_reports_are_made_again_to_the_byte() -> None:
    made = runpy.run_path(str(SCRIPT))["reports"]()

    stored = {path.name: path.read_bytes() for path in REPORTS.iterdir()}
    assert {name: text.encode() for name, text in made.items()} == stored


def test_the_script_writes_into_the_folder_that_is_named(tmp_path: Path) -> None:
    subprocess.run([sys.executable, str(SCRIPT), str(tmp_path / "new")], check=True, timeout=60)

    names = ["bad-day.html", "bad-day.txt", "empty-day.txt", "quiet-day.txt"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == names


def test_the_bad_day_tells_the_planted_story() -> None:
    text = (REPORTS / "bad-day.txt").read_text()

    for told in (
        "partner-acme",
        "crm_500",
        "/webinar",
        "invalid_email",
        "14:00",
        "/import/nightly",
    ):
        assert told in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_quiet_day_and_the_empty_day_are_short() -> None:
    assert "Nothing stood out against the days before." in (REPORTS / "quiet-day.txt").read_text()
    assert "No attempt was recorded for this day" in (REPORTS / "empty-day.txt").read_text()
