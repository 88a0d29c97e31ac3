"""Text from outside, made harmless for a terminal."""

import pytest

from leadlog.text import cut, safe


@pytest.mark.parametrize(
    "text",
    ["", "Ada Lovelace", "na\u00efve \u2013 \u65e5\u672c\u8a9e \N{GRINNING FACE}", "a\\x1bb"],
)
def test_printable_text_is_left_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize("text", ["[/]", "[bold]x[/bold]", "[link=https://example.org]x[/link]"])
def test_markup_is_left_to_whoever_renders_it(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u202f", "\u3000"])
def test_harmless_spaces_are_kept(space: str) -> None:
    assert safe(f"a{space}b") == f"a{space}b"


@pytest.mark.parametrize(
    ("character", "escape"),
    [
        ("\x1b", r"\x1b"),
        ("\x00", r"\x00"),
        ("\x07", r"\x07"),
        ("\x08", r"\x08"),
        ("\t", r"\x09"),
        ("\n", r"\x0a"),
        ("\v", r"\x0b"),
        ("\f", r"\x0c"),
        ("\r", r"\x0d"),
        ("\x1c", r"\x1c"),
        ("\x7f", r"\x7f"),
        ("\x85", r"\x85"),
        ("\x9b", r"\x9b"),  # C1: the 8-bit control sequence introducer
        ("\x9d", r"\x9d"),
        ("\u00ad", r"\xad"),
        ("\u200b", r"\u200b"),
        ("\u200d", r"\u200d"),
        ("\u200f", r"\u200f"),
        ("\u2028", r"\u2028"),
        ("\u2029", r"\u2029"),
        ("\u202e", r"\u202e"),  # right-to-left override
        ("\u2066", r"\u2066"),
        ("\u2069", r"\u2069"),
        ("\ufeff", r"\ufeff"),
        ("\ud800", r"\ud800"),  # half of a surrogate pair
        ("\ue000", r"\ue000"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_could_act_on_a_terminal_becomes_a_visible_escape(character: str, escape: str) -> None:
    assert safe(f"a{character}b") == f"a{escape}b"


def test_a_colour_sequence_is_shown_and_not_obeyed() -> None:
    assert safe("\x1b[31mred\x1b[0m") == r"\x1b[31mred\x1b[0m"


def test_a_text_that_fits_is_not_cut() -> None:
    assert cut("12345", 5) == "12345"


def test_a_longer_text_is_cut_to_the_width_with_an_ellipsis() -> None:
    assert cut("123456", 5) == "1234\u2026"
