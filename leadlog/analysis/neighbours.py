"""What may stand beside a placeholder, so that its figure is read as the number that it is.

`{{a}}{{b}}`, `{{a}}.{{b}}`, `-{{a}}` and `{{a}}k` would print numbers that stand nowhere in the
inputs, though each of their digits does. So a figure stands free: white space around it, or the
punctuation of a sentence, and words beyond it.
"""

import unicodedata
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from leadlog.analysis.words import folded

_FIGURE: Final = "\0"  # no literal holds one
_QUOTES: Final = "\"'"
_STOPS: Final = ".,;:!?"
_DASH: Final = "—"
_NEGATING: Final = frozenset({"minus", "negative"})
_JOINING: Final = frozenset({"comma", "dot", "minus", "over", "plus", "point", "times"})
"""Words that make one number of the two between which they stand alone."""
_JOINING_ONE: Final = _JOINING - {"over", "times"}
"""Those that do so before a "one" as well; much may be over one hour, or fail times one evening."""
_FACTORS: Final = frozenset({"grand", "gross", "kilo", "kilos"})
"""Words that make another number of the figure before them."""
_PARTITIVE: Final = frozenset({"in", "of", "per", "every"})
_BETWEEN: Final = _PARTITIVE | {"out", "the", "all", "these", "those"}
"""What may stand between "one" and a figure, so that they state a part of it."""

_GLUED: Final = "a placeholder must stand free, with a space or a sentence's punctuation around it"
_TOGETHER: Final = "two placeholders need a word or a comma between them"
_PART: Final = 'the number word "one" and a figure would state a part of it'
_SIGN: Final = "a sign or a letter beside a placeholder would change its number"


def fault(literals: Sequence[str]) -> str | None:
    """Return why the texts around placeholders may not stand there, or None if they may.

    Args:
        literals: what stands before, between and after the placeholders.
    """
    words = [word for word in _FIGURE.join(literals).split(" ") if word]
    for place, word in enumerate(words):
        if _FIGURE not in word:
            continue
        if not _stands_free(word):
            return _GLUED
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        if word[-1] == after[:1] == _FIGURE or _joins(after, words[place + 2 : place + 3]):
            return _TOGETHER
        if not (_may_precede(before) and _may_follow(after)):
            return _SIGN
        if _joins_one(words[:place], words[place + 1 :]):
            return _SIGN
        if _is_part(words[:place]):
            return _PART
    return None


def _stands_free(word: str) -> bool:
    """Whether a word is one figure, with at most brackets, quotes and stops around it."""
    before, _, after = word.partition(_FIGURE)
    return all(map(_opens, before)) and all(map(_closes, after))


def _joins(word: str, following: list[str]) -> bool:
    return _letters(word) in _JOINING and any(_FIGURE in each for each in following)


def _joins_one(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a figure makes a number with a "one": `one over {{n}}`, `{{n}} point one`."""
    *_, one, joining = ["", "", *map(_letters, before)]
    if one == "one" and joining in _JOINING - {"times"}:
        return True
    joining, one, *_ = [*map(_letters, after), "", ""]
    return one == "one" and joining in _JOINING_ONE


def _is_part(before: Sequence[str]) -> bool:
    """Whether words that lead to a figure say that one of so many is meant."""
    words = [word.casefold() for word in before]
    between = list(takewhile(_BETWEEN.__contains__, reversed(words)))
    pronoun = words[-len(between) - 1] if len(words) > len(between) else ""
    return not _PARTITIVE.isdisjoint(between) and _letters(pronoun) == "one"


def _may_precede(word: str) -> bool:
    if word.casefold() in _NEGATING:
        return False
    return not word or (_is_word(word) and (_ends_a_word(word[-1]) or _closes(word[-1])))


def _may_follow(word: str) -> bool:
    if _letters(word) in _FACTORS:
        return False
    return not word or (_is_word(word) and (_ends_a_word(word[0]) or _opens(word[0])))


def _is_word(word: str) -> bool:
    """Whether it is a figure, a dash between clauses, or a word that is no unit or factor."""
    letters = _letters(word)
    return _FIGURE in word or word == _DASH or len(letters) > 1 or letters == "a"


def _letters(word: str) -> str:
    return "".join(filter(str.isalpha, folded(word))).casefold()


def _ends_a_word(character: str) -> bool:
    return character.isalpha() or character in (_FIGURE, _DASH)


def _opens(character: str) -> bool:
    return character in _QUOTES or unicodedata.category(character) in ("Ps", "Pi")


def _closes(character: str) -> bool:
    return character in _QUOTES + _STOPS or unicodedata.category(character) in ("Pe", "Pf")
