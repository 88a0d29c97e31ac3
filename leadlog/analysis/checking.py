"""Checking what an engine said, and letting it mend once what may not be printed."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from leadlog.analysis import statements
from leadlog.analysis.engine import Engine, EngineFailure, Reply
from leadlog.analysis.statements import Confidence, Said, Statement, Withheld
from leadlog.analysis.templates import InvalidTemplate

_NO_REASON: Final = "The engine gave no reason that can be printed."

Invalid = list[tuple[Said, Withheld]]


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
        valid, invalid, reply = _mended(inputs, engine, reply, valid, invalid)
    if not any(one.section == "executive_summary" for one in valid):
        raise EngineFailure("ungrounded", spent=_spent(reply))
    withheld = [verdict for _, verdict in invalid]
    level, template = reply.level if reply.level in statements.LEVELS else "low", reply.reason
    try:
        text, figures = statements.render(inputs, template)
    except InvalidTemplate as reason:
        withheld.append(Withheld(template, str(reason), reason.kind))
        level, template = "low", _NO_REASON
        text, figures = statements.render(inputs, template)
    return Checked(valid, Confidence(level, template, text, figures), withheld, reply)


def retries(reply: Reply) -> list[dict[str, Any]]:
    """Return after which failures the engine was asked again, for the reply and to mend it."""
    mending = reply.parameters.get("mending", {})
    return [*reply.parameters.get("retries", []), *mending.get("retries", [])]


def _mended(
    inputs: Mapping[str, Any],
    engine: Engine,
    reply: Reply,
    valid: list[Statement],
    invalid: Invalid,
) -> tuple[list[Statement], Invalid, Reply]:
    """Ask the engine for others in place of invalid statements; what was valid stays.

    In each section it may give as many as were invalid there, and none that is said already.
    """
    try:
        mended = engine.mend(invalid)
    except EngineFailure as failure:
        return valid, invalid, _with_mending(reply, {"kind": failure.kind, **failure.spent})
    if mended is None:
        return valid, invalid, reply
    others, again = statements.check(inputs, mended.said)
    said = {(one.section, one.text) for one in valid}
    wanted = Counter(one.section for one, _ in invalid)
    new = [
        one for one in others if (one.section, one.text) not in said and _takes(wanted, one.section)
    ]
    still = [one for one in again if _takes(wanted, one[0].section)]
    unmended = [one for one in reversed(invalid) if _takes(wanted, one[0].section)]
    valid, _ = statements.check(inputs, [_said(one) for one in (*valid, *new)])
    reply = reply._replace(raw="\n".join(filter(None, (reply.raw, mended.raw))) or None)
    spent = {
        "retries": mended.parameters.get("retries", []),
        "tokens": mended.tokens,
        "cost": mended.cost,
    }
    return valid, still + unmended[::-1], _with_mending(reply, spent)


def _takes(wanted: Counter[str], section: str) -> bool:
    """Whether a section still wants a statement; if so, it wants one less."""
    wanted[section] -= 1
    return wanted[section] >= 0


def _with_mending(reply: Reply, spent: Mapping[str, Any]) -> Reply:
    """Return a reply to whose costs those of mending it are added, with what else came of it."""
    told = {key: spent[key] for key in ("kind", "retries") if spent.get(key)}
    return reply._replace(
        parameters={**reply.parameters, **({"mending": told} if told else {})},
        tokens=_sum(reply.tokens, spent.get("tokens")),
        cost=_sum_of_costs(reply.cost, spent.get("cost")),
    )


def _spent(reply: Reply) -> dict[str, Any]:
    return {"retries": retries(reply), "tokens": reply.tokens, "cost": reply.cost}


def _sum(one: int | None, other: int | None) -> int | None:
    return one if other is None else other if one is None else one + other


def _sum_of_costs(one: str | None, other: str | None) -> str | None:
    if one is None or other is None:
        return one if other is None else other
    return str(Decimal(one) + Decimal(other))


def _said(statement: Statement) -> Said:
    return Said(statement.section, statement.template, statement.severity)
