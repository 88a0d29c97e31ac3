"""An address is found however often a line with it was written into another line."""

import json
import unicodedata
from collections.abc import Callable
from typing import Literal
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from leadlog import mentions
from leadlog.intake import encode_payload

word = st.text("abcxyz059äëîßσ", min_size=1, max_size=6)
label = st.text("abcxyzü", min_size=2, max_size=6)
local = st.lists(word, min_size=1, max_size=3).map(".".join)
domain = st.lists(label, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "org"]))
address = st.builds("{}@{}".format, local, domain)
forms: tuple[Literal["NFC", "NFD", "NFKC", "NFKD"], ...] = ("NFC", "NFD", "NFKC", "NFKD")
case = st.sampled_from([str.upper, str.lower, str.title, str.casefold])
written_into = st.sampled_from(
    [
        lambda text: json.dumps({"email": text}),
        lambda text: json.dumps([text], ensure_ascii=False),
        lambda text: f"email={quote(text)}&x=1",
        lambda text: f"  <{text}>, ",
    ]
)


def write(text: str, ways: list[Callable[[str], str]]) -> str:
    for way in ways:
        text = way(text)
    return text


@given(address, st.sampled_from(forms), case, st.lists(written_into, max_size=4))
def test_an_address_is_found_however_it_is_written(
    address: str,
    form: Literal["NFC", "NFD", "NFKC", "NFKD"],
    case: Callable[[str], str],
    ways: list[Callable[[str], str]],
) -> None:
    line = write(unicodedata.normalize(form, case(address)), ways)

    assert mentions.Wanted(address).is_in(encode_payload({"line": line}))


@given(address, st.sampled_from("nä7"), st.booleans(), st.lists(written_into, max_size=4))
def test_a_longer_one_is_not(
    address: str, letter: str, before: bool, ways: list[Callable[[str], str]]
) -> None:
    line = write(f"{letter}{address}" if before else f"{address}{letter}", ways)

    assert not mentions.Wanted(address).is_in(encode_payload({"line": line}))
