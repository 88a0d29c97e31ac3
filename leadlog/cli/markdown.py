"""Text from outside within Markdown (CommonMark, GitHub's tables), where it is nothing but text."""

import re
from collections.abc import Callable

from leadlog.text import safe

_MARKUP = re.compile(r"[\\`*\[\]<>|~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_BLOCK_START = re.compile(r"([-+#>=]|\d+[.)])")
_LIVE = re.compile(
    # What chats and viewers make a link or a mention of: @all, #1, www.x.y, x.org, mailto:a
    r"[^\s“”]*(?:[@#]\w|\w\.[A-Za-z]{2}|[A-Za-z][\w+.-]*:[^\s\d“”])[^\s“”]*"
)


def escaped(text: str) -> str:
    """Return a text that may begin a line."""
    found = _inline(text, _code)
    start = _BLOCK_START.match(found)  # what would begin a list, a heading or a quotation
    return found if start is None else f"{start[1][:-1]}\\{found[start.end() - 1 :]}"


def cell(text: str) -> str:
    """Return a text that stands in a cell of a table, where a bar would end code as well."""
    return _inline(text, lambda live: "\\|".join(map(_code, live.split("|"))))


def _inline(text: str, code: Callable[[str], str]) -> str:
    shown = safe(text)
    parts, end = [], 0
    for live in _LIVE.finditer(shown):
        parts += [_without_markup(shown[end : live.start()]), code(live[0])]
        end = live.end()
    return "".join([*parts, _without_markup(shown[end:])])


def _without_markup(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)


def _code(text: str) -> str:
    """Return a text as code, in which nothing is a link, a mention or markup."""
    if not text:
        return ""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text[:1] + text[-1:] else ""
    return f"{fence}{space}{text}{space}{fence}"
