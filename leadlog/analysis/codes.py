"""Codes in place of free texts: what people named never reaches a model; pure.

A handle, a source, a page or a failure code that is not leadlog's own may hold personal data, or an
instruction to the model. So a model reads `U01`, `S02`, `P03` and `C04`, and what it writes of
them is put back as a `name` placeholder for the place that the text came from.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from leadlog.analysis.templates import Placeholder, placeholder_text
from leadlog.validation import DEFAULT_CODES

_GIVEN_CODES: Final = """
    blocked duplicate_key invalid_category invalid_code invalid_duration_ms invalid_email
    invalid_json invalid_name invalid_occurred_at invalid_outcome invalid_phone invalid_request_id
    invalid_text invalid_utf8 missing_email missing_name missing_user nested_too_deep not_an_object
    number_out_of_range occurred_in_future record_too_long unknown_key
"""
OWN_CODES: Final = frozenset(DEFAULT_CODES.values()) | frozenset(_GIVEN_CODES.split())
"""Failure codes that leadlog itself gives, which a model may read as they are."""

NAMED_GROUPS: Final = {
    "failures_by_code": ("code", "C"),
    "by_source": ("name", "S"),
    "by_page": ("name", "P"),
    "by_user": ("name", "U"),
    "duplicates_by_source": ("name", "S"),
    "rate_limited_by_page": ("name", "P"),
}
"""The lists of the inputs whose entries have a free text: under which key, and its code's letter.

Names of one letter are one thing: a source has the same code wherever it stands.
"""

NO_NAME: Final = "(none)"

_CODE = r"[CPSU][0-9]{2,}"
_MENTION = re.compile(
    # A placeholder that holds a code instead of a pointer, any other placeholder, a code in text.
    rf"\{{\{{\s*({_CODE})\s*(?:\|\s*name\s*)?\}}\}}|\{{\{{.*?\}}\}}|\b({_CODE})\b",
    re.ASCII,
)


class Codes:
    """The codes of one report's inputs, numbered as the texts appear: snapshot, then baseline."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        self._code_of: dict[tuple[str, str], str] = {}
        self._pointer_of: dict[str, str] = {}
        counts: dict[str, int] = {}
        for letter, text, pointer in _free_texts(inputs):
            if (letter, text) not in self._code_of:
                counts[letter] = counts.get(letter, 0) + 1
                code = f"{letter}{counts[letter]:02d}"
                self._code_of[letter, text] = code
                self._pointer_of[code] = pointer

    def shown(self, group: str, text: str | None) -> str:
        """Return what a model reads for the free text of an entry of one of `NAMED_GROUPS`."""
        _, letter = NAMED_GROUPS[group]
        if text is None:
            return NO_NAME
        if _is_own(letter, text):
            return text
        return self._code_of[letter, text]

    def put_back(self, template: str) -> str:
        """Return a model's template with each code as a placeholder for what it stands for.

        A code that stands for nothing is left alone; its digits make the statement invalid.
        """
        return _MENTION.sub(self._placeholder, template)

    def _placeholder(self, match: re.Match[str]) -> str:
        pointer = self._pointer_of.get(match[1] or match[2] or "")
        if pointer is None:
            return match[0]
        return placeholder_text(Placeholder(pointer, "name", None))


def _free_texts(inputs: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for root in ("snapshot", "baseline"):
        for group, (key, letter) in NAMED_GROUPS.items():
            for place, entry in enumerate(inputs[root].get(group, ())):
                text = entry[key]
                if text is not None and not _is_own(letter, text):
                    yield letter, text, f"/{root}/{group}/{place}/{key}"


def _is_own(letter: str, text: str) -> bool:
    return letter == "C" and text in OWN_CODES
