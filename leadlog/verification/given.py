"""What a report was given, derived again from the log; versions of a report often share it."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from leadlog import canonical
from leadlog.verification.settings import Settings
from leadlog.verification.snapshots import given_faults

if TYPE_CHECKING:
    from leadlog.repository import Reader


class Given:
    """Derives what reports were given, each once.

    The computation is the one that reports are made with; what goes into it is checked here.

    Args:
        reader: of the log.
        settings: of the database.
    """

    def __init__(self, reader: "Reader", settings: Settings) -> None:
        self._reader = reader
        self._settings = settings
        self._limits = lru_cache(maxsize=64)(self._limits_from)
        self._fault = lru_cache(maxsize=64)(self._fault_from)

    def limits(self, metrics: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return how the rate limit bore on the users of a snapshot's attempts."""
        return self._limits(canonical.dumps(metrics))

    def fault(self, metrics: Mapping[str, Any]) -> str | None:
        """Return what is wrong with the figures of a date while it ran, as a clause, or None."""
        return self._fault(canonical.dumps(metrics))

    def _limits_from(self, text: str) -> Mapping[str, Any]:
        from leadlog.analysis.pressure import pressure_on

        return pressure_on(self._reader, json.loads(text))

    def _fault_from(self, text: str) -> str | None:
        from leadlog import closing

        metrics = json.loads(text)
        # Which time zone database knew the day is not said of a running one.
        day = (metrics["date"], metrics["starts_at"], metrics["ends_at"], "unknown")
        for _, fault in given_faults(metrics, self._settings, *day):
            return f"are of a snapshot that {fault}"
        fresh = closing.recompute_running(self._reader, metrics)
        if fresh == text:
            return None
        now = json.loads(fresh)
        keys = [key for key in sorted(now) if now[key] != metrics.get(key)]
        return f"differ from a fresh computation in {', '.join(keys) or 'its keys'}"
