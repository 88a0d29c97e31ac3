"""What writing passes around: frozen values, named in the words of the documentation.

Named tuples rather than dataclasses: `submit` is a fresh process each time, and these cost a tenth
of the start-up and half of the time to make one.
"""

from typing import Literal, NamedTuple

from leadlog.limits import Limit

Origin = Literal["submit", "record"]
Outcome = Literal["success", "failure"]

CATEGORIES = (
    "malformed",
    "validation",
    "unknown_user",
    "rate_limited",
    "duplicate",
    "conflict",
    "rejected",
    "upstream",
    "timeout",
    "internal",
)
"""Every failure category. The last four are stated by `record` and `correct` only."""


class Failure(NamedTuple):
    """Why an attempt failed.

    Attributes:
        category: one of `CATEGORIES`.
        code: the kind inside the category, `[a-z0-9_]{1,64}`.
        message: a sentence that names field and rule, never a value.
        field: the field at fault, or None.
    """

    category: str
    code: str
    message: str
    field: str | None = None


class RateLimit(NamedTuple):
    """What the limit said; windows and waits in whole seconds.

    `retry_after` is None when the limit blocks: no wait would help.
    """

    limit: int
    window_seconds: int
    used: int
    remaining: int
    retry_after: int | None


class User(NamedTuple):
    """Who submits. `limit` is the user's own, or None while the default applies."""

    id: int
    handle: str
    created_at: str
    created_date: str


class Policy(NamedTuple):
    """A limit in force and the row of `rate_limit_changes` that set it."""

    id: int
    limit: Limit
    is_default: bool


class Receipt(NamedTuple):
    """What a writer gets back for one attempt, once it is committed.

    `attempt` and `hash` together prove the row when kept elsewhere.
    """

    attempt: int
    outcome: str
    lead: int | None
    user: str
    log_date: str
    created_at: str
    request_id: str | None
    replayed: bool
    failure: Failure | None
    duplicate_of: int | None
    rate_limit: RateLimit | None
    hash: str

    @property
    def ok(self) -> bool:
        """Whether the attempt was a success."""
        return self.outcome == "success"
