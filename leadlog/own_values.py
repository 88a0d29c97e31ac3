"""What a record says of a person, by name: whatever of it turns up elsewhere must be masked."""

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from leadlog import masking, validation
from leadlog.parsing import INT64, MAX_DEPTH

_LABEL = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_OWN_KEYS = ("email", "name", "phone", "company", "message")
_MAX_OWN_VALUES = 200
"""More than a record's known keys and fields can have; what has more fails validation."""

# The contact of a line that could not be read as a record is its beginning, in one piece.
_NAMED_VALUE = re.compile(r'"(name|email|phone|company)"\s*:\s*"((?:[^"\\]|\\.)+)"?')


def of_record(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the record says of the person, labelled as a mask names it.

    That is every text and number but the technical ones; also under a key that is unknown or holds
    something else than it should.
    """
    own: list[tuple[str, str]] = []
    for key in _OWN_KEYS:  # the address first: its parts may be words of the name
        value = record.get(key)
        if value.__class__ is str:
            own.append((key, value))
        elif value is not None:
            _add_own(own, key, value)
    fields = record.get("fields")
    if isinstance(fields, Mapping):
        for name, item in fields.items():
            if item.__class__ is not int or not -100 < item < 100:
                _add_own(own, _label(name), item)
    elif fields is not None:
        _add_own(own, "fields", fields)
    user = record.get("user")
    if not isinstance(user, str) or not _is_handle(user):
        _add_own(own, "user", user)
    if not record.keys() <= validation.RECORD_KEYS:
        unknown = [value for key, value in record.items() if key not in validation.RECORD_KEYS]
        _add_own(own, "field", unknown)
    return own


def of_payload(payload: str) -> list[tuple[str, str]]:
    """Return what a stored contact says of the person, labelled as a mask names it."""
    contact: dict[str, Any] = json.loads(payload)
    own = of_record(contact)
    for key in ("line", "beginning"):
        if isinstance(contact.get(key), str):
            own += _NAMED_VALUE.findall(contact[key])
    return own


def number_text(value: float) -> str:
    """Return a number as people write it: one without a fraction has none."""
    return str(int(value)) if value == int(value) else str(value)


# Users and the names of fields are few and come again in every row of a stream.
_is_handle = lru_cache(maxsize=1024)(validation.is_handle)


@lru_cache(maxsize=1024)
def _label(name: object) -> str:
    return name if isinstance(name, str) and _LABEL.fullmatch(name) else "field"


def _add_own(own: list[tuple[str, str]], label: str, value: Any, depth: int = MAX_DEPTH) -> None:
    """Add every text and number in a value; of a number only what is long enough to be told."""
    if isinstance(value, str):
        if value:
            own.append((label, value))
    elif isinstance(value, bool) or value is None or len(own) >= _MAX_OWN_VALUES or not depth:
        return
    elif isinstance(value, int | float):
        is_number = value in INT64 if isinstance(value, int) else math.isfinite(value)
        if is_number and len(text := number_text(value)) >= masking.MIN_PART_LENGTH:
            own.append((label, text))
    elif isinstance(value, Mapping | list | tuple | set | frozenset):
        for item in value.values() if isinstance(value, Mapping) else value:
            _add_own(own, label, item, depth - 1)
