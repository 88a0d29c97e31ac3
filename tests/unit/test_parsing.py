"""One line of JSON, read strictly; whatever is refused is a value that can be logged."""

import pytest

from leadlog import parsing
from leadlog.parsing import MAX_DEPTH, MAX_LINE_BYTES, Malformed


def code(line: bytes) -> str:
    result = parsing.parse_line(line)
    assert isinstance(result, Malformed)
    return result.code


def message(line: bytes) -> str:
    result = parsing.parse_line(line)
    assert isinstance(result, Malformed)
    return result.message


def line_of(total_bytes: int) -> bytes:
    return b'{"name":"' + b"x" * (total_bytes - 11) + b'"}'


def nested(opening: bytes, closing: bytes, levels: int) -> bytes:
    """Return an object that holds `levels` more of them, with an escape beside them."""
    return b'{"m":"\\u0041","fields":' + opening * levels + b"1" + closing * levels + b"}"


def test_an_object_is_read() -> None:
    line = b'{"name": "Ada", "fields": {"a": 1, "b": 1.5, "c": true, "d": null, "e": ["x"]}}'

    record = parsing.parse_line(line)

    assert record == {
        "name": "Ada",
        "fields": {"a": 1, "b": 1.5, "c": True, "d": None, "e": ["x"]},
    }


def test_an_empty_object_is_a_record() -> None:
    assert parsing.parse_line(b"{}") == {}


def test_a_carriage_return_before_the_line_feed_is_no_part_of_the_record() -> None:
    assert parsing.parse_line(b'{"name":"Ada"}\r') == {"name": "Ada"}


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085", "\u00a0", "\x7f"])
def test_separators_of_lines_inside_a_text_are_kept(separator: str) -> None:
    line = f'{{"message":"one{separator}two"}}'.encode()

    assert parsing.parse_line(line) == {"message": f"one{separator}two"}


def test_a_pair_of_surrogate_escapes_is_one_character() -> None:
    assert parsing.parse_line(rb'{"name":"\ud83d\ude00"}') == {"name": "\N{GRINNING FACE}"}


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63)])
def test_the_outermost_64_bit_integers_are_read(number: int) -> None:
    assert parsing.parse_line(b'{"n":%d}' % number) == {"n": number}


def test_the_largest_double_is_read() -> None:
    assert parsing.parse_line(b'{"n":1.7976931348623157e308}') == {"n": 1.7976931348623157e308}


def test_a_line_of_exactly_64_kib_is_read() -> None:
    line = line_of(65_536)

    record = parsing.parse_line(line)

    assert len(line) == MAX_LINE_BYTES
    assert record == {"name": "x" * (65_536 - 11)}


def test_a_line_of_one_byte_more_is_too_long() -> None:
    assert code(line_of(65_537)) == "line_too_long"
    assert message(line_of(65_537)) == "the line is longer than 64 KiB"


def test_the_beginning_of_a_longer_line_is_too_long_whatever_it_holds() -> None:
    result = parsing.parse_line(b'{"name":"Ada"}', total_bytes=65_537)

    assert result == Malformed("line_too_long", "the line is longer than 64 KiB", '{"name":"Ada"}')


@pytest.mark.parametrize("line", [b"", b"Ada", b"{", b"{'name':1}", b'{"a":1}{"b":2}', b'{"a":1,}'])
def test_what_is_not_json_is_refused(line: bytes) -> None:
    assert code(line) == "invalid_json"
    assert message(line) == "the line is not JSON"


@pytest.mark.parametrize("character", [b"\x00", b"\x01", b"\t", b"\n", b"\x1f"])
def test_a_raw_control_character_inside_a_text_is_refused(character: bytes) -> None:
    assert code(b'{"name":"a' + character + b'b"}') == "invalid_json"


@pytest.mark.parametrize("value", [b"[]", b"1", b'"Ada"', b"null", b"true", b'[{"name":"Ada"}]'])
def test_json_that_is_not_an_object_is_refused(value: bytes) -> None:
    assert code(value) == "not_an_object"
    assert message(value) == "the line is JSON, but not an object"


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity"])
def test_constants_that_json_does_not_know_are_refused(constant: bytes) -> None:
    line = b'{"n":' + constant + b"}"

    assert code(line) == "invalid_json"
    assert message(line) == "the line has NaN or Infinity, which JSON does not know"


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1.8e308"])
def test_a_number_too_large_for_a_double_is_refused(number: bytes) -> None:
    line = b'{"fields":{"n":' + number + b"}}"

    assert code(line) == "number_out_of_range"
    assert message(line) == "the line has a number too large for a double"


@pytest.mark.parametrize(
    "number", [b"9223372036854775808", b"-9223372036854775809", b"1" + b"0" * 60_000]
)
def test_an_integer_beyond_64_bits_is_refused(number: bytes) -> None:
    line = b'{"fields":{"n":' + number + b"}}"

    assert code(line) == "number_out_of_range"
    assert message(line) == "the line has an integer beyond 64 bits"


@pytest.mark.parametrize(
    "line",
    [
        b'{"name":"Ada","name":"Bob"}',
        b'{"name":"Ada","name":"Ada"}',
        b'{"fields":{"a":1,"a":2}}',
        b'{"fields":{"a":[{"b":1,"b":2}]}}',
        b'{"name":"Ada","n\\u0061me":"Bob"}',
    ],
)
def test_a_key_given_twice_is_refused_at_any_depth(line: bytes) -> None:
    assert code(line) == "duplicate_key"
    assert message(line) == "the line has the same key twice"


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_values_may_lie_a_little_deep(opening: bytes, closing: bytes) -> None:
    line = nested(opening, closing, MAX_DEPTH - 1)

    assert isinstance(parsing.parse_line(line), dict)


@pytest.mark.parametrize("levels", [MAX_DEPTH, 500, 900, 5_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_values_nested_too_deep_are_refused(opening: bytes, closing: bytes, levels: int) -> None:
    line = nested(opening, closing, levels)

    assert code(line) == "nested_too_deep"
    assert message(line) == "the line nests values too deep"


@pytest.mark.parametrize("line", [b"[" * 60_000, b'{"a":' * 13_000, b'{"a":' + b"[" * 60_000])
def test_nesting_as_deep_as_a_line_allows_is_refused(line: bytes) -> None:
    assert len(line) <= MAX_LINE_BYTES

    assert code(line) == "nested_too_deep"


def test_many_values_side_by_side_are_not_deep() -> None:
    line = b'{"fields":[' + b",".join([b"{}"] * 200) + b"]}"

    assert parsing.parse_line(line) == {"fields": [{}] * 200}


@pytest.mark.parametrize(
    "text", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"]
)
def test_bytes_that_are_not_utf_8_are_refused(text: bytes) -> None:
    line = b'{"name":"' + text + b'"}'

    assert code(line) == "invalid_utf8"
    assert message(line) == "the line is not UTF-8"


@pytest.mark.parametrize(
    "line",
    [
        rb'{"name":"\ud800"}',
        rb'{"name":"\udc00\ud800"}',
        rb'{"fields":{"a":["\udfff"]}}',
        rb'{"\ud800":1}',
        rb'{"name":"a\u0000b"}',
        rb'{"fields":{"\u0000":1}}',
    ],
)
def test_an_escaped_nul_or_half_of_a_surrogate_pair_is_refused(line: bytes) -> None:
    assert code(line) == "invalid_text"
    assert message(line) == "the line holds NUL or half of a surrogate pair"


def test_a_byte_order_mark_at_the_start_of_a_stream_can_be_taken_off() -> None:
    line = parsing.without_bom(b'\xef\xbb\xbf{"name":"Ada"}')

    assert line == b'{"name":"Ada"}'


def test_only_one_byte_order_mark_is_taken_off() -> None:
    assert parsing.without_bom(b"\xef\xbb\xbf\xef\xbb\xbf{}") == b"\xef\xbb\xbf{}"


@pytest.mark.parametrize("line", [b"\xef\xbb\xbf{}", b'{"a":\xef\xbb\xbf1}', b"{}\xef\xbb\xbf"])
def test_a_byte_order_mark_anywhere_else_is_refused(line: bytes) -> None:
    assert code(line) == "invalid_json"


@pytest.mark.parametrize("line", [b"", b" ", b"\r", b" \t\v\f\r"])
def test_a_line_of_white_space_is_blank(line: bytes) -> None:
    assert parsing.is_blank(line)


@pytest.mark.parametrize("line", [b"{}", b"\x00", b"\xc2\xa0", b" x "])
def test_a_line_with_anything_else_is_not_blank(line: bytes) -> None:
    assert not parsing.is_blank(line)


def test_the_beginning_of_a_malformed_line_is_kept() -> None:
    result = parsing.parse_line(b"Ada Lovelace, ada@example.org")

    assert isinstance(result, Malformed)
    assert result.beginning == "Ada Lovelace, ada@example.org"


def test_the_kept_beginning_is_at_most_500_characters() -> None:
    result = parsing.parse_line("\N{GRINNING FACE}".encode() * 1000)

    assert isinstance(result, Malformed)
    assert result.beginning == "\N{GRINNING FACE}" * 500


def test_the_kept_beginning_can_be_stored_whatever_it_was() -> None:
    result = parsing.parse_line(b"\x00\xff")

    assert isinstance(result, Malformed)
    assert result.beginning == "\N{REPLACEMENT CHARACTER}" * 2


@pytest.mark.parametrize("text", ["", "Ada", "na\u00efve\n", "\N{GRINNING FACE}"])
def test_text_that_utf_8_can_hold_is_clean(text: str) -> None:
    assert parsing.is_clean_text(text)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udfff"])
def test_nul_and_lone_surrogates_are_not_clean(text: str) -> None:
    assert not parsing.is_clean_text(text)
