"""Stored reports: JSON where there must be, the snapshots that their inputs name, and their text.

What a report says is rendered anew from its inputs and compared, and the baseline must be that of
the closed days it names.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from leadlog import canonical
from leadlog.verification.hashing import canonical_digest
from leadlog.verification.problems import Findings
from leadlog.verification.renderings import faults as rendering_faults

TABLE: Final = "daily_analysis_reports"


class Stored(NamedTuple):
    """What is checked of a report's row."""

    id: int
    report_date: str
    version: int
    provisional: int
    inputs: str
    snapshot_sha256: str
    parameters: str | None
    analysis: str
    withheld: str


def check(
    reports: Iterable[Stored],
    snapshots: Mapping[str, str],
    metrics_of: Callable[[str], str | None],
    limits_of: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    fault_of: Callable[[Mapping[str, Any]], str | None],
    findings: Findings,
) -> None:
    """Check reports, by id.

    Args:
        snapshots: the hash of each closed date's snapshot.
        metrics_of: returns the stored metrics of a closed date, or None.
        limits_of: derives how the rate limit bore on the users of a snapshot's attempts.
        fault_of: says what is wrong with figures of a date that still ran, as a clause, or None.
        findings: where problems go.
    """
    versions: dict[str, int] = {}
    for report in reports:
        expected = versions.get(report.report_date, 0) + 1
        versions[report.report_date] = max(report.version, expected)
        if report.version != expected:
            message = f"Report {report.id} is version {report.version} where {expected} was due."
            findings.add(TABLE, report.id, "version", "report", message)
        for column in ("inputs", "parameters", "analysis", "withheld"):
            text = getattr(report, column)
            if text is not None and _json(text) is None:
                message = f"Report {report.id} holds {column} that are not JSON."
                findings.add(TABLE, report.id, column, "report", message)
        _check_snapshot(report, snapshots, fault_of, findings)
        _check_limits(report, limits_of, findings)
        _check_baseline(report, snapshots, metrics_of, findings)
        _check_rendering(report, findings)


def _check_snapshot(
    report: Stored,
    snapshots: Mapping[str, str],
    fault_of: Callable[[Mapping[str, Any]], str | None],
    findings: Findings,
) -> None:
    inputs = _json(report.inputs)
    if inputs is None:
        return
    if canonical.dumps(inputs) != report.inputs:
        message = f"Report {report.id} holds inputs that are not canonical JSON."
        findings.add(TABLE, report.id, "inputs", "report", message)
    snapshot = inputs.get("snapshot") if isinstance(inputs, dict) else None
    if not isinstance(snapshot, dict):
        message = f"Report {report.id} was given no snapshot."
        findings.add(TABLE, report.id, "inputs", "report", message)
        return
    bare = {key: value for key, value in snapshot.items() if key not in ("status", "sha256")}
    if canonical_digest(bare) != report.snapshot_sha256:
        message = f"Report {report.id} names another snapshot than it was given."
        findings.add(TABLE, report.id, "snapshot_sha256", "report", message)
    elif not report.provisional and snapshots.get(report.report_date) != report.snapshot_sha256:
        message = f"Report {report.id} was given other figures than those of {report.report_date}."
        findings.add(TABLE, report.id, "snapshot_sha256", "report", message)
    elif report.provisional:
        _check_running(report, bare, fault_of, findings)


def _check_running(
    report: Stored,
    metrics: Mapping[str, Any],
    fault_of: Callable[[Mapping[str, Any]], str | None],
    findings: Findings,
) -> None:
    """Check the figures of a date that still ran, which are stored nowhere else."""
    what: str | None
    try:
        what = fault_of(metrics)
        if metrics["date"] != report.report_date:
            what = "are those of another date"
    except Exception:  # noqa: BLE001  # changed rows may break it anywhere; that is the finding
        what = "can't be computed again from the log"
    if what is not None:
        message = f"The figures that report {report.id} was given {what}."
        findings.add(TABLE, report.id, "inputs", "report", message)


def _check_limits(
    report: Stored,
    limits_of: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    findings: Findings,
) -> None:
    inputs = _json(report.inputs)
    if inputs is None:
        return
    try:
        what = None
        if limits_of(inputs["snapshot"]) != inputs["limits"]:
            what = "was given other refusals or uses of the limit than the log has"
    except Exception:  # noqa: BLE001  # as below
        what = "has uses of the limit that can't be derived again"
    if what is not None:
        findings.add(TABLE, report.id, "inputs", "report", f"Report {report.id} {what}.")


def _check_baseline(
    report: Stored,
    snapshots: Mapping[str, str],
    metrics_of: Callable[[str], str | None],
    findings: Findings,
) -> None:
    from leadlog.analysis.baseline import baseline

    inputs = _json(report.inputs)
    if inputs is None:
        return
    what: str | None
    try:
        given = inputs["baseline"]
        days = [(day["date"], day["sha256"]) for day in given["days"]]
        unlike = [date for date, sha256 in days if snapshots.get(date) != sha256]
        if unlike:
            what = f"names another snapshot of {unlike[0]} than the one stored"
        else:
            metrics = [json.loads(metrics_of(date) or "") for date, _ in days]
            due = baseline(report.report_date, metrics, [sha256 for _, sha256 in days])
            what = None if due == given else "compares with other figures than those of its days"
    except Exception:  # noqa: BLE001  # changed rows may break it anywhere; that is the finding
        what = "has a baseline that can't be computed again"
    if what is not None:
        findings.add(TABLE, report.id, "inputs", "report", f"Report {report.id} {what}.")


def _check_rendering(report: Stored, findings: Findings) -> None:
    inputs, analysis = _json(report.inputs), _json(report.analysis)
    if inputs is None or analysis is None:
        return
    try:
        faults = list(rendering_faults(inputs, analysis))
    except Exception:  # noqa: BLE001  # as above
        faults = ["what it says is not of the form that leadlog writes"]
    for fault in faults:
        findings.add(TABLE, report.id, "analysis", "report", f"In report {report.id} {fault}.")


def _json(text: str) -> Any:
    """Return a JSON value, or None if it is not one (`null` is none that a report may hold)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
