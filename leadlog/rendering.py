"""A report as it is read: what was rendered when it was written, taken from its row.

The texts and figures are stored with the report, so a stored one is printed without judging its
templates again: whatever leadlog demands of later reports, an old one stays as it is. `verify`
renders it anew and compares.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from leadlog.analysis import statements
from leadlog.analysis.figures import Figure
from leadlog.analysis.statements import Statement, Withheld
from leadlog.errors import LeadlogError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leadlog.analysis.statements import Confidence
    from leadlog.report_rows import StoredReport


class Fallback(NamedTuple):
    """For whom the built-in analyst stood in: the model, and its kind of failure."""

    model: str | None
    kind: str


class Report(NamedTuple):
    """A report that can be printed."""

    id: int
    date: str
    version: int
    provisional: bool
    engine: str
    model: str | None
    snapshot_sha256: str
    statements: tuple[Statement, ...]
    level: str
    reason: str
    reason_figures: tuple[Figure, ...]
    withheld: tuple[Withheld, ...]
    created_at: str
    fallback: Fallback | None

    def as_dict(self) -> dict[str, Any]:
        """Return what `report --json` prints."""
        sections: dict[str, list[dict[str, Any]]] = {name: [] for name in statements.SECTIONS}
        for one in self.statements:
            sections[one.section].append(
                {
                    "n": one.n,
                    "severity": one.severity,
                    "template": one.template,
                    "text": one.text,
                    "figures": [figure._asdict() for figure in one.figures],
                }
            )
        return {
            "id": self.id,
            "date": self.date,
            "version": self.version,
            "provisional": self.provisional,
            "engine": self.engine,
            "model": self.model,
            "snapshot_sha256": self.snapshot_sha256,
            "sections": sections,
            "confidence": {
                "level": self.level,
                "reason": self.reason,
                "figures": [figure._asdict() for figure in self.reason_figures],
            },
            "withheld": [one._asdict() for one in self.withheld],
            "created_at": self.created_at,
            "fallback": self.fallback._asdict() if self.fallback is not None else None,
        }


def analysis(valid: Iterable[Statement], confidence: Confidence) -> dict[str, Any]:
    """Return what is stored of what a report says; `report_of` reads it."""
    return {
        "renderer": statements.RENDERER,
        "statements": [_as_dict(one) for one in valid],
        "confidence": _as_dict(confidence),
    }


def report_of(stored: StoredReport) -> Report:
    """Return a stored report as it was when it was written.

    Raises:
        LeadlogError: kind `unusable`, when its row is not of the form that leadlog writes.
    """
    row = stored.row
    try:
        said = json.loads(row.analysis)
        parameters = json.loads(row.parameters) if row.parameters is not None else {}
        return Report(
            stored.id,
            row.report_date,
            row.version,
            bool(row.provisional),
            row.engine,
            row.model,
            row.snapshot_sha256,
            tuple(_statement(one) for one in said["statements"]),
            said["confidence"]["level"],
            said["confidence"]["text"],
            _figures(said["confidence"]),
            tuple(Withheld(**one) for one in json.loads(row.withheld)),
            stored.created_at,
            Fallback(**parameters["fallback"]) if "fallback" in parameters else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        message = f"Report {stored.id} is not of the form that leadlog writes."
        raise LeadlogError("unusable", message, "See what was changed: leadlog verify") from None


def _as_dict(said: Statement | Confidence) -> dict[str, Any]:
    return said._asdict() | {"figures": [figure._asdict() for figure in said.figures]}


def _statement(stored: Mapping[str, Any]) -> Statement:
    return Statement(**{**stored, "figures": _figures(stored)})


def _figures(stored: Mapping[str, Any]) -> tuple[Figure, ...]:
    return tuple(Figure(**figure) for figure in stored["figures"])
