"""The engine that asks a model, through litellm.

litellm's own timeout is 6,000 seconds and three calls, and it writes providers' texts into its
errors. None of that here.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

from leadlog.analysis import deadline, prompt, reply
from leadlog.analysis.codes import Codes
from leadlog.analysis.engine import EngineFailure, Reply
from leadlog.analysis.failing import Failed, failed
from leadlog.analysis.statements import Said, Withheld
from leadlog.analysis.tamed import load
from leadlog.clock import Clock

T = TypeVar("T")

ENGINE: Final = "litellm"

DEFAULT_TIMEOUT_SECONDS: Final = 120.0
MAX_RETRIES: Final = 2
PAUSE_SECONDS: Final = 0.5
"""How long to wait after a failed connection before the next try."""

MAX_ANSWER_TOKENS: Final = 4096
MAX_RAW_BYTES: Final = 256 * 1024
"""So much of a reply is stored."""

MAX_TOKENS: Final = 2**31
"""A server that says it used more is not believed."""

_NO_KEY_NEEDED: Final = "no-key"
_KEY_NAMES: Final = {
    "anthropic": "ANTHROPIC_API_KEY",
    "azure": "AZURE_API_KEY",
    "cerebras": "CEREBRAS_API_KEY",
    "cohere": "COHERE_API_KEY",
    "cohere_chat": "COHERE_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "fireworks_ai": "FIREWORKS_AI_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "groq": "GROQ_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "openai": "OPENAI_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "perplexity": "PERPLEXITYAI_API_KEY",
    "together_ai": "TOGETHERAI_API_KEY",
    "xai": "XAI_API_KEY",
}
_KEYLESS: Final = frozenset(
    {"hosted_vllm", "llamafile", "lm_studio", "ollama", "ollama_chat", "oobabooga", "xinference"}
)
"""Servers that people run themselves."""

_OWN_CREDENTIALS: Final = frozenset({"bedrock", "bedrock_converse", "sagemaker", "vertex_ai"})
"""Providers whose credentials may come from the machine itself, where only a call can tell."""


class _Target(NamedTuple):
    """Where a call goes, and how."""

    api_key: str | None
    key_name: str | None
    takes_schema: bool
    is_own: bool


class ModelEngine:
    """Writes reports by asking a model; see `leadlog.analysis.engine.Engine`.

    Args:
        model: litellm's name of it, `provider/model`, such as `ollama_chat/llama3.2`.
        timeout_seconds: for everything: imports, retries, the reply and mending it.
        api_base: the address of an own server, or None for the provider's.
        environ: where the provider's key is looked up.
        clock: for the deadline and for pauses.
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
        self._deadline = self._clock.monotonic() + self._timeout_seconds
        self._codes = Codes(inputs)
        self._asked = prompt.messages(inputs, self._codes)
        return self._ask(self._asked)

    def mend(self, invalid: Sequence[tuple[Said, Withheld]]) -> Reply | None:
        """Return what the model says in place of invalid statements, in the time that is left.

        Raises:
            EngineFailure: when it says nothing of use in time.
        """
        return self._ask(prompt.mending(self._asked, invalid))

    def _ask(self, messages: list[prompt.Message]) -> Reply:
        spent: dict[str, Any] = {"retries": [], "tokens": None, "cost": None}
        try:
            return self._reply(messages, spent)
        except EngineFailure as failure:
            failure.spent = spent
            raise

    def _reply(self, messages: list[prompt.Message], spent: dict[str, Any]) -> Reply:
        """Ask, and note in `spent` what that used up, also where nothing of use came back."""
        target = self._within_deadline(self._aim)
        if isinstance(target, Failed):
            raise EngineFailure(target.kind, self._hint(target, None))
        sent: dict[str, Any] = {"messages": messages}
        if target.takes_schema:
            shape: dict[str, Any] = {
                "name": "report",
                "schema": reply.schema(bounds_texts=target.is_own),
            }
            shape["strict"] = True
            sent["response_format"] = {"type": "json_schema", "json_schema": shape}
        answer = self._answer(target, sent, spent["retries"])
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
                "temperature": 0,
                "max_tokens": MAX_ANSWER_TOKENS,
                "timeout_seconds": self._timeout_seconds,
                "litellm": version("litellm"),
                "retries": spent["retries"],
            },
            tokens=spent["tokens"],
            cost=spent["cost"],
        )

    def _answer(
        self, target: _Target, sent: Mapping[str, Any], retries: list[dict[str, Any]]
    ) -> Any:
        """Call the model, again after failures that a moment may mend; note each in `retries`."""
        while True:
            result = self._within_deadline(lambda: self._call(target, sent))
            if not isinstance(result, Failed):
                return result
            pause = result.retry_after if result.kind == "rate_limited" else PAUSE_SECONDS
            if (
                not result.may_retry
                or pause is None
                or len(retries) >= MAX_RETRIES
                or pause >= self._left()
            ):
                raise EngineFailure(result.kind, self._hint(result, target))
            retries.append({"after": result.kind, "waited_seconds": pause})
            self._clock.sleep(pause)

    def _call(self, target: _Target, sent: Mapping[str, Any]) -> Any:
        litellm = load()
        try:
            return litellm.completion(
                model=self._called,
                **sent,
                api_base=self._api_base,
                api_key=target.api_key,
                timeout=max(self._left(), 0.1),
                temperature=0,
                max_tokens=MAX_ANSWER_TOKENS,
                drop_params=True,  # a model that takes no temperature is asked without
                num_retries=0,
                max_retries=0,
            )
        except Exception as error:  # noqa: BLE001  # providers raise what they like
            return failed(error, self._clock.now_us())

    def _aim(self) -> _Target | Failed:
        """Find the provider and its key.

        Returns:
            A failure of kind `no_key` with the variable's name, when the key is not set.
        """
        litellm = load()
        try:
            name, provider, *_ = litellm.get_llm_provider(self._called, api_base=self._api_base)
        except litellm.exceptions.BadRequestError:
            return Failed("unreachable", unknown_provider=True)
        is_own = self._api_base is not None or provider in _KEYLESS
        if is_own:
            # Its capabilities stand in no list, and a server that takes no schema ignores it.
            known = litellm.get_supported_openai_params(name, provider) or ()
            takes_schema = "response_format" in known
        else:
            takes_schema = bool(litellm.supports_response_schema(name, provider))
        if provider in _OWN_CREDENTIALS:
            return _Target(None, None, takes_schema, is_own)
        key_name = _KEY_NAMES.get(provider)
        if key_name is None and not is_own:
            missing = litellm.validate_environment(self._called)["missing_keys"]
            names = [one for one in missing if not one.endswith(("_API_BASE", "_API_VERSION"))]
            key_name = names[0] if names else None
        key = self._environ.get(key_name) if key_name else None
        if key:
            return _Target(key, key_name, takes_schema, is_own)
        if is_own:
            return _Target(_NO_KEY_NEEDED, key_name, takes_schema, is_own)
        if key_name is None:
            return _Target(None, None, takes_schema, is_own)
        return Failed("no_key", key_name=key_name)

    def _left(self) -> float:
        return self._deadline - self._clock.monotonic()

    def _hint(self, failure: Failed, target: _Target | None) -> str:
        if failure.unknown_provider:
            return "Write the model with its provider, such as openai/… or ollama_chat/…."
        if failure.kind == "no_key":
            return f"Set the environment variable {failure.key_name}."
        if failure.kind == "refused_key":
            key_name = target.key_name if target is not None else None
            return f"Check the environment variable {key_name}." if key_name else "Check its key."
        if failure.kind == "rate_limited":
            return "Wait and try again, or ask another model."
        if failure.kind == "timed_out":
            return self._timeout_hint()
        if failure.status is not None:
            return f"The server answered with status {failure.status}; check the model's name."
        if failure.kind == "bad_reply":
            return "Check that the address is that of a model's server."
        if self._api_base is not None:
            where = _shown_address(self._api_base)
            return f"See that the server at {where} is running, and check LEADLOG_API_BASE."
        return "Check the network, or name an own server by LEADLOG_API_BASE."

    def _timeout_hint(self) -> str:
        return f"It had {self._timeout_seconds:g} seconds; give it more with --timeout."

    def _within_deadline(self, work: Callable[[], T]) -> T:
        """Run a step in the time that is left.

        Raises:
            EngineFailure: kind `timed_out`, when it did not end in it.
        """
        left = self._left()
        result = deadline.run(work, left) if left > 0 else None
        if result is None:
            raise EngineFailure("timed_out", self._timeout_hint())
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


def _shown_address(api_base: str) -> str:
    """Return host and port alone: an address may hold a password."""
    parts = urlsplit(api_base)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.hostname or 'that address'}{port}"
