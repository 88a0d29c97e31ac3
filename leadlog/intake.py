"""From one record as it came to an attempt that is ready to be decided.

Everything that needs no database happens here, outside the write transaction: checking, masking,
normalising, and the keyed hashes under which a person or a request is found again.
"""

import hmac
import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from leadlog import clock, emails, masking, own_values, validation
from leadlog.errors import LeadlogError
from leadlog.model import Failure, Origin
from leadlog.parsing import BEGINNING_CHARACTERS, INT64, MAX_DEPTH, Malformed, is_clean_text

DEFAULT_SOURCE = "cli"
MAX_ERROR_CHARACTERS = 500

_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str, allow_nan=False
).encode
_MANY_SPACES = re.compile(r"\s+")
_MANY = 10**masking.MIN_PHONE_DIGITS
_DEFAULTED_KEYS = frozenset({"source", "fields", "context"})


class Stated(NamedTuple):
    """What a `record` says happened elsewhere."""

    outcome: str
    failure: Failure | None
    occurred_us: int | None
    duration_ms: int | None


class Prepared(NamedTuple):
    """One attempt, all but decided.

    Attributes:
        origin: `submit` or `record`.
        handle: the user it claims to be from, as given; anything but a text means nobody.
        request_id: a valid request id, or None.
        digest: keyed hash of the content, for telling a retry from another request.
        source, page: masked, fit for a chained row.
        plain_page: the page before it was masked; what tells two leads of one person apart.
        problem: what is wrong with it; decided upon only after the limit had its say.
        contact_key: keyed hash of the address, or None where there was none.
        payload: the contact as JSON, without the claimed handle; erasable.
        context: masked context values, or None.
        stated: what a `record` states; None for `submit`.
    """

    origin: Origin
    handle: object
    request_id: str | None
    digest: str | None
    source: str | None
    page: str | None
    plain_page: str | None
    problem: Failure | None
    contact_key: str | None
    payload: str
    context: dict[str, Any] | None
    stated: Stated | None


def prepare(origin: Origin, record: Mapping[str, Any] | Malformed, secret: bytes) -> Prepared:
    """Check one record and turn it into what will be stored of it.

    Args:
        origin: the command it came by.
        record: the record's keys and values, or why there are none.
        secret: the database's secret, which keys the hashes.
    """
    if isinstance(record, Malformed):
        malformed = Failure("malformed", record.code, record.message)
        payload = encode_payload({"line": record.beginning})
        nothing = (None, None, None, None, None, None)
        return Prepared(origin, *nothing, malformed, None, payload, None, None)
    given_email = record.get("email")
    email = emails.check(given_email) if isinstance(given_email, str) and given_email else None
    if origin == "submit":
        problem, stated = validation.check_submission(record, email), None
    else:
        problem = validation.check_statement(record)
        stated = None if problem else _stated(record)
    own = own_values.of_record(record)
    source = _short_text("source", record.get("source")) or DEFAULT_SOURCE
    plain_page = _short_text("page", record.get("page"))
    mentioned = masking.mentioned_in_place(f"{source} {plain_page}", own)
    if source != DEFAULT_SOURCE:
        source = masking.mask(source, mentioned)
    page = masking.mask(plain_page, mentioned) if plain_page is not None else None
    request_id = record.get("request_id")
    if not validation.is_request_id(request_id):
        request_id = None
    stored = {"source": source, "page": page, "request_id": request_id}
    context = None
    if stated is not None:
        stated = _mask_stated(stated, own)
        context = _mask_context(record.get("context"), own)
        stored.update({key: record.get(key) for key in validation.STATED_KEYS})
        stored["error"] = stated.failure.message if stated.failure else None
        stored["context"] = context
    payload = _payload(record, stored)
    if len(payload.encode()) > validation.MAX_RECORD_BYTES:
        problem = problem or validation.record_too_long()
        payload = encode_payload({"beginning": payload[:BEGINNING_CHARACTERS]})
    return Prepared(
        origin,
        record.get("user"),
        request_id,
        _digest(origin, record, secret) if request_id else None,
        source,
        page,
        plain_page,
        problem,
        _keyed(secret, "contact", email.key) if email is not None else None,
        payload,
        context,
        stated,
    )


def contact_key(email: str, secret: bytes) -> str:
    """Return the keyed hash under which everything about an address is found."""
    return _keyed(secret, "contact", emails.check(email).key)


def mask_reason(reason: str | None) -> str | None:
    """Return a reason fit for a chained row: one line, bounded, with personal data masked.

    Raises:
        LeadlogError: kind `usage`, when it can't be stored as text.
    """
    if reason is None:
        return None
    if not is_clean_text(reason):
        raise LeadlogError("usage", "The reason holds NUL or half of a surrogate pair.", None)
    return mask_text(reason, ())


def mask_text(text: str, own: masking.Own) -> str:
    """Return an error's text or a reason fit for a chained row: one line, bounded and masked.

    Args:
        text: what somebody wrote about an attempt.
        own: the attempt's contact values, as `own_values.of_record` returns them.
    """
    return masking.mask_prose(_MANY_SPACES.sub(" ", text).strip(), own)[:MAX_ERROR_CHARACTERS]


def _keyed(secret: bytes, purpose: str, text: str) -> str:
    state = _keyed_state(secret, purpose).copy()
    state.update(text.encode("utf-8", "surrogatepass"))
    return state.hexdigest()


@lru_cache(maxsize=8)
def _keyed_state(secret: bytes, purpose: str) -> hmac.HMAC:
    """Return the state of an HMAC that has taken in the key, which is most of its work."""
    return hmac.new(secret, f"{purpose}:".encode(), "sha256")


def _digest(origin: Origin, record: Mapping[str, Any], secret: bytes) -> str:
    content = {
        key: value
        for key, value in record.items()
        if key != "request_id"
        and value is not None
        and not (key in _DEFAULTED_KEYS and _is_default(key, value))
    }
    return _keyed(secret, "request", _json([origin, content]))


def _is_default(key: str, value: Any) -> bool:
    """Whether a value says what leaving its key out says too."""
    if key == "source":
        return isinstance(value, str) and value.strip() in ("", DEFAULT_SOURCE)
    return isinstance(value, Mapping) and not value


def _short_text(key: str, value: object) -> str | None:
    """Return a source or page that may stand in a chained row, or None where there is none."""
    return _bounded(key, value) if isinstance(value, str) else None


# Sources and pages are few and come again in every row of a stream.
@lru_cache(maxsize=4096)
def _bounded(key: str, value: str) -> str | None:
    text = value.strip()
    if not text or not is_clean_text(text) or len(text.encode()) > validation.MAX_BYTES[key]:
        return None
    if key == "page":
        text = text.partition("#")[0].partition("?")[0] or "/"
    return text


def is_same_page(item: Prepared, page: str | None, payload: str | None) -> bool:
    """Whether a lead was submitted on the page of `item`, whatever masking made of either.

    Args:
        item: an attempt.
        page: the lead's page as it is stored.
        payload: the contact of the lead's attempt, or None when it was erased: then the pages as
            they are stored must do.
    """
    if page is None or "<" not in page:
        return page == item.plain_page
    if payload is None:
        return page == item.page
    given = json.loads(payload).get("page", page)
    return _short_text("page", given) == item.plain_page


def _payload(record: Mapping[str, Any], stored: Mapping[str, Any]) -> str:
    """Return the contact as JSON: all that was given and is not stored in the log as it came."""
    contact = {
        key: value
        for key, value in record.items()
        if value is not None and key != "user" and stored.get(key) != value
    }
    return encode_payload(contact)


def encode_payload(contact: Mapping[str, Any]) -> str:
    """Return a contact as the JSON text that is stored and hashed."""
    payload = _json(contact)
    if not is_clean_text(payload):  # half of a surrogate pair, which failed validation
        payload = json.dumps(json.loads(payload))
    return payload


def _json(value: Any) -> str:
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError):  # only the Python API can be given such
        return _encode(_as_json(value, MAX_DEPTH))


def _as_json(value: Any, depth: int) -> Any:
    """Return a value with whatever JSON can't hold replaced by the name of its type."""
    if isinstance(value, Mapping) and depth:
        return {str(name): _as_json(item, depth - 1) for name, item in value.items()}
    if isinstance(value, list | tuple) and depth:
        return [_as_json(item, depth - 1) for item in value]
    if value is None or isinstance(value, str | bool):
        return value
    if (isinstance(value, int) and value in INT64) or (
        isinstance(value, float) and math.isfinite(value)
    ):
        return value
    return f"<{type(value).__name__}>"


def _stated(record: Mapping[str, Any]) -> Stated:
    outcome = validation.stated_outcome(record)
    failure = None
    if outcome == "failure":
        category = record.get("category") or "rejected"
        code = record.get("code") or validation.DEFAULT_CODES[category]
        error = (record.get("error") or "").strip()
        error = error or f"recorded as {category}, without an error text"
        failure = Failure(category, code, error)
    occurred_at = record.get("occurred_at")
    occurred_us = clock.parse_offset_time(occurred_at) if occurred_at else None
    return Stated(outcome, failure, occurred_us, record.get("duration_ms"))


def _mask_stated(stated: Stated, own: masking.Own) -> Stated:
    if stated.failure is None:
        return stated
    message = mask_text(stated.failure.message, own)
    return stated._replace(failure=stated.failure._replace(message=message))


def _mask_context(given: object, own: masking.Own) -> dict[str, Any] | None:
    if not isinstance(given, Mapping) or not given:
        return None
    return {masking.mask_prose(name, own): _mask_entry(value, own) for name, value in given.items()}


def _mask_entry(value: Any, own: masking.Own) -> Any:
    if isinstance(value, str):
        return masking.mask_prose(value, own)
    if isinstance(value, int):
        masked = masking.mask_prose(str(value), own)
        return value if masked == str(value) else masked
    if isinstance(value, float):
        # A fraction's digits are no phone number, but 4915112345678.0 and 4915112345678.5 hold one.
        text = own_values.number_text(value) if abs(value) < _MANY else str(int(value))
        masked = masking.mask_prose(text, own) if "." not in text else masking.mask_own(text, own)
        return value if masked == text else masked
    return value
