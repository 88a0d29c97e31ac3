"""From a record as it came to an attempt that is ready to be decided."""

import json
from typing import Any

import pytest

from leadlog import emails, intake, own_values, parsing
from leadlog.errors import LeadlogError
from leadlog.intake import Prepared, prepare
from leadlog.model import Failure

SECRET = b"s" * 32
ADA: dict[str, Any] = {
    "user": "site-form",
    "name": "Ada Lovelace",
    "email": "Ada@Example.org",
    "phone": "+49 151 12345678",
    "source": "web",
    "page": "/landing",
}


def submitted(**changes: Any) -> Prepared:
    return prepare("submit", {**ADA, **changes}, SECRET)


def recorded(**changes: Any) -> Prepared:
    return prepare("record", {**ADA, **changes}, SECRET)


def payload(item: Prepared) -> Any:
    return json.loads(item.payload)


def test_a_good_submission_has_no_problem() -> None:
    item = submitted()

    assert (item.origin, item.problem, item.stated) == ("submit", None, None)


def test_what_the_log_holds_as_it_came_is_not_stored_with_the_contact() -> None:
    item = submitted(request_id="r-1")

    assert (item.handle, item.source, item.page) == ("site-form", "web", "/landing")
    assert item.request_id == "r-1"
    assert payload(item) == {
        "name": "Ada Lovelace",
        "email": "Ada@Example.org",
        "phone": "+49 151 12345678",
    }


def test_the_payload_holds_everything_else_that_was_given() -> None:
    more = {"company": "Engines", "message": "Hi", "fields": {"plan": "gold", "n": 1}}

    item = submitted(**more)

    assert payload(item).items() >= more.items()


def test_the_payload_is_compact_sorted_and_not_escaped() -> None:
    item = prepare("submit", {"name": "\u00c9lodie", "email": "e@example.org"}, SECRET)

    assert item.payload == '{"email":"e@example.org","name":"\u00c9lodie"}'


def test_without_a_source_it_is_cli() -> None:
    assert submitted(source=None).source == "cli"
    assert submitted(source="  ").source == "cli"


@pytest.mark.parametrize(
    ("page", "kept"),
    [
        ("/landing?utm=x&email=ada@example.org", "/landing"),
        ("/landing#form", "/landing"),
        ("/landing#form?x", "/landing"),
        ("?x=1", "/"),
        ("  /landing ", "/landing"),
        ("https://example.org/a?b", "https://example.org/a"),
    ],
)
def test_a_page_loses_its_query_and_fragment(page: str, kept: str) -> None:
    item = submitted(page=page)

    assert item.page == kept
    assert payload(item)["page"] == page


def test_a_source_that_was_masked_stays_in_the_erasable_payload() -> None:
    item = submitted(source="for-ada-lovelace")

    assert item.source == "for-<name>"
    assert payload(item)["source"] == "for-ada-lovelace"


@pytest.mark.parametrize("value", ["x" * 1025, "a\0b", "\ud800", 7])
def test_a_page_that_failed_stands_in_no_chained_row(value: object) -> None:
    item = submitted(page=value)

    assert item.problem is not None
    assert item.page is None
    assert "page" in payload(item)


def test_a_value_that_failed_stays_in_the_erasable_payload() -> None:
    item = submitted(email="ada at example", request_id="not one")

    assert item.problem == Failure(
        "validation", "invalid_email", "email: there is no @ sign", "email"
    )
    assert item.request_id is None
    assert payload(item)["email"] == "ada at example"
    assert payload(item)["request_id"] == "not one"


def test_the_claimed_handle_is_kept_apart_from_the_payload() -> None:
    item = submitted(user=["odd"])

    assert item.handle == ["odd"]
    assert "user" not in payload(item)


def test_a_person_is_found_again_in_any_case() -> None:
    item = submitted()

    assert item.contact_key == intake.contact_key("ada@EXAMPLE.ORG ", SECRET)
    assert item.contact_key != intake.contact_key("bob@example.org", SECRET)


def test_a_person_with_a_bad_address_is_found_again_too() -> None:
    assert submitted(email="Ada At").contact_key == intake.contact_key("ada at", SECRET)


def test_without_an_address_there_is_no_key() -> None:
    assert submitted(email=None).contact_key is None
    assert submitted(email="").contact_key is None
    assert submitted(email=7).contact_key is None


def test_another_secret_gives_another_key() -> None:
    item = prepare("submit", ADA, b"t" * 32)

    assert item.contact_key != submitted().contact_key


def test_a_key_is_not_the_plain_hash_of_the_address() -> None:
    import hashlib
    import hmac

    key = emails.check("ada@example.org").key

    assert (
        submitted().contact_key == hmac.digest(SECRET, b"contact:" + key.encode(), "sha256").hex()
    )
    assert submitted().contact_key != hashlib.sha256(key.encode()).hexdigest()


def test_without_a_request_id_there_is_no_digest() -> None:
    assert submitted().digest is None


def test_the_same_content_has_the_same_digest_in_any_order() -> None:
    record = {**ADA, "request_id": "r-1", "fields": {"a": 1, "b": 2}}
    turned = dict(reversed([*record.items()])) | {"fields": {"b": 2, "a": 1}}

    assert prepare("submit", turned, SECRET).digest == prepare("submit", record, SECRET).digest


def test_the_request_id_is_no_part_of_the_digest() -> None:
    assert submitted(request_id="r-1").digest == submitted(request_id="r-2").digest


def test_a_key_without_a_value_is_no_part_of_the_digest() -> None:
    assert submitted(request_id="r", company=None).digest == submitted(request_id="r").digest


def test_the_command_is_part_of_the_digest() -> None:
    assert submitted(request_id="r").digest != recorded(request_id="r").digest


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Ada"},
        {"email": "ada@example.org"},
        {"phone": "1"},
        {"company": "x"},
        {"source": "cli"},
        {"page": "/landing?x"},
        {"message": "x"},
        {"fields": {"a": 1}},
        {"user": "other"},
    ],
)
def test_any_other_value_gives_another_digest(changed: dict[str, Any]) -> None:
    assert submitted(request_id="r", **changed).digest != submitted(request_id="r").digest


def test_a_record_too_long_as_a_whole_is_a_failure_that_keeps_its_beginning() -> None:
    item = submitted(fields={f"f{n}": "x" * 8000 for n in range(9)})

    assert item.problem is not None
    assert item.problem.code == "record_too_long"
    assert len(payload(item)["beginning"]) == 500


def test_a_records_length_is_counted_in_bytes() -> None:
    item = submitted(fields={f"f{n}": "\u00e9" * 4000 for n in range(9)})

    assert item.problem is not None
    assert item.problem.code == "record_too_long"


def test_a_malformed_line_is_an_attempt_of_nobody() -> None:
    line = parsing.Malformed("invalid_json", "the line is not JSON", "ada@example.org")

    item = prepare("submit", line, SECRET)

    assert item.problem == Failure("malformed", "invalid_json", "the line is not JSON")
    assert (item.handle, item.contact_key, item.source, item.page) == (None, None, None, None)
    assert payload(item) == {"line": "ada@example.org"}


@pytest.mark.parametrize(
    "value",
    ["a\ud800b", ["\ud800"], {"\ud800": 1}, float("nan"), 10**5000, {1, 2}, {1: 2, "a": 3}],
    ids=["text", "list", "key", "nan", "huge", "set", "numbered"],
)
@pytest.mark.parametrize("key", ["name", "email", "page", "message", "fields", "user", "other"])
def test_a_value_that_json_or_utf_8_cannot_hold_is_a_failure_like_any_other(
    key: str, value: object
) -> None:
    item = submitted(**{key: value}, request_id="r")

    assert parsing.is_clean_text(item.payload)
    assert isinstance(payload(item), dict)
    assert key == "user" or item.problem is not None


def test_a_value_nested_without_end_is_a_failure_like_any_other() -> None:
    loop: dict[str, Any] = {}
    loop["again"] = loop

    item = submitted(fields=loop, request_id="r")

    assert item.problem is not None
    assert item.problem.code == "invalid_fields"


def test_a_payload_never_holds_what_is_not_json() -> None:
    item = submitted(fields={"rate": float("nan")})

    assert payload(item)["fields"] == {"rate": "<float>"}


def test_a_statement_without_more_is_a_success() -> None:
    item = recorded()

    assert item.problem is None
    assert item.stated == intake.Stated("success", None, None, None)


def test_a_stated_failure_has_its_category_code_and_error() -> None:
    item = recorded(category="upstream", code="http_503", error="HTTP 503")

    assert item.stated is not None
    assert item.stated.outcome == "failure"
    assert item.stated.failure == Failure("upstream", "http_503", "HTTP 503")


@pytest.mark.parametrize(
    ("said", "category", "code"),
    [
        ({"outcome": "failure"}, "rejected", "rejected"),
        ({"category": "timeout"}, "timeout", "timed_out"),
        ({"code": "no_budget"}, "rejected", "no_budget"),
        ({"category": "upstream", "error": "  "}, "upstream", "upstream_error"),
    ],
)
def test_what_a_stated_failure_leaves_out_is_filled_in(
    said: dict[str, str], category: str, code: str
) -> None:
    stated = recorded(**said).stated

    assert stated is not None
    message = f"recorded as {category}, without an error text"
    assert stated.failure == Failure(category, code, message)


def test_a_statement_tells_when_and_how_long() -> None:
    stated = recorded(occurred_at="1970-01-01T00:00:01+00:00", duration_ms=120).stated

    assert stated is not None
    assert (stated.occurred_us, stated.duration_ms) == (1_000_000, 120)


def test_a_stated_error_is_one_line_of_at_most_500_characters() -> None:
    stated = recorded(error=" one\n\ttwo " + "x" * 900).stated

    assert stated is not None
    assert stated.failure is not None
    assert stated.failure.message.startswith("one two xxx")
    assert len(stated.failure.message) == 500


def test_a_stated_error_is_masked_and_its_original_erasable() -> None:
    item = recorded(error="lovelace <ada@example.org> has +49 (151) 123-45678")

    assert item.stated is not None
    assert item.stated.failure is not None
    assert item.stated.failure.message == "<name> <<email>> has <phone>"
    assert payload(item)["error"] == "lovelace <ada@example.org> has +49 (151) 123-45678"


def test_a_stated_context_is_masked_in_names_and_values() -> None:
    context = {"for ada": "to ada@example.org", "n": 3, "ok": True, "none": None, "rate": 0.25}

    item = recorded(context=context)

    assert item.context == {
        "for <email>": "to <email>",
        "n": 3,
        "ok": True,
        "none": None,
        "rate": 0.25,
    }
    assert payload(item)["context"] == context


@pytest.mark.parametrize("number", [4915112345678, -4915112345678])
def test_a_number_in_a_context_that_looks_like_a_phone_is_masked(number: int) -> None:
    item = recorded(context={"caller": number})

    assert item.context is not None
    assert "<phone>" in item.context["caller"]


def test_a_number_in_a_context_that_is_a_contact_value_is_masked() -> None:
    item = recorded(phone="12-34", context={"caller": 1234})

    assert item.context == {"caller": "<phone>"}


def test_a_context_that_holds_nothing_personal_is_not_stored_twice() -> None:
    item = recorded(context={"host": "crm-2"})

    assert item.context == {"host": "crm-2"}
    assert "context" not in payload(item)


def test_an_empty_context_is_none() -> None:
    assert recorded(context={}).context is None


def test_a_statement_that_failed_validation_states_nothing() -> None:
    item = recorded(outcome="maybe", context={"host": "crm-2"})

    assert item.problem is not None
    assert (item.stated, item.context) == (None, None)
    assert payload(item)["context"] == {"host": "crm-2"}


def test_a_reason_is_one_masked_bounded_line() -> None:
    reason = intake.mask_reason(" asked by\nbob@example.org, 0151 12345678 " + "x" * 900)

    assert reason is not None
    assert reason.startswith("asked by <email>, <phone> xxx")
    assert len(reason) == 500


def test_no_reason_stays_none() -> None:
    assert intake.mask_reason(None) is None


@pytest.mark.parametrize("reason", ["a\0b", "\ud800"])
def test_a_reason_that_cannot_be_stored_is_wrong_usage(reason: str) -> None:
    with pytest.raises(LeadlogError) as caught:
        intake.mask_reason(reason)

    assert caught.value.kind == "usage"
    assert caught.value.message == "The reason holds NUL or half of a surrogate pair."


@pytest.mark.parametrize("page", ["/thanks/Zo%C3%AB-M%C3%BCller", "/thanks/Zo%EB-M%FCller"])
def test_a_percent_encoded_name_in_a_page_is_masked(page: str) -> None:
    item = submitted(name="Zo\u00eb M\u00fcller", page=page)

    assert (item.page, item.plain_page) == ("/thanks/<name>", page)


@pytest.mark.parametrize("page", ["/t/zoe-muller", "/t/Zo%C3%AB-Muller", "/t/\uff3aoe_muller"])
def test_a_name_in_a_page_is_masked_without_its_accents(page: str) -> None:
    item = submitted(name="Zo\u00eb M\u00fcller", page=page)

    assert (item.page, payload(item)["page"]) == ("/t/<name>", page)


def test_a_stated_error_and_context_are_masked_without_accents() -> None:
    item = recorded(
        name="Jos\u00e9 \u00c1lvarez",
        outcome="failure",
        error="Jose Alvarez exists",
        context={"who": "ALVAREZ"},
    )

    assert item.stated is not None
    assert item.stated.failure is not None
    assert item.stated.failure.message == "<name> exists"
    assert item.context == {"who": "<name>"}


def test_a_name_encoded_twice_is_masked() -> None:
    assert submitted(page="/t/Ada%2520Lovelace").page == "/t/<name>"


def test_a_page_that_holds_nothing_personal_stays_encoded() -> None:
    assert submitted(page="/caf%C3%A9/50%25").page == "/caf%C3%A9/50%25"


@pytest.mark.parametrize("number", [4915112345678.0, 4915112345678.5])
def test_a_fractional_number_in_a_context_that_looks_like_a_phone_is_masked(number: float) -> None:
    assert recorded(context={"caller": number}).context == {"caller": "<phone>"}


@pytest.mark.parametrize("number", [0.3333333333333333, 3.14159265, 12.5, 5e5])
def test_an_ordinary_fraction_in_a_context_stays(number: float) -> None:
    assert recorded(context={"rate": number}).context == {"rate": number}


@pytest.mark.parametrize(
    ("more", "text", "masked"),
    [
        ({"name": ["Zyx Quorthon"]}, "for zyx quorthon", "for <name>"),
        ({"nmae": "Zyx Quorthon"}, "for zyx quorthon", "for <field>"),
        ({"fields": {"customer_no": 4711}}, "no 4711", "no <customer_no>"),
        ({"fields": {"Kunde Nr": "K-4711"}}, "no K4711", "no <field>"),
        ({"user": "Zyx Quorthon"}, "for zyx quorthon", "for <user>"),
        ({"email": '"zyx quorthon"@example.org'}, "to zyx quorthon", "to <email> <email>"),
    ],
)
def test_every_value_that_is_not_technical_is_the_persons(
    more: dict[str, Any], text: str, masked: str
) -> None:
    assert intake.mask_text(text, own_values.of_record({**ADA, **more})) == masked


def test_the_default_source_and_empty_mappings_make_no_other_request() -> None:
    plain = submitted(request_id="r", source=None)

    written_out: list[dict[str, Any]] = [{"source": "cli"}, {"source": None, "fields": {}}]
    for same in written_out:
        assert submitted(request_id="r", **same).digest == plain.digest
