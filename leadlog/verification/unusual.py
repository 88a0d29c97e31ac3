"""What only some attempts have to tell."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson


class Unusual(NamedTuple):
    """What an attempt tells that is no plain success.

    All others occurred when they were created, were not late, tell of no context,
    and have a contact that is not erased and whose key is sure.

    Attributes:
        contact_id: None if there is no contact.
        is_key_sure: whether a lead vouches for the key; otherwise it is derived again.
    """

    occurred_at: str
    late_for: str | None
    context: str | None
    contact_id: int | None
    contact_key: str | None
    is_key_sure: bool


def told(texts: Sequence[str | None]) -> dict[int, Unusual]:
    """Return what attempts tell, by their place; `texts` are JSON arrays, or None for nothing."""
    return {
        place: Unusual._make(_loads(text)) for place, text in enumerate(texts) if text is not None
    }


def _loads(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:  # bytes that are no text stand in it as surrogates
        return json.loads(text)
