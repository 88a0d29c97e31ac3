"""Keeping personal data out of rows that live for ever.

Attempts, corrections and limit changes are chained and can never be erased. Whatever free text
goes into them passes through here first: email addresses, digit runs that look like phone numbers,
and the attempt's own contact values are replaced by what they are.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# The sign itself, its wide forms, and percent-encoded, also more than once.
_AT = re.compile(r"[@\ufe6b\uff20]|%(?:25)*40")
_EMAIL = re.compile(rf"[^\s@<>\"'(),;:=/?&]+(?:{_AT.pattern})[^\s@<>\"'(),;:=/?&]+")
# Seven digits or more, in any script, with the usual separators between them (ITU-T E.123);
# not a part of a longer word or number. A calendar date is matched first and kept.
_PHONE = re.compile(
    r"(?<!\w)(?:"
    r"((?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d))"
    r"|\+?\(?\d(?:[ \u00a0\u202f().\u2010-\u2013\u2212/-]{0,3}\d){6,}(?!\w))"
)
_WORDS = re.compile(r"[^\W_]+")
# What may stand between the words of a value, and before the first of them.
_BETWEEN = r"(?:%[0-9a-f]{2}|[\W_])*"
_BEFORE = r"(?:(?<![^\W_])|(?<=%[0-9a-f]{2}))"

MIN_PART_LENGTH = 3
"""Parts of a name or address shorter than this are too common in other words to be masked."""

Own = Iterable[tuple[str, str]]
"""An attempt's own contact values as (what it is, value), such as ("name", "Ada Lovelace")."""


def mask(text: str, own: Own = ()) -> str:
    """Return `text` with addresses, phone numbers and the given contact values masked.

    Args:
        text: free text that is about to go into a chained row.
        own: contact values of the attempt itself. A whole value is found in any case and with any
            separators between its words, or none: `ada-lovelace` is still that person.
    """
    if not text:
        return text
    pairs = tuple(own)
    if mentions(text, pairs):
        for label, value in pairs:
            text = _mask_value(text, label, value)
    return _mask_patterns(text)


def mentions(text: str, own: Own) -> bool:
    """Whether `text` may hold one of the contact values; a quick look that never misses one."""
    folded = _folded(text)
    for _, value in own:
        if not value.isascii():
            return True  # a letter and its accent may be one character or two; look closely
        words = _WORDS.findall(value)
        if words and max(words, key=len).lower() in folded:
            return True
    return False


# Sources and pages are few and come again in every row of a stream.
@lru_cache(maxsize=4096)
def _mask_patterns(text: str) -> str:
    if _AT.search(text):
        text = _EMAIL.sub("<email>", text)
    return _PHONE.sub(lambda match: match[1] or "<phone>", text)


@lru_cache(maxsize=4096)
def _folded(text: str) -> str:
    return text.casefold()


def mask_prose(text: str, own: Own) -> str:
    """Mask like `mask`, and the single words of the contact's name and address too.

    For error texts and reasons, where a message may quote a surname alone. Not for a source or a
    page, whose names would fall apart when a person happens to be called like one of them.
    """
    pairs = list(own)
    text = mask(text, pairs)
    for label, value in pairs:
        if label in ("name", "email"):
            for word in _WORDS.findall(value.partition("@")[0]):
                if len(word) >= MIN_PART_LENGTH:
                    text = _mask_value(text, label, word)
    return text


def _mask_value(text: str, label: str, value: str) -> str:
    if not value.isascii():  # a letter and its accent may be one character or two
        composed = unicodedata.normalize("NFC", value)
        decomposed = unicodedata.normalize("NFD", value)
        if composed != decomposed:
            return _mask_form(_mask_form(text, label, composed), label, decomposed)
    return _mask_form(text, label, value)


def _mask_form(text: str, label: str, value: str) -> str:
    words = _WORDS.findall(value)
    if not words or words[0].casefold() not in _folded(text):
        return text
    pattern = _BEFORE + _BETWEEN.join(map(re.escape, words)) + r"(?![^\W_])"
    if "@" in value:  # signs at the ends of an address belong to it
        pattern = f"{re.escape(value)}|{pattern}"
    return re.sub(pattern, f"<{label}>", text, flags=re.IGNORECASE)
