"""Where a model is asked, and with which key; found before any call."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from leadlog.analysis.call_failures import Failed
from leadlog.analysis.tamed import load

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


class Target(NamedTuple):
    """Where a call goes, and how.

    Attributes:
        provider: litellm's name of it.
        api_key: the key to send, or None where the provider finds its own.
        key_name: the environment variable that the key is looked up in, if there is one.
        takes_schema: whether it is known to take a JSON schema for its reply.
        is_own: whether people run such a server themselves.
    """

    provider: str
    api_key: str | None
    key_name: str | None
    takes_schema: bool
    is_own: bool

    @property
    def is_ollama(self) -> bool:
        """Whether the server speaks Ollama's own protocol."""
        return self.provider in ("ollama", "ollama_chat")


def aim(model: str, api_base: str | None, environ: Mapping[str, str]) -> Target | Failed:
    """Find a model's provider and its key.

    Returns:
        A failure of kind `no_key` with the variable's name, when the key is not set, or of kind
        `unreachable`, when the model's name leads to no provider.
    """
    litellm = load()
    try:
        name, provider, *_ = litellm.get_llm_provider(model, api_base=api_base)
    except litellm.exceptions.BadRequestError:
        return Failed("unreachable", unknown_provider=True)
    is_own = api_base is not None or provider in _KEYLESS
    if is_own:
        # Its capabilities stand in no list, and a server that takes no schema ignores it.
        known = litellm.get_supported_openai_params(name, provider) or ()
        takes_schema = "response_format" in known
    else:
        takes_schema = bool(litellm.supports_response_schema(name, provider))
    target = Target(provider, None, None, takes_schema, is_own)
    if provider in _OWN_CREDENTIALS:
        return target
    key_name = _KEY_NAMES.get(provider)
    if key_name is None and not is_own:
        missing = litellm.validate_environment(model)["missing_keys"]
        names = [one for one in missing if not one.endswith(("_API_BASE", "_API_VERSION"))]
        key_name = names[0] if names else None
    key = environ.get(key_name) if key_name else None
    if key:
        return target._replace(api_key=key, key_name=key_name)
    if is_own:
        return target._replace(api_key=_NO_KEY_NEEDED, key_name=key_name)
    if key_name is None:
        return target
    return Failed("no_key", key_name=key_name)
