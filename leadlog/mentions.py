"""Finding an address in what somebody wrote, however it is written there.

A line that could not be read as a record is kept as it came. The address in it may stand in any
letter case and any Unicode normal form, in the escapes of JSON or of a URL, in one inside the
other, or among bytes that were no UTF-8. Doubt counts as found: a person's erasure depends on it.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from leadlog import emails
from leadlog.parsing import BEGINNING_CHARACTERS

_LAYERS: Final = 8
"""So many escapes inside escapes are taken off."""

_AROUND: Final = 200
"""So many characters beside an address tell whether it goes on there."""

_AT_OR_ESCAPE: Final = re.compile(r"[@\ufe6b\uff20\\%]")
_ESCAPE: Final = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\x([0-9a-fA-F]{2})|\\([\"'\\/bfnrt])")
_HALF_ESCAPE: Final = re.compile(r"(?:\\u?[0-9a-f]{0,3}|%[0-9a-f]?)\Z")
_BACKSLASH: Final = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")
_CONTROL: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# A letter or digit, and what may join it to an address. Other marks may stand in one too, but far
# more often stand beside one: `email=ada@…`, `'ada@…'`, `u'ada@…'`, `_ada@…_`.
_BEFORE: Final = re.compile(r"(?!(?<!\w)[bu]'\Z)([^\W_])(?:\.|['+_-]+)?\Z")
_AFTER: Final = re.compile(r"[.-]?([^\W_])")
_UNREADABLE: Final = "\N{REPLACEMENT CHARACTER}"


class Wanted:
    """An address that contacts are searched for.

    Args:
        address: it must hold an @; anything else is a word that many write.

    Attributes:
        plain_forms: a contact of plain ASCII without escapes can hold it in these forms only,
            lower-case.
    """

    def __init__(self, address: str) -> None:
        forms = _spellings(address)
        self._folded = tuple(dict.fromkeys(map(_fold, forms)))
        patterns = [*map(re.escape, self._folded), *map(_with_unreadable, forms)]
        self._patterns = tuple(map(re.compile, dict.fromkeys(patterns)))
        self.plain_forms = tuple(form for form in self._folded if form.isascii())

    def is_in(self, payload: str) -> bool:
        """Whether a contact holds the address as a whole, not as a part of a longer one.

        Args:
            payload: the contact, as it is stored.
        """
        contact = _decoded(payload)
        if any(map(self._is_in_text, _texts(contact))):
            return True
        beginning = _cut_beginning(contact)
        return beginning is not None and any(map(self._is_cut_in, _readings(beginning)))

    def is_given_in(self, payload: str) -> bool:
        """Whether what a contact gives as its address holds this one, as in `Ada <ada@…>`."""
        return any(map(self._is_in_text, _texts(_decoded(payload).get("email"))))

    def _is_in_text(self, text: str) -> bool:
        if _AT_OR_ESCAPE.search(text) is None:  # which is most of them, and by far the fastest way
            return False
        return any(map(self._is_in_reading, _readings(text)))

    def _is_in_reading(self, reading: str) -> bool:
        text = _fold(reading)
        return any(
            _begins(text, match.start()) and _ends(text, match.end())
            for pattern in self._patterns
            for match in pattern.finditer(text)
        )

    def _is_cut_in(self, reading: str) -> bool:
        """Whether a text ends within the address, at least one character after its @."""
        text = _HALF_ESCAPE.sub("", _fold(reading))
        return any(
            text.endswith(form[:length]) and _begins(text, len(text) - length)
            for form in self._folded
            for length in range(form.rindex("@") + 2, min(len(form), len(text) + 1))
        )


def is_cut_off(payload: str) -> bool:
    """Whether a contact is the beginning of something longer that was not kept."""
    return _cut_beginning(_decoded(payload)) is not None


def unescaped(text: str) -> str:
    """Return a text with all its escapes taken off."""
    *_, last = _readings(text)
    return last


def _readings(text: str) -> Iterator[str]:
    """Yield a text as it stands, and without its escapes, one layer after the other.

    Bytes that were no UTF-8 are also left out: in UTF-16 they stand between any two characters.
    """
    yield text
    if _UNREADABLE in text:
        yield text.replace(_UNREADABLE, "")
    for _ in range(_LAYERS):
        if "\\" not in text and "%" not in text:
            return
        from urllib.parse import unquote

        before = text
        for step in (_without_backslashes, unquote):
            plainer = step(text)
            if plainer != text:
                yield plainer
            text = plainer
        if text == before:
            return


def _without_backslashes(text: str) -> str:
    return _ESCAPE.sub(_character, text)


def _character(escape: re.Match[str]) -> str:
    units, byte, letter = escape.groups()
    if units is not None:
        return bytes.fromhex(units.replace("\\u", "")).decode("utf-16-be", "replace")
    if byte is not None:
        return chr(int(byte, 16))
    return _CONTROL.get(letter, letter)


def _begins(text: str, start: int) -> bool:
    """Whether no address begins further left than at `start`."""
    before = text[max(0, start - _AROUND) : start]
    if text[start] in _CONTROL and _BACKSLASH.search(before):
        return False  # it is the second half of an escape
    beside = _BEFORE.search(unescaped(before))
    return beside is None or not _is_of_one_word(beside[1], text[start])


def _ends(text: str, end: int) -> bool:
    """Whether no address goes on at `end`."""
    beside = _AFTER.match(unescaped(text[end : end + _AROUND]))
    return beside is None or not _is_of_one_word(beside[1], text[end - 1])


def _is_of_one_word(beside: str, edge: str) -> bool:
    """Whether a letter beside an address belongs to it: Chinese is written without spaces."""
    return unicodedata.category(beside) != "Lo" or unicodedata.category(edge) == "Lo"


def _fold(text: str) -> str:
    """Return the form in which spellings of one text compare equal (caseless, compatibility)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _with_unreadable(address: str) -> str:
    """Return a pattern of an address in which letters beyond ASCII may have been unreadable."""
    runs = re.findall(r"[\0-\x7f]+|[^\0-\x7f]+", unicodedata.normalize("NFC", address))
    return "".join(
        literal if run.isascii() else f"(?:{literal}|(?<!{_UNREADABLE}){_UNREADABLE}++)"
        for run in runs
        for literal in [re.escape(_fold(run))]
    )


def _spellings(address: str) -> tuple[str, ...]:
    """Return an address as given, as it is compared, and with its domain in ASCII."""
    given = address.strip()
    forms = [given, emails.check(address).key]
    if not given.isascii():
        from email_validator import EmailNotValidError, validate_email

        try:
            checked = validate_email(given, check_deliverability=False)
        except (EmailNotValidError, UnicodeError, ValueError):
            return tuple(forms)
        forms.append(f"{checked.local_part}@{checked.ascii_domain}")
    return tuple(forms)


def _decoded(payload: str) -> dict[str, Any]:
    """Return a contact; one that somebody damaged is a text to be searched all the same."""
    try:
        contact = json.loads(payload)
    except (ValueError, RecursionError):
        contact = None
    return contact if isinstance(contact, dict) else {"line": payload}


def _cut_beginning(contact: dict[str, Any]) -> str | None:
    """Return what was kept of a line or a record of which there was more."""
    beginning = contact.get("line", contact.get("beginning"))
    is_cut = isinstance(beginning, str) and len(beginning) >= BEGINNING_CHARACTERS
    return beginning if is_cut else None


def _texts(value: object) -> Iterator[str]:
    """Yield every text in a JSON value, names of keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
