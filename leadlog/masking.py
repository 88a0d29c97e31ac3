"""Keeping personal data out of rows that live for ever.

Attempts, corrections and limit changes are chained and can never be erased. Whatever free text
goes into them passes through here first: email addresses, digit runs that look like phone numbers,
and the attempt's own contact values are replaced by what they are, percent-encoded or not.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

# The sign itself, its wide forms, and percent-encoded, also more than once.
_AT = re.compile(r"[@\ufe6b\uff20]|%(?:25)*40")
# RFC 5321 also knows a quoted local part, which may hold spaces.
_EMAIL = re.compile(
    rf"(?:\"(?:[^\"\\\n]|\\.){{1,64}}\"|[^\s@<>\"'(),;:=/?&]+)(?:{_AT.pattern})[^\s@<>\"'(),;:=/?&]+"
)
_DATE = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
_TIME = r"(?<!\d)[012]\d:[0-5]\d:[0-6]\d(?:[.,]\d{1,9})?(?!\d)"
# Seven digits or more, in any script, with the usual separators between them (ITU-T E.123).
_DIGITS = r"\+?\(?\d(?:[ \u00a0\u202f().\u2010-\u2013\u2212/-]{0,3}\d){6,}"
# Not a part of a longer word or number. A calendar date is matched first and kept.
_PHONE = re.compile(rf"(?<!\w)(?:({_DATE})|{_DIGITS}(?!\w))")
# In prose also glued to letters (`ext12345678`); there a time of day is kept too.
_PHONE_IN_PROSE = re.compile(rf"((?<!\d){_DATE}(?:[T ]{_TIME})?|{_TIME})|(?<!\d){_DIGITS}")
_WORDS = re.compile(r"[^\W_]+")
_ENCODED = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_CONTROL = re.compile(r"[\0-\x1f\x7f]+")
_LOOKS_PERSONAL = re.compile(r"[\s@]|(?:\d\D*){7}")
# What may stand between the words of a value, before the first and after the last of them.
_BETWEEN = r"(?:%[0-9a-f]{2}|[\W_])*"
_BEFORE = r"(?:(?<![^\W_])|(?<=%[0-9a-f]{2}))"
_AFTER = r"(?![^\W_])"
# Letters that are written without their stroke or dot too, though Unicode has no mark for it.
_PLAINER = {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ı": "i"}
_IOTA = "\u0345"  # the one below a Greek letter, which is a letter of its own in capitals
_MAX_REMEMBERED = 4096

MIN_PHONE_DIGITS = 7

MIN_PART_LENGTH = 3
"""Parts of a name or address shorter than this are too common in other words to be masked."""

MIN_PART_LENGTH_IN_PLACE = 4
"""In a source or page, whose names are short, parts of a name must be longer to be masked."""

MAX_OWN_LENGTH = 1024
"""A longer value can't stand in any text that is masked; those are shorter."""

_ALWAYS_PERSONAL = frozenset({"email", "name", "phone"})

Own = Iterable[tuple[str, str]]
"""An attempt's own contact values as (what it is, value), such as ("name", "Ada Lovelace")."""


def mask(text: str, own: Own = ()) -> str:
    """Return `text` with addresses, phone numbers and the given contact values masked.

    For a source or a page; what somebody wrote goes through `mask_prose`.

    Args:
        text: a text that is about to go into a chained row.
        own: contact values of the attempt itself. A whole value is found in any case, with accents
            or without, in wide letters, and with any separators between its words, or none:
            `ada-lovelace` is still that person, and so is `lovelace-ada`. If they are found only
            once the text is percent-decoded, the decoded text is what is returned, masked.
    """
    pairs = tuple(own)
    return _also_decoded(text, lambda once: _mask_patterns(_mask_values(once, pairs, turned=True)))


def mask_prose(text: str, own: Own) -> str:
    """Mask like `mask`, and the single words of the contact's name and address too.

    For error texts and reasons, where a message may quote a surname alone, or a number glued to a
    word.
    """
    pairs = tuple(own)
    return _also_decoded(text, lambda once: _mask_prose_once(once, pairs))


def mask_own(text: str, own: Own) -> str:
    """Return `text` with nothing but the given contact values masked."""
    return _mask_values(text, tuple(own), turned=False)


def mentioned_in_place(text: str, own: Own) -> list[tuple[str, str]]:
    """Return which contact values to mask in a source or a page, of those that it may hold.

    These are names of things (`/pricing`, `web`), and they are grouped by. So only what is clearly
    a person's counts: an address, a phone number, a name of two words or more and its longer words,
    and of all else what looks personal.

    Args:
        text: source and page.
        own: the attempt's contact values.
    """
    folded = _looked_at(text)
    found = []
    for label, value in own:
        if label not in _ALWAYS_PERSONAL and (
            label == "message" or not (" " in value or _looks_personal(value))
        ):
            continue
        words = _WORDS.findall(value.lower() if value.isascii() else _fold(value))
        if label != "name":
            if words and max(words, key=len) in folded:
                found.append((label, value))
        elif len(words) > 1:
            held = [word for word in words if word in folded]
            if held:
                longer = (word for word in held if _length(word) >= MIN_PART_LENGTH_IN_PLACE)
                found += [(label, value), *((label, word) for word in longer)]
    return found


# Values of fields are often one of a few.
@lru_cache(maxsize=1024)
def _looks_personal(value: str) -> bool:
    return _LOOKS_PERSONAL.search(value) is not None


def _mask_prose_once(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    text = _mask_values(text, pairs, turned=False)
    for label, value in pairs:
        if label in ("name", "email"):
            folded = _looked_at(text)
            for word in _parts(value.partition("@")[0] if label == "email" else value):
                if word in folded:
                    text = _mask_value(text, label, word)
    return _mask_prose_patterns(text)


def _also_decoded(text: str, mask_once: Callable[[str], str]) -> str:
    """Return `text` masked; if there is more to mask once it is decoded, that text masked."""
    if "%" in text:
        decoded = _decoded(text)
        if decoded != text:
            masked = mask_once(decoded)
            if masked != decoded:
                return masked
    return mask_once(text)


def _decoded(text: str) -> str:
    """Return `text` percent-decoded as often as it was encoded, control characters as spaces."""
    while (decoded := _ENCODED.sub(_decoded_run, text)) != text:
        text = decoded
    return _CONTROL.sub(" ", text)


def _decoded_run(match: re.Match[str]) -> str:
    octets = bytes.fromhex(match[0].replace("%", ""))
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


# Sources and pages are few and come again in every row of a stream.
@lru_cache(maxsize=4096)
def _mask_patterns(text: str) -> str:
    if _AT.search(text):
        text = _EMAIL.sub("<email>", text)
    return _PHONE.sub(lambda match: match[1] or "<phone>", text)


@lru_cache(maxsize=1024)
def _mask_prose_patterns(text: str) -> str:
    if _AT.search(text):
        text = _EMAIL.sub("<email>", text)
    return _PHONE_IN_PROSE.sub(lambda match: match[1] or "<phone>", text)


@lru_cache(maxsize=4096)
def _looked_at(text: str) -> str:
    """Return `text`, as it is and decoded, in the form in which words are looked for."""
    both = f"{text} {_decoded(text)}" if "%" in text else text
    return _fold(both)


class _Folded(dict[int, str]):
    """What becomes of each character, for `str.translate`; remembered once it was asked for."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _MAX_REMEMBERED:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def _fold(text: str) -> str:
    """Return a form in which case, accents and the width of letters make no difference."""
    text = text.lower()
    return text if text.isascii() else text.translate(_FOLDED)


def _fold_character(character: str) -> str:
    """Return what `_fold` makes of one character: nothing of a mark, of a ligature its letters."""
    decomposed = unicodedata.normalize("NFKD", character)
    plain = "".join(
        one for one in decomposed if one == _IOTA or not unicodedata.combining(one)
    ).casefold()
    if len(plain) > 1 and not character.isalnum():
        return character  # a sign, such as ™: its letters don't go on the word before it
    return _PLAINER.get(plain, plain)


def _length(word: str) -> int:
    """Return how many letters a folded word has; folding takes the syllables of Hangul apart."""
    return len(unicodedata.normalize("NFC", word))


# The texts of one record are all searched for the same values.
@lru_cache(maxsize=256)
def _longest_word(value: str) -> str:
    return max(_WORDS.findall(_fold(value)), key=len, default="")


@lru_cache(maxsize=256)
def _parts(value: str) -> tuple[str, ...]:
    """Return the words of a value that are long enough to be masked alone."""
    length = len if value.isascii() else _length
    return tuple(word for word in _WORDS.findall(_fold(value)) if length(word) >= MIN_PART_LENGTH)


def _mask_values(text: str, pairs: tuple[tuple[str, str], ...], *, turned: bool) -> str:
    """Mask whole values; of a name also with the last word first, if `turned` or it needs that.

    Where single words are masked, only those too short for that make it need it.
    """
    for label, value in pairs:
        if len(value) <= MAX_OWN_LENGTH:
            longest = _longest_word(value)
            if longest and longest in _looked_at(text):
                text = _mask_value(text, label, value)
                words = _WORDS.findall(_fold(value))
                short = any(_length(word) < MIN_PART_LENGTH for word in words)
                if label == "name" and len(words) > 1 and (turned or short):
                    text = _mask_value(text, label, " ".join([words[-1], *words[:-1]]))
    return text


def _mask_value(text: str, label: str, value: str) -> str:
    pattern = _pattern(_fold(value))
    if pattern is None:
        return text
    if text.isascii():
        return pattern.sub(f"<{label}>", text)
    folded = [_FOLDED[ord(character)] for character in text]
    places = [place for place, part in enumerate(folded) for _ in part]
    masked, done = "", 0
    for match in pattern.finditer("".join(folded)):
        masked += f"{text[done : places[match.start()]]}<{label}>"
        done = places[match.end() - 1] + 1
        while done < len(text) and not folded[done]:  # a mark on the last letter
            done += 1
    return masked + text[done:]


# A value is looked for in several texts of its record.
@lru_cache(maxsize=256)
def _pattern(folded: str) -> re.Pattern[str] | None:
    """Return what finds a folded value in a text that is folded or ASCII; None if it has no word.

    Letters of ASCII differ from their folded form in nothing but case.
    """
    words = _WORDS.findall(folded)
    if not words:
        return None
    pattern = _BEFORE + _BETWEEN.join(map(re.escape, words)) + _AFTER
    if "@" in folded:  # signs at the ends of an address belong to it
        pattern = f"{re.escape(folded)}|{pattern}"
    return re.compile(pattern, re.IGNORECASE)
