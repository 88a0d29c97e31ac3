"""What is stored of reports and of the tries to write them, as rows."""

from typing import NamedTuple


class ReportRow(NamedTuple):
    """A report as it is stored; texts that hold JSON are canonical.

    Attributes:
        inputs: all that the report may speak about.
        analysis: what was rendered of it; see `leadlog.rendering`.
    """

    report_date: str
    version: int
    provisional: int
    inputs: str
    snapshot_sha256: str
    engine: str
    model: str | None
    parameters: str | None
    prompt: str | None
    reply: str | None
    analysis: str
    withheld: str
    tokens: int | None
    cost: str | None
    duration_ms: int | None


class StoredReport(NamedTuple):
    """A stored report's identity, and its row."""

    id: int
    created_at: str
    row: ReportRow


class RunRow(NamedTuple):
    """One step of a try to write a report; `detail` is JSON."""

    run_id: str
    report_date: str
    engine: str
    model: str | None
    event: str
    detail: str | None


class StoredRun(NamedTuple):
    """A stored step of a try."""

    id: int
    created_at: str
    row: RunRow
