"""Corrections: a later statement of what an attempt should have been.

The attempt's own row never changes. The newest correction of an attempt counts, so a success that
is corrected to a failure revokes its lead; a failure corrected to a success makes none.
"""

from typing import TYPE_CHECKING, NamedTuple

from leadlog import clock, intake, own_values, validation
from leadlog.errors import LeadlogError
from leadlog.listings import Logged
from leadlog.model import CATEGORIES, Failure
from leadlog.parsing import INT64, is_clean_text

if TYPE_CHECKING:
    from leadlog.repository import Transaction


class Statement(NamedTuple):
    """What a correction says: an outcome, why if it is a failure, and the reason to say so."""

    outcome: str
    failure: Failure | None
    reason: str


class Standing(NamedTuple):
    """An attempt as it stands, the newest correction applied.

    Attributes:
        outcome, failure: the effective ones.
        lead: the lead it created, revoked or not, or None.
        payload: its contact as JSON, or None once that was erased.
    """

    outcome: str
    failure: Failure | None
    lead: int | None
    payload: str | None


class CorrectionRow(NamedTuple):
    """A correction about to be appended: the columns of its table but its id and hashes."""

    created_at: str
    log_id: int
    outcome: str
    failure_category: str | None
    failure_code: str | None
    failure_field: str | None
    failure_message: str | None
    reason: str
    log_date: str


class Corrected(NamedTuple):
    """A correction, once it is committed.

    Attributes:
        correction: its id.
        was: what stood before.
        reason: masked, as it is stored.
        log_date: the date whose figures it stands in.
        lead_revoked: the lead that no longer counts because of it, or None.
        lead_restored: the lead that counts again because of it, or None.
    """

    correction: int
    attempt: int
    outcome: str
    failure: Failure | None
    was: Logged
    reason: str
    log_date: str
    created_at: str
    lead_revoked: int | None
    lead_restored: int | None
    hash: str


def state(
    outcome: str, category: str | None, code: str | None, error: str | None, reason: str
) -> Statement:
    """Return what a correction states, checked.

    Args:
        outcome: `success` or `failure`.
        category: one of `CATEGORIES`, `rejected` unless given; for a failure only.
        code: the kind inside the category; the category's usual one unless given.
        error: the error's text, at most 1,024 bytes.
        reason: why the attempt is corrected, at most 1,024 bytes.

    Raises:
        LeadlogError: kind `usage`.
    """
    if outcome not in ("success", "failure"):
        raise LeadlogError("usage", f'"{outcome}" is no outcome.', "Use success or failure.")
    if category is not None and category not in CATEGORIES:
        hint = f"Use one of {', '.join(CATEGORIES)}."
        raise LeadlogError("usage", f'"{category}" is no failure category.', hint)
    if outcome == "success" and (category, code, error) != (None, None, None):
        hint = "Leave out --category, --code and --error, or use --outcome failure."
        raise LeadlogError("usage", "A success has no category, code or error.", hint)
    if code is not None and not validation.is_code(code):
        hint = "Use 1 to 64 lower-case letters, digits or underscores."
        raise LeadlogError("usage", f'"{code}" can\'t be a code.', hint)
    check_text("error", error or "")
    check_text("reason", reason)
    if not reason.strip():
        message = "A correction needs a reason."
        raise LeadlogError("usage", message, "Say why with: --reason TEXT")
    if outcome == "success":
        return Statement(outcome, None, reason)
    category = category or "rejected"
    message = (error or "").strip() or f"corrected to {category}, without an error text"
    failure = Failure(category, code or validation.DEFAULT_CODES[category], message)
    return Statement(outcome, failure, reason)


def check_text(what: str, text: str) -> None:
    """See that a free text may be stored, before it is masked.

    Raises:
        LeadlogError: kind `usage`, when it is too long or can't be stored as text.
    """
    most = validation.MAX_BYTES["error"]
    if not is_clean_text(text):
        message = f"The {what} holds NUL or half of a surrogate pair."
        raise LeadlogError("usage", message, "Say it in plain text.")
    if len(text.encode()) > most:
        message = f"The {what} is longer than {most} bytes."
        raise LeadlogError("usage", message, "Say it in fewer words.")


def correct(
    tx: "Transaction", attempt_id: int, statement: Statement, zone: clock.Zone
) -> Corrected:
    """Append the correction of one attempt.

    Raises:
        LeadlogError: kind `not_found`, when there is no such attempt; `usage`, when what is stated
            is what stands already.
    """
    standing = tx.find_standing(attempt_id) if attempt_id in INT64 else None
    if standing is None:
        raise unknown_attempt(attempt_id, tx.last_attempt().id)
    was = Logged(standing.outcome, standing.failure)
    own = [] if standing.payload is None else own_values.of_payload(standing.payload)
    failure = statement.failure
    if failure is not None:
        failure = failure._replace(message=intake.mask_text(failure.message, own))
    if _kind(statement.outcome, failure) == _kind(*was):
        message = f"Attempt {attempt_id} stands as {in_words(*was)} already."
        hint = f"Nothing was recorded. See it with: leadlog show {attempt_id}"
        raise LeadlogError("usage", message, hint)
    now_us = tx.now_us()
    row = CorrectionRow(
        clock.to_text(now_us),
        attempt_id,
        statement.outcome,
        failure.category if failure else None,
        failure.code if failure else None,
        None,
        failure.message if failure else None,
        intake.mask_text(statement.reason, own),
        tx.first_open_date(zone.local_date(now_us)),
    )
    head = tx.append_correction(row)
    turned = standing.lead is not None and standing.outcome != statement.outcome
    return Corrected(
        head.id,
        attempt_id,
        statement.outcome,
        failure,
        was,
        row.reason,
        row.log_date,
        row.created_at,
        standing.lead if turned and failure is not None else None,
        standing.lead if turned and failure is None else None,
        head.hash,
    )


def unknown_attempt(attempt_id: int, last_id: int) -> LeadlogError:
    """Return the error of an attempt that does not exist; `last_id` is the newest one's, or 0."""
    hint = f"The newest attempt is {last_id}." if last_id else "Nothing was recorded yet."
    return LeadlogError("not_found", f"There is no attempt {attempt_id}.", hint)


def in_words(outcome: str, failure: Failure | None) -> str:
    """Return an outcome in a few words: `a success`, `a failure (upstream / crm_500)`."""
    if failure is None:
        return f"a {outcome}"
    return f"a {outcome} ({failure.category} / {failure.code})"


def _kind(outcome: str, failure: Failure | None) -> tuple[str, str | None, str | None]:
    if failure is None:
        return outcome, None, None
    return outcome, failure.category, failure.code
