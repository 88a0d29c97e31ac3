"""After masking, a person's own values are gone, wherever in a text they stood."""

import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from leadlog.masking import mask, mask_prose

any_address = st.from_regex(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}(\.[a-z0-9+'=-]{1,5})?@([a-z0-9]{1,6}\.){1,2}[a-z]{2,3}",
    fullmatch=True,
)
any_word = st.from_regex(r"[A-Za-z\u00c0-\u00d6]{3,8}", fullmatch=True)
any_phone = st.from_regex(r"\+?[0-9]{2,3}([ ./-][0-9]{2,4}){2,4}", fullmatch=True)
any_around = st.text("abc 09-_./@%&=<>\u00e9", max_size=8)
any_separator = st.sampled_from([" ", "-", "_", ".", "  ", "%20", "+", "/", ", ", "\u00a0", ""])
any_case = st.sampled_from([str.lower, str.upper, str.title, str.swapcase])


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


@given(any_phone, any_separator)
def test_an_own_phone_number_never_remains(phone: str, separator: str) -> None:
    digits = re.findall("[0-9]+", phone)

    masked = mask(f"for {separator.join(digits)} today", [("phone", phone)])

    assert digits[-1] not in masked.replace("<phone>", "")


@given(st.text(max_size=40))
def test_masking_never_raises_and_leaves_nothing_that_looks_like_an_address(text: str) -> None:
    masked = mask(text)

    assert re.search(r"\w@\w", masked) is None
