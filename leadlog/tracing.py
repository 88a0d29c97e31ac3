"""From a figure in a snapshot to the attempts behind it: pure.

A pointer (RFC 6901) names the figure; the pattern it matches says by which rule the figure follows
from the day's attempts, and which of them it counts. The same rows that made the figure answer.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from leadlog.days import hour_start
from leadlog.errors import LeadlogError
from leadlog.snapshot import Row, nearest_rank

Test = Callable[[Row], bool]

_NOT_COUNTED: Final = {
    "date": "the date itself",
    "status": "whether the date is closed for good",
    "timezone": "the time zone whose day this is",
    "starts_at": "the moment the day begins",
    "ends_at": "the moment the next day begins",
    "thresholds": "what was set",
    "burst_attempts_per_minute": "what was set",
    "metrics_version": "the version of these keys",
    "last_correction": "the newest correction that counts",
    "log_digest": "a hash over the rows of the date's attempts",
    "sha256": "a hash over the whole snapshot",
}
_NAMES: Final = {
    "name": "a name",
    "category": "a category",
    "code": "a code",
    "hour": "the time an hour begins",
    "for_date": "a date",
    "from": "an outcome",
    "to": "an outcome",
}
_OUTCOMES: Final = {"attempts": None, "successes": "success", "failures": "failure"}


class Trace(NamedTuple):
    """A figure, the rule by which it follows, and what it follows from.

    Attributes:
        rule: `count`: so many attempts. `distinct`: so many different values among them.
            `ratio`: the quotient of the figures in `sources`. `peak`: the most extreme of them.
            `percentile`: the attempt at that rank. `median_of_days`: over days, not attempts.
        sources: pointers to the figures it is derived from; JSON key `from`.
        attempts: the ids behind it, ascending.
    """

    pointer: str
    value: Any
    rule: str
    sources: tuple[str, ...]
    attempts: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what `trace --json` prints."""
        return {
            "pointer": self.pointer,
            "value": self.value,
            "rule": self.rule,
            "from": list(self.sources),
            "attempts": list(self.attempts),
        }


class Source(NamedTuple):
    """What a trace looks at.

    Attributes:
        metrics: the snapshot's keys.
        rows: the day's attempts, anew for each call.
        handles: the handle of each user id.
        corrections: those made on the date, as (date corrected, from, to, attempt).
    """

    metrics: Mapping[str, Any]
    rows: Callable[[], Iterable[Row]]
    handles: Mapping[int, str]
    corrections: Sequence[tuple[str, str, str, int]]


def resolve(document: Any, pointer: str) -> Any:
    """Return the value that a JSON Pointer names.

    Raises:
        LeadlogError: kind `usage`, when it is no pointer or names nothing.
    """
    value = document
    for token in parts(pointer):
        if isinstance(value, Mapping) and token in value:
            value = value[token]
        elif isinstance(value, list) and token in map(str, range(len(value))):
            value = value[int(token)]
        else:
            hint = "See the keys with: leadlog snapshot --json"
            raise LeadlogError("usage", f"The snapshot has nothing at {pointer}.", hint)
    return value


def parts(pointer: str) -> list[str]:
    """Return the tokens of a JSON Pointer.

    Raises:
        LeadlogError: kind `usage`, when it does not begin with a slash.
    """
    if not pointer.startswith("/"):
        hint = "Write it like: /failures_by_category/duplicate"
        raise LeadlogError("usage", f'"{pointer}" is not a pointer.', hint)
    tokens = pointer[1:].split("/")
    return [token.replace("~1", "/").replace("~0", "~") for token in tokens]


def trace(source: Source, pointer: str) -> Trace:
    """Return what is behind a figure.

    Raises:
        LeadlogError: kind `usage`, when the pointer names no figure.
    """
    tokens = parts(pointer)
    if pointer in ("/status", "/sha256"):  # printed with the metrics, and no part of them
        raise _no_figure(source.metrics, pointer, None)
    value = resolve(source.metrics, pointer)
    found = _derive(source, tokens, pointer)
    if found is None:
        raise _no_figure(source.metrics, pointer, value)
    rule, sources, ids = found
    return Trace(pointer, value, rule, tuple(sources), tuple(ids))


def _no_figure(metrics: Mapping[str, Any], pointer: str, value: Any) -> LeadlogError:
    """Return the answer to a pointer that names something else than a figure."""
    date, last = metrics["date"], parts(pointer)[-1]
    command = f"leadlog trace {date}"
    if last in _NOT_COUNTED:
        message = f"{pointer} is {_NOT_COUNTED[last]}, no figure counted from attempts."
        hint = f"See the figures with: leadlog snapshot --date {date} --json"
        if last in ("log_digest", "sha256"):
            hint = f"Prove it with: leadlog verify --date {date}"
    elif last in _NAMES:
        message = f"{pointer} is {_NAMES[last]}, no figure counted from attempts."
        hint = f"Trace what it stands for: {command} {pointer.removesuffix(last)}attempts"
    elif value:
        message = f"{pointer} is a group of figures, not one."
        hint = f"Trace one of them: {command} {pointer}{_first_inside(value)}"
    else:
        message = f"{pointer} is empty: none of the date's attempts belongs there."
        hint = f"See the figures with: leadlog snapshot --date {date} --json"
    return LeadlogError("usage", message, hint)


def _first_inside(value: Any) -> str:
    """Return the pointer from a group to a figure in it."""
    if isinstance(value, Mapping):
        key = "attempts" if "attempts" in value else next(iter(value))
        return f"/{key}{_first_inside(value[key])}"
    return f"/0{_first_inside(value[0])}" if isinstance(value, list) else ""


_Found = tuple[str, Sequence[str], Iterable[int]]


def _derive(source: Source, tokens: list[str], pointer: str) -> _Found | None:
    head, *rest = tokens
    if not rest:
        return _derive_top(source, head)
    if rest[-1] == "success_rate":
        base = pointer.removesuffix("success_rate")
        return "ratio", (f"{base}successes", f"{base}attempts"), _ids(source, _test(source, tokens))
    if head == "corrections" and rest[-1] == "attempts":
        entry = source.metrics[head][int(rest[0])]
        kind = (entry["for_date"], entry["from"], entry["to"])
        return "count", (), sorted({row[3] for row in source.corrections if row[:3] == kind})
    if head == "duration_ms":
        return _derive_duration(source, rest[0])
    test = _test(source, tokens)
    return None if test is None else _derive_counted(head, rest[-1], _ids(source, test))


def _derive_counted(head: str, last: str, ids: list[int]) -> _Found | None:
    if last in ("users", "names"):
        return "distinct", (), ids
    if last == "first_attempt":
        return "peak", (), ids[:1]
    if last == "last_attempt":
        return "peak", (), ids[-1:]
    if head == "peak_minute":
        return "peak", (), ids
    if last in _OUTCOMES or head == "failures_by_category":
        return "count", (), ids
    return None


def _derive_top(source: Source, head: str) -> _Found | None:
    if head == "success_rate":
        return "ratio", ("/successes", "/attempts"), _ids(source, lambda _: True)
    if head == "users":
        return "distinct", (), _ids(source, lambda _: True)
    if head in ("first_attempt", "last_attempt"):
        ids = _ids(source, lambda _: True)
        return "peak", (), ids[:1] if head == "first_attempt" else ids[-1:]
    if head == "burst_minutes":
        return "distinct", (), _ids(source, _in_burst(source))
    if head in _OUTCOMES:
        return "count", (), _ids(source, _of_outcome(head))
    inside = _inside(source)
    tests: dict[str, Test] = {
        "leads": lambda row: row.logged == row.outcome == "success",
        "outside": lambda row: not inside(row),
    }
    return ("count", (), _ids(source, tests[head])) if head in tests else None


def _derive_duration(source: Source, figure: str) -> _Found | None:
    timed = sorted(
        (row.duration_ms, row.id) for row in source.rows() if row.duration_ms is not None
    )
    ids = [id_ for _, id_ in timed]
    if figure == "count":
        return "count", (), sorted(ids)
    if figure == "max":
        longest = timed[-1][0] if timed else None
        return "peak", (), sorted(id_ for duration, id_ in timed if duration == longest)
    if figure in ("p50", "p95", "p99"):
        place = nearest_rank(len(ids), int(figure[1:]))
        return "percentile", ("/duration_ms/count",), ids[place : place + 1]
    return None


def _test(source: Source, tokens: list[str]) -> Test | None:
    """Return which of the day's attempts a nested figure counts."""
    head, first, last = tokens[0], tokens[1], tokens[-1]
    if head == "failures_by_category":
        return lambda row: row.category == first
    if head == "failures_by_code":
        entry = source.metrics[head][int(first)]
        return lambda row: (row.category, row.code) == (entry["category"], entry["code"])
    if head == "peak_minute":
        minute = _minute(source.metrics[head]["starts_at"])
        return lambda row: row.minute == minute
    if head == "late":
        date = source.metrics[head][int(first)]["for_date"]
        return lambda row: row.late_for == date
    if head == "by_hour":
        return _both(_in_hour(source, int(first)), _of_outcome(last))
    return _test_of_name(source, head, first, last)


def _test_of_name(source: Source, head: str, first: str, last: str) -> Test | None:
    if head.startswith("by_"):
        kind = head.removeprefix("by_").removesuffix("_other")
        listed = {entry["name"] for entry in source.metrics[f"by_{kind}"]}
        name_of = _name_of(source, kind)
        if head.endswith("_other"):
            return _both(lambda row: name_of(row) not in listed, _of_outcome(last))
        name = source.metrics[head][int(first)]["name"]
        return _both(lambda row: name_of(row) == name, _of_outcome(last))
    if head in ("duplicates_by_source", "rate_limited_by_page"):
        category, kind = head.rsplit("_by_", 1)
        category = category.removesuffix("s") if category == "duplicates" else category
        name = source.metrics[head][int(first)]["name"]
        name_of = _name_of(source, kind)
        return lambda row: row.category == category and name_of(row) == name
    return None


def _name_of(source: Source, kind: str) -> Callable[[Row], str | None]:
    if kind == "user":
        return lambda row: source.handles[row.user_id]
    return (lambda row: row.source) if kind == "source" else (lambda row: row.page)


def _of_outcome(figure: str) -> Test:
    wanted = _OUTCOMES.get(figure)
    return lambda row: wanted is None or row.outcome == wanted


def _both(one: Test, other: Test) -> Test:
    return lambda row: one(row) and other(row)


def _in_hour(source: Source, place: int) -> Test:
    starts = [hour_start(entry["hour"]) for entry in source.metrics["by_hour"]]
    return _both(_inside(source), lambda row: bisect_right(starts, row.minute) - 1 == place)


def _in_burst(source: Source) -> Test:
    inside = _inside(source)
    counts = Counter(row.minute for row in source.rows() if inside(row))
    least = source.metrics["thresholds"]["burst_attempts_per_minute"]
    return _both(inside, lambda row: counts[row.minute] >= least)


def _inside(source: Source) -> Test:
    first, end = _minute(source.metrics["starts_at"]), _minute(source.metrics["ends_at"])
    return lambda row: first <= row.minute < end


def _minute(text: str) -> str:
    return text[: len("2026-01-28T02:59")]


def _ids(source: Source, test: Test | None) -> list[int]:
    return [row.id for row in source.rows() if test is None or test(row)]
