"""Every rule for what comes in, by the code, field and message of its failure."""

from typing import Any

import pytest

from leadlog import emails, validation
from leadlog.model import CATEGORIES, Failure
from leadlog.validation import check_statement, check_submission

ADA: dict[str, Any] = {"name": "Ada Lovelace", "email": "ada@example.org"}
FULL: dict[str, Any] = {
    **ADA,
    "user": "site-form",
    "phone": "+49 151 12345678",
    "company": "Analytical Engines",
    "source": "web",
    "page": "/landing",
    "message": "Hello",
    "fields": {"plan": "gold", "seats": 3, "rate": 0.5, "trial": True, "note": None},
    "request_id": "r-1",
}


def submitted(**changes: Any) -> Failure | None:
    record = {**ADA, **changes}
    email = record.get("email")
    checked = emails.check(email) if isinstance(email, str) and email else None
    return check_submission(record, checked)


def stated(**changes: Any) -> Failure | None:
    return check_statement({**ADA, **changes})


def invalid(code: str, field: str | None, message: str) -> Failure:
    return Failure("validation", code, message, field)


def test_a_name_and_an_address_are_enough() -> None:
    assert submitted() is None


def test_every_key_of_a_submission_may_be_given() -> None:
    assert submitted(**FULL) is None


def test_keys_without_a_value_count_as_not_given() -> None:
    assert submitted(**dict.fromkeys(FULL.keys() - ADA.keys())) is None


@pytest.mark.parametrize("key", ["name", "email"])
def test_a_name_and_an_address_are_required(key: str) -> None:
    expected = invalid(f"missing_{key}", key, f"{key}: required, but not given")

    assert submitted(**{key: None}) == expected


@pytest.mark.parametrize("key", ["name", "email"])
@pytest.mark.parametrize("value", ["", " ", "\t\n\u00a0"])
def test_a_name_or_address_of_white_space_is_missing(key: str, value: str) -> None:
    expected = invalid(f"missing_{key}", key, f"{key}: required, but empty")

    assert submitted(**{key: value}) == expected


def test_a_bad_address_is_told_by_its_fault() -> None:
    failure = submitted(email="ada.example.org")

    assert failure == invalid("invalid_email", "email", "email: there is no @ sign")


@pytest.mark.parametrize("key", ["name", "email", "phone", "company", "source", "page", "message"])
@pytest.mark.parametrize("value", [1, True, 1.5, ["x"], {"x": 1}, b"x"])
def test_a_value_that_is_not_text_is_refused(key: str, value: object) -> None:
    assert submitted(**{key: value}) == invalid(f"invalid_{key}", key, f"{key}: must be text")


@pytest.mark.parametrize("key", ["name", "email", "phone", "company", "source", "page", "message"])
@pytest.mark.parametrize("value", ["a\0b", "a\ud800b"])
def test_text_that_cannot_be_stored_is_refused(key: str, value: str) -> None:
    message = f"{key}: holds NUL or half of a surrogate pair"

    assert submitted(**{key: value}) == invalid(f"invalid_{key}", key, message)


TEXT_LIMITS = [
    ("name", 256),
    ("phone", 64),
    ("company", 256),
    ("source", 128),
    ("page", 1024),
    ("message", 32_768),
]


@pytest.mark.parametrize(("key", "most"), TEXT_LIMITS)
@pytest.mark.parametrize("character", ["x", "\u00e9", "\N{GRINNING FACE}"])
def test_text_of_exactly_its_most_bytes_is_fine(key: str, most: int, character: str) -> None:
    value = character * (most // len(character.encode()))

    assert len(value.encode()) == most
    assert submitted(**{key: value}) is None


@pytest.mark.parametrize(("key", "most"), TEXT_LIMITS)
@pytest.mark.parametrize("character", ["x", "\u00e9", "\N{GRINNING FACE}"])
def test_text_of_one_byte_more_is_too_long(key: str, most: int, character: str) -> None:
    value = character * (most // len(character.encode())) + "x"

    expected = invalid(f"{key}_too_long", key, f"{key}: longer than {most} bytes")
    assert submitted(**{key: value}) == expected


def test_an_address_of_more_than_254_bytes_is_too_long() -> None:
    failure = submitted(email="a" * 243 + "@example.org")

    assert failure == invalid("email_too_long", "email", "email: longer than 254 bytes")


def test_64_fields_are_fine() -> None:
    assert submitted(fields={f"f{n}": n for n in range(64)}) is None


def test_65_fields_are_too_many() -> None:
    failure = submitted(fields={f"f{n}": n for n in range(65)})

    assert failure == invalid("too_many_fields", "fields", "fields: more than 64 entries")


@pytest.mark.parametrize("value", ["x", 1, ["x"], [("a", 1)]])
def test_fields_that_are_no_object_are_refused(value: object) -> None:
    message = "fields: must be an object of names and values"

    assert submitted(fields=value) == invalid("invalid_fields", "fields", message)


@pytest.mark.parametrize(
    "value",
    [["x"], {"a": 1}, float("nan"), float("inf"), float("-inf"), b"x", 2**63, -(2**63) - 1],
)
def test_a_field_that_is_no_text_number_or_truth_value_is_refused(value: object) -> None:
    message = "fields: an entry must be text, a number or a truth value"

    assert submitted(fields={"a": value}) == invalid("invalid_fields", "fields", message)


@pytest.mark.parametrize("name", ["", "\0", "\ud800", 1, None])
def test_a_field_needs_a_name_of_text(name: object) -> None:
    message = "fields: an entry's name must be text"

    assert submitted(fields={name: "x"}) == invalid("invalid_fields", "fields", message)


def test_a_fields_name_is_bounded_in_bytes() -> None:
    message = "fields: an entry's name is longer than 64 bytes"

    assert submitted(fields={"\u00e9" * 32: "x"}) is None
    assert submitted(fields={"\u00e9" * 33: "x"}) == invalid("invalid_fields", "fields", message)


def test_a_fields_value_is_bounded_in_bytes() -> None:
    message = "fields: an entry is longer than 8192 bytes"

    assert submitted(fields={"a": "\u00e9" * 4096}) is None
    assert submitted(fields={"a": "\u00e9" * 4096 + "x"}) == (
        invalid("fields_too_long", "fields", message)
    )


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_a_fields_value_that_cannot_be_stored_is_refused(value: str) -> None:
    message = "fields: an entry holds NUL or half of a surrogate pair"

    assert submitted(fields={"a": value}) == invalid("invalid_fields", "fields", message)


@pytest.mark.parametrize("request_id", ["r", "A-1.b:c_d", "x" * 128])
def test_a_request_id_is_a_short_plain_word(request_id: str) -> None:
    assert submitted(request_id=request_id) is None


@pytest.mark.parametrize("request_id", ["", "a b", "x" * 129, "r\u00e9", "a/b", "r\n", 1, ["r"]])
def test_another_request_id_is_refused(request_id: object) -> None:
    message = "request_id: 1 to 128 letters, digits, dots, colons, hyphens or underscores"

    failure = submitted(request_id=request_id)

    assert failure == invalid("invalid_request_id", "request_id", message)


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    message = "the record has a key leadlog does not know; did you mean company?"

    assert submitted(compnay="x") == invalid("unknown_key", None, message)


def test_an_unknown_key_like_no_other_is_never_quoted() -> None:
    message = "the record has a key leadlog does not know; put other values under fields"

    assert submitted(**{"ada@example.org": "x"}) == invalid("unknown_key", None, message)


def test_several_unknown_keys_are_counted() -> None:
    failure = submitted(zzz1=1, zzz2=2)

    assert failure is not None
    assert failure.message.startswith("the record has 2 keys leadlog does not know")


def test_a_key_that_is_not_text_is_unknown() -> None:
    failure = check_submission({**ADA, 7: "x"}, None)  # type: ignore[dict-item]  # on purpose

    assert failure is not None
    assert failure.code == "unknown_key"


@pytest.mark.parametrize("key", sorted(validation.STATED_KEYS))
def test_a_submission_states_nothing(key: str) -> None:
    failure = submitted(**{key: "x"})

    assert failure is not None
    assert failure.code == "unknown_key"


def test_a_statement_without_more_is_a_success() -> None:
    assert stated() is None
    assert validation.stated_outcome(ADA) == "success"


@pytest.mark.parametrize("key", ["category", "code", "error"])
def test_a_statement_that_says_anything_of_a_failure_is_one(key: str) -> None:
    assert validation.stated_outcome({key: "timeout"}) == "failure"


def test_a_stated_outcome_goes_before_what_is_said_besides() -> None:
    assert validation.stated_outcome({"outcome": "success", "error": "x"}) == "success"


def test_every_key_of_a_statement_may_be_given() -> None:
    failure = stated(
        **FULL,
        outcome="failure",
        category="upstream",
        code="http_503",
        error="HTTP 503",
        occurred_at="2026-01-28T02:59:54+05:30",
        duration_ms=120,
        context={"attempt": 2, "host": "crm-2"},
    )

    assert failure is None


def test_a_stated_success_needs_a_name() -> None:
    expected = invalid("missing_name", "name", "name: required, but not given")

    assert check_statement({"email": "ada@example.org"}) == expected


def test_a_stated_success_needs_an_address() -> None:
    expected = invalid("missing_email", "email", "email: required, but not given")

    assert check_statement({"name": "Ada"}) == expected


def test_the_address_of_a_stated_success_is_not_judged_again() -> None:
    assert stated(email="ada at example") is None


def test_a_stated_failure_needs_no_contact() -> None:
    assert check_statement({"outcome": "failure"}) is None


def test_a_contact_of_a_stated_failure_is_still_bounded() -> None:
    expected = invalid("name_too_long", "name", "name: longer than 256 bytes")

    assert check_statement({"outcome": "failure", "name": "x" * 257}) == expected


@pytest.mark.parametrize("outcome", ["", "ok", "Success", 1, ["success"]])
def test_an_outcome_is_a_success_or_a_failure(outcome: object) -> None:
    expected = invalid("invalid_outcome", "outcome", "outcome: must be success or failure")

    assert stated(outcome=outcome) == expected


@pytest.mark.parametrize("said", [{"category": "timeout"}, {"code": "x"}, {"error": "x"}])
def test_a_success_has_nothing_of_a_failure(said: dict[str, str]) -> None:
    message = "outcome: a success has no category, code or error"

    assert stated(outcome="success", **said) == invalid("invalid_outcome", "outcome", message)


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_category_may_be_stated(category: str) -> None:
    assert stated(category=category) is None
    assert validation.is_code(validation.DEFAULT_CODES[category])


@pytest.mark.parametrize("category", ["", "other", "Timeout", 1, ["timeout"]])
def test_another_category_is_refused_with_the_list(category: object) -> None:
    message = "category: must be one of " + ", ".join(CATEGORIES)

    assert stated(category=category) == invalid("invalid_category", "category", message)


@pytest.mark.parametrize("code", ["", "HTTP", "a-b", "x" * 65, "caf\u00e9", 503])
def test_a_code_is_a_short_lower_case_word(code: object) -> None:
    message = "code: 1 to 64 lower-case letters, digits or underscores"

    assert stated(code="x" * 64) is None
    assert stated(code=code) == invalid("invalid_code", "code", message)


def test_an_error_text_is_bounded() -> None:
    expected = invalid("error_too_long", "error", "error: longer than 1024 bytes")

    assert stated(error="x" * 1024) is None
    assert stated(error="x" * 1025) == expected


def test_an_error_must_be_text() -> None:
    assert stated(error=503) == invalid("invalid_error", "error", "error: must be text")


def test_the_first_instant_of_1970_may_be_stated() -> None:
    assert stated(occurred_at="1970-01-01T00:00:00Z") is None


@pytest.mark.parametrize("occurred_at", ["", "2026-01-28T02:59:54", "yesterday", 0, 1769558400])
def test_a_stated_time_needs_an_offset(occurred_at: object) -> None:
    message = "occurred_at: must be a time with an offset, such as 2026-01-28T02:59:54+05:30"

    failure = stated(occurred_at=occurred_at)

    assert failure == invalid("invalid_occurred_at", "occurred_at", message)


@pytest.mark.parametrize("duration_ms", [0, 1, validation.MAX_DURATION_MS])
def test_a_duration_is_a_whole_number_of_milliseconds(duration_ms: int) -> None:
    assert stated(duration_ms=duration_ms) is None


@pytest.mark.parametrize(
    "duration_ms", [-1, 1.0, True, "1", validation.MAX_DURATION_MS + 1, float("nan")]
)
def test_another_duration_is_refused(duration_ms: object) -> None:
    message = "duration_ms: must be a whole number of milliseconds, not negative"

    failure = stated(duration_ms=duration_ms)

    assert failure == invalid("invalid_duration_ms", "duration_ms", message)


def test_32_context_entries_are_fine_and_33_too_many() -> None:
    message = "context: more than 32 entries"

    assert stated(context={f"c{n}": n for n in range(32)}) is None
    assert stated(context={f"c{n}": n for n in range(33)}) == (
        invalid("too_many_context", "context", message)
    )


def test_a_context_value_is_bounded_in_bytes() -> None:
    message = "context: an entry is longer than 512 bytes"

    assert stated(context={"a": "\u00e9" * 256}) is None
    assert stated(context={"a": "\u00e9" * 257}) == (
        invalid("context_too_long", "context", message)
    )


def test_a_time_too_far_ahead_is_told_by_its_field() -> None:
    message = "occurred_at: lies more than five minutes in the future"

    assert validation.future_time() == invalid("occurred_in_future", "occurred_at", message)


def test_a_record_too_long_as_a_whole_has_no_field_at_fault() -> None:
    message = "the record is longer than 65536 bytes"

    assert validation.record_too_long() == invalid("record_too_long", None, message)


@pytest.mark.parametrize("handle", ["a", "site-form", "0", "A.b_c@d+e-f", "x" * 128])
def test_a_handle_is_a_short_plain_word(handle: str) -> None:
    assert validation.is_handle(handle)


@pytest.mark.parametrize("handle", ["", "-a", ".a", "a b", "x" * 129, "\u00e9", "a\n", None, 1])
def test_another_handle_is_refused(handle: object) -> None:
    assert not validation.is_handle(handle)


@pytest.mark.parametrize("name", ["\u200b", " \u200b\u2060 ", "\ufeff"])
def test_a_name_that_nobody_can_see_is_missing(name: str) -> None:
    record = {"name": name, "email": "ada@example.org"}

    failure = validation.check_submission(record, emails.check("ada@example.org"))

    assert failure is not None
    assert failure.code == "missing_name"
