"""Which addresses are taken, how they compare, and what is said of the others."""

import pytest

from leadlog import emails
from leadlog.emails import Checked


def test_a_plain_address_is_fine() -> None:
    assert emails.check("ada@example.org") == Checked("ada@example.org", None)


@pytest.mark.parametrize(
    "address",
    [
        "ada.lovelace+news@mail.example.co.uk",
        "o'brien@example.org",
        "ada@xn--bcher-kva.example",
        "ada@b\u00fccher.example",
        "\u30a2\u30c0@example.org",
        "a" * 64 + "@example.org",
    ],
)
def test_an_unusual_address_is_fine(address: str) -> None:
    assert emails.check(address).problem is None


@pytest.mark.parametrize(
    ("address", "other"),
    [
        ("ada@example.org", "ADA@Example.ORG"),
        ("ada@example.org", "  ada@example.org\n"),
        ("ada@b\u00fccher.example", "Ada@B\u00dcCHER.example"),
        ("ada@b\u00fccher.example", "ada@bu\u0308cher.example"),
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
        ("jos\u00e9@example.org", "JOSE\u0301@example.org"),
    ],
)
def test_one_persons_address_compares_equal_however_it_is_written(address: str, other: str) -> None:
    assert emails.check(address).key == emails.check(other).key


def test_a_letter_that_only_looks_ascii_when_lowered_is_another_address() -> None:
    kelvin = emails.check("\N{KELVIN SIGN}ate@example.org")

    assert kelvin.problem is None
    assert kelvin.key == emails.check("kate@example.org").key


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("ada", "email: there is no @ sign"),
        ("", "email: there is no @ sign"),
        ("ada@", "email: there is nothing after the @ sign"),
        ("@example.org", "email: there is nothing before the @ sign"),
        ("ada lovelace@example.org", "email: there is a space in it"),
        ("ada@love@example.org", "email: there is more than one @ sign"),
        ("ada@example", "email: the domain after the @ sign has no dot"),
        ("ada@example.test", "email: its domain is reserved and receives no mail"),
        ("ada@localhost", "email: its domain is reserved and receives no mail"),
        ("ada..lovelace@example.org", "email: this is not a valid address"),
        ("ada@exa_mple.org", "email: this is not a valid address"),
        ("ada@-example.org", "email: this is not a valid address"),
        ("ada@example.123", "email: this is not a valid address"),
        ("ada@[127.0.0.1]", "email: this is not a valid address"),
        ('"ada"@example.org', "email: this is not a valid address"),
        ("ada@\ud800.example", "email: this is not a valid address"),
        ("a@" + "b." * 130 + "org", "email: longer than the 254 bytes an address may have"),
        ("a" * 1_000_000 + "@b.co", "email: longer than the 254 bytes an address may have"),
    ],
)
def test_a_bad_address_is_told_by_its_fault(address: str, problem: str) -> None:
    assert emails.check(address).problem == problem


@pytest.mark.parametrize("name", ["arpa", "invalid", "local", "localhost", "onion", "test"])
def test_an_address_under_a_reserved_name_is_bad(name: str) -> None:
    problem = emails.check(f"ada@example.{name}").problem

    assert problem == "email: its domain is reserved and receives no mail"


def test_a_bad_address_can_still_be_found_again() -> None:
    assert emails.check(" Ada@EXAMPLE ").key == emails.check("ada@example").key


def test_two_bad_addresses_are_two() -> None:
    assert emails.check("ada@example").key != emails.check("bob@example").key
