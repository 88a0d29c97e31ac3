from pathlib import Path
from typing import Any

import pytest
from days import example_day, inputs_of

from leadlog.analysis import model, prompt, statements
from leadlog.analysis.codes import Codes
from leadlog.analysis.statements import Said


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return example_day(tmp_path_factory.mktemp("day") / "leads.db")


def test_codes_are_numbered_as_the_names_appear(inputs: dict[str, Any]) -> None:
    codes = Codes(inputs)

    names = [entry["name"] for entry in inputs["snapshot"]["by_source"]]

    assert [codes.shown("by_source", name) for name in names] == [
        f"S{n:02d}" for n in range(1, len(names) + 1)
    ]


def test_a_name_has_one_code_wherever_it_stands(inputs: dict[str, Any]) -> None:
    codes = Codes(inputs)

    source = inputs["snapshot"]["duplicates_by_source"][0]["name"]

    assert codes.shown("duplicates_by_source", source) == codes.shown("by_source", source)


def test_leadlogs_own_failure_codes_are_shown_as_they_are(inputs: dict[str, Any]) -> None:
    codes = Codes(inputs)

    assert codes.shown("failures_by_code", "invalid_email") == "invalid_email"
    assert codes.shown("failures_by_code", "crm_500") == "C01"


@pytest.mark.parametrize("written", ["S01", "{{S01}}", "{{ S01 | name }}"])
def test_a_code_is_put_back_as_the_name_it_stands_for(inputs: dict[str, Any], written: str) -> None:
    template = Codes(inputs).put_back(f"Most attempts came from {written}.")

    (statement,), invalid = statements.check(inputs, [Said("scope", template)])

    assert template == "Most attempts came from {{/snapshot/by_source/0/name|name}}."
    assert statement.text == "Most attempts came from partner-feed."
    assert not invalid


@pytest.mark.parametrize("written", ["S99", "XS01", "S011", "S٠١", "{{/snapshot/S01}}"])
def test_what_is_no_code_is_left_and_makes_the_statement_invalid(
    inputs: dict[str, Any], written: str
) -> None:
    template = Codes(inputs).put_back(f"Most attempts came from {written}.")

    valid, (withheld,) = statements.check(inputs, [Said("scope", template)])

    assert written in template
    assert not valid
    assert withheld[1].reason


def test_every_line_of_the_prompt_names_a_place_of_the_inputs(inputs: dict[str, Any]) -> None:
    for line in prompt.describe(inputs, Codes(inputs), max_bytes=100_000).splitlines():
        path, fields = line.split(": ", 1)
        for field in fields.split(" "):
            node: Any = inputs
            name, value = field.split("=", 1)
            for token in f"{path}/{name}"[1:].split("/"):
                node = node[int(token)] if isinstance(node, list) else node[token]
            assert name in ("name", "code") or str(node) == value


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A day on which sixty users, sources and pages were seen, one of each three times."""
    records = [
        {
            "user": f"user-{place}",
            "name": "Ada",
            "email": f"a{place}.{n}@example.org",
            "source": f"source-{place}",
            "page": f"/page/{place}",
            "occurred_at": f"2025-11-{day:02d}T10:00:00Z",
        }
        for day in (3, 4)
        for place in range(60)
        for n in range(3 if place == 40 else 1)
    ]
    return inputs_of(tmp_path_factory.mktemp("large") / "leads.db", records, "2025-11-04")


def test_a_large_day_keeps_its_largest_groups_at_their_place(large: dict[str, Any]) -> None:
    text = prompt.describe(large, Codes(large))

    place = next(
        place
        for place, entry in enumerate(large["baseline"]["by_user"])
        if entry["name"] == "user-40"
    )
    assert f"/baseline/by_user/{place}: name=U01 attempts/median=3 " in text
    assert "smaller entries are left out)" in text


def test_a_large_day_with_a_mending_and_a_reply_fits_a_small_context(large: dict[str, Any]) -> None:
    asked = prompt.messages(large | {"provisional": True}, Codes(large))
    _, invalid = statements.check(large, [Said("anomalies", f"{n} failed.") for n in range(200)])

    messages = prompt.mending(asked, invalid)

    assert messages is not None
    assert prompt.tokens(asked) > prompt.CONTEXT_TOKENS / 2
    assert prompt.tokens(messages) + model.OWN_ANSWER_TOKENS <= prompt.CONTEXT_TOKENS
    assert prompt.tokens(messages) - prompt.tokens(asked) <= (
        prompt.MAX_MENDING_BYTES / prompt.BYTES_PER_TOKEN
    )


def test_a_token_is_counted_as_so_many_bytes() -> None:
    assert (
        prompt.tokens([{"role": "user", "content": "Zoë"}, {"role": "user", "content": "a"}]) == 3
    )


def test_what_is_too_long_to_be_mended_is_left_out(inputs: dict[str, Any]) -> None:
    asked = prompt.messages(inputs, Codes(inputs))
    long, short = Said("anomalies", "5 failed " + "x" * 5_000), Said("anomalies", "6 failed.")
    _, invalid = statements.check(inputs, [long, short])

    messages = prompt.mending(asked, invalid)

    assert messages is not None
    assert "6 failed." in messages[-2]["content"]
    assert "5 failed" not in messages[-2]["content"]
    assert "anomalies, statement 1: a digit stands outside" in messages[-1]["content"]
    assert prompt.mending(asked, invalid[:1]) is None


def test_an_empty_day_without_any_day_before_can_be_described(tmp_path: Path) -> None:
    inputs = inputs_of(tmp_path / "leads.db", [], "2025-11-04")

    text = prompt.describe(inputs, Codes(inputs))

    assert "attempts=0" in text
    assert "/baseline: days_with_attempts=0" in text
