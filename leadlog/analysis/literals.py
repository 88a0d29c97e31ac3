"""What a statement may hold outside its placeholders: English words that state no number."""

import unicodedata
from typing import Final

from leadlog.analysis.words import folded, number_word

_NUMERIC: Final = ("Nd", "Nl", "No")


def digit_fault(text: str) -> str | None:
    """Return why a text states a number in digits, or None if it does not."""
    for character in text:
        if unicodedata.category(character) in _NUMERIC:
            return "a digit stands outside a placeholder"
        if _is_percent_sign(character):
            return "a percent sign stands outside a placeholder"
    return None


def form_fault(text: str) -> str | None:
    """Return why a text is none that a statement may consist of, or None if it may.

    Letters of other alphabets are refused, since they spell number words that no list here has, or
    are invisible or taken for Latin ones; so are signs and pictures, of which many show numbers.
    """
    for character in text:
        if not character.isprintable():
            return "a control or formatting character stands in the statement"
        if not character.isascii() and unicodedata.category(character).startswith("S"):
            return "a sign that is no punctuation stands outside a placeholder"
    if any(character.isalpha() and not character.isascii() for character in folded(text)):
        return "a letter that is none of the English alphabet stands outside a placeholder"
    return None


def number_fault(text: str) -> str | None:
    """Return why a text states a number of its own, or None if it does not."""
    if (why := digit_fault(text)) is not None:
        return why
    if any(character.isnumeric() for character in folded(text)):
        return "a numeral stands outside a placeholder"
    word = number_word(text)
    return None if word is None else f'the number word "{word}" stands outside a placeholder'


def _is_percent_sign(character: str) -> bool:
    name = unicodedata.name(character, "")
    return "PERCENT" in name or "PER MILLE" in name or "PER TEN THOUSAND" in name
