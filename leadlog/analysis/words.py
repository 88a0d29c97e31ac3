"""Words that state a number without a digit.

Cardinals, fractions, multiples and groups of a fixed size in English, together and taken apart, and
Roman numerals; a statement may hold none of them outside its placeholders. The pronoun "one" is
exempt, unless it spells a number with other words: "one point one". Ordinals are no exception: "a
sixth of them" is a fraction; "first" and "second" are none.
"""

import re
import unicodedata
from itertools import groupby, pairwise
from typing import Final

_CARDINALS = """
    zero zeroes zeroed zeroth two three four five six sixes seven eight nine ten eleven twelve
    thirteen fourteen fifteen sixteen seventeen eighteen nineteen teens twenty thirty forty fourty
    fifty sixty seventy eighty ninety twenties thirties forties fifties sixties seventies eighties
    nineties hundred thousand million billion trillion dozen score lakh crore myriad googol
    googolplex nil nought naught zilch mio mrd bn mn tsd
"""
_ORDINALS = """
    third thirdly fourth fourthly fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth
    fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth fortieth
    fourtieth fiftieth sixtieth seventieth eightieth ninetieth hundredth thousandth
"""
_FRACTIONS = """
    half halve halves halved halving halfway quarter quartered quartering quartile quintile decile
    centile percentile percent permil permille pct
"""
_MULTIPLES = """
    once twice thrice double doubled doubling doubly triple tripled tripling triply treble trebled
    trebling triplicate quadruplicate duple squared cubed
"""
_GROUPS = """
    both pair couple twin twosome brace duo duet dual dyad trio triad triplet tetrad quartet quintet
    sextet septet octet nonet fortnight fortnightly decade
    gross grand hattrick
"""
NUMBER_WORDS: Final = frozenset(
    (_CARDINALS + _ORDINALS + _FRACTIONS + _MULTIPLES + _GROUPS).split()
)
_PAIRS: Final = frozenset(
    (first, second)
    for first, seconds in {
        "per": ("cent", "cents", "centum", "mil", "mille"),
        "percentage": ("point", "points"),
        "basis": ("point", "points"),
        "hat": ("trick", "tricks"),
        # The pronoun is exempt as long as it is none of several figures.
        "one": ("one", "point", "oh"),
        "point": ("one",),
        "oh": ("one",),
    }.items()
    for second in seconds
)
_HARMLESS_PARTS: Final = frozenset(
    {"one", "first", "second", "and", "fold", "ish", "odd", "plus", "some", "something"}
)
"""What a compound may hold beside number words; these alone state no number."""

_PARTS: Final = NUMBER_WORDS | _HARMLESS_PARTS
_MADE_OF: Final = re.compile(
    # quadrillion, milliard, zillionth; quadruple, sextupling, octuplets
    r"\w*illi(on|ard)(s|th|ths)?"
    r"|one((point|dot)?one)+"
    r"|(tri|quadru|quintu|sextu|septu|octu|nonu|decu|centu|multitu)pl(e|es|ed|et|ets|ing|y)"
)
_BETWEEN_ONES: Final = r"(?:[^\w.,;:!?()\u2014]|_)+"
"""What parts words within a clause."""

_ONES: Final = re.compile(
    rf"\bone{_BETWEEN_ONES}(?:dot|comma|o|over|plus|minus|times){_BETWEEN_ONES}one\b"
)
_HARMLESS: Final = re.compile(
    # a gross error, a grand total; at that point one of them; this one; one of them
    r"\b(?:gross|grand)\s+(?:amount|count|error|figure|mistake|number|scheme|sum|total)s?\b"
    r"|\b(?:that|this|which|some)\s+point(?=\s+one\b)"
    r"|\b(?:one|point)(?=(?:[.,;:!?]+|\s+\u2014)\s+one\b)",
    re.IGNORECASE,
)
"""Where words that else state a number, alone or together, state none."""

_ROMAN: Final = re.compile(r"M*(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_WORD: Final = re.compile(r"[^\W\d_]+")


def number_word(text: str) -> str | None:
    """Return the first word of a text that states a number, or None.

    A word counts as well when hyphens, apostrophes, points, spaces or other signs part its letters.
    """
    plain = _HARMLESS.sub(" ", folded(text))
    chunks: list[list[str]] = [_WORD.findall(chunk) for chunk in plain.split()]
    words = [word for chunk in chunks for word in chunk]
    joined = ["".join(chunk) for chunk in chunks]
    spelled = ["".join(group) for single, group in groupby(words, _is_letter) if single]
    for word in (*words, *joined, *spelled):
        if _states_number(word):
            return word.casefold()
    for first, second in pairwise(map(str.casefold, words)):
        if (first, second) in _PAIRS:
            return f"{first} {second}"
    found = _ONES.search(plain.casefold())
    return found[0] if found else None


def folded(text: str) -> str:
    """Return a text without what hides a word from a comparison but case: width, style, accents."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(c for c in plain if not unicodedata.category(c).startswith("M"))


def _is_letter(word: str) -> bool:
    return len(word) == 1


def _states_number(word: str) -> bool:
    lower = word.casefold()
    if lower in NUMBER_WORDS or lower.removesuffix("s") in NUMBER_WORDS:
        return True
    return bool(_MADE_OF.fullmatch(lower)) or _is_roman(word) or _is_compound(lower)


def _is_roman(word: str) -> bool:
    """Whether it is a numeral of two capitals or more, or of small i, v and x, which no word is."""
    small = set(word.casefold()) <= set("ivx")
    return len(word) > 1 and (word.isupper() or small) and bool(_ROMAN.fullmatch(word.upper()))


def _is_compound(word: str) -> bool:
    """Whether number words make it up: `twentyfive`, `eightfold`, `threescore`."""
    # For each place that parts lead to: whether one of them states a number.
    reached = {0: False}
    for place in range(len(word)):
        if place not in reached:
            continue
        for part in _PARTS:
            if word.startswith(part, place):
                end = place + len(part)
                states = reached[place] or part not in _HARMLESS_PARTS
                reached[end] = reached.get(end, False) or states
    return any(reached.get(len(word.removesuffix(ending)), False) for ending in ("", "s", "th"))
