"""Places in a report's inputs: their pointers taken apart, and what stands there."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from leadlog.analysis.templates import InvalidTemplate

_MISSING: Final = object()
_PLACE: Final = re.compile(r"0|[1-9][0-9]{0,5}")  # RFC 6901, section 4; no list is longer
_NAMING: Final = ("category", "code", "name", "hour", "for_date", "from", "to", "date")


def tokens(pointer: str) -> list[str]:
    """Return the parts of a JSON Pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def resolve(inputs: Mapping[str, Any], pointer: str) -> Any:
    """Return the value at a pointer into the inputs.

    Raises:
        InvalidTemplate: when there is none, or more than one.
    """
    node: Any = inputs
    for token in tokens(pointer):
        if isinstance(node, Mapping):
            node = node.get(token, _MISSING)
        elif isinstance(node, list) and _PLACE.fullmatch(token):
            place = int(token)
            node = node[place] if place < len(node) else _MISSING
        else:
            node = _MISSING
        if node is _MISSING:
            raise InvalidTemplate(f"nothing stands at {pointer} in the inputs")
    if isinstance(node, Mapping | list):
        raise InvalidTemplate(f"{pointer} names a group of values, not one")
    return node


def identified(document: Any, pointer: str) -> list[str]:
    """Return the parts of a pointer, with what an entry of a list is named instead of its place."""
    found: list[str] = []
    for token in tokens(pointer):
        if isinstance(document, list):
            document = document[int(token)]
            found.append(_identity(document))
        else:
            document = document[token]
            found.append(token)
    return found


def find(document: Any, path: Sequence[str]) -> str | None:
    """Return the pointer to what `identified` gave the path of, in another document, or None."""
    pointer = ""
    for part in path:
        token = part
        if isinstance(document, list):
            same = [place for place, one in enumerate(document) if _identity(one) == part]
            if not same:
                return None
            token = str(same[0])
            document = document[same[0]]
        elif isinstance(document, Mapping) and part in document:
            document = document[part]
        else:
            return None
        pointer += f"/{token}"
    return pointer


def _identity(entry: Mapping[str, Any]) -> str:
    return json.dumps([entry[key] for key in _NAMING if key in entry])


def is_rate(pointer: str) -> bool:
    """Whether a rate of 0 to 1 stands at a pointer, or what is usual for one."""
    return "success_rate" in tokens(pointer)


def is_time(pointer: str) -> bool:
    """Whether an instant stands at a pointer; the baseline's hours are those of any day."""
    root, *_, last = tokens(pointer)
    return (last == "hour" and root != "baseline") or last.endswith("_at")
