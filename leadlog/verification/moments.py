"""An attempt's times: elapsed time goes on from row to row, steps back of the clock are noted."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import compress, repeat
from operator import floordiv, sub
from typing import Final

from leadlog.clock import from_text
from leadlog.verification.forms import are_times
from leadlog.verification.problems import Findings

TABLE: Final = "lead_submission_logs"
_NOTED_STEP_US: Final = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Moments:
    """Checks `logical_us` and the context of each attempt against the attempt before.

    `logical_us` is the one before plus the wall clock's advance, or plus nothing when it went back.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._created_us = 0
        self._logical_us = 0

    def restart(self, created_at: str | None, logical_us: int | None) -> None:
        """Go on after an attempt; None for none."""
        self._created_us = _time_us(created_at) or 0
        self._logical_us = logical_us or 0

    def add(
        self,
        log_ids: Sequence[int],
        created_ats: Sequence[str],
        logical_us: Sequence[int],
        contexts: Sequence[str | None],
    ) -> None:
        """Check the next attempts."""
        if not self._go_on_steadily(created_ats, logical_us):
            for row in zip(log_ids, created_ats, logical_us, contexts, strict=True):
                self._add_row(*row)
            return
        if contexts.count(None) < len(contexts):
            given = [context is not None for context in contexts]
            for log_id, context in compress(zip(log_ids, contexts, strict=True), given):
                self._check_context(log_id, context, 0)

    def _go_on_steadily(self, created_ats: Sequence[str], logical_us: Sequence[int]) -> bool:
        """Move on if no clock went back in these rows: then both times advance alike."""
        if not are_times(created_ats):
            return False
        try:  # all in C, which takes half the time of a call of `from_text` for each
            since_1970 = map(sub, map(datetime.fromisoformat, created_ats), repeat(_EPOCH))
            times = list(map(floordiv, since_1970, repeat(_MICROSECOND)))
        except (ValueError, TypeError):
            return False
        ahead_us = self._logical_us - self._created_us
        steady = (
            times[0] >= self._created_us
            and times == sorted(times)
            and set(map(sub, logical_us, times)) == {ahead_us}
        )
        if steady:
            self._created_us, self._logical_us = times[-1], logical_us[-1]
        return steady

    def _add_row(self, log_id: int, created_at: str, logical_us: int, context: str | None) -> None:
        created_us = _time_us(created_at)
        if created_us is None:
            message = f"Attempt {log_id} has no time that can be read."
            self._findings.add(TABLE, log_id, "created_at", "value", message)
            self._logical_us = logical_us
            return
        advance_us = created_us - self._created_us
        if logical_us != self._logical_us + max(0, advance_us):
            message = f"The elapsed time of attempt {log_id} does not follow from the one before."
            self._findings.add(TABLE, log_id, "logical_us", "clock", message)
        if context is not None or advance_us < -_NOTED_STEP_US:
            self._check_context(log_id, context, -advance_us)
        self._created_us, self._logical_us = created_us, logical_us

    def _check_context(self, log_id: int, context: str | None, back_us: int) -> None:
        try:
            value = json.loads(context) if context is not None else {}
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict) or not value.keys() <= {"given", "clock_step"}:
            message = f"The context of attempt {log_id} is not one that leadlog writes."
            self._findings.add(TABLE, log_id, "context", "value", message)
            return
        expected = {"back_ms": back_us // 1000} if back_us > _NOTED_STEP_US else None
        if value.get("clock_step") != expected:
            message = f"Attempt {log_id} does not tell truly how far the clock went back."
            self._findings.add(TABLE, log_id, "context", "clock", message)


def _time_us(text: str | None) -> int | None:
    if text is None or not are_times((text,)):
        return None
    try:
        return from_text(text)
    except (ValueError, TypeError):
        return None
