"""A template states no number of its own, in no way of writing one."""

import re
import sys
import unicodedata
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sample_days import TUESDAY, on, usual_tries

from leadlog.analysis import statements, templates
from leadlog.analysis.templates import InvalidTemplate, Placeholder, parse
from leadlog.analysis.words import NUMBER_WORDS

EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1)]
NUMERIC = [c for c in EVERY_CHARACTER if unicodedata.category(c) in ("Nd", "Nl", "No")]
FIGURE = "{{/snapshot/attempts}}"
INPUTS: dict[str, Any] = on(TUESDAY, usual_tries(TUESDAY))


def reason(template: str) -> str:
    with pytest.raises(InvalidTemplate) as caught:
        parse(template)
    return str(caught.value)


def refused(characters: list[str]) -> list[str]:
    """Return those characters that a template may not hold."""
    found = []
    for character in characters:
        try:
            parse(f"a {character} b")
        except InvalidTemplate:
            found.append(character)
    return found


def test_a_template_is_taken_apart_and_put_together() -> None:
    parsed = parse("Of {{ /snapshot/attempts }} attempts {{/snapshot/x|ratio|/snapshot/y}} failed.")

    assert parsed.texts == ("Of ", " attempts ", " failed.")
    assert parsed.placeholders == (
        Placeholder("/snapshot/attempts", None, None),
        Placeholder("/snapshot/x", "ratio", "/snapshot/y"),
    )
    assert templates.join(parsed, ["3", "20.0 %"]) == "Of 3 attempts 20.0 % failed."


def test_a_placeholder_is_written_as_it_was_read() -> None:
    for text in (FIGURE, "{{/snapshot/x|count}}", "{{/snapshot/x|ratio|/baseline/y}}"):
        assert templates.placeholder_text(parse(text).placeholders[0]) == text


def test_no_character_of_any_numeric_category_may_stand_outside() -> None:
    assert len(NUMERIC) > 1700
    assert refused(NUMERIC) == NUMERIC


def test_no_character_that_normalises_to_a_number_may_stand_outside() -> None:
    hidden = [
        character
        for character in EVERY_CHARACTER
        if not character.isascii()
        and any(c.isnumeric() for c in unicodedata.normalize("NFKC", character))
    ]

    assert len(hidden) > len(NUMERIC)
    assert refused(hidden) == hidden


@pytest.mark.parametrize(
    "character",
    [
        "7",
        "७",
        "٣",
        "３",
        "²",
        "③",
        "⑴",
        "⒈",
        "Ⅻ",
        "ⅳ",
        "½",
        "㍘",
        "㋀",
        "三",
        "〇",
        "𝟙",
        "🄂",
        "፼",
        "🔟",
        "💯",
        "🕒",
        "⚂",
        "🀡",
    ],
)
def test_numbers_of_other_scripts_and_shapes_are_refused(character: str) -> None:
    assert refused([character]) == [character]


def test_no_percent_or_per_mille_sign_of_any_script_may_stand_outside() -> None:
    name_parts = ("PERCENT", "PER MILLE", "PER TEN THOUSAND")
    signs = [
        character
        for character in EVERY_CHARACTER
        if unicodedata.category(character)[0] in "PSM"
        and any(part in unicodedata.name(character, "") for part in name_parts)
    ]

    assert {"%", "‰", "‱", "٪", "％", "﹪", "؉", "؊"} <= set(signs)
    assert refused(signs) == signs


@pytest.mark.parametrize("word", sorted(NUMBER_WORDS))
def test_no_number_word_may_stand_outside_however_it_is_written(word: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in word)
    accented = f"{word[0]}\u0301{word[1:]}"
    for form in (word, word.upper(), word.title(), f"«{word}»", f"x-{word}", wide, accented):
        assert "number word" in reason(f"There were {form} attempts.")


@pytest.mark.parametrize(
    "text", ["twenty-two", "TWENTY–TWO", "two_three", "half-hourly", "one-third", "in threes"]
)
def test_compound_number_words_are_refused(text: str) -> None:
    assert "number word" in reason(f"About {text} of them.")


@pytest.mark.parametrize(
    "text",
    [
        "One of them failed.",
        "No one came, only one page.",
        "The first and the second attempt.",
        "It happened again — “often”, so to say; café, naïve.",
        "Someone wrote to the bone.",
    ],
)
def test_the_pronoun_one_and_ordinals_are_allowed(text: str) -> None:
    assert parse(text).texts == (text,)


@pytest.mark.parametrize(
    "template",
    [
        "{{/snapshot/attempts",
        "/snapshot/attempts}}",
        "{{/snapshot/attempts}} and {{",
        "}} and {{/snapshot/attempts}}",
        "{{/snapshot/a{{/snapshot/b}}",
        "{{{/snapshot/attempts}}}",
        "{{/snapshot/attempts}}}}",
        "{{/snapshot/\nattempts}}",
        "{{}}",
    ],
)
def test_braces_that_do_not_fit_are_refused(template: str) -> None:
    assert "placeholder" in reason(template)


@pytest.mark.parametrize("text", ["a { b", "a } b", "{ }"])
def test_a_single_brace_is_a_character_like_others(text: str) -> None:
    assert parse(text).texts == (text,)


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ("/snapshot/attempts|number", "format must be one of"),
        ("/snapshot/attempts|", "format must be one of"),
        ("/snapshot/attempts|COUNT", "format must be one of"),
        ("/snapshot/attempts|ratio", "second pointer"),
        ("/snapshot/attempts|difference", "second pointer"),
        ("/snapshot/attempts|count|/snapshot/failures", "second pointer"),
        ("/snapshot/a|ratio|/snapshot/b|/snapshot/c", "second pointer"),
        ("/snapshot/a|ratio|/thresholds/spreads", "must begin with"),
        ("/snapshot/a|ratio|", "must begin with"),
        ("/thresholds/spreads", "must begin with"),
        ("/snapshot_sha256", "must begin with"),
        ("/snapshot", "must begin with"),
        ("snapshot/attempts", "must begin with"),
        ("12", "must begin with"),
        ("", "must begin with"),
    ],
)
def test_a_placeholder_that_does_not_fit_is_refused(inner: str, why: str) -> None:
    assert why in reason(f"There were {{{{{inner}}}}} attempts.")


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x1b",
        "\n",
        "\t",
        "\x7f",
        "\x85",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2066",
        "\u2028",
        "\ufeff",
        "\xad",
        "\u2060",
        "\ue000",
        "\U000e0031",
    ],
)
def test_control_and_bidi_characters_are_refused(character: str) -> None:
    assert refused([character]) == [character]


def test_what_is_empty_or_too_long_is_refused() -> None:
    assert "empty" in reason("")
    assert "empty" in reason(" \n")
    assert "too long" in reason("a" * (templates.MAX_TEMPLATE_CHARACTERS + 1))
    assert parse("a" * templates.MAX_TEMPLATE_CHARACTERS)


@pytest.mark.parametrize(
    "template",
    [
        "{a}{b} attempts were made.",
        "{a} {b} attempts were made.",
        "{a}.{b} seconds",
        "{a},{b} attempts",
        "{a}/{b} failed",
        "{a}-{b} failed",
        "-{a} attempts",
        "\u2212{a} attempts",
        "+{a} attempts",
        "- {a} attempts",
        "minus - {a} attempts",
        "{a} - {b} attempts",
        "{a} \u2013 {b} attempts",
        "{a} . {b} attempts",
        "{a} , {b} attempts",
        "{a} / {b} attempts",
        "{a} \u00d7 {b}",
        "{a}^{b}",
        "{a} ^ {b}",
        "{a}\u221a{b}",
        "\u221a {a}",
        "\u221a({a})",
        "-({a})",
        "f({a})",
        "e{a} attempts",
        "{a}e{b} attempts",
        "{a} e {b} attempts",
        "{a}k attempts",
        "{a} k attempts",
        "{a} M attempts",
        "x{a}",
        "{a}x",
        "{a} x {b}",
        "{a}th attempt",
        "{a}'s attempts",
        "{a}-fold",
        "{a}…",
        "a{a}b",
        ".{a} attempts",
        "({a}){b}",
        "({a})({b})",
        '"{a}"{b}',
        "{a}_{b}",
        "{a}\u20dd",
        "{a} \u20dd",
        "~{a}",
        "~ {a}",
        "# {a}",
        "**{a}**",
        "{a} point {b}",
        "{a} minus {b}",
        "{a} times {b}",
        "{a} plus ({b})",
        "{a}.. {b}.5",
        "attempts- {a}",
        "{a} -attempts",
    ],
)
def test_nothing_that_would_make_another_number_of_it_stands_beside_a_figure(
    template: str,
) -> None:
    text = template.replace("{a}", FIGURE).replace("{b}", "{{/snapshot/failures}}")

    with pytest.raises(InvalidTemplate):
        parse(text)


@pytest.mark.parametrize(
    "template",
    [
        "{a}",
        "{a}.",
        "{a}, {b} and {a}.",
        "Of {a} attempts ({b} of them late; {a}) \u201c{b}\u201d failed: {a}, not {b}!",
        "Few (as few as {a}).",
        '"{a}" and "{b}", or \'{a}\'?',
        "[{a}] ({b})",
        "{a} (of {b})",
        "{a} a day",
        "{a} times, and before that {b} times.",
        "Failures: {a}; leads: {b}",
        "Most failed \u2014 {a} of {b} \u2014 in an hour.",
        "Nothing  but  {a}",
    ],
)
def test_a_figure_stands_among_words_and_the_punctuation_of_a_sentence(template: str) -> None:
    text = template.replace("{a}", FIGURE).replace("{b}", "{{/snapshot/failures}}")

    assert parse(text)


PIECES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            FIGURE,
            "{{/snapshot/success_rate}}",
            "{{/snapshot/failures|ratio|/snapshot/attempts}}",
            "{{/snapshot/attempts|difference|/baseline/attempts/median}}",
            "{{/snapshot/peak_minute/starts_at|time}}",
            "{{/snapshot/by_page/0/name|name}}",
            "{{/baseline/attempts/median}}",
        ]
    ),
    st.sampled_from([" ", " ", " of ", " attempts, ", " (", ") ", ". ", "; the ", " \u2014 "]),
    st.sampled_from([*".,:;!?'\"-/+*^~$#&_=<>()[]{}|%\u2212\u2013\u221a\u00d7\u00b2\u0663"]),
    st.sampled_from(["{{", "}}", "ten", "one", "e", "k", "x", "a", "point", "minus"]),
)
AROUND = re.compile(r"[\s\"'()\[\]\u201c\u201d\u2018\u2019]+")


def numbers(text: str) -> list[str]:
    """Return every longest run of a text that holds a digit, with all signs that belong to it."""
    runs = [run.strip(".,;:!?") for run in AROUND.split(text)]
    return [run for run in runs if any(c.isnumeric() for c in unicodedata.normalize("NFKC", run))]


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=9).map("".join))
@example(FIGURE * 3)
@example(f"{FIGURE}\u00b2")
@example(f"{FIGURE}.{FIGURE} and -{FIGURE}")
def test_every_number_of_a_rendered_text_is_one_figure_whole(template: str) -> None:
    try:
        text, figures = statements.render(INPUTS, template)
    except InvalidTemplate:
        return

    assert numbers(text) == [number for one in figures for number in numbers(one.text)]
    for one, following in pairwise(figures):
        assert f"{one.text} {following.text}" not in text
    parsed = parse(template)
    assert text == templates.join(parsed, [one.text for one in figures])
    for literal in parsed.texts:
        plain = unicodedata.normalize("NFKC", literal)
        assert not any(c.isnumeric() or c == "%" for c in plain)
