"""Write the sample reports in `docs/reports/` from the sample of two weeks.

    python examples/make_reports.py [FOLDER]

A quiet day, a bad day and an empty day, as the built-in analyst explains them. The clock stands
still, and the hash of the figures, which holds each database's random identity, is left out as
zeros; so the same bytes come out on every run and every machine.
"""

import sys
import tempfile
from pathlib import Path

import orjson

import leadlog
from leadlog.cli import report_text
from leadlog.clock import parse_offset_time

ROOT = Path(__file__).resolve().parent.parent
TWO_WEEKS = ROOT / "examples" / "two-weeks.ndjson"
DAYS = {"quiet-day": "2025-11-15", "bad-day": "2025-11-13", "empty-day": "2025-11-17"}
NOW = "2025-11-18T07:00:00+01:00"
COLUMNS = 80


class StandingClock:
    """A clock that always says the same."""

    def now_us(self) -> int:
        """Return `NOW`."""
        return parse_offset_time(NOW) or 0

    def monotonic(self) -> float:
        """Return no time."""
        return 0.0

    def sleep(self, seconds: float) -> None:
        """Wait for nothing."""


def reports() -> dict[str, str]:
    """Return the sample reports by their file names."""
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.db"
        with leadlog.open(
            path, create=True, timezone="Europe/Berlin", clock=StandingClock()
        ) as log:
            for line in TWO_WEEKS.read_bytes().splitlines():
                log.record(orjson.loads(line), create_users=True)
            for day in range(3, 18):
                log.snapshot(f"2025-11-{day:02}")
            for name, date in DAYS.items():
                report = log.report(date)._replace(snapshot_sha256="0" * 64)
                made[f"{name}.txt"] = "\n".join(report_text.text_lines(report, COLUMNS)) + "\n"
                if name == "bad-day":
                    made[f"{name}.html"] = report_text.html(report) + "\n"
    return made


def write(folder: Path) -> None:
    """Write the sample reports into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in reports().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "reports")
