"""Nothing that could act on a terminal survives."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from leadlog.text import safe

any_text = st.text(
    st.characters(exclude_categories=[]) | st.sampled_from("\x1b\n\u202e\ud800 \u00a0")
)


@settings(max_examples=300)
@given(any_text)
def test_only_printable_characters_and_plain_spaces_remain(text: str) -> None:
    result = safe(text)

    assert all(c.isprintable() or unicodedata.category(c) == "Zs" for c in result)
    assert not set(result) & set("\n\r\x1b\u2028\u2029")


@given(any_text)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@given(any_text)
def test_the_result_can_be_written_to_any_file(text: str) -> None:
    assert safe(text).encode().decode() == safe(text)
