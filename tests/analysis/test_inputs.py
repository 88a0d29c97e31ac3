"""A report's inputs hold all that it may speak about, and nothing that is not canonical."""

import json

from sample_days import TUESDAY, Try, day, make_inputs, quiet_week

from leadlog import canonical
from leadlog.analysis.inputs import INPUTS_VERSION, THRESHOLDS


def test_inputs_hold_the_snapshot_its_hash_the_baseline_and_the_thresholds() -> None:
    metrics = day(TUESDAY, [Try()])

    made = make_inputs(metrics, quiet_week(TUESDAY, 3), provisional=True)

    assert list(made) == [
        "inputs_version",
        "provisional",
        "snapshot",
        "snapshot_sha256",
        "limits",
        "baseline",
        "thresholds",
    ]
    assert made["inputs_version"] == INPUTS_VERSION
    assert made["provisional"] is True
    assert made["snapshot"] == metrics
    assert made["snapshot_sha256"] == canonical.sha256(canonical.dumps(metrics))
    assert [one["date"] for one in made["baseline"]["days"]] == [
        "2026-03-09",
        "2026-03-08",
        "2026-03-07",
    ]
    assert made["thresholds"] == THRESHOLDS


def test_inputs_are_the_same_after_a_journey_through_their_canonical_text() -> None:
    made = make_inputs(day(TUESDAY, [Try(page=None, category="upstream")]), quiet_week(TUESDAY))

    text = canonical.dumps(made)

    assert json.loads(text) == made
    assert canonical.dumps(json.loads(text)) == text


def test_changing_the_thresholds_of_one_report_changes_no_other() -> None:
    made = make_inputs(day(TUESDAY, []), [])

    made["thresholds"]["spreads"] = 0

    assert make_inputs(day(TUESDAY, []), [])["thresholds"] == THRESHOLDS
