"""The engine that asks a model, through litellm.

litellm's own timeout is 6,000 seconds and three calls, and it writes providers' texts into its
errors. None of that here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final, TypeVar

from leadlog.analysis import deadline, prompt, reply
from leadlog.analysis.advice import failure_of
from leadlog.analysis.call_failures import Failed, failed_by
from leadlog.analysis.codes import Codes
from leadlog.analysis.engine import EngineFailure, Reply
from leadlog.analysis.statements import Said, Withheld
from leadlog.analysis.tamed import load
from leadlog.analysis.target import Target, aim
from leadlog.clock import Clock

T = TypeVar("T")

ENGINE: Final = "litellm"

DEFAULT_TIMEOUT_SECONDS: Final = 120.0
PAUSES_SECONDS: Final = (0.5, 2.0)
"""How long to wait before the next try, where the server does not say; there are no more tries."""

ANSWER_TOKENS: Final = 4096
OWN_ANSWER_TOKENS: Final = 2048
"""How long a reply may be; less on a server of one's own, whose context is small."""

MAX_RAW_BYTES: Final = 256 * 1024
"""So much of a reply is stored."""

MAX_TOKENS: Final = 2**31
"""A server that says it used more is not believed."""

_CONTEXT_STEP: Final = 1024


class ModelEngine:
    """Writes reports by asking a model; see `leadlog.analysis.engine.Engine`.

    Args:
        model: litellm's name of it, `provider/model`, such as `ollama_chat/llama3.2`.
        timeout_seconds: for everything: imports, retries, the reply and mending it.
        api_base: the address of an own server, or None for the provider's.
        environ: where the provider's key is looked up.
        clock: for the deadline and for pauses.

    Attributes:
        was_asked: whether a report was wanted of it; not if a stored one still fits.
    """

    name = ENGINE

    def __init__(
        self,
        model: str,
        *,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        api_base: str | None = None,
        environ: Mapping[str, str],
        clock: Clock,
    ) -> None:
        self.model: str | None = model
        self.was_asked = False
        self._called = model
        self._timeout_seconds = timeout_seconds
        self._api_base = api_base
        self._environ = environ
        self._clock = clock
        self._deadline = 0.0
        self._codes: Codes | None = None
        self._asked: list[prompt.Message] = []

    def write(self, inputs: Mapping[str, Any]) -> Reply:
        """Return what the model says about the inputs.

        Raises:
            EngineFailure: when it says nothing of use in time.
        """
        self.was_asked = True
        self._deadline = self._clock.monotonic() + self._timeout_seconds
        self._codes = Codes(inputs)
        self._asked = prompt.messages(inputs, self._codes)
        return self._ask(self._asked)

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        """Return what the model says in place of invalid statements, in the time that is left.

        Raises:
            EngineFailure: when it says nothing of use in time.
        """
        messages = prompt.mending(self._asked, invalid)
        return self._ask(messages) if messages is not None else None

    def _ask(self, messages: list[prompt.Message]) -> Reply:
        spent: dict[str, Any] = {"retries": [], "tokens": None, "cost": None}
        try:
            return self._reply(messages, spent)
        except EngineFailure as failure:
            failure.spent = spent
            raise

    def _reply(self, messages: list[prompt.Message], spent: dict[str, Any]) -> Reply:
        """Ask, and note in `spent` what that used up, also where nothing of use came back."""
        target = self._within_deadline(lambda: aim(self._called, self._api_base, self._environ))
        if isinstance(target, Failed):
            raise self._failure(target)
        sent: dict[str, Any] = {"messages": messages}
        if target.takes_schema:
            shape: dict[str, Any] = {
                "name": "report",
                "schema": reply.schema(bounds_texts=target.is_own),
            }
            shape["strict"] = True
            sent["response_format"] = {"type": "json_schema", "json_schema": shape}
        settings = self._settings(target)
        answer = self._answer(target, sent | settings, spent["retries"])
        spent |= {"tokens": _tokens(answer), "cost": _cost(answer)}
        content = _content(answer)
        parsed = None if content is None else reply.read(content)
        if content is None or parsed is None or self._codes is None:
            hint = "Try again, or use a larger model; small ones often miss the form."
            raise EngineFailure("bad_reply", hint)
        return Reply(
            tuple(
                one._replace(template=self._codes.put_back(one.template)) for one in parsed.said()
            ),
            parsed.confidence.level,
            self._codes.put_back(parsed.confidence.reason),
            prompt=json.dumps(sent, ensure_ascii=False),
            raw=content.encode("utf-8", "replace")[:MAX_RAW_BYTES].decode("utf-8", "ignore"),
            parameters={
                "prompt_version": prompt.PROMPT_VERSION,
                "structured_output": "json_schema" if target.takes_schema else "prompt",
                **settings,
                "timeout_seconds": self._timeout_seconds,
                "litellm": version("litellm"),
                "retries": spent["retries"],
            },
            tokens=spent["tokens"],
            cost=spent["cost"],
        )

    def _settings(self, target: Target) -> dict[str, Any]:
        answer_tokens = OWN_ANSWER_TOKENS if target.is_own else ANSWER_TOKENS
        settings = {"temperature": 0, "max_tokens": answer_tokens}
        if target.is_ollama:
            # It cuts a prompt that exceeds its context, by default 4,096 tokens, without a word.
            # The same for a mending, because another context has it load the model again.
            mending = prompt.MAX_MENDING_BYTES // prompt.BYTES_PER_TOKEN
            needed = prompt.tokens(self._asked) + mending + answer_tokens
            settings["num_ctx"] = -(-needed // _CONTEXT_STEP) * _CONTEXT_STEP
        return settings

    def _answer(
        self, target: Target, sent: Mapping[str, Any], retries: list[dict[str, Any]]
    ) -> Any:
        """Call the model, again after failures that a moment may mend; note each in `retries`."""
        while True:
            result = self._within_deadline(lambda: self._call(target, sent))
            if not isinstance(result, Failed):
                return result
            if not result.may_retry or len(retries) >= len(PAUSES_SECONDS):
                raise self._failure(result, target)
            pause = result.retry_after
            if pause is None:
                pause = PAUSES_SECONDS[len(retries)]
            if pause >= self._left():
                raise self._failure(result, target)
            retries.append({"after": result.kind, "waited_seconds": pause})
            self._clock.sleep(pause)

    def _call(self, target: Target, sent: Mapping[str, Any]) -> Any:
        litellm = load()
        try:
            return litellm.completion(
                model=self._called,
                **sent,
                api_base=self._api_base,
                api_key=target.api_key,
                timeout=max(self._left(), 0.1),
                drop_params=True,  # a model that takes no temperature is asked without
                num_retries=0,
                max_retries=0,
            )
        except Exception as error:  # noqa: BLE001  # providers raise what they like
            return failed_by(error, self._clock.now_us())

    def _left(self) -> float:
        return self._deadline - self._clock.monotonic()

    def _failure(self, failed: Failed, target: Target | None = None) -> EngineFailure:
        return failure_of(
            failed,
            api_base=self._api_base,
            timeout_seconds=self._timeout_seconds,
            key_name=target.key_name if target is not None else None,
            is_ollama=target is not None and target.is_ollama,
        )

    def _within_deadline(self, work: Callable[[], T]) -> T:
        """Run a step in the time that is left.

        Raises:
            EngineFailure: kind `timed_out`, when it did not end in it.
        """
        left = self._left()
        result = deadline.run(work, left) if left > 0 else None
        if result is None:
            raise self._failure(Failed("timed_out"))
        if isinstance(result, deadline.Crashed):
            raise result.error
        return result.value


def _content(answer: Any) -> str | None:
    choices = getattr(answer, "choices", None)
    message = getattr(choices[0], "message", None) if choices else None
    content = getattr(message, "content", None)
    return content if isinstance(content, str) else None


def _tokens(answer: Any) -> int | None:
    total = getattr(getattr(answer, "usage", None), "total_tokens", None)
    return total if isinstance(total, int) and 0 < total <= MAX_TOKENS else None


def _cost(answer: Any) -> str | None:
    cost = getattr(answer, "_hidden_params", {}).get("response_cost")
    return f"{cost:.6f}" if isinstance(cost, int | float) and cost > 0 else None
