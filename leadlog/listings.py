"""What reading returns: lists, groups and details, corrections applied.

Apart from what writing needs, so that `submit` does not pay for making these types.
"""

from typing import Any, NamedTuple

from leadlog.limits import Limit
from leadlog.model import Failure, RateLimit


class Filter(NamedTuple):
    """Which attempts or leads are meant; None means any.

    Attributes:
        since, until: log dates, the first included, the last included.
        as_of: only corrections that count for this log date or an earlier one.
        email_key: the keyed hash of a person's address.
        after_id, before_id: only ids beyond, or below, this one; 0 for no such bound.
        limit: at most so many rows.
    """

    since: str | None = None
    until: str | None = None
    as_of: str | None = None
    user_id: int | None = None
    outcome: str | None = None
    category: str | None = None
    code: str | None = None
    source: str | None = None
    page: str | None = None
    email_key: str | None = None
    after_id: int = 0
    before_id: int = 0
    limit: int | None = None


class Attempt(NamedTuple):
    """An attempt in a list; its outcome is the effective one, corrections applied."""

    attempt: int
    user: str
    log_date: str
    created_at: str
    occurred_at: str
    outcome: str
    failure: Failure | None
    lead: int | None
    source: str | None
    page: str | None
    request_id: str | None
    duration_ms: int | None
    hash: str


class Logged(NamedTuple):
    """An outcome as it was logged, before any correction."""

    outcome: str
    failure: Failure | None


class Correction(NamedTuple):
    """A later statement of what an attempt should have been."""

    correction: int
    created_at: str
    log_date: str
    outcome: str
    failure: Failure | None
    reason: str
    hash: str


class AttemptDetail(NamedTuple):
    """Everything about one attempt. `contact` is None once it was erased."""

    attempt: int
    user: str
    origin: str
    log_date: str
    created_at: str
    occurred_at: str
    outcome: str
    failure: Failure | None
    lead: int | None
    source: str | None
    page: str | None
    request_id: str | None
    duration_ms: int | None
    hash: str
    logged: Logged
    contact: dict[str, Any] | None
    context: dict[str, Any] | None
    rate_limit: RateLimit | None
    late_for: str | None
    duplicate_of: int | None
    original_lead: int | None
    corrections: tuple[Correction, ...]


class Lead(NamedTuple):
    """A lead in a list. `revoked` says that its attempt was corrected to a failure."""

    lead: int
    attempt: int
    user: str
    lead_date: str
    created_at: str
    source: str | None
    page: str | None
    name: str | None
    email: str | None
    revoked: bool
    hash: str


class FailureGroup(NamedTuple):
    """Failures of one kind. `key` holds the grouping columns in their order.

    Attributes:
        share: of all failures in the range, 0 to 1.
        state: `new`, `back` or `ongoing` for a category and code; None for other groupings.
        per_day: failures on each date that had any, by log date.
    """

    key: tuple[tuple[str, str | None], ...]
    attempts: int
    users: int
    share: float
    first_seen: str
    last_seen: str
    state: str | None
    per_day: dict[str, int]


class FailureReport(NamedTuple):
    """The failures of a range of log dates, and what they are a part of.

    `since` and `until` are None where nothing bounds the range and nothing was logged.
    """

    since: str | None
    until: str | None
    attempts: int
    failures: int
    groups: tuple[FailureGroup, ...]


class LimitStatus(NamedTuple):
    """How much of its limit a user has used at this moment."""

    user: str
    limit: int
    window_seconds: int
    used: int
    remaining: int
    retry_after: int | None
    is_default: bool


class LimitChange(NamedTuple):
    """A limit set at some time; `user` None is the default, `limit` None a return to it."""

    change: int
    created_at: str
    user: str | None
    limit: Limit | None
    reason: str | None


class Info(NamedTuple):
    """What a database file is and holds; sizes in bytes."""

    path: str
    database_id: str
    created_at: str
    size_bytes: int
    wal_bytes: int
    timezone: str
    schema_version: int
    rows: dict[str, int]
    first_date: str | None
    last_date: str | None
    default_limit: str
    user_limits: dict[str, str]
    sqlite_version: str
    wal_reset_fixed: bool
    leadlog_version: str


class Backup(NamedTuple):
    """A copy of the database. `last_attempt` and `last_hash` are the receipt of its newest attempt.

    `last_hash` is None where nothing was recorded yet.
    """

    path: str
    size_bytes: int
    rows: dict[str, int]
    last_attempt: int
    last_hash: str | None
