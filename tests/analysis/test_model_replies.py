import json

import pytest

from leadlog.analysis import reply
from leadlog.analysis.statements import Said

STATEMENT = {"template": "All is well.", "severity": "info"}
GOOD = json.dumps(
    {
        "sections": {"executive_summary": [STATEMENT]},
        "confidence": {"level": "high", "reason": "Many days to compare with."},
    }
)


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"```\n{GOOD}\n```\n",
        f"Here is the report.\n\n{GOOD}\nI hope it helps.",
    ],
)
def test_a_reply_is_read_with_or_without_a_fence(content: str) -> None:
    read = reply.read(content)

    assert read is not None
    assert read.said() == (Said("executive_summary", "All is well.", "info"),)
    assert read.confidence.level == "high"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "All is well.",
        "}{",
        "[]",
        "{}",
        GOOD[:-10],
        f"{GOOD}\n{GOOD}",
        f"An object {{ like this: {GOOD}",
        '{"sections": []}',
        '{"sections": {"scope": [{"severity": "info"}]}}',
        '{"sections": {"scope": [{"template": "\\ud800"}]}}',
        '{"sections": {"scope": ' + "[" * 100_000 + "]" * 100_000 + "}}",
        json.dumps({"sections": {"scope": [STATEMENT] * 21}}),
        json.dumps({"sections": {"scope": [{"template": "x" * 1_000_001}]}}),
    ],
)
def test_a_reply_that_is_not_of_the_form_is_none(content: str) -> None:
    assert reply.read(content) is None


def test_a_wrong_grade_does_not_cost_the_reply() -> None:
    content = json.dumps(
        {
            "sections": {"scope": [{"template": "All is well.", "severity": "apocalyptic"}]},
            "confidence": {"level": 7, "reason": "A hunch."},
        }
    )

    read = reply.read(content)

    assert read is not None
    assert read.said() == (Said("scope", "All is well.", "info"),)
    assert read.confidence.level == "low"


def test_the_schema_requires_every_key_and_allows_no_other() -> None:
    schema = reply.schema()

    objects = [schema, *schema["$defs"].values()]

    assert "default" not in json.dumps(schema)
    for one in objects:
        assert one["required"] == list(one["properties"])
        assert one["additionalProperties"] is False
