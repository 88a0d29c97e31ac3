"""What an engine is: given a report's inputs it says something, once, and may mend it once."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from leadlog.analysis.statements import Said, Withheld

FAILURES: Final = {
    "unreachable": "the model's server could not be reached",
    "no_key": "the key that the model's provider asks for is not set",
    "refused_key": "the model's provider refused the key",
    "rate_limited": "the model's provider refused the request for now, over its rate limit",
    "timed_out": "the model did not answer in time",
    "bad_reply": "the model's reply was not of the form that was asked for",
    "ungrounded": "no sentence of the model's summary could be traced to the figures",
}
"""Every way in which an engine may fail, as a clause; a closed list."""


class EngineFailure(Exception):  # noqa: N818  # it is an outcome of a run, and recorded as one
    """An engine gave no report. Holds no key and nothing that a provider wrote.

    Args:
        kind: a key of `FAILURES`.
        hint: one sentence that says what to do, or None.
        told: a clause that says more than the kind's, or None.
        spent: what the call that failed used up: `retries` (a list), `tokens`, `cost`.
    """

    def __init__(
        self,
        kind: str,
        hint: str | None = None,
        *,
        told: str | None = None,
        spent: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(told or FAILURES[kind])
        self.kind = kind
        self.hint = hint
        self.spent: Mapping[str, Any] = spent if spent is not None else {}


class Reply(NamedTuple):
    """What an engine said, and what is recorded of how it came to it.

    Attributes:
        said: the statements, unchecked.
        level, reason: the confidence: low, medium or high, and a template that says why.
        prompt, raw: what was sent and what came back, or None without a model.
        parameters: the settings of the call.
        tokens: how many were used, both ways, or None if the provider does not say.
        cost: in US dollars as decimal text, or None if it is not known.
    """

    said: tuple[Said, ...]
    level: str
    reason: str
    prompt: str | None = None
    raw: str | None = None
    parameters: Mapping[str, Any] = {}
    tokens: int | None = None
    cost: str | None = None


class Engine(Protocol):
    """Writes reports. `mend` may be called once after `write`."""

    name: str
    model: str | None

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        """Return what there is to say about the inputs.

        Raises:
            EngineFailure: when it can't.
        """

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        """Return other statements for those that may not be printed, told why; None for no more.

        Raises:
            EngineFailure: when it can't; what was valid stays valid.
        """
