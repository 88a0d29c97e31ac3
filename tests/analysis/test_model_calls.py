"""What the engine does with a provider that works, and with one that misbehaves in every way."""

import json
import os
import socket
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from days import example_day
from fake_provider import (
    Act,
    Provider,
    completion,
    drips,
    drops,
    floods,
    hangs,
    ollama_says,
    provider,
    refuses,
    says,
    sends,
    zips,
)

from leadlog.analysis import model, prompt, statements, tamed
from leadlog.analysis.engine import EngineFailure, Reply
from leadlog.analysis.model import ModelEngine
from leadlog.clock import SystemClock

KEY = "sk-planted-5f3c9a"
SUMMARY = "{{/snapshot/attempts}} attempts were made, most of them by U01."


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return example_day(tmp_path_factory.mktemp("day") / "leads.db")


@pytest.fixture(scope="module", autouse=True)
def _imported() -> Iterator[None]:
    """Import all that a call needs: that takes seconds, which a short timeout does not have."""
    before = dict(os.environ)
    litellm = tamed.load()
    for name in ("openai/local", "ollama_chat/local"):
        with provider(drops) as server, suppress(Exception):
            litellm.completion(
                model=name, messages=[], api_base=server.api_base, api_key=KEY, max_retries=0
            )
    yield
    os.environ.clear()
    os.environ.update(before)


class SleeplessClock(SystemClock):
    """The real clock, on which a pause takes no time."""

    def sleep(self, seconds: float) -> None:
        """Return at once."""


def engine(api_base: str | None, seconds: float = 10.0, name: str = "openai/local") -> ModelEngine:
    return ModelEngine(
        name,
        timeout_seconds=seconds,
        api_base=api_base,
        environ={"OPENAI_API_KEY": KEY},
        clock=SleeplessClock(),
    )


def report(*templates: str, section: str = "executive_summary") -> str:
    said = [{"template": template, "severity": "info"} for template in templates]
    confidence = {"level": "medium", "reason": "Compared with {{/baseline/days_with_attempts}}."}
    return json.dumps({"sections": {section: said}, "confidence": confidence})


def write(inputs: dict[str, Any], *acts: Act, seconds: float = 10.0) -> tuple[Reply, Provider]:
    with provider(*acts) as server:
        return engine(server.api_base, seconds).write(inputs), server


def test_what_the_model_says_comes_back_with_its_names(inputs: dict[str, Any]) -> None:
    reply, _ = write(inputs, says(report(SUMMARY)))

    (statement,), invalid = statements.check(inputs, reply.said)

    assert statement.text == "74 attempts were made, most of them by partner-acme."
    assert not invalid
    assert (reply.level, reply.tokens, reply.cost) == ("medium", 100, None)
    assert reply.raw == report(SUMMARY)
    assert reply.parameters["retries"] == []


def test_the_request_asks_for_the_schema_and_is_recorded(inputs: dict[str, Any]) -> None:
    reply, server = write(inputs, says(report(SUMMARY)))

    (request,) = server.requests()

    shape = request["response_format"]["json_schema"]
    assert shape["schema"]["required"] == ["sections", "confidence"]
    assert json.loads(reply.prompt or "")["messages"] == request["messages"]


def test_ollama_is_asked_for_a_context_that_holds_a_mending_too(inputs: dict[str, Any]) -> None:
    said = [ollama_says(report("There were 74.")), ollama_says(report(SUMMARY))]
    with provider(*said) as server:
        asked = engine(server.api_base, name="ollama_chat/local")
        first = asked.write(inputs)
        _, invalid = statements.check(inputs, first.said)
        asked.mend(invalid)

    options = [request["options"] for request in server.requests()]
    contexts = [one["num_ctx"] for one in options]
    needed = prompt.tokens(server.requests()[1]["messages"]) + options[1]["num_predict"]
    assert contexts[0] == contexts[1]
    assert needed <= contexts[0] <= prompt.CONTEXT_TOKENS
    assert first.parameters["num_ctx"] == contexts[0]
    assert first.tokens == 100


def test_no_other_server_is_told_its_context(inputs: dict[str, Any]) -> None:
    reply, server = write(inputs, says(report(SUMMARY)))

    (request,) = server.requests()

    assert "num_ctx" not in json.dumps(request)
    assert request["max_tokens"] == reply.parameters["max_tokens"] == model.OWN_ANSWER_TOKENS


def test_nothing_is_asked_where_nothing_can_be_mended(inputs: dict[str, Any]) -> None:
    with provider(says(report("There were 74 " + "x" * 5_000))) as server:
        asked = engine(server.api_base)
        _, invalid = statements.check(inputs, asked.write(inputs).said)

        assert asked.mend(invalid) is None

    assert len(server.bodies) == 1


def test_invalid_statements_go_back_once_with_the_reason(inputs: dict[str, Any]) -> None:
    bad = "There were 74 attempts by U01."
    with provider(says(report(bad)), says(report(SUMMARY))) as server:
        asked = engine(server.api_base)
        _, invalid = statements.check(inputs, asked.write(inputs).said)
        mended = asked.mend(invalid)

    assert mended is not None
    assert [one.template for one in mended.said] == [
        SUMMARY.replace("U01", "{{/snapshot/by_user/0/name|name}}")
    ]
    messages = server.requests()[1]["messages"]
    assert [one["role"] for one in messages] == ["system", "user", "assistant", "user"]
    assert "a digit stands outside a placeholder" in messages[-1]["content"]


FAILING: dict[str, tuple[Act, str]] = {
    "hang": (hangs, "timed_out"),
    "drip": (drips, "timed_out"),
    "400": (refuses(400), "bad_reply"),
    "401": (refuses(401), "refused_key"),
    "403": (refuses(403), "refused_key"),
    "404": (refuses(404), "unreachable"),
    "429": (refuses(429), "rate_limited"),
    "429, wait too long": (refuses(429, {"Retry-After": "60"}), "rate_limited"),
    "500": (refuses(500), "unreachable"),
    "503": (refuses(503), "unreachable"),
    "connection dropped": (drops, "unreachable"),
    "HTML": (sends(b"<html><b>SECRET-TEXT</b></html>", "text/html"), "bad_reply"),
    "cut response": (sends(completion(report(SUMMARY))[:-30]), "bad_reply"),
    "a list": (sends(b"[]"), "bad_reply"),
    "cut JSON": (says(report(SUMMARY)[:-30]), "bad_reply"),
    "two reports": (says(report(SUMMARY) * 2), "bad_reply"),
    "prose": (says("SECRET-TEXT"), "bad_reply"),
    "empty choices": (says("", choices=[]), "bad_reply"),
    "null content": (says(None), "bad_reply"),
    "half of a surrogate pair": (says("\ud800"), "bad_reply"),
    "5 MB": (says(report(SUMMARY, "x" * 5_000_000)), "bad_reply"),
}


@pytest.mark.parametrize("case", FAILING)
def test_a_failure_is_told_by_its_kind_in_time_and_leaks_nothing(
    inputs: dict[str, Any], case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    act, kind = FAILING[case]
    # Whoever answers is given the time that a busy machine needs; only silence is waited out.
    seconds = 1.5 if kind == "timed_out" else 10.0

    started = time.monotonic()
    with pytest.raises(EngineFailure) as caught:
        write(inputs, act, seconds=seconds)
    took = time.monotonic() - started

    failure = caught.value
    assert failure.kind == kind
    assert took < seconds + 1
    assert failure.hint
    told = f"{failure} {failure.hint} {failure.__context__!r} {failure.__cause__!r}"
    assert "SECRET-TEXT" not in told
    assert "sk-" not in told
    assert capfd.readouterr() == ("", "")


ENDLESS: dict[str, Act] = {
    "a flood": floods,
    "a small file that unpacks to a large one": zips(b" " * 100_000_000),
    "one that was packed twice": zips(b" " * 100_000_000, "gzip, gzip"),
}


@pytest.mark.parametrize("name", ["openai/local", "ollama_chat/local"])
@pytest.mark.parametrize("case", ENDLESS)
def test_a_reply_without_end_does_not_fill_the_memory(
    inputs: dict[str, Any], case: str, name: str
) -> None:
    tracemalloc.start()
    try:
        with provider(ENDLESS[case]) as server, pytest.raises(EngineFailure) as caught:
            engine(server.api_base, 10.0, name).write(inputs)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert caught.value.kind == "bad_reply"
    assert peak < 50_000_000


def test_a_packed_reply_is_read(inputs: dict[str, Any]) -> None:
    reply, _ = write(inputs, zips(completion(report(SUMMARY))))

    assert reply.raw == report(SUMMARY)


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip"])
def test_a_reply_that_is_not_packed_as_it_says_is_of_no_use(
    inputs: dict[str, Any], encoding: str
) -> None:
    body = completion(report(SUMMARY))

    with pytest.raises(EngineFailure) as caught:
        write(inputs, lambda one: one.answer(body, headers={"Content-Encoding": encoding}))

    assert caught.value.kind == "bad_reply"


@pytest.mark.parametrize(
    "content",
    [f"```json\n{report(SUMMARY)}\n```", f"Sure, here it is:\n{report(SUMMARY)}\nAnything else?"],
)
def test_a_fenced_reply_is_read(inputs: dict[str, Any], content: str) -> None:
    reply, _ = write(inputs, says(content))

    assert len(reply.said) == 1


@pytest.mark.parametrize(
    "template",
    [
        "There were 43 failures.",
        "There were {{/snapshot/failures}} failures, 12 of them by U01.",
        "Half of the attempts failed.",
        "Failures were at fifty % of the attempts.",
        "There were ٤٣ failures.",
        "There were {{/snapshot/no/such/place}} failures.",
        "There were {{/baseline}} failures.",
        "There were {{/snapshot/failures}} \x1b[31mred failures.",
        "U99 made all attempts.",
        "The user {{/snapshot/by_user/0}} made all attempts.",
    ],
)
def test_no_number_is_printed_without_its_place(inputs: dict[str, Any], template: str) -> None:
    reply, _ = write(inputs, says(report(template)))

    valid, (withheld,) = statements.check(inputs, reply.said)

    assert not valid
    assert withheld[1].reason


def test_markup_in_a_statement_stays_text(inputs: dict[str, Any]) -> None:
    reply, _ = write(inputs, says(report("All is well [/] [bold].")))

    (statement,), _ = statements.check(inputs, reply.said)

    assert statement.text == "All is well [/] [bold]."


def test_a_rate_limit_is_waited_for_when_there_is_time(inputs: dict[str, Any]) -> None:
    refused = refuses(429, {"Retry-After": "1"})

    reply, server = write(inputs, refused, says(report(SUMMARY)))

    assert reply.parameters["retries"] == [{"after": "rate_limited", "waited_seconds": 1.0}]
    assert len(server.bodies) == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
def test_a_server_that_failed_is_asked_again(inputs: dict[str, Any], status: int) -> None:
    reply, _ = write(inputs, refuses(status), refuses(status), says(report(SUMMARY)))

    waits = [{"after": "unreachable", "waited_seconds": pause} for pause in model.PAUSES_SECONDS]
    assert reply.parameters["retries"] == waits


def test_a_server_that_failed_is_left_as_long_as_it_asks_for(inputs: dict[str, Any]) -> None:
    loading = refuses(503, {"Retry-After": "3.5"})

    reply, _ = write(inputs, loading, says(report(SUMMARY)))

    assert reply.parameters["retries"] == [{"after": "unreachable", "waited_seconds": 3.5}]


def test_there_is_no_try_for_which_no_time_is_left(inputs: dict[str, Any]) -> None:
    loading = refuses(503, {"Retry-After": "11"})

    with provider(loading) as server, pytest.raises(EngineFailure) as caught:
        engine(server.api_base, 10.0).write(inputs)

    assert caught.value.kind == "unreachable"
    assert len(server.bodies) == 1


@pytest.mark.parametrize("name", ["openai/local", "ollama_chat/local"])
def test_a_model_that_the_server_does_not_know_is_told_as_such(
    inputs: dict[str, Any], name: str
) -> None:
    with provider(refuses(404)) as server, pytest.raises(EngineFailure) as caught:
        engine(server.api_base, name=name).write(inputs)

    assert str(caught.value) == "the model's server does not know the model, or not the path"
    assert len(server.bodies) == 1


def test_a_call_that_failed_says_what_it_used_up(inputs: dict[str, Any]) -> None:
    limited = refuses(429, {"Retry-After": "1"})
    with provider(limited, drops, limited) as server, pytest.raises(EngineFailure) as caught:
        engine(server.api_base).write(inputs)

    waits = [
        {"after": "rate_limited", "waited_seconds": 1.0},
        {"after": "unreachable", "waited_seconds": model.PAUSES_SECONDS[1]},
    ]
    assert caught.value.kind == "rate_limited"
    assert caught.value.spent == {"retries": waits, "tokens": None, "cost": None}


def test_tokens_of_a_reply_that_is_of_no_use_are_told(inputs: dict[str, Any]) -> None:
    with provider(says("Nothing stood out.")) as server, pytest.raises(EngineFailure) as caught:
        engine(server.api_base).write(inputs)

    assert caught.value.spent == {"retries": [], "tokens": 100, "cost": None}


def test_what_a_failed_mending_used_up_is_told_apart(inputs: dict[str, Any]) -> None:
    with provider(says(report("There were 74.")), drops, says("Sorry.")) as server:
        asked = engine(server.api_base)
        _, invalid = statements.check(inputs, asked.write(inputs).said)
        with pytest.raises(EngineFailure) as caught:
            asked.mend(invalid)

    assert caught.value.spent["tokens"] == 100
    assert [one["after"] for one in caught.value.spent["retries"]] == ["unreachable"]


def test_a_failure_before_any_call_used_up_nothing(inputs: dict[str, Any]) -> None:
    with pytest.raises(EngineFailure) as caught:
        ModelEngine("openai/gpt-4o", environ={}, clock=SystemClock()).write(inputs)

    assert caught.value.spent == {"retries": [], "tokens": None, "cost": None}


@pytest.mark.parametrize("total", [0, -1, 10**30, 2**63])
def test_a_number_of_tokens_that_can_not_be_is_none(inputs: dict[str, Any], total: int) -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": total}

    reply, _ = write(inputs, says(report(SUMMARY), usage=usage))

    assert reply.tokens is None


def test_a_dropped_connection_is_tried_twice_again_and_no_more(inputs: dict[str, Any]) -> None:
    with provider(drops) as server, pytest.raises(EngineFailure) as caught:
        engine(server.api_base).write(inputs)

    assert caught.value.kind == "unreachable"
    assert len(server.bodies) == 3


def test_a_server_that_is_not_there_is_unreachable(inputs: dict[str, Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(EngineFailure) as caught:
            engine(f"http://user:{KEY}@127.0.0.1:{port}/v1").write(inputs)

    assert caught.value.kind == "unreachable"
    assert f"127.0.0.1:{port} is running" in (caught.value.hint or "")
    assert KEY not in (caught.value.hint or "")


def test_a_connection_that_hangs_ends_in_time(inputs: dict[str, Any]) -> None:
    with socket.socket() as server, socket.socket() as waiting:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        waiting.connect(server.getsockname())  # its queue is full: nobody else gets an answer

        started = time.monotonic()
        with pytest.raises(EngineFailure) as caught:
            engine(f"http://127.0.0.1:{server.getsockname()[1]}/v1", 1.5).write(inputs)

    assert caught.value.kind == "timed_out"
    assert time.monotonic() - started < 2.5


def test_mending_has_only_the_time_that_is_left(inputs: dict[str, Any]) -> None:
    with provider(says(report("There were 74.")), drips) as server:
        asked = engine(server.api_base, 2.0)
        started = time.monotonic()
        _, invalid = statements.check(inputs, asked.write(inputs).said)
        with pytest.raises(EngineFailure) as caught:
            asked.mend(invalid)

    assert caught.value.kind == "timed_out"
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("openai/gpt-4o-mini", "OPENAI_API_KEY"),
        ("gpt-4o-mini", "OPENAI_API_KEY"),
        ("anthropic/claude-3-5-haiku-latest", "ANTHROPIC_API_KEY"),
        ("gemini/gemini-2.0-flash", "GEMINI_API_KEY"),
        ("mistral/mistral-small-latest", "MISTRAL_API_KEY"),
        ("replicate/meta/llama", "REPLICATE_API_KEY"),
    ],
)
def test_a_key_that_is_not_set_is_named(
    inputs: dict[str, Any], name: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(variable, raising=False)
    asked = ModelEngine(name, timeout_seconds=10, environ={}, clock=SystemClock())

    with pytest.raises(EngineFailure) as caught:
        asked.write(inputs)

    assert caught.value.kind == "no_key"
    assert caught.value.hint == f"Set the environment variable {variable}."


def test_an_own_server_needs_no_key(inputs: dict[str, Any]) -> None:
    with provider(says(report(SUMMARY))) as server:
        asked = ModelEngine(
            "openai/local",
            timeout_seconds=10,
            api_base=server.api_base,
            environ={},
            clock=SystemClock(),
        )
        asked.write(inputs)

    assert server.headers[0]["Authorization"] == "Bearer no-key"


@pytest.mark.parametrize("name", ["gpt", "nobody/knows-this"])
def test_a_model_without_a_provider_says_how_to_write_it(inputs: dict[str, Any], name: str) -> None:
    with provider(says(report(SUMMARY))) as server, pytest.raises(EngineFailure) as caught:
        engine(server.api_base if name == "gpt" else None, name=name).write(inputs)

    assert caught.value.kind == "unreachable"
    assert str(caught.value) == "the model's name does not say who provides it"
    assert "openai/" in (caught.value.hint or "")
    assert server.bodies == []
