"""What litellm would do unasked, each held apart: `deadline` hides what it prints as well."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

PROGRAM = """
import json, logging, os, sys

steps = {}
current = []

def step(name):
    for stream in (1, 2):
        os.write(stream, f"== {name}\\n".encode())
    current[:] = [name]
    steps[name] = []

def audit(event, arguments):
    if current and event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        steps[current[0]].append(f"{event} {arguments!r}")

sys.addaudithook(audit)

step("import")
from leadlog.analysis import tamed
litellm = tamed.load()

step("error")
try:
    litellm.completion(
        model="openai/local", messages=[], api_base="http://127.0.0.1:9", api_key="k", max_retries=0
    )
except Exception:
    pass
try:
    litellm.get_llm_provider("nobody")
except Exception:
    pass

step("log")
for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore"):
    logging.getLogger(name).error("logged")

step("count")
litellm.token_counter(model="meta-llama-3", text="as many tokens as there are words")

step("end")
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump({"network": steps, "dotenv": os.environ.get("FROM_DOTENV")}, file)
"""


class Told(NamedTuple):
    """What a process said at each step, whom it asked, and what it took from a .env file."""

    printed: dict[str, str]
    network: dict[str, list[str]]
    dotenv: str | None


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("silence")
    (folder / ".env").write_text("FROM_DOTENV=read\n", encoding="utf-8")
    result = folder / "result.json"
    environ = {key: value for key, value in os.environ.items() if not key.startswith("LITELLM_")}
    ended = subprocess.run(
        [sys.executable, "-u", "-c", PROGRAM, str(result)],
        cwd=folder,
        env={**environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        timeout=120,
    )
    printed: dict[str, str] = {}
    name = ""
    for line in ended.stdout.splitlines(keepends=True):
        if line.startswith("== "):
            name = line[3:-1]
            printed.setdefault(name, "")
        else:
            printed[name] += line
    found = json.loads(result.read_text(encoding="utf-8"))
    return Told(printed, found["network"], found["dotenv"])


def test_no_price_list_is_fetched_at_the_import(told: Told) -> None:
    assert told.network["import"] == []


def test_no_file_of_the_working_folder_is_read(told: Told) -> None:
    assert told.dotenv is None


def test_no_advice_is_printed_at_an_error(told: Told) -> None:
    assert told.network["error"] != []
    assert told.printed["error"] == ""


def test_nothing_is_logged_to_standard_error(told: Told) -> None:
    assert told.printed["log"] == ""


def test_no_tokenizer_is_fetched(told: Told) -> None:
    assert told.network["count"] == []


def test_nothing_else_is_printed(told: Told) -> None:
    assert list(told.printed) == ["import", "error", "log", "count", "end"]
    assert "".join(told.printed.values()) == ""
