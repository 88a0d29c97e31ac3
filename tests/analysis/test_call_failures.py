"""What is told of a failed call, and how long to wait after it; pure."""

import pytest

from leadlog.analysis.advice import failure_of
from leadlog.analysis.call_failures import Failed, seconds_to_wait
from leadlog.analysis.engine import FAILURES

NOW_US = 1_773_144_000_000_000  # noon on 10 March 2026, UTC
SERVER = "http://someone:pass-word@models.example.org:8080/v1"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("0.25", 0.25),
        ("Tue, 10 Mar 2026 12:00:30 GMT", 30.0),
        ("Tue, 10 Mar 2026 11:00:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.", None),
        ("1e3", None),
        ("٣", None),
        ("9999999", None),
        ("Tue, 99 Mar 2026 12:00:30 GMT", None),
    ],
)
def test_a_server_says_how_long_to_wait(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, NOW_US) == seconds


@pytest.mark.parametrize(
    ("failed", "told"),
    [
        (Failed("unreachable"), "the model's server could not be reached"),
        (
            Failed("unreachable", unknown_provider=True),
            "the model's name does not say who provides it",
        ),
        (
            Failed("unreachable", status=404),
            "the model's server does not know the model, or not the path",
        ),
        (Failed("unreachable", status=500), "the model's server failed"),
        (Failed("unreachable", status=503), "the model's server failed"),
        (Failed("bad_reply", status=400), "the model's server refused the request"),
        (Failed("bad_reply"), "the model's reply was not of the form that was asked for"),
        (Failed("no_key"), "the key that the model's provider asks for is not set"),
        (Failed("refused_key", status=401), "the model's provider refused the key"),
        (
            Failed("rate_limited", status=429),
            "the model's provider refused the request for now, over its rate limit",
        ),
        (Failed("timed_out", status=408), "the model did not answer in time"),
    ],
)
def test_a_failure_is_told_by_the_sentence_that_fits(failed: Failed, told: str) -> None:
    failure = failure_of(failed, api_base=None, timeout_seconds=120)

    assert str(failure) == told
    assert failure.kind == failed.kind


@pytest.mark.parametrize("kind", FAILURES)
@pytest.mark.parametrize("status", [None, 400, 404, 500])
@pytest.mark.parametrize("api_base", [None, SERVER, "http://[::1", "http://x:99999/v1", ""])
def test_every_failure_has_a_hint_that_shows_no_secret(
    kind: str, status: int | None, api_base: str | None
) -> None:
    failed = Failed(kind, status=status, key_name="OPENAI_API_KEY")

    failure = failure_of(failed, api_base=api_base, timeout_seconds=120, key_name="OPENAI_API_KEY")

    assert failure.hint is not None
    assert failure.hint.endswith((".", "ollama list"))
    assert "pass-word" not in failure.hint
    assert "someone" not in failure.hint


@pytest.mark.parametrize(
    ("failed", "api_base", "hint"),
    [
        (Failed("timed_out"), None, "It had 90 seconds; give it more with --timeout."),
        (Failed("refused_key", status=401), None, "Check the environment variable XAI_API_KEY."),
        (Failed("unreachable"), SERVER, "See that the server at models.example.org:8080 is"),
        (Failed("unreachable"), None, "Check the network, or name an own server by"),
        (Failed("unreachable", status=404), SERVER, "Check the model's name, and check that"),
        (Failed("unreachable", status=404), None, "Check the model's name."),
        (Failed("unreachable", status=502), None, "It answered with status 502; see its own log."),
        (Failed("bad_reply", status=400), None, "It answered with status 400; check the model's"),
    ],
)
def test_the_hint_says_what_to_do(failed: Failed, api_base: str | None, hint: str) -> None:
    failure = failure_of(failed, api_base=api_base, timeout_seconds=90, key_name="XAI_API_KEY")

    assert (failure.hint or "").startswith(hint)


def test_ollama_is_named_where_it_is_asked() -> None:
    unknown, silent = (
        failure_of(failed, api_base=None, timeout_seconds=90, is_ollama=True)
        for failed in (Failed("unreachable", status=404), Failed("unreachable"))
    )

    assert unknown.hint == "See which models it has with: ollama list"
    assert silent.hint == "See that Ollama is running, or name its address by LEADLOG_API_BASE."
