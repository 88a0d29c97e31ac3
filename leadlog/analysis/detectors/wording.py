"""Words that detectors share."""

from typing import Final

GROUPS: Final = ("user", "source", "page")
PREPOSITIONS: Final = {"user": "of", "source": "from", "page": "on"}
MOST_LISTED: Final = 3


def noun(count: float, one: str, many: str | None = None) -> str:
    """Return the noun that goes with a count."""
    return one if count == 1 else many or f"{one}s"


def listed(parts: list[str]) -> str:
    """Return the parts as an enumeration in prose."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
