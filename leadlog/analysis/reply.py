"""The form of a model's reply: pydantic models, the JSON schema made from them, and reading it."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from leadlog.analysis.statements import LEVELS, SECTIONS, SEVERITIES, Said

MAX_REPLY_BYTES: Final = 1_000_000
"""A longer reply is no reply."""

MAX_STATEMENTS: Final = 20
"""So many statements a section may have; more are no explanation."""

ASKED_STATEMENTS: Final = 4
ASKED_CHARACTERS: Final = 300


def _or(known: tuple[str, ...], default: str) -> BeforeValidator:
    # A wrong grade is not worth the loss of a reply, unlike a wrong figure.
    return BeforeValidator(lambda value: value if value in known else default)


class ModelStatement(BaseModel):
    """One statement: its template, and how grave it is."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})

    template: str
    severity: Annotated[Literal["info", "notice", "warning"], _or(SEVERITIES, "info")] = "info"


Statements = Annotated[
    list[ModelStatement],
    # Asked for are few; somewhat more are taken.
    Field(max_length=MAX_STATEMENTS, json_schema_extra={"maxItems": ASKED_STATEMENTS}),
]


class ModelSections(BaseModel):
    """The sections of a report; each may be empty."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})

    executive_summary: Statements = []
    user_behaviour: Statements = []
    system_behaviour: Statements = []
    misconfiguration_signals: Statements = []
    anomalies: Statements = []
    scope: Statements = []


class ModelConfidence(BaseModel):
    """How sure the model is, and a template that says why."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})

    level: Annotated[Literal["low", "medium", "high"], _or(LEVELS, "low")] = "low"
    reason: str = "The model gave no reason."


class ModelReply(BaseModel):
    """The whole reply."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})

    sections: ModelSections
    confidence: ModelConfidence = ModelConfidence()

    def said(self) -> tuple[Said, ...]:
        """Return the statements in the order of the sections, unchecked."""
        return tuple(
            Said(name, one.template, one.severity)
            for name in SECTIONS
            for one in getattr(self.sections, name)
        )


def schema(*, bounds_texts: bool = False) -> dict[str, Any]:
    """Return the JSON schema of a reply, with every key required and no default.

    That is the part of JSON Schema that strict structured output takes (OpenAI, "Structured
    Outputs", supported schemas), and what llama.cpp makes a grammar of.

    Args:
        bounds_texts: limit the length of texts, which keeps a small model from writing one without
            end; the strict form of some providers refuses that keyword.
    """
    plain: dict[str, Any] = _strict(ModelReply.model_json_schema())
    if bounds_texts:
        definitions = plain["$defs"]
        definitions["ModelStatement"]["properties"]["template"]["maxLength"] = ASKED_CHARACTERS
        definitions["ModelConfidence"]["properties"]["reason"]["maxLength"] = ASKED_CHARACTERS
    return plain


def read(content: str) -> ModelReply | None:
    """Read a reply, or return None if it is not of the form.

    Text around the JSON object, such as a code fence, is tolerated as long as there is one way to
    read it: from the first opening brace to the last closing one.
    """
    text = content.encode("utf-8", "replace")
    if len(text) > MAX_REPLY_BYTES:
        return None
    start, end = text.find(b"{"), text.rfind(b"}")
    if start < 0 or end < start:
        return None
    try:
        return ModelReply.model_validate_json(text[start : end + 1])
    except ValidationError:
        return None


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _strict(value)
        for key, value in node.items()
        if key not in ("default", "description") and not (key == "title" and isinstance(value, str))
    }
    if "properties" in kept:
        kept["required"] = list(kept["properties"])
    return kept
