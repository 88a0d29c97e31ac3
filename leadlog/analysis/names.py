"""Names from outside, so that they can't be read as a report's own words or numbers."""

import re
import unicodedata
from typing import Final

from leadlog.analysis.words import number_word

NO_NAME: Final = "(none)"
"""What is shown where there is none; a name that says so would be in quotes."""

_PLAIN: Final = re.compile(r"/|/?[A-Za-z]+(?:[-_./@+]+[A-Za-z]+)*/?")
_QUOTES: Final = re.compile('["“”„‟«»″‶〝〞〟＂❝❞⹂]')


def shown(name: str) -> str:
    """Return a name as a report shows it.

    A name of letters alone, however joined, stands as it is. One with a digit, a number word, a
    space or a sign that could end or go on a sentence is put in quotes, and quotes within it are
    marked, so that it ends where the quotes do.
    """
    if _PLAIN.fullmatch(name) and not holds_number(name):
        return name
    return f"“{_QUOTES.sub(_marked, name.replace(chr(92), chr(92) * 2))}”"


def holds_number(text: str) -> bool:
    """Whether a text states a number, in digits of any script or in words."""
    plain = unicodedata.normalize("NFKC", text)
    return any(c.isnumeric() for c in plain) or number_word(text) is not None


def _marked(match: re.Match[str]) -> str:
    return "\\" + ('"' if match[0] in "“”" else match[0])
