"""After masking, a person's own values are gone, wherever in a text they stood."""

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from leadlog.masking import mask, mask_own, mask_prose

any_address = st.from_regex(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\.[a-z0-9+'=-]{1,5})?@([a-z0-9]{1,6}\.){1,2}[a-z]{2,3}",
    fullmatch=True,
)
any_word = st.from_regex(r"[A-Za-z\u00c0-\u00d6]{3,8}", fullmatch=True)
any_phone = st.from_regex(r"\+?[0-9]{2,3}([ ./-][0-9]{2,4}){2,4}", fullmatch=True)
any_around = st.text("abc 09-_./@%&=<>\u00e9", max_size=8)
any_separator = st.sampled_from([" ", "-", "_", ".", "  ", "%20", "+", "/", ", ", "\u00a0", ""])
any_case = st.sampled_from([str.lower, str.upper, str.title, str.swapcase])
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def in_form(form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> Callable[[str], str]:
    return lambda text: unicodedata.normalize(form, text)


def without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def in_wide_letters(text: str) -> str:
    return text.translate(_WIDE)


def as_compared(text: str) -> str:
    return without_marks(unicodedata.normalize("NFKD", text)).casefold()


def is_of_letters(letter: str) -> bool:
    """Whether a letter is one in every form; the Greek iota below one is another in capitals."""
    parts = unicodedata.normalize("NFKD", letter)
    is_plain = all(part.isalnum() or unicodedata.combining(part) for part in parts)
    return is_plain and "\u0345" not in parts


any_letter = st.characters(categories=["Lu", "Ll", "Lo"]).filter(is_of_letters)
any_name = st.lists(st.text(any_letter, min_size=1, max_size=8), min_size=1, max_size=4).map(
    " ".join
)
any_spelling = st.lists(
    st.sampled_from(
        [
            *(str.lower, str.upper, str.title, str.casefold, without_marks, in_wide_letters),
            *(in_form("NFC"), in_form("NFD"), in_form("NFKC"), in_form("NFKD")),
        ]
    ),
    max_size=3,
)


@settings(max_examples=150)
@given(any_address, any_around, any_around)
def test_an_own_address_never_remains(address: str, before: str, after: str) -> None:
    masked = mask(f"{before}{address}{after}", [("email", address)])

    assert address.casefold() not in masked.casefold()


@given(any_address, any_around, any_around, any_case)
def test_an_own_address_never_remains_in_another_case(
    address: str, before: str, after: str, case: Callable[[str], str]
) -> None:
    masked = mask(f"{before} {case(address)} {after}", [("email", address)])

    assert address.casefold() not in masked.casefold()


@given(st.lists(any_word, min_size=2, max_size=4), any_separator, any_case)
def test_an_own_name_never_remains_with_other_separators(
    words: list[str], separator: str, case: Callable[[str], str]
) -> None:
    written = separator.join(map(case, words))

    masked = mask(f"for {written} today", [("name", " ".join(words))])

    assert masked == "for <name> today"


@given(st.lists(any_word, min_size=1, max_size=3), st.data())
def test_no_word_of_an_own_name_remains_in_prose(words: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(words))

    masked = mask_prose(f"9 {word.upper()} 9", [("name", " ".join(words))])

    assert masked == "9 <name> 9"


@settings(max_examples=300)
@given(any_name, any_spelling, any_spelling)
def test_an_own_name_never_remains_in_another_spelling(
    name: str, given_in: list[Callable[[str], str]], found_in: list[Callable[[str], str]]
) -> None:
    own, written = name, name
    for spell in given_in:
        own = spell(own)
    for spell in found_in:
        written = spell(written)

    masked = mask_own(f"1 {written} 2", [("name", own)])

    assert masked == "1 <name> 2"


@given(st.text(max_size=40), any_name, any_spelling)
def test_a_text_without_the_own_name_stays_as_it_is(
    text: str, name: str, spelling: list[Callable[[str], str]]
) -> None:
    assume(not any(word and word in as_compared(text) for word in as_compared(name).split()))
    for spell in spelling:
        name = spell(name)

    assert mask_own(text, [("name", name)]) == text


@given(any_phone, any_separator)
def test_an_own_phone_number_never_remains(phone: str, separator: str) -> None:
    digits = re.findall("[0-9]+", phone)

    masked = mask(f"for {separator.join(digits)} today", [("phone", phone)])

    assert digits[-1] not in masked.replace("<phone>", "")


@given(st.text(max_size=40))
def test_masking_never_raises_and_leaves_nothing_that_looks_like_an_address(text: str) -> None:
    masked = mask(text)

    assert re.search(r"\w@\w", masked) is None
