"""Statement templates: text with placeholders that name figures by their place in the inputs.

`{{/snapshot/attempts}}` is a figure; `{{/snapshot/failures|ratio|/snapshot/attempts}}` is derived
from two. Whatever stands outside a placeholder may state no number, in no way of writing one.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

from leadlog.analysis import neighbours
from leadlog.analysis.words import NUMBER_WORDS

FORMATS: Final = ("count", "percent", "ratio", "difference", "time", "name")
"""How a figure is shown; `ratio` and `difference` take a second pointer."""

MAX_TEMPLATE_CHARACTERS: Final = 1000

_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}")
_WORD = re.compile(r"[^\W\d_]+")
_NUMERIC_CATEGORIES = ("Nd", "Nl", "No")
_TWO_POINTERS = ("ratio", "difference")


class Placeholder(NamedTuple):
    """One figure in a template.

    Attributes:
        pointer: a JSON Pointer into the report's inputs.
        format: one of `FORMATS`, or None for what its value suggests.
        other: the second pointer of a ratio or a difference.
    """

    pointer: str
    format: str | None
    other: str | None


class Template(NamedTuple):
    """A template in its parts: literal texts, with a placeholder between each two."""

    texts: tuple[str, ...]
    placeholders: tuple[Placeholder, ...]


class InvalidTemplate(ValueError):  # noqa: N818  # it is a verdict, told to the model and stored
    """A statement that may not be printed; its message says why, for a model or a person."""


def parse(text: str) -> Template:
    """Take a template apart and see that it states no number of its own.

    Raises:
        InvalidTemplate: with the reason in one sentence.
    """
    if not text.strip():
        raise InvalidTemplate("the statement is empty")
    if len(text) > MAX_TEMPLATE_CHARACTERS:
        raise InvalidTemplate("the statement is too long")
    template = split(text)
    for literal in template.texts:
        _check_literal(literal)
    why = neighbours.fault(template.texts)
    if why is not None:
        raise InvalidTemplate(why)
    return template


def split(text: str) -> Template:
    """Take a template apart, without a judgement of the words in it.

    Raises:
        InvalidTemplate: when its placeholders are none, with the reason in one sentence.
    """
    parts = _PLACEHOLDER.split(text)
    texts, inner = tuple(parts[::2]), parts[1::2]
    if any("{{" in literal or "}}" in literal for literal in texts):
        raise InvalidTemplate("a placeholder is not closed, or not opened")
    return Template(texts, tuple(map(_placeholder, inner)))


def check_digits(text: str) -> None:
    """See that no digit and no percent sign stands in what is outside of placeholders.

    Raises:
        InvalidTemplate: with the reason in one sentence.
    """
    for character in text:
        if unicodedata.category(character) in _NUMERIC_CATEGORIES:
            raise InvalidTemplate("a digit stands outside a placeholder")
        if _is_percent_sign(character):
            raise InvalidTemplate("a percent sign stands outside a placeholder")


def placeholder_text(placeholder: Placeholder) -> str:
    """Return a placeholder as it is written in a template."""
    parts = [placeholder.pointer]
    if placeholder.format is not None:
        parts.append(placeholder.format)
    if placeholder.other is not None:
        parts.append(placeholder.other)
    return "{{" + "|".join(parts) + "}}"


def join(template: Template, figures: Sequence[str]) -> str:
    """Return the template's text with its figures put in."""
    filled = [template.texts[0]]
    for figure, text in zip(figures, template.texts[1:], strict=True):
        filled += [figure, text]
    return "".join(filled)


def _check_literal(text: str) -> None:
    check_digits(text)
    for character in text:
        if not character.isprintable():
            raise InvalidTemplate("a control or formatting character stands in the statement")
        if _is_symbol_of_a_number(character):
            raise InvalidTemplate("a sign that stands for a number stands outside a placeholder")
    folded = _folded(text)
    if any(character.isnumeric() for character in folded):
        raise InvalidTemplate("a numeral stands outside a placeholder")
    for word in _WORD.findall(folded):
        if word in NUMBER_WORDS or word.removesuffix("s") in NUMBER_WORDS:
            raise InvalidTemplate(f'the number word "{word}" stands outside a placeholder')


def _folded(text: str) -> str:
    """Return a text without what hides a word from a comparison: case, width, style, accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.category(c).startswith("M")).casefold()


def _is_symbol_of_a_number(character: str) -> bool:
    """Whether a picture shows a number, as keycaps, dice, dominoes and clock faces do."""
    if character.isascii() or unicodedata.category(character) != "So":
        return False
    words = set(re.split(r"[ -]", unicodedata.name(character, "").lower()))
    return bool(words & NUMBER_WORDS) or "one" in words or any(w.isdecimal() for w in words)


def _is_percent_sign(character: str) -> bool:
    name = unicodedata.name(character, "")
    return "PERCENT" in name or "PER MILLE" in name or "PER TEN THOUSAND" in name


def _placeholder(inner: str) -> Placeholder:
    if "{" in inner or "}" in inner:
        raise InvalidTemplate("a placeholder stands within another")
    pointer, *rest = [part.strip() for part in inner.split("|")]
    if not pointer.startswith(("/snapshot/", "/baseline/")):
        raise InvalidTemplate("a placeholder's pointer must begin with /snapshot/ or /baseline/")
    if not rest:
        return Placeholder(pointer, None, None)
    format_, *others = rest
    if format_ not in FORMATS:
        raise InvalidTemplate(f"a placeholder's format must be one of {', '.join(FORMATS)}")
    if (len(others) == 1) != (format_ in _TWO_POINTERS) or len(others) > 1:
        raise InvalidTemplate("ratio and difference take a second pointer, the others none")
    if others and not others[0].startswith(("/snapshot/", "/baseline/")):
        raise InvalidTemplate("a placeholder's pointer must begin with /snapshot/ or /baseline/")
    return Placeholder(pointer, format_, others[0] if others else None)
