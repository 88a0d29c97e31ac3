"""The short way through `emails.check` agrees with email-validator, and messages quote nothing."""

from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leadlog import emails

any_local = st.text("abcxyzABC019.+-_'!=/ ", min_size=1, max_size=12) | st.text("a", max_size=70)
any_label = st.text("abcxyzABC019-_", min_size=1, max_size=8) | st.text("b", max_size=66)
any_last = st.sampled_from(
    [
        "org",
        "co",
        "COM",
        "c",
        "de1",
        "123",
        "test",
        "Local",
        "arpa",
        "onion",
        "invalid",
        "x-y",
        "localhost",
        "xn--p1ai",
        "museum",
        "",
        "z" * 63,
        "z" * 64,
    ]
)
any_shape = st.builds(
    lambda local, labels, last: f"{local}@{'.'.join([*labels, last])}",
    any_local,
    st.lists(any_label, max_size=4) | st.lists(any_label, min_size=20, max_size=45),
    any_last,
)
plausible = st.from_regex(
    r"[a-z]{1,9}([.+-][a-z0-9]{1,5}){0,2}@([a-z0-9]{1,9}\.){1,3}[a-z]{2,4}", fullmatch=True
)
any_character = st.characters(codec="ascii") | st.sampled_from(
    "\u00e9\u212a\u3002\uff20\u00df\u0130"
)

MESSAGES = {
    "email: longer than the 254 bytes an address may have",
    "email: there is no @ sign",
    "email: there is nothing after the @ sign",
    "email: there is nothing before the @ sign",
    "email: there is a space in it",
    "email: there is more than one @ sign",
    "email: its domain is reserved and receives no mail",
    "email: the domain after the @ sign has no dot",
    "email: this is not a valid address",
}


@st.composite
def mutated(draw: st.DrawFn) -> str:
    address = draw(plausible)
    place = draw(st.integers(0, len(address)))
    rest = draw(st.integers(0, 2))
    return address[:place] + draw(any_character) + address[place + rest :]


any_address = plausible | mutated() | any_shape | st.text(max_size=20)


def accepted_by_email_validator(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False)
    except (EmailNotValidError, UnicodeError):
        return False
    return True


@settings(max_examples=300)
@given(any_address)
@example("\N{KELVIN SIGN}@example.org")
@example("a" * 65 + "@example.org")
@example("a@" + "b" * 64 + ".org")
@example("a@" + "bcdefgh." * 31 + "org")
@example("a@ab--cd.org")
@example("a@example.test")
def test_the_short_way_agrees_with_email_validator(address: str) -> None:
    checked = emails.check(address)

    assert (checked.problem is None) == accepted_by_email_validator(address.strip())


@given(plausible | any_shape)
def test_addresses_that_differ_in_case_alone_compare_equal(address: str) -> None:
    key = emails.check(address).key

    assert emails.check(address.upper()).key == key
    assert emails.check(address.swapcase()).key == key


@given(plausible)
def test_the_short_and_the_long_way_give_the_same_key(address: str) -> None:
    assert emails._check_fully(address).key == emails.check(address).key


@settings(max_examples=100)
@given(any_address)
def test_a_message_is_one_of_a_few_sentences_and_never_quotes_the_address(address: str) -> None:
    problem = emails.check(address).problem

    assert problem is None or problem in MESSAGES
