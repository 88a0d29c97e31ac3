"""An engine that says what a test wants said."""

from collections.abc import Mapping, Sequence
from typing import Any

from leadlog.analysis.engine import Reply
from leadlog.analysis.statements import Said, Withheld


class Saying:
    """An engine that says one sentence."""

    name = "model"
    model: str | None = None

    def __init__(self, template: str) -> None:
        self.said = (Said("executive_summary", template),)

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        del inputs
        return Reply(self.said, "low", "So.")

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        raise AssertionError(invalid)
