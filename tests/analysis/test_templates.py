"""A template states no number of its own, in no way of writing one."""

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
    "text",
    [
        *("twenty-two", "TWENTY\u2013TWO", "two_three", "half-hourly", "one-third", "in threes"),
        *("twentyfive", "twohundred", "eightysix", "twentyfirst", "threescore", "halfdozen"),
        *("onehundred and one", "twentysomething", "twoplus", "twentyandone"),
    ],
)
def test_compound_number_words_are_refused(text: str) -> None:
    assert "number word" in reason(f"About {text} of them.")


@pytest.mark.parametrize(
    "text",
    [
        *("a fifth", "one sixth", "fourths", "a seventh", "one eighth", "an eighth", "the ninth"),
        *("one twelfth", "one twentieth", "a thousandth", "one millionth", "twenty-first"),
        *("one one", "one-one", "oneone", "one point one", "one point", "point one", "one oh one"),
        *("a hat-trick", "hat tricks", "a hattrick", "a gross", "they halve", "grand", "cubed"),
        *("per cent", "per-cent", "per mille", "per Cent", "permille", "percentage points"),
        *("percentage point", "basis points", "per centum"),
        *("eightfold", "seven-fold", "thousandfold", "millionfold", "hundred fold"),
        *("quintuple", "sextupled", "octupling", "septuplets", "quadruply", "centuple"),
        *("a trio", "the duo", "a duet", "a quartet", "a couple", "the twins", "a pair", "dual"),
        *("a dozen", "scores", "a myriad", "myriads", "the twenties", "thirties", "tens"),
        *("quadrillion", "quintillions", "a zillion", "milliards", "millionth", "googol"),
        *("zero", "nil", "nought", "zeroth", "halfway", "quartile", "minus two"),
    ],
)
def test_fractions_multiples_and_groups_are_refused(text: str) -> None:
    assert "number word" in reason(f"It was {text} of the attempts.")


@pytest.mark.parametrize(
    "text",
    [
        *("one dot one", "one comma one", "one-o-one", "one over one", "one plus one"),
        *("One_minus_one", "one times one", "o\u0301ne dot one", "\uff4f\uff4e\uff45 one"),
        *(
            "onepointone",
            "one.dot.one",
            "one, point one",
            "one point, one",
            "this, point one",
            "that point one one",
        ),
        *("a grand, no less,", "one grand", "gross grand totals", "a gross of errors"),
        *("g-r-a-n-d total", "seven grand totals", "a\u0301 gross"),
    ],
)
def test_ones_and_other_words_that_spell_a_number_are_refused(text: str) -> None:
    assert "number word" in reason(f"It was {text} of the attempts.")


@pytest.mark.parametrize(
    "text",
    [
        "one of",
        "one in",
        "One in every",
        "one, of all the",
        "one out of the",
        "no one of these",
    ],
)
def test_the_pronoun_before_a_figure_states_a_part_of_it(text: str) -> None:
    assert "would state a part" in reason(f"It was {text} {{{{/snapshot/attempts}}}} attempts.")


@pytest.mark.parametrize(
    "text",
    [
        "one of them, of the {{/snapshot/attempts}}",
        "{{/snapshot/attempts}} of the failures, one of",
    ],
)
def test_the_pronoun_may_stand_elsewhere(text: str) -> None:
    parse(f"It was {text} the sources.")


@pytest.mark.parametrize(
    "text",
    ["XII", "MMXXV", "IV", "IX", "II", "MIX", "CD", "MCMXCIX", "xii", "Viii", "X-I-I", "X.I.I"],
)
def test_roman_numerals_are_refused(text: str) -> None:
    assert "number word" in reason(f"There were {text} failures.")


@pytest.mark.parametrize(
    "text", ["fi've", "fi-ve", "f-i-v-e", "fi.ve", "fi\u2019ve", "fi\u2010ve", "fi_ve", "f i v e"]
)
def test_a_number_word_that_signs_part_is_refused(text: str) -> None:
    assert "number word" in reason(f"There were {text} failures.")


@pytest.mark.parametrize(
    "text",
    [
        *("fi\u115fve", "fi\u1160ve", "fi\u3164ve", "fi\uffa0ve", "fi\u2800ve", "fi\u034fve"),
        *("f\u0456ve", "fiv\u0435", "\u0455\u0456\u0445", "\u03bfne hundr\u03b5d", "s\u0131x"),
        *(
            "\ua730\u026a\u1d20\u1d07",
            "\U0001f175\U0001f178\U0001f185\U0001f174",
            "пять",
            "cinq\u02bc",
        ),
        *("\U0001f1eb\U0001f1ee\U0001f1fb\U0001f1ea", "\u221e", "\u0663"),
    ],
)
def test_invisible_and_look_alike_letters_are_refused(text: str) -> None:
    assert refused([text]) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "One of them failed.",
        "At that point one of them was open; at this point, one was not; they came one by one.",
        "Not this one. One of them, the other one, one more; the one \u2014 one of many.",
        "A gross error, a grand total; in the grand scheme a hat, a trick and a cube.",
        "No one came, only one page; none of the others did, and nothing stood out.",
        "The first and the second attempt, and the last; every second of it.",
        "It happened again \u2014 \u201coften\u201d, so to say; caf\u00e9, na\u00efve.",
        "Someone wrote to the bone: the weight, the height and the freight of a tent.",
        "A tenant's attention was on the content of the network, not on its extent.",
        "People, sample, simple, supple, couplet, coupled, multiple, tuples, duplicates, duplex.",
        "Brilliant medallions, billing, villains, pavilions, bullion and rebellions.",
        "CIVIL, DIM, DID, MILD and VIM are words; so are I'd, I'm, I'll, I've and CRM.",
        "Most, several, few and many; a majority, a percentage, an average, the median.",
        "It failed per user and per page, e.g. on a weekend, i.e. not within the week.",
        "An e-mail from the on-call partner's feed; to-do, read/write, and/or, o'clock.",
        "Manifold scaffolds unfold; the oneness of everyone; a handsome threshold.",
        "Some plus others, odd and even; the mix did no civil thing.",
    ],
)
def test_ordinary_english_is_allowed(text: str) -> None:
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
        "minus {a} attempts",
        "a negative {a}",
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
        "{a} point one",
        "{a} dot one of them",
        "{a} plus one",
        "{a}, minus one",
        "one point {a}",
        "one over {a}",
        "One over ({a})",
        "{a} squared",
        "{a} cubed.",
        "{a} grand",
        "{a} Grand total",
        "{a} gross",
        "({a}) kilo",
        "{a} kilos.",
        "{a} \uff47rand",
        "{a} k\u00edlo",
        "\u00f3ne over {a}",
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
        "Of {a}, one failed {b} times one evening and {a} over one hour, one on {b}.",
        "At that point one had {a}; the gross number is {b}, a grand total.",
    ],
)
def test_a_figure_stands_among_words_and_the_punctuation_of_a_sentence(template: str) -> None:
    text = template.replace("{a}", FIGURE).replace("{b}", "{{/snapshot/failures}}")

    assert parse(text)


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("There were 3.", "number"),
        ("There were three.", "number"),
        ("A few %.", "number"),
        ("-{{/snapshot/attempts}}", "number"),
        ("", "form"),
        ("a" * 1001, "form"),
        ("a\x1bb", "form"),
        ("\u043d\u0435\u0442", "form"),
        ("{{/snapshot/attempts", "figure"),
        ("{{/snapshot/attempts|number}}", "figure"),
        ("{{/snapshot/nothing}}", "figure"),
        ("{{/snapshot/last_attempt}}", "figure"),
    ],
)
def test_a_refusal_says_of_which_kind_it_is(template: str, kind: str) -> None:
    assert kind in templates.FAULTS
    with pytest.raises(InvalidTemplate) as caught:
        statements.render(INPUTS, template)
    assert caught.value.kind == kind


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


def numbers(text: str) -> list[str]:
    """Return every longest run of a text that holds a digit, with all signs that belong to it."""
    runs = "".join(" " if _parts(c) else c for c in text).split()
    bare = [run.strip(".,;:!?") for run in runs]
    return [run for run in bare if any(c.isnumeric() for c in unicodedata.normalize("NFKC", run))]


def _parts(character: str) -> bool:
    return character in "\"'" or unicodedata.category(character) in ("Ps", "Pe", "Pi", "Pf")


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
