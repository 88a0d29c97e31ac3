"""What becomes of one attempt, decided and appended inside a write transaction.

find user -> request id -> limit -> validation -> duplicate -> append. Whatever comes out is one row
in the log: a refusal is appended and returned like a success, because raising would undo it.
"""

import json
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from leadlog import clock, intake, limits, validation
from leadlog.intake import Prepared
from leadlog.model import Failure, Policy, RateLimit, Receipt
from leadlog.rows import AttemptRow, StoredAttempt
from leadlog.tables import RESERVED_HANDLE, RESERVED_USER_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadlog.repository import Transaction

CLOCK_STEP_US = clock.SECOND_US
"""A clock that went back by more than this since the last attempt is noted in the context."""

_MAX_LENGTH_DIFFERENCE = 3
_MAX_COMPARED_HANDLES = 16
_COMPARED_CHARACTERS = 32


class Decided(NamedTuple):
    """An attempt's receipt, and whether a `record` was logged exactly as it was stated."""

    receipt: Receipt
    as_stated: bool


class _Verdict(NamedTuple):
    """What is to be logged of an attempt; the parts of its row that were decided."""

    failure: Failure | None
    duplicate_of: int | None = None
    policy: Policy | None = None
    decision: limits.Decision | None = None
    binds: bool = False


class _Moment(NamedTuple):
    """One `now` and all that follows from it."""

    wall_us: int
    logical_us: int
    back_us: int
    text: str
    today: str


def elapsed(created_us: int, logical_us: int, now_us: int) -> int:
    """Return the logical time of an attempt at wall clock `now_us`.

    Args:
        created_us, logical_us: both times of the attempt before, zero for the first.
        now_us: the wall clock. An advance counts as time that passed; a step back counts as none,
            so it neither grants a second quota nor locks anyone out.
    """
    return logical_us + max(0, now_us - created_us)


def decide_attempt(
    tx: "Transaction", item: Prepared, zone: clock.Zone, *, create_users: bool = False
) -> Decided:
    """Decide one attempt, append it, and return its receipt.

    Args:
        tx: the write transaction.
        item: the attempt, prepared.
        zone: the database's time zone.
        create_users: register an unknown handle instead of failing the attempt (`record` only).
    """
    now = _now(tx, zone)
    user_id, handle, refusal = _identify(tx, item, now, create_users=create_users)
    if refusal is None and item.request_id is not None:
        bound = tx.find_bound(user_id, item.request_id)
        if bound is not None and bound.row.request_digest == item.digest:
            return Decided(_receipt_again(tx, bound), as_stated=item.origin == "record")
        if bound is not None:
            refusal = _request_id_reused(bound.id)
    if refusal is not None:
        verdict = _Verdict(refusal)
    elif item.origin == "record":
        verdict = _record_verdict(item, now.wall_us)
    else:
        verdict = _submit_verdict(tx, item, user_id, now.logical_us)
    occurred_at, log_date, late_for = _dates(tx, item, zone, now, stated=verdict.binds)
    failure, decision, policy = verdict.failure, verdict.decision, verdict.policy
    row = AttemptRow(
        now.text,
        user_id,
        item.origin,
        occurred_at,
        log_date,
        late_for,
        "success" if failure is None else "failure",
        failure.category if failure else None,
        failure.code if failure else None,
        failure.field if failure else None,
        failure.message if failure else None,
        item.source,
        item.page,
        item.request_id,
        item.digest if verdict.binds else None,
        verdict.duplicate_of,
        int(decision is not None and decision.admitted),
        policy.id if policy else None,
        decision.used if decision else None,
        now.logical_us,
        item.stated.duration_ms if item.stated else None,
        _context(item, now.back_us),
    )
    appended = tx.append_attempt(row, item.contact_key, _payload(item, failure))
    receipt = Receipt(
        appended.id,
        row.outcome,
        appended.lead_id,
        handle,
        log_date,
        now.text,
        item.request_id,
        False,
        failure,
        verdict.duplicate_of,
        _rate_limit(policy, decision),
        appended.hash,
    )
    return Decided(receipt, as_stated=item.origin == "record" and verdict.binds)


def _now(tx: "Transaction", zone: clock.Zone) -> _Moment:
    wall_us = tx.now_us()
    last = tx.last_attempt()
    logical_us = elapsed(last.created_us, last.logical_us, wall_us)
    back_us = last.created_us - wall_us
    return _Moment(wall_us, logical_us, back_us, clock.to_text(wall_us), zone.local_date(wall_us))


def _identify(
    tx: "Transaction", item: Prepared, now: _Moment, *, create_users: bool
) -> tuple[int, str, Failure | None]:
    """Return whose attempt it is, by id and handle, and why it is nobody's if so."""
    if item.problem is not None and item.problem.category == "malformed":
        return RESERVED_USER_ID, RESERVED_HANDLE, item.problem
    user = tx.find_user(item.handle) if isinstance(item.handle, str) else None
    if user is None and create_users and validation.is_handle(item.handle):
        user = tx.append_user(str(item.handle), now.text, now.today)
    if user is None or user.id == RESERVED_USER_ID:
        return RESERVED_USER_ID, RESERVED_HANDLE, _unknown_user(item.handle, tx)
    return user.id, user.handle, None


def _dates(
    tx: "Transaction", item: Prepared, zone: clock.Zone, now: _Moment, *, stated: bool
) -> tuple[str, str, str | None]:
    """Return when it occurred, the date it counts for, and the closed date it is late for."""
    if stated and item.stated is not None and item.stated.occurred_us is not None:
        occurred_at = clock.to_text(item.stated.occurred_us)
        meant = zone.local_date(item.stated.occurred_us)
        if tx.first_open_date(meant) == meant:
            return occurred_at, meant, None
        return occurred_at, tx.first_open_date(now.today), meant
    return now.text, tx.first_open_date(now.today), None


def _submit_verdict(tx: "Transaction", item: Prepared, user_id: int, logical_us: int) -> _Verdict:
    policy = tx.policy(user_id)
    in_window = tx.in_window(user_id, limits.window_start(policy.limit, logical_us))
    decision = limits.decide(policy.limit, in_window, logical_us)
    if not decision.admitted:
        return _Verdict(_over_limit(policy.limit), None, policy, decision)
    if item.problem is not None:
        return _Verdict(item.problem, None, policy, decision)
    if item.contact_key is not None:
        original = _original(tx, user_id, item.contact_key, item)
        if original is not None:
            failure = _duplicate(item.page)
            return _Verdict(failure, original, policy, decision, binds=True)
    return _Verdict(None, None, policy, decision, binds=True)


def _original(tx: "Transaction", user_id: int, contact_key: str, item: Prepared) -> int | None:
    """Return the first attempt that made a lead of this contact on this page, if any did."""
    for lead in tx.find_originals(user_id, contact_key, item.plain_page):
        if intake.is_same_page(item, lead.page, lead.payload):
            return lead.log_id
    return None


def _record_verdict(item: Prepared, now_us: int) -> _Verdict:
    if item.problem is not None or item.stated is None:
        return _Verdict(item.problem)
    occurred_us = item.stated.occurred_us
    if occurred_us is not None and occurred_us > now_us + validation.MAX_AHEAD_US:
        return _Verdict(validation.future_time())
    return _Verdict(item.stated.failure, binds=True)


def _context(item: Prepared, back_us: int) -> str | None:
    if item.context is None and back_us <= CLOCK_STEP_US:
        return None
    context: dict[str, object] = {}
    if item.context is not None:
        context["given"] = item.context
    if back_us > CLOCK_STEP_US:
        context["clock_step"] = {"back_ms": back_us // 1000}
    return json.dumps(context, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _payload(item: Prepared, failure: Failure | None) -> str:
    """Return the contact to store; the handle nobody has goes there, where it can be erased."""
    if failure is None or failure.category != "unknown_user" or item.handle is None:
        return item.payload
    return intake.encode_payload({**json.loads(item.payload), "user": item.handle})


def _unknown_user(claimed: object, tx: "Transaction") -> Failure:
    if claimed is None or claimed == "":
        return Failure("unknown_user", "missing_user", "user: required, but not given", "user")
    if claimed == RESERVED_HANDLE:
        message = "user: this handle is reserved for attempts of nobody known"
        return Failure("unknown_user", "unknown_user", message, "user")
    message = "user: nobody is registered under this handle"
    near = nearest_handle(claimed, tx.handles()) if isinstance(claimed, str) else None
    if near is not None:
        message += f"; did you mean {near}?"
    return Failure("unknown_user", "unknown_user", message, "user")


def nearest_handle(claimed: str, handles: "Sequence[str]") -> str | None:
    """Return the handle that was probably meant, if one is near.

    It is looked for while a write holds the gate, so the search is bounded: among a few handles
    of about the same length that begin or end alike, and by their first characters.
    """
    return _nearest(claimed[:128], tuple(handles))


@lru_cache(maxsize=1024)
def _nearest(claimed: str, handles: tuple[str, ...]) -> str | None:
    alike = [
        handle
        for handle in handles
        if abs(len(handle) - len(claimed)) <= _MAX_LENGTH_DIFFERENCE
        and (handle[:1] == claimed[:1] or handle[-2:] == claimed[-2:])
    ][:_MAX_COMPARED_HANDLES]
    beginnings = {handle[:_COMPARED_CHARACTERS]: handle for handle in reversed(alike)}
    near = get_close_matches(claimed[:_COMPARED_CHARACTERS], beginnings, 1)
    return beginnings[near[0]] if near else None


def _request_id_reused(attempt_id: int) -> Failure:
    message = f"request_id: attempt {attempt_id} already used it for other content"
    return Failure("conflict", "request_id_reused", message, "request_id")


def _over_limit(limit: limits.Limit) -> Failure:
    if limit.max_attempts == 0:
        return Failure("rate_limited", "blocked", "this user is blocked by a limit of 0")
    window = limits.window_words(limit.window_seconds)
    message = f"over the limit of {limit.max_attempts} in {window}"
    return Failure("rate_limited", "limit_exceeded", message)


def _duplicate(page: str | None) -> Failure:
    where = f" for {page}" if page else ""
    message = f"this email was already submitted{where}"
    return Failure("duplicate", "duplicate_lead", message, "email")


def _rate_limit(policy: Policy | None, decision: limits.Decision | None) -> RateLimit | None:
    if policy is None or decision is None:
        return None
    return RateLimit(
        policy.limit.max_attempts,
        policy.limit.window_seconds,
        decision.used,
        decision.remaining,
        decision.retry_after,
    )


def _receipt_again(tx: "Transaction", stored: StoredAttempt) -> Receipt:
    row = stored.row
    rate_limit = None
    if row.policy_id is not None:
        policy = tx.policy_by_id(row.policy_id)
        decision = _decided_then(tx, stored, policy.limit)
        rate_limit = _rate_limit(policy, decision)
    failure = None
    if row.failure_category is not None and row.failure_code is not None:
        failure = Failure(
            row.failure_category, row.failure_code, row.failure_message or "", row.failure_field
        )
    return Receipt(
        stored.id,
        row.outcome,
        stored.lead_id,
        stored.user,
        row.log_date,
        row.created_at,
        row.request_id,
        True,
        failure,
        row.duplicate_of,
        rate_limit,
        stored.hash,
    )


def _decided_then(tx: "Transaction", stored: StoredAttempt, limit: limits.Limit) -> limits.Decision:
    row = stored.row
    if row.admitted and row.used is not None and row.used < limit.max_attempts:
        # The row says it all; counting its window again would make a long replay quadratic.
        return limits.Decision(True, row.used, limit.max_attempts - row.used, 0)
    start_us = limits.window_start(limit, row.logical_us)
    before = tx.in_window(row.user_id, start_us, up_to_id=stored.id - 1)
    return limits.decide(limit, before, row.logical_us)
