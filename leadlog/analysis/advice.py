"""What to tell of a failure: a sentence of our own, and what to do about it; pure.

Nothing that a provider wrote is repeated, nor the user and password that an address may hold.
"""

from urllib.parse import urlsplit

from leadlog.analysis.call_failures import Failed
from leadlog.analysis.engine import EngineFailure


def failure_of(
    failed: Failed,
    *,
    api_base: str | None,
    timeout_seconds: float,
    key_name: str | None = None,
    is_ollama: bool = False,
) -> EngineFailure:
    """Return the failure of an engine, with the sentence that says most of it.

    Args:
        failed: why the call failed.
        api_base: the address of an own server that was asked, or None.
        timeout_seconds: how long the engine was given in all.
        key_name: the environment variable of the key that was sent.
        is_ollama: whether the server is one that lists its models with `ollama list`.
    """
    told, hint = _sentences(failed, api_base, is_ollama=is_ollama)
    if failed.kind == "timed_out":
        unit = "second" if timeout_seconds == 1 else "seconds"
        hint = f"It had {timeout_seconds:g} {unit}; give it more with --timeout."
    elif failed.kind == "refused_key":
        hint = f"Check the environment variable {key_name}." if key_name else "Check its key."
    return EngineFailure(failed.kind, hint, told=told)


def _sentences(failed: Failed, api_base: str | None, *, is_ollama: bool) -> tuple[str | None, str]:
    if failed.unknown_provider:
        told = "the model's name does not say who provides it"
        return told, "Write the model with its provider, such as openai/… or ollama_chat/…."
    if failed.kind == "no_key":
        return None, f"Set the environment variable {failed.key_name}."
    if failed.kind == "rate_limited":
        return None, "Wait and try again, or ask another model."
    if failed.status is not None and failed.kind in ("unreachable", "bad_reply"):
        return _of_status(failed.status, api_base, is_ollama=is_ollama)
    if failed.kind == "bad_reply":
        return None, "Check that the address is that of a model's server."
    if api_base is not None:
        where = _shown_address(api_base)
        return None, f"See that the server at {where} is running, and check LEADLOG_API_BASE."
    if is_ollama:
        return None, "See that Ollama is running, or name its address by LEADLOG_API_BASE."
    return None, "Check the network, or name an own server by LEADLOG_API_BASE."


def _of_status(status: int, api_base: str | None, *, is_ollama: bool) -> tuple[str, str]:
    if status == 404:
        told = "the model's server does not know the model, or not the path"
        if is_ollama:
            return told, "See which models it has with: ollama list"
        if api_base is not None:
            end = "check that LEADLOG_API_BASE ends as its server wants it, commonly in /v1."
            return told, f"Check the model's name, and {end}"
        return told, "Check the model's name."
    if status >= 500:
        return "the model's server failed", f"It answered with status {status}; see its own log."
    hint = f"It answered with status {status}; check the model's name and its context size."
    return "the model's server refused the request", hint


def _shown_address(api_base: str) -> str:
    """Return host and port alone: an address may hold a password."""
    try:
        parts = urlsplit(api_base)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "that address"
    return f"{parts.hostname}{port}" if parts.hostname else "that address"
