"""Planted values of a person reach neither a message nor anything that is stored for ever."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leadlog.intake import Prepared, prepare

SECRET = b"s" * 32
# Invented words, so that none is found in a message of our own.
FIRST, LAST = "Zyxwvia", "Quorthonqua"
EMAIL, PHONE = "zyx.quorthonqua+k9@wixom.example", "+49 151 98765432"
PERSONAL = (FIRST, LAST, EMAIL, PHONE, "98765432", "4915198765432", "wixom.example")

any_planted = st.sampled_from(
    [
        f"{FIRST} {LAST}",
        f"{FIRST}-{LAST}".lower(),
        f"{LAST.upper()}, {FIRST}",
        EMAIL,
        EMAIL.upper(),
        EMAIL.replace("@", "%40"),
        PHONE,
        PHONE.replace(" ", ""),
        PHONE.replace(" ", "-"),
        f"{FIRST}%20{LAST}",
        f"({PHONE[4:]})",
    ]
)
whole_name = st.sampled_from([f"{FIRST} {LAST}", f"{FIRST}-{LAST}".lower(), f"{FIRST}%20{LAST}"])
any_around = st.sampled_from(["", "x ", "/a/", "for: ", "2026-01-28 ", "_", "(", "-"])
prose = st.builds("{}{} {}{}".format, any_around, any_planted, any_around, any_planted)
address_or_phone = st.sampled_from([EMAIL, EMAIL.upper(), EMAIL.replace("@", "%40"), PHONE])
name_of_place = st.builds("{}{}".format, any_around, whole_name | address_or_phone)
any_broken = (
    st.integers()
    | st.lists(prose, max_size=2)
    | st.sampled_from(["", "a\0b", "\ud800", "x" * 40_000, PHONE * 1000])
    | prose
)
contact = st.fixed_dictionaries({"name": st.just(f"{FIRST} {LAST}"), "email": st.just(EMAIL)})
phone = st.fixed_dictionaries({}, optional={"phone": st.just(PHONE)})
ordinary = st.fixed_dictionaries(
    {},
    optional={
        "source": name_of_place,
        "page": name_of_place,
        "message": prose,
        "fields": st.dictionaries(prose, prose, max_size=2),
    },
)
statement = st.fixed_dictionaries(
    {},
    optional={
        "error": prose,
        "context": st.dictionaries(prose, prose | st.just(4915198765432), max_size=2),
        "occurred_at": st.just("2026-01-28T02:59:54Z"),
    },
)
broken = st.dictionaries(
    st.sampled_from(
        [
            "name",
            "email",
            "phone",
            "company",
            "source",
            "page",
            "message",
            "fields",
            "request_id",
            "outcome",
            "category",
            "code",
            "error",
            "occurred_at",
            "duration_ms",
            "context",
            FIRST,
            EMAIL,
            PHONE,
        ]
    ),
    any_broken,
    max_size=3,
)


def stored_for_ever(item: Prepared) -> str:
    """Return everything of an attempt that goes into a chained row."""
    parts: list[Any] = [item.source, item.page, item.context, item.problem]
    if item.stated is not None:
        parts.append(item.stated.failure)
    return json.dumps(parts, ensure_ascii=False)


def assert_nothing_personal(text: str) -> None:
    folded = text.casefold().replace(" ", "")
    for value in PERSONAL:
        assert value.casefold().replace(" ", "") not in folded


@settings(max_examples=200)
@given(contact, phone, ordinary)
def test_nothing_personal_of_a_submission_is_stored_for_ever(
    who: dict[str, Any], number: dict[str, Any], more: dict[str, Any]
) -> None:
    item = prepare("submit", {**who, **number, **more}, SECRET)

    assert_nothing_personal(stored_for_ever(item))


@settings(max_examples=200)
@given(contact, phone, ordinary, statement)
def test_nothing_personal_of_a_statement_is_stored_for_ever(
    who: dict[str, Any], number: dict[str, Any], more: dict[str, Any], said: dict[str, Any]
) -> None:
    item = prepare("record", {**who, **number, **more, **said}, SECRET)

    assert_nothing_personal(stored_for_ever(item))


@settings(max_examples=150)
@given(st.sampled_from(["submit", "record"]), contact, broken)
def test_a_message_names_field_and_rule_and_never_the_value(
    origin: Any, who: dict[str, Any], mistakes: dict[str, Any]
) -> None:
    item = prepare(origin, {**who, **mistakes}, SECRET)

    if item.problem is not None:
        assert_nothing_personal(item.problem.message)
        assert_nothing_personal(item.problem.code)


@settings(max_examples=200)
@given(contact, ordinary, broken)
def test_what_was_given_is_in_the_log_or_in_the_erasable_payload(
    who: dict[str, Any], more: dict[str, Any], mistakes: dict[str, Any]
) -> None:
    record = {**who, **more, **mistakes}

    item = prepare("submit", record, SECRET)

    payload = json.loads(item.payload)
    logged = {"source": item.source, "page": item.page, "request_id": item.request_id}
    if "beginning" not in payload:
        for key, value in record.items():
            assert (key in payload) != (logged.get(key) == value)
            assert key not in payload or payload[key] == value
