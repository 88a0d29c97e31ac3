"""Sources, pages and users of the day, each with what the days before know of it."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from leadlog.analysis.detectors.comparing import NEVER, Inputs
from leadlog.analysis.detectors.wording import GROUPS, listed, of_name
from leadlog.analysis.statements import SEVERITIES

Entry = Mapping[str, Any]


class Name(NamedTuple):
    """A source, page or user.

    Attributes:
        group: `source`, `page` or `user`.
        entry: what the day has of it; no attempts if it was not seen.
        pointer: where its name and its counts stand.
        before: what the days before have of it, or None.
        before_pointer: where that stands.
    """

    group: str
    entry: Entry
    pointer: str
    before: Entry | None
    before_pointer: str

    @property
    def attempts(self) -> Entry:
        """Return how many attempts are usual."""
        return NEVER if self.before is None else self.before["attempts"]

    @property
    def failures(self) -> Entry:
        """Return how many failures are usual."""
        return NEVER if self.before is None else self.before["failures"]

    def where(self) -> str:
        """Return where its attempts belong: `on the page /pricing`."""
        return of_name(self.group, self.entry, self.pointer)

    def is_all(self, inputs: Inputs) -> bool:
        """Return whether it has all of the attempts, as usual: then it says what the day says."""
        same_now = self.entry["attempts"] == inputs["snapshot"]["attempts"]
        usual: Entry = inputs["baseline"]["attempts"]
        return bool(same_now and self.attempts["median"] == usual["median"])


def seen(inputs: Inputs) -> Iterator[Name]:
    """Yield the names of the day that can be compared with the days before."""
    for group in GROUPS:
        known = {
            entry["name"]: (entry, f"/baseline/by_{group}/{place}")
            for place, entry in enumerate(inputs["baseline"][f"by_{group}"])
        }
        for place, entry in enumerate(inputs["snapshot"][f"by_{group}"]):
            before, before_pointer = known.get(entry["name"], (None, ""))
            if is_known(inputs, group, before):
                pointer = f"/snapshot/by_{group}/{place}"
                yield Name(group, entry, pointer, before, before_pointer)


def missing(inputs: Inputs) -> Iterator[Name]:
    """Yield the names of the days before that were not seen on this day."""
    for group in GROUPS:
        if inputs["snapshot"][f"by_{group}_other"]["names"]:
            continue  # a name may be among those that are only summed up
        present = {entry["name"] for entry in inputs["snapshot"][f"by_{group}"]}
        for place, before in enumerate(inputs["baseline"][f"by_{group}"]):
            if before["name"] not in present and is_known(inputs, group, before):
                pointer = f"/baseline/by_{group}/{place}"
                entry = {"name": before["name"], "attempts": 0, "failures": 0}
                yield Name(group, entry, pointer, before, pointer)


def others_growth(inputs: Inputs, name: Name) -> float:
    """Return how many times their usual number the attempts of the others of a group were.

    That is the median of the others that were seen, each counting by its usual attempts, so that
    one that rises or falls by itself does not hide another; 1 where there are too few to say.
    """
    known = sorted(
        (other.entry["attempts"] / usual, usual)
        for other in seen(inputs)
        if other.group == name.group and other.entry["name"] != name.entry["name"]
        if (usual := other.attempts["median"]) is not None and usual > 0
    )
    passed = list(accumulate(usual for _, usual in known))
    if not known or passed[-1] < inputs["thresholds"]["floor_attempts"]:
        return 1.0
    return float(known[bisect_left(passed, passed[-1] / 2)][0])


def is_known(inputs: Inputs, group: str, before: Entry | None) -> bool:
    """Return whether the counts of a name are known for all the days before.

    A day with very many names lists the largest and sums up the others, so that a name which is
    not listed may have been there.
    """
    if not inputs["baseline"][f"by_{group}_other"]["days"]:
        return True
    return before is not None and before["days_seen"] == inputs["baseline"]["days_closed"]


def together(names: Sequence[Name]) -> list[list[Name]]:
    """Put names of different groups together that have the same numbers on all days.

    A partner with a source and a page of its own is told once, not three times.
    """
    sets: dict[str, list[Name]] = {}
    for name in names:
        numbers = {key: value for key, value in (name.before or {}).items() if key != "name"}
        key = f"{name.entry['attempts']} {name.entry['failures']} {numbers}"
        while any(name.group == other.group for other in sets.get(key, ())):
            key += "'"
        sets.setdefault(key, []).append(name)
    return [sorted(names, key=lambda name: GROUPS.index(name.group)) for names in sets.values()]


def and_as_many(others: Sequence[Name]) -> str:
    """Return the clause for names that have as many as the one before them."""
    return f", and as many {listed([name.where() for name in others])}" if others else ""


def section_of(names: Sequence[Name]) -> str:
    """Return the section of a report for what is told of some names."""
    return "user_behaviour" if {name.group for name in names} == {"user"} else "anomalies"


def gravest(severities: Mapping[str, str], names: Sequence[Name]) -> str:
    """Return the gravest severity of some names, given by their pointers."""
    return max((severities[name.pointer] for name in names), key=SEVERITIES.index)
