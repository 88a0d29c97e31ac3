"""Finding an address in what somebody wrote."""

import unicodedata
from typing import Literal

import pytest

from leadlog import mentions
from leadlog.intake import encode_payload
from leadlog.parsing import BEGINNING_CHARACTERS

ADA = "ada@example.org"

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]


def is_in(address: str, line: str) -> bool:
    """Whether a line that could not be read as a record holds an address."""
    return mentions.Wanted(address).is_in(encode_payload({"line": line}))


def test_an_address_is_found_in_a_line() -> None:
    assert is_in(ADA, '{"email": "ada@example.org", "name": "Ada",}')


def test_another_address_is_not_found() -> None:
    assert not is_in(ADA, '{"email": "bob@example.org", "name": "Ada",}')


@pytest.mark.parametrize(
    ("address", "written"),
    [
        (ADA, "ADA@Example.ORG"),
        ("ÄDA@example.org", "äda@example.org"),
        ("äda@example.org", "ÄDA@EXAMPLE.ORG"),
        ("strasse@example.org", "STRAßE@example.org"),
        ("kai@example.org", "\N{KELVIN SIGN}ai@example.org"),
        ("σίσυφος@example.org", "ΣΊΣΥΦΟΣ@example.org"),
    ],
)
def test_letter_case_is_no_matter_in_any_alphabet(address: str, written: str) -> None:
    assert is_in(address, f'"email": "{written}",')


@pytest.mark.parametrize("given", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("written", ["NFC", "NFD", "NFKC", "NFKD"])
def test_the_unicode_normal_form_is_no_matter(given: Form, written: Form) -> None:
    address = "zoë.ﬁnk@bücher.example"

    line = f'"email": "{unicodedata.normalize(written, address)}",'

    assert is_in(unicodedata.normalize(given, address), line)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("zoë@example.org", r'{"email": "zo\u00eb@example.org"'),
        ("zoë@example.org", r'{"email": "zo\u00EB@example.org"'),
        ("zoë@example.org", r'{"email": "zoe\u0308@example.org"'),
        ("ZOË@example.org", r'{"email": "zo\u00eb@example.org"'),
        ("zoë@example.org", r"{'email': 'zo\xeb@example.org'}"),
        (ADA, r'{"email": "ada\u0040example.org"'),
        (ADA, r'{"text": "{\"email\": \"ada\\u0040example.org\"}"'),
        (ADA, r'{"text": "{\"text\": \"{\\\"email\\\": \\\"ada\\\\u0040example.org\\\"}\"}"'),
        (ADA, r'{"message": "\nada@example.org\n"'),
        (ADA, r'{"message": "\u0022ada@example.org\u0022"'),
        (ADA, r'{"email": "ada@example\u002eorg"'),
        ("\U0001f600@example.org", r'{"email": "\ud83d\ude00@example.org"'),
        ('o"x"@example.org', r'{"email": "o\"x\"@example.org"'),
        (r'"o\"x"@example.org', r'{"email": "\"o\\\"x\"@example.org"'),
        (r"o\x@example.org", r'{"email": "o\\x@example.org"'),
        ("a/b@example.org", r'{"email": "a\/b@example.org"'),
        (ADA, "user=site-form&email=ada%40example.org&name=Ada"),
        (ADA, "next=%2Fsubmit%3Femail%3Dada%2540example.org"),
        ("zoë@example.org", "email=zo%C3%AB%40example.org"),
        (ADA, "50%ada@example.org"),
        ("ada@bücher.example", "email=ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "email=ada@bücher.example"),
        (ADA, "email: ada＠example.org"),
    ],
)
def test_escapes_are_taken_off(address: str, line: str) -> None:
    assert is_in(address, line)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        (ADA, '{"email": "ada@example.org"}'.encode("utf-16")),
        (ADA, '{"name": "Zoë", "email": "ada@example.org"}'.encode("latin-1")),
        ("zoë@example.org", '{"email": "zoë@example.org"}'.encode("latin-1")),
        ("straße@example.org", '{"email": "straße@example.org"}'.encode("latin-1")),
        (ADA, "“ada@example.org”".encode("cp1252")),
    ],
)
def test_bytes_that_are_no_utf_8_do_not_hide_an_address(address: str, line: bytes) -> None:
    assert is_in(address, line.decode("utf-8", "replace").replace("\0", "\ufffd"))


@pytest.mark.parametrize(
    "line",
    [
        "ada@example.org",
        "<ada@example.org>",
        "mailto:ada@example.org?subject=x",
        "email=ada@example.org&name=Ada",
        "{'email': 'ada@example.org'}",
        "{u'email': u'ada@example.org'}",
        "see you...ada@example.org.",
        "ada@example.org, bob@example.org",
        "_ada@example.org_ and *ada@example.org*",
        "name;ada@example.org;2",
        "联系ada@example.org谢谢",
        "ada@example.org--sent from my phone",
        "nada@example.org ada@example.org",
    ],
)
def test_an_address_is_found_among_other_marks(line: str) -> None:
    assert is_in(ADA, line)


@pytest.mark.parametrize(
    "line",
    [
        "nada@example.org",
        "ñada@example.org",
        "x.ada@example.org",
        "x+ada@example.org",
        "x-ada@example.org",
        "x--ada@example.org",
        "x_ada@example.org",
        "o'ada@example.org",
        "7ada@example.org",
        "ada@example.org.uk",
        "ada@example.organic",
        "ada@example.org-x.com",
        "ada@example.orgé",
        "ada@xexample.org",
        r"\u006eada@example.org",
        r"x\u002eada@example.org",
        r"ada@example.org\u002euk",
        "%6eada%40example.org",
        "ada%40example.org%2euk",
    ],
)
def test_a_part_of_a_longer_address_is_not_found(line: str) -> None:
    assert not is_in(ADA, f'"email": "{line}",')


def test_the_letter_of_an_escape_is_no_part_of_an_address() -> None:
    line = r'"message": "yours\nora@example.org",'

    assert not is_in("nora@example.org", line)
    assert is_in("ora@example.org", line)


def test_a_line_that_was_cut_within_the_address_holds_it() -> None:
    start = '{"email": "ada@exam'
    cut = "x" * (BEGINNING_CHARACTERS - len(start)) + start

    assert is_in(ADA, cut)
    assert not is_in("ada@exile.org", cut)
    assert not is_in(ADA, start)


def test_a_line_that_was_cut_within_an_escape_holds_it() -> None:
    start = r'{"email": "ada@b\u00'
    cut = "x" * (BEGINNING_CHARACTERS - len(start)) + start

    assert is_in("ada@bücher.example", cut)


@pytest.mark.parametrize(
    "contact",
    [
        {"email": ["ada@example.org"]},
        {"fields": {"second": "Ada <ada@example.org>"}},
        {"fields": {"ada@example.org": "yes"}},
        {"unknown": [{"deep": [1, None, "ada@example.org"]}]},
        {"beginning": '{"message":"ada@example.org'},
        {"email": "\ud800", "message": "ada@example.org"},
    ],
)
def test_every_text_of_a_contact_is_looked_at(contact: dict[str, object]) -> None:
    assert mentions.Wanted(ADA).is_in(encode_payload(contact))


@pytest.mark.parametrize(
    ("email", "expected"),
    [("Ada <ada@example.org>", True), ("bob@example.org", False), (None, False), (5, False)],
)
def test_what_a_contact_gives_as_its_address_is_told_apart(email: object, expected: bool) -> None:
    payload = encode_payload({"email": email, "message": "ada@example.org"})

    assert mentions.Wanted(ADA).is_given_in(payload) is expected


@pytest.mark.parametrize("payload", ["ada@example.org {", '["ada@example.org"]', "[" * 100_000])
def test_a_damaged_contact_is_searched_as_a_text(payload: str) -> None:
    assert mentions.Wanted(ADA).is_in(payload) is ("ada" in payload)


def test_escapes_within_escapes_end() -> None:
    assert not is_in(ADA, "ada%" + "25" * 30_000 + "40example.org")
    assert not is_in(ADA, "ada" + "\\" * 60_000 + "u0040example.org")
