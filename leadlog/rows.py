"""What a store takes and gives when something is written."""

from typing import NamedTuple


class LastAttempt(NamedTuple):
    """The newest attempt, which the next one's time continues; all zero in an empty log."""

    id: int
    created_us: int
    logical_us: int


class AttemptRow(NamedTuple):
    """An attempt about to be appended: the columns of the log but its id, hashes and contact."""

    created_at: str
    user_id: int
    origin: str
    occurred_at: str
    log_date: str
    late_for: str | None
    outcome: str
    failure_category: str | None
    failure_code: str | None
    failure_field: str | None
    failure_message: str | None
    source: str | None
    page: str | None
    request_id: str | None
    request_digest: str | None
    duplicate_of: int | None
    admitted: int
    policy_id: int | None
    used: int | None
    logical_us: int
    duration_ms: int | None
    context: str | None


class Appended(NamedTuple):
    """The identity of an appended attempt and of the lead it created, if it did."""

    id: int
    hash: str
    lead_id: int | None


class Original(NamedTuple):
    """A lead that a new attempt may duplicate: of the same user and contact, not revoked.

    `payload` is the contact of its attempt, None once erased; it is read only where the stored page
    was masked and so does not tell which page it was.
    """

    log_id: int
    page: str | None
    payload: str | None


class StoredAttempt(NamedTuple):
    """A logged attempt, as needed to give its receipt again."""

    id: int
    hash: str
    lead_id: int | None
    user: str
    row: AttemptRow
