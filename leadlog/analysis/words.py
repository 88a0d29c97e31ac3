"""Words that state a number without a digit.

Cardinals, fractions and multiples in English; a statement may hold none of them outside its
placeholders. The pronoun "one" is exempt, and so are ordinals, which count nothing.
"""

from typing import Final

_CARDINALS = """
    zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety
    hundred hundreds thousand thousands million millions billion billions trillion trillions
    dozen dozens score scores lakh lakhs crore crores nil nought naught
"""
_FRACTIONS = """
    half halves halved halving third thirds quarter quarters fourths fifths sixths sevenths eighths
    ninths tenth tenths hundredth hundredths percent percents percentile pct
"""
_MULTIPLES = """
    once twice thrice double doubled doubles doubling triple tripled triples tripling treble trebled
    quadruple quadrupled quintuple quintupled twofold threefold fourfold fivefold sixfold tenfold
    hundredfold both pair pairs couple
"""
NUMBER_WORDS: Final = frozenset((_CARDINALS + _FRACTIONS + _MULTIPLES).split())
