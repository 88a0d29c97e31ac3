"""Statement templates: text with placeholders that name figures by their place in the inputs.

`{{/snapshot/attempts}}` is a figure; `{{/snapshot/failures|ratio|/snapshot/attempts}}` is derived
from two. Whatever stands outside a placeholder may state no number, in no way of writing one.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from leadlog.analysis import literals, neighbours

FORMATS: Final = ("count", "percent", "ratio", "difference", "time", "name")
"""How a figure is shown; `ratio` and `difference` take a second pointer."""

MAX_TEMPLATE_CHARACTERS: Final = 1000

FAULTS: Final = ("number", "figure", "form")
"""Why a statement may not be printed: it states a number of its own, it names a figure that is not
there or does not fit, or it is not of the form that was asked for."""

_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}")
_TWO_POINTERS = ("ratio", "difference")
_ROOTS = ("/snapshot/", "/baseline/", "/limits/")


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
    """A statement that may not be printed.

    Args:
        reason: why, for a model or a person.
        kind: one of `FAULTS`.
    """

    def __init__(self, reason: str, kind: str = "figure") -> None:
        super().__init__(reason)
        self.kind = kind


def parse(text: str) -> Template:
    """Take a template apart and see that it states no number of its own.

    Raises:
        InvalidTemplate: with the reason in one sentence.
    """
    if not text.strip():
        raise InvalidTemplate("the statement is empty", "form")
    if len(text) > MAX_TEMPLATE_CHARACTERS:
        raise InvalidTemplate("the statement is too long", "form")
    template = split(text)
    for kind, found in (
        ("number", map(literals.number_fault, template.texts)),
        ("form", map(literals.form_fault, template.texts)),
        ("number", [neighbours.fault(template.texts)]),
    ):
        for why in filter(None, found):
            raise InvalidTemplate(why, kind)
    return template


def split(text: str) -> Template:
    """Take a template apart, without a judgement of the words in it.

    Raises:
        InvalidTemplate: when its placeholders are none, with the reason in one sentence.
    """
    parts = _PLACEHOLDER.split(text)
    texts, inner = tuple(parts[::2]), parts[1::2]
    if any("{{" in each or "}}" in each for each in texts):
        raise InvalidTemplate("a placeholder is not closed, or not opened")
    return Template(texts, tuple(map(_placeholder, inner)))


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


def _placeholder(inner: str) -> Placeholder:
    if "{" in inner or "}" in inner:
        raise InvalidTemplate("a placeholder stands within another")
    pointer, *rest = [part.strip() for part in inner.split("|")]
    _check_root(pointer)
    if not rest:
        return Placeholder(pointer, None, None)
    format_, *others = rest
    if format_ not in FORMATS:
        raise InvalidTemplate(f"a placeholder's format must be one of {', '.join(FORMATS)}")
    if (len(others) == 1) != (format_ in _TWO_POINTERS) or len(others) > 1:
        raise InvalidTemplate("ratio and difference take a second pointer, the others none")
    for other in others:
        _check_root(other)
    return Placeholder(pointer, format_, others[0] if others else None)


def _check_root(pointer: str) -> None:
    if not pointer.startswith(_ROOTS):
        raise InvalidTemplate(f"a placeholder's pointer must begin with one of {', '.join(_ROOTS)}")
