"""The versioned files that a model is asked with."""

import hashlib
import json
import re
from importlib import resources
from pathlib import Path

from days import example_day

from leadlog.analysis import prompt, reply, statements
from leadlog.analysis.codes import Codes
from leadlog.analysis.statements import Said

FOLDER = resources.files("leadlog.analysis") / "prompts"

SHA256 = {
    "v1.md": "912d0341cd41d9d2987e89714536795f88a520e9de8087bbe35d3d7adf3d655a",
    "v1.mending.md": "9f8069719bb072a458edd2a4366aaf533208df9391071fdee941e68b15da293e",
    "v1.schema.json": "78fae1426c7d8e9902b0b916a7e4e00b3d5302dde6ad1cc2d325c9581ddbafc8",
}
"""The files of every version there was: a change is a new version, with its files beside them.

A stored report names the version it was asked with, so what that version said must stay.
"""


def test_no_version_of_the_prompt_changes() -> None:
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in FOLDER.iterdir()}

    assert found == SHA256
    assert f"v{prompt.PROMPT_VERSION}.md" in SHA256


def test_the_schema_is_the_one_of_the_pydantic_models() -> None:
    file = FOLDER / f"v{prompt.PROMPT_VERSION}.schema.json"

    assert file.read_text(encoding="utf-8") == json.dumps(reply.schema(), indent=2) + "\n"


def test_a_server_of_ones_own_is_asked_for_short_texts_and_else_for_the_same() -> None:
    bounded = reply.schema(bounds_texts=True)

    for name, key in (("ModelStatement", "template"), ("ModelConfidence", "reason")):
        text = bounded["$defs"][name]["properties"][key]
        assert text.pop("maxLength") == reply.ASKED_CHARACTERS
    assert bounded == reply.schema()


def test_the_examples_of_the_rules_keep_to_them(tmp_path: Path) -> None:
    inputs = example_day(tmp_path / "leads.db")
    examples = re.findall(r'^\{"template": "(.*)", "severity"', prompt.rules(), re.MULTILINE)

    said = [Said("anomalies", Codes(inputs).put_back(one)) for one in examples]
    valid, invalid = statements.check(inputs, said)

    assert len(valid) == 2
    assert invalid == []


def test_the_rules_name_the_sections_and_the_grades_of_the_schema() -> None:
    rules = prompt.rules()

    for name in (*statements.SECTIONS, *statements.SEVERITIES, *statements.LEVELS):
        assert f'"{name}"' in rules
