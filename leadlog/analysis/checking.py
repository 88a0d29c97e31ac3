"""Checking what an engine said, and letting it mend once what may not be printed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from leadlog.analysis import statements
from leadlog.analysis.engine import Engine, EngineFailure, Reply
from leadlog.analysis.statements import Confidence, Said, Statement, Withheld
from leadlog.analysis.templates import InvalidTemplate

_NO_REASON = "The engine gave no reason that can be printed."


class Checked(NamedTuple):
    """What of a reply may be printed, and the reply with what mending it took."""

    statements: list[Statement]
    confidence: Confidence
    withheld: list[Withheld]
    reply: Reply


def checked(inputs: Mapping[str, Any], engine: Engine, reply: Reply) -> Checked:
    """Check what was said, let the engine mend it once, and return what may be printed.

    Raises:
        EngineFailure: kind `ungrounded`, when no sentence of the summary is left.
    """
    valid, invalid = statements.check(inputs, reply.said)
    if invalid:
        try:
            mended = engine.mend(invalid)
        except EngineFailure:
            mended = None  # what was valid stays valid
        if mended is not None:
            kept = [_said(one) for one in valid]
            valid, still_invalid = statements.check(inputs, [*kept, *mended.said])
            invalid = still_invalid + _unmended(invalid, mended.said)
            reply = reply._replace(
                raw="\n".join(filter(None, (reply.raw, mended.raw))) or None,
                tokens=_sum(reply.tokens, mended.tokens),
                cost=_sum_of_costs(reply.cost, mended.cost),
            )
    if not any(one.section == "executive_summary" for one in valid):
        raise EngineFailure("ungrounded")
    withheld = [verdict for _, verdict in invalid]
    level, template = reply.level if reply.level in statements.LEVELS else "low", reply.reason
    try:
        text, figures = statements.render(inputs, template)
    except InvalidTemplate as reason:
        withheld.append(Withheld(template, str(reason)))
        level, template = "low", _NO_REASON
        text, figures = statements.render(inputs, template)
    return Checked(valid, Confidence(level, template, text, figures), withheld, reply)


def _unmended(
    invalid: list[tuple[Said, Withheld]], mended: Sequence[Said]
) -> list[tuple[Said, Withheld]]:
    """Return those invalid statements for which no other was given, section by section."""
    given = Counter(one.section for one in mended)
    left = []
    for said, verdict in invalid:
        if given[said.section]:
            given[said.section] -= 1
        else:
            left.append((said, verdict))
    return left


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else one + other


def _sum_of_costs(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return one if other is None else other
    return str(Decimal(one) + Decimal(other))


def _said(statement: Statement) -> Said:
    return Said(statement.section, statement.template, statement.severity)
