"""Bytes in, plain objects out: one line of JSON, read strictly.

The standard decoder forgives what a record must not contain: duplicate keys, NaN and infinities,
numbers beyond 64 bits, unpaired surrogates, NUL. Whatever it or we refuse becomes a `Malformed`,
a value that is logged like any other attempt.
"""

import json
import math
from typing import Any, NamedTuple

MAX_LINE_BYTES = 64 * 1024
"""A longer line is malformed and never parsed."""

MAX_DEPTH = 64
"""A record needs two levels; much deeper ones exhaust the stack of whoever walks through them."""

BEGINNING_CHARACTERS = 500
"""How much of a malformed line is kept, in its erasable contact."""

INT64 = range(-(2**63), 2**63)
"""The integers that a record may hold."""

_BOM = b"\xef\xbb\xbf"
_TOO_DEEP = "the line nests values too deep"


class Malformed(NamedTuple):
    """A line that is not a record.

    Attributes:
        code: the failure code.
        message: what is wrong with it, without quoting it.
        beginning: its first characters, for whoever looks into it.
    """

    code: str
    message: str
    beginning: str


class _RefusedError(ValueError):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def parse_line(line: bytes, total_bytes: int | None = None) -> dict[str, Any] | Malformed:
    """Read one line as a JSON object.

    Args:
        line: the line without its line feed; of a line that is too long, at least its beginning.
        total_bytes: the whole line's length if `line` is only its beginning.
    """
    if (total_bytes or len(line)) > MAX_LINE_BYTES:
        message = f"the line is longer than {MAX_LINE_BYTES // 1024} KiB"
        return Malformed("line_too_long", message, _beginning(line))
    try:
        return _decode(line)
    except _RefusedError as refused:
        return Malformed(refused.code, refused.message, _beginning(line))


def is_blank(line: bytes) -> bool:
    """Whether a line holds nothing but white space; such a line is no attempt."""
    return not line.strip(b" \t\r\v\f")


def without_bom(line: bytes) -> bytes:
    """Return the first line of a stream without the byte order mark some editors put there."""
    return line.removeprefix(_BOM)


def _decode(line: bytes) -> dict[str, Any]:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise _RefusedError("invalid_utf8", "the line is not UTF-8") from None
    try:
        value = _decoder.decode(text.strip(" \t\r\n"))
    except _RefusedError:
        raise
    except RecursionError:
        raise _RefusedError("nested_too_deep", _TOO_DEEP) from None
    except ValueError:
        raise _RefusedError("invalid_json", "the line is not JSON") from None
    if not isinstance(value, dict):
        raise _RefusedError("not_an_object", "the line is JSON, but not an object")
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_too_deep(value):
        raise _RefusedError("nested_too_deep", _TOO_DEEP)
    # Only an escape can bring in what valid UTF-8 cannot hold, and the decoder refuses raw NUL.
    if "\\u" in text and not _is_clean(value):
        raise _RefusedError("invalid_text", "the line holds NUL or half of a surrogate pair")
    return value


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        dicts = (item.values() for item in level if isinstance(item, dict))
        lists = (item for item in level if isinstance(item, list))
        level = [inner for items in (*dicts, *lists) for inner in items]
    return bool(level)


def _is_clean(value: Any) -> bool:
    if isinstance(value, str):
        return is_clean_text(value)
    if isinstance(value, dict):
        return all(_is_clean(key) and _is_clean(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_is_clean, value))
    return True


def is_clean_text(text: str) -> bool:
    """Whether a text can be stored as UTF-8 and compared whole: no NUL, no lone surrogate."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _RefusedError("duplicate_key", "the line has the same key twice")
    return value


def _integer(text: str) -> int:
    # The length is looked at first: turning a million digits into a number takes minutes.
    value = int(text) if len(text) <= 20 else None
    if value is None or value not in INT64:
        raise _RefusedError("number_out_of_range", "the line has an integer beyond 64 bits")
    return value


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError("number_out_of_range", "the line has a number too large for a double")
    return value


def _constant(_text: str) -> Any:
    raise _RefusedError("invalid_json", "the line has NaN or Infinity, which JSON does not know")


_decoder = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_float, parse_constant=_constant
)


def _beginning(line: bytes) -> str:
    text = line[: 4 * BEGINNING_CHARACTERS].decode("utf-8", "replace")
    return text[:BEGINNING_CHARACTERS].replace("\0", "\N{REPLACEMENT CHARACTER}")
