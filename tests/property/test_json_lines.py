"""Whatever bytes come, one line is a record or a value that says why not."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadlog import parsing
from leadlog.parsing import Malformed

any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
any_scalar = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | any_text
)
any_record = st.dictionaries(
    any_text, any_scalar | st.dictionaries(any_text, any_scalar) | st.lists(any_scalar)
)
# Pieces from which broken JSON is made more often than from random bytes.
any_piece = st.sampled_from(
    [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"a",
        b":",
        b",",
        b"1",
        b"e",
        b"999",
        b"-",
        b".",
        b"NaN",
        b"\\",
        b"u",
        b"d800",
        b"0000",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\x00",
        b"\r",
        b" ",
        b"null",
        b'{"a":1}',
    ]
)
any_line = st.binary(max_size=200) | st.lists(any_piece, max_size=40).map(b"".join)


@given(any_record, st.booleans())
def test_a_record_survives_being_written_and_read(
    record: dict[str, object],
    in_ascii: bool,
) -> None:
    line = json.dumps(record, ensure_ascii=in_ascii).encode()

    assert parsing.parse_line(line) == record


@settings(max_examples=300)
@given(any_line)
@example(b"[" * 65_536)
@example(b'{"a":' * 13_000)
def test_no_line_raises(line: bytes) -> None:
    result = parsing.parse_line(line)

    assert isinstance(result, dict | Malformed)
    if isinstance(result, Malformed):
        assert parsing.is_clean_text(result.beginning)
        assert len(result.beginning) <= parsing.BEGINNING_CHARACTERS


@settings(max_examples=300)
@given(any_line)
def test_what_is_read_can_be_stored(line: bytes) -> None:
    result = parsing.parse_line(line)

    if isinstance(result, dict):
        text = json.dumps(result, ensure_ascii=False, allow_nan=False)
        assert json.loads(text.encode()) == result


@given(any_record, any_text)
def test_a_message_does_not_depend_on_what_the_line_holds(
    record: dict[str, object], key: str
) -> None:
    inner = json.dumps(record, ensure_ascii=False)
    twice = f"{{{json.dumps(key)}:{inner},{json.dumps(key)}:1}}".encode()

    result = parsing.parse_line(twice)

    assert isinstance(result, Malformed)
    assert result.message == "the line has the same key twice"
