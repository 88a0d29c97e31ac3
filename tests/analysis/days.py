"""Inputs of reports, made from recorded attempts the way `leadlog report` makes them."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import leadlog
from leadlog.analysis.inputs import inputs

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-weeks.ndjson"
BAD_DAY = "2025-11-13"


def inputs_of(database: Path, records: Iterable[Mapping[str, Any]], date: str) -> dict[str, Any]:
    """Record these attempts, close the days up to `date`, and return the inputs for it."""
    with leadlog.open(database, create=True) as log:
        dates = set()
        for record in records:
            dates.add(log.record(record, create_users=True).log_date)
        before = [log.snapshot(day) for day in sorted(dates, reverse=True) if day < date]
        snapshot = log.snapshot(date)
    metrics = [one.metrics for one in before]
    hashes = [one.sha256 for one in before]
    return inputs(snapshot.metrics, snapshot.sha256, metrics, hashes, provisional=False)


def example_day(database: Path, date: str = BAD_DAY) -> dict[str, Any]:
    """Return the inputs for a day of the example's two weeks, the worst one unless told."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    early = [one for one in records if one["occurred_at"][:10] <= date]
    return inputs_of(database, early, date)
