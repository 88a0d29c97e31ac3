"""leadlog records every attempt to submit a lead, in one SQLite file nobody can quietly rewrite.

import leadlog

with leadlog.open("leads.db") as log:
    receipt = log.submit(user="site-form", name="Ada Lovelace", email="ada@example.org")
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from leadlog.errors import LeadlogError
    from leadlog.limits import Limit
    from leadlog.listings import Filter
    from leadlog.model import Receipt
    from leadlog.service import Leadlog, open  # noqa: A004  # the API reads leadlog.open(path)

__all__ = ["Filter", "Leadlog", "LeadlogError", "Limit", "Receipt", "__version__", "open"]

_HOMES = {
    "Filter": "leadlog.listings",
    "Leadlog": "leadlog.service",
    "LeadlogError": "leadlog.errors",
    "Limit": "leadlog.limits",
    "Receipt": "leadlog.model",
    "open": "leadlog.service",
}


def __getattr__(name: str) -> Any:
    """Import public names when they are first used, so that importing leadlog costs nothing."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)
