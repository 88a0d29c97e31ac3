"""What is sent to a model: the rules, a report's inputs made small, and what to mend; pure.

Only what is listed here is sent, field by field, so that a figure added to the inputs later does
not reach a model unseen.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final

from leadlog.analysis.codes import NAMED_GROUPS, Codes
from leadlog.analysis.statements import SECTIONS, Said, Withheld

PROMPT_VERSION: Final = 1
"""The number of the files in `prompts`: the rules, how to ask for mending, and a reply's schema.

A change of their text is a new number with new files, so that a report tells what was asked.
"""

MAX_INPUT_BYTES: Final = 7_400
"""So much of the inputs is sent."""

MAX_MENDING_BYTES: Final = 2_000
"""So much is sent to have statements mended; those beyond it are not."""

CONTEXT_TOKENS: Final = 8_192
"""What a small local model is commonly run with: rules, inputs, a mending and a reply fit in it."""

BYTES_PER_TOKEN: Final = 2
"""Less than a tokenizer makes of the inputs that takes digits one by one (Gemma's: 2.45)."""

Message = dict[str, str]

_SNAPSHOT_FIELDS: Final = (
    *("date", "timezone", "attempts", "successes", "failures", "success_rate", "leads", "users"),
    *("outside", "burst_minutes"),
)
_SNAPSHOT_OBJECTS: Final = {
    "failures_by_category": None,  # every one that occurred
    "peak_minute": ("attempts", "starts_at"),
    "duration_ms": ("count", "p50", "p95", "p99", "max"),
    "by_user_other": ("names", "attempts", "failures"),
    "by_source_other": ("names", "attempts", "failures"),
    "by_page_other": ("names", "attempts", "failures"),
}
_BASELINE_TOTALS: Final = (
    *("attempts", "successes", "failures", "leads", "users", "success_rate", "burst_minutes"),
    "peak_minute",
)
_COUNTS: Final = ("attempts", "failures", "success_rate")
_USUAL: Final = ("attempts/median", "attempts/spread", "failures/median", "days_seen")
_GROUPS: Final = (
    # The fields sent of each list's entries, and by which of them the largest are found.
    ("snapshot", "failures_by_code", ("category", "attempts", "users"), "attempts"),
    ("snapshot", "by_source", _COUNTS, "attempts"),
    ("snapshot", "by_page", _COUNTS, "attempts"),
    ("snapshot", "by_user", _COUNTS, "attempts"),
    ("snapshot", "by_hour", ("hour", "attempts", "failures"), "attempts"),
    ("snapshot", "duplicates_by_source", ("attempts",), "attempts"),
    ("snapshot", "rate_limited_by_page", ("attempts",), "attempts"),
    ("snapshot", "late", ("for_date", "attempts"), "attempts"),
    ("snapshot", "corrections", ("for_date", "from", "to", "attempts"), "attempts"),
    (
        *("baseline", "failures_by_code"),
        ("category", "attempts/median", "attempts/spread", "days_seen", "last_seen"),
        "attempts/median",
    ),
    ("baseline", "by_source", _USUAL, "attempts/median"),
    ("baseline", "by_page", _USUAL, "attempts/median"),
    ("baseline", "by_user", _USUAL, "attempts/median"),
)


def rules() -> str:
    """Return the rules for a model, of the prompt's present version."""
    return _text("md")


def messages(inputs: Mapping[str, Any], codes: Codes) -> list[Message]:
    """Return the messages that ask for a report."""
    running = "The day is still running.\n" if inputs["provisional"] else ""
    return [
        {"role": "system", "content": rules()},
        {"role": "user", "content": f"{running}{describe(inputs, codes)}"},
    ]


def mending(
    asked: Sequence[Message], invalid: Sequence[tuple[Said, Withheld]]
) -> list[Message] | None:
    """Return the messages that ask for other statements in place of those that are invalid.

    Returns:
        None when not one of them is short enough to be sent again.
    """
    sections: dict[str, list[dict[str, str]]] = {name: [] for name in SECTIONS}
    reasons: list[str] = []
    left = MAX_MENDING_BYTES - _size(_mending({name: [] for name in SECTIONS}, reasons))
    for said, withheld in invalid:
        # The text was the model's own, and the reason ours; a template names texts by pointers.
        statement = {"template": said.template, "severity": said.severity}
        there = sections[said.section]
        reason = f"- {said.section}, statement {len(there) + 1}: {withheld.reason}"
        size = len(f"{json.dumps(statement, ensure_ascii=False)}, \n{reason}".encode())
        if size <= left:
            left -= size
            there.append(statement)
            reasons.append(reason)
    return [*asked, *_mending(sections, reasons)] if reasons else None


def tokens(messages: Sequence[Message]) -> int:
    """Return how many tokens messages are at most, by their size."""
    return -(-_size(messages) // BYTES_PER_TOKEN)


@cache
def _text(ending: str) -> str:
    file = resources.files("leadlog.analysis") / "prompts" / f"v{PROMPT_VERSION}.{ending}"
    return file.read_text(encoding="utf-8")


def _mending(sections: Mapping[str, list[dict[str, str]]], reasons: Sequence[str]) -> list[Message]:
    request = _text("mending.md").rstrip("\n").replace("{reasons}", "\n".join(reasons))
    said_before = json.dumps({"sections": sections}, ensure_ascii=False)
    return [
        {"role": "assistant", "content": said_before},
        {"role": "user", "content": request},
    ]


def _size(messages: Sequence[Message]) -> int:
    return sum(len(one["content"].encode("utf-8", "replace")) for one in messages)


def describe(inputs: Mapping[str, Any], codes: Codes, *, max_bytes: int = MAX_INPUT_BYTES) -> str:
    """Return the inputs as lines of `path: field=value`, the largest entries of each list first.

    An entry keeps the place it has in the inputs, whatever is left out around it.
    """
    fixed = list(_fixed(inputs))
    left = max_bytes - sum(len(line) + 1 for line in fixed)
    ranked = sorted(
        (rank, group, line)
        for group in range(len(_GROUPS))
        for rank, line in enumerate(_entries(inputs, codes, group))
    )
    kept: list[list[str]] = [[] for _ in _GROUPS]
    omitted = 0
    for _, group, line in ranked:
        if len(line) + 1 > left:
            omitted, left = omitted + 1, 0  # nor any smaller one, even if it would fit
            continue
        left -= len(line) + 1
        kept[group].append(line)
    lines = fixed + [line for group_lines in kept for line in group_lines]
    if omitted:
        lines.append(f"({omitted} smaller entries are left out)")
    return "\n".join(lines)


def _fixed(inputs: Mapping[str, Any]) -> Iterator[str]:
    snapshot, baseline = inputs["snapshot"], inputs["baseline"]
    yield _line("/snapshot", {name: snapshot[name] for name in _SNAPSHOT_FIELDS})
    for name, fields in _SNAPSHOT_OBJECTS.items():
        node = snapshot[name] or {}
        values = {field: node.get(field) for field in fields or node}
        if any(values.values()):
            yield _line(f"/snapshot/{name}", {key: one for key, one in values.items() if one})
    days = baseline["days_with_attempts"]
    yield _line("/baseline", {"days_with_attempts": days})
    if not days:
        return
    for name in _BASELINE_TOTALS:
        yield _line(f"/baseline/{name}", baseline[name])
    for name, usual in baseline["failures_by_category"].items():
        if usual["median"] or snapshot["failures_by_category"].get(name):
            yield _line(f"/baseline/failures_by_category/{name}", usual)


def _entries(inputs: Mapping[str, Any], codes: Codes, group: int) -> list[str]:
    root, name, fields, size = _GROUPS[group]
    places = [
        (place, entry)
        for place, entry in enumerate(inputs[root].get(name, ()))
        if root == "snapshot" or inputs["baseline"]["days_with_attempts"]
    ]
    places.sort(key=lambda item: -(_at(item[1], size) or 0))
    lines = []
    for place, entry in places:
        if name == "by_hour" and not entry["attempts"]:
            continue
        values = {field: _at(entry, field) for field in fields}
        if name in NAMED_GROUPS:
            key, _ = NAMED_GROUPS[name]
            values = {key: codes.shown(name, entry[key])} | values
        lines.append(_line(f"/{root}/{name}/{place}", values))
    return lines


def _at(entry: Mapping[str, Any], field: str) -> Any:
    key, _, inner = field.partition("/")
    return entry[key][inner] if inner else entry[key]


def _line(path: str, values: Mapping[str, Any]) -> str:
    shown = " ".join(f"{key}={value}" for key, value in values.items() if value is not None)
    return f"{path}: {shown}"
