"""The rules for what comes in, as plain functions that every way in shares.

They take the keys of one record as they came and answer with a `Failure`, or None when the record
is fine. A message names the field and the rule and never the value: it is stored for ever.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import category

from leadlog import clock, emails
from leadlog.model import CATEGORIES, Failure
from leadlog.parsing import INT64, is_clean_text

CONTACT_KEYS = ("name", "email", "phone", "company", "message", "fields")
_OPTIONAL_TEXTS = ("phone", "company", "source", "page", "message")
SUBMIT_KEYS = frozenset({"user", "source", "page", "request_id", *CONTACT_KEYS})
STATED_KEYS = frozenset(
    {"outcome", "category", "code", "error", "occurred_at", "duration_ms", "context"}
)
RECORD_KEYS = SUBMIT_KEYS | STATED_KEYS

MAX_FIELDS = 64
MAX_CONTEXT_ENTRIES = 32
MAX_RECORD_BYTES = 64 * 1024
MAX_DURATION_MS = 10 * 365 * 86_400_000
MAX_AHEAD_US = 5 * 60 * clock.SECOND_US
"""How far ahead of the clock `occurred_at` may lie before it counts as a mistake."""

# Bytes of UTF-8. The texts that stand in chained rows are short; a message may be long.
MAX_BYTES = {
    "name": 256,
    "email": emails.MAX_BYTES,
    "phone": 64,
    "company": 256,
    "source": 128,
    "page": 1024,
    "message": 32 * 1024,
    "error": 1024,
    "field name": 64,
    "field value": 8 * 1024,
    "context name": 64,
    "context value": 512,
}

DEFAULT_CODES = {
    "malformed": "malformed_line",
    "validation": "invalid",
    "unknown_user": "unknown_user",
    "rate_limited": "limit_exceeded",
    "duplicate": "duplicate_lead",
    "conflict": "request_id_reused",
    "rejected": "rejected",
    "upstream": "upstream_error",
    "timeout": "timed_out",
    "internal": "internal_error",
}
"""The code of a stated failure that names only its category."""

_HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_CODE = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)


def is_handle(text: object) -> bool:
    """Whether `text` may be a user's handle."""
    return isinstance(text, str) and _HANDLE.fullmatch(text) is not None


def is_request_id(text: object) -> bool:
    """Whether `text` may be a request id."""
    return isinstance(text, str) and _REQUEST_ID.fullmatch(text) is not None


def is_code(text: object) -> bool:
    """Whether `text` may be a failure code."""
    return isinstance(text, str) and _CODE.fullmatch(text) is not None


def check_submission(record: Mapping[str, Any], email: emails.Checked | None) -> Failure | None:
    """Check the keys of one `submit` record; `email` is its checked address, if it had text."""
    return (
        _check_keys(record, SUBMIT_KEYS)
        or _check_contact(record, email)
        or _check_rest(record, _OPTIONAL_TEXTS)
    )


def check_statement(record: Mapping[str, Any]) -> Failure | None:
    """Check the keys of one `record` record.

    What happened elsewhere happened, so a stated failure may carry no address or a bad one. A
    stated success makes a lead and therefore needs a name and an address, but the address is not
    judged again.
    """
    problem = _check_keys(record, RECORD_KEYS) or _check_stated(record)
    if problem is None and stated_outcome(record) == "success":
        problem = _required(record, "name") or _required(record, "email")
    return problem or _check_rest(record, ("name", "email", *_OPTIONAL_TEXTS))


def stated_outcome(record: Mapping[str, Any]) -> str:
    """Return what a record states; without `outcome`, a failure if it says anything of one."""
    given = record.get("outcome")
    if isinstance(given, str):
        return given
    says_failure = any(record.get(key) is not None for key in ("category", "code", "error"))
    return "failure" if says_failure else "success"


def _invalid(code: str, field: str | None, rule: str) -> Failure:
    return Failure("validation", code, f"{field}: {rule}" if field else rule, field)


def _check_keys(record: Mapping[str, Any], known: frozenset[str]) -> Failure | None:
    if record.keys() <= known:
        return None
    from difflib import get_close_matches

    unknown = [key for key in record if key not in known]
    near = get_close_matches(str(unknown[0])[:64], sorted(known), 1)
    # The unknown key itself may be personal (a name, an address), so it is not quoted here.
    what = "a key" if len(unknown) == 1 else f"{len(unknown)} keys"
    rule = f"the record has {what} leadlog does not know"
    rule += f"; did you mean {near[0]}?" if near else "; put other values under fields"
    return _invalid("unknown_key", None, rule)


def _check_contact(record: Mapping[str, Any], email: emails.Checked | None) -> Failure | None:
    problem = _required(record, "name") or _required(record, "email")
    if problem is None and email is not None and email.problem is not None:
        problem = Failure("validation", "invalid_email", email.problem, "email")
    return problem


def _required(record: Mapping[str, Any], key: str) -> Failure | None:
    value = record.get(key)
    if value is None:
        return _invalid(f"missing_{key}", key, "required, but not given")
    problem = _check_text(key, value)
    if problem is None and not _shows(value):
        return _invalid(f"missing_{key}", key, "required, but empty")
    return problem


def _shows(text: str) -> bool:
    """Whether a text has a character that is seen: not only white space, or of no width."""
    stripped = text.strip()
    if stripped.isascii():
        return bool(stripped)
    return any(not c.isspace() and category(c) not in ("Cf", "Cc", "Mn") for c in stripped)


def _check_rest(record: Mapping[str, Any], texts: Sequence[str]) -> Failure | None:
    for key in texts:
        value = record.get(key)
        if value is not None:
            problem = _check_text(key, value)
            if problem is not None:
                return problem
    if "fields" in record:
        problem = _check_mapping(record["fields"], "fields", "field", MAX_FIELDS)
        if problem is not None:
            return problem
    request_id = record.get("request_id")
    if request_id is not None and not is_request_id(request_id):
        rule = "1 to 128 letters, digits, dots, colons, hyphens or underscores"
        return _invalid("invalid_request_id", "request_id", rule)
    return None


def _check_text(key: str, value: object) -> Failure | None:
    if not isinstance(value, str):
        return _invalid(f"invalid_{key}", key, "must be text")
    if len(value) * 4 > MAX_BYTES[key] or not value.isascii() or "\0" in value:
        if not is_clean_text(value):
            return _invalid(f"invalid_{key}", key, "holds NUL or half of a surrogate pair")
        if len(value.encode()) > MAX_BYTES[key]:
            return _invalid(f"{key}_too_long", key, f"longer than {MAX_BYTES[key]} bytes")
    return None


def _check_mapping(value: object, key: str, entry: str, most: int) -> Failure | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return _invalid(f"invalid_{key}", key, "must be an object of names and values")
    if len(value) > most:
        return _invalid(f"too_many_{key}", key, f"more than {most} entries")
    for name, item in value.items():
        problem = _check_entry(name, item, key, entry)
        if problem is not None:
            return problem
    return None


def _check_entry(name: object, item: object, key: str, entry: str) -> Failure | None:
    if not isinstance(name, str) or not is_clean_text(name) or not name:
        return _invalid(f"invalid_{key}", key, "an entry's name must be text")
    most = MAX_BYTES[f"{entry} name"]
    if len(name.encode()) > most:
        return _invalid(f"invalid_{key}", key, f"an entry's name is longer than {most} bytes")
    if isinstance(item, str):
        most = MAX_BYTES[f"{entry} value"]
        if not is_clean_text(item):
            return _invalid(f"invalid_{key}", key, "an entry holds NUL or half of a surrogate pair")
        if len(item.encode()) > most:
            return _invalid(f"{key}_too_long", key, f"an entry is longer than {most} bytes")
    elif not _is_plain(item):
        return _invalid(f"invalid_{key}", key, "an entry must be text, a number or a truth value")
    return None


def _is_plain(item: object) -> bool:
    """Whether a value other than a text is one that JSON can hold without surprises."""
    if item is None or isinstance(item, bool):
        return True
    if isinstance(item, int):
        return item in INT64
    return isinstance(item, float) and math.isfinite(item)


def _check_stated(record: Mapping[str, Any]) -> Failure | None:
    outcome, category, code = (record.get(key) for key in ("outcome", "category", "code"))
    if outcome is not None and outcome not in ("success", "failure"):
        return _invalid("invalid_outcome", "outcome", "must be success or failure")
    if category is not None and category not in CATEGORIES:
        return _invalid("invalid_category", "category", "must be one of " + ", ".join(CATEGORIES))
    if code is not None and not is_code(code):
        rule = "1 to 64 lower-case letters, digits or underscores"
        return _invalid("invalid_code", "code", rule)
    if outcome == "success" and (category, code, record.get("error")) != (None, None, None):
        rule = "a success has no category, code or error"
        return _invalid("invalid_outcome", "outcome", rule)
    if record.get("error") is not None:
        problem = _check_text("error", record["error"])
        if problem is not None:
            return problem
    occurred_at = record.get("occurred_at")
    if occurred_at is not None:
        known = isinstance(occurred_at, str) and clock.parse_offset_time(occurred_at)
        if known is None or known is False:
            rule = "must be a time with an offset, such as 2026-01-28T02:59:54+05:30"
            return _invalid("invalid_occurred_at", "occurred_at", rule)
    duration = record.get("duration_ms")
    if duration is not None and (
        not isinstance(duration, int)
        or isinstance(duration, bool)
        or not 0 <= duration <= MAX_DURATION_MS
    ):
        rule = "must be a whole number of milliseconds, not negative"
        return _invalid("invalid_duration_ms", "duration_ms", rule)
    return _check_mapping(record.get("context"), "context", "context", MAX_CONTEXT_ENTRIES)


def future_time() -> Failure:
    """Return the failure of a stated time that lies too far ahead of the clock."""
    rule = "lies more than five minutes in the future"
    return _invalid("occurred_in_future", "occurred_at", rule)


def record_too_long() -> Failure:
    """Return the failure of a record whose values, each within its bound, are too much together."""
    return _invalid("record_too_long", None, f"the record is longer than {MAX_RECORD_BYTES} bytes")
