"""Which sources, pages and users failed more than they usually do; each is told once."""

from typing import NamedTuple

from leadlog.analysis.detectors.comparing import (
    Inputs,
    chance_of_failures,
    has_baseline,
    is_above,
    severity_of_chance,
)
from leadlog.analysis.detectors.names import Name, seen
from leadlog.analysis.detectors.wording import GROUPS, days_before, last_days, put


class Failing(NamedTuple):
    """The names whose failures are told.

    Attributes:
        carriers: those that carried most of the failures, at most one of a group.
        only_failing: those of which no attempt succeeded, each with how grave that is.
        surging: others that failed far more than usual.
    """

    carriers: list[Name]
    only_failing: list[tuple[Name, str]]
    surging: list[Name]

    def pointers(self) -> set[str]:
        """Return where the names stand."""
        names = [*self.carriers, *self.surging, *(name for name, _ in self.only_failing)]
        return {name.pointer for name in names}


def failing(inputs: Inputs) -> Failing:
    """Return the names whose failures are told."""
    names = list(seen(inputs))
    carriers = _carriers(inputs, names)
    rest = [name for name in names if name not in carriers]
    only = [(name, how) for name in rest if (how := _only_fails(inputs, name)) is not None]
    told = [name for name, _ in only]
    return Failing(
        carriers,
        sorted(only, key=lambda item: (item[1] != "warning", -item[0].entry["failures"])),
        [name for name in rest if name not in told and _surges(inputs, name, carriers)],
    )


def stands_out(inputs: Inputs, failures: int, successes: int) -> bool:
    """Return whether these are most of the failures, and more than their part of the successes."""
    snapshot, thresholds = inputs["snapshot"], inputs["thresholds"]
    if snapshot["failures"] < thresholds["concentration_failures"] or not snapshot["successes"]:
        return False
    share = failures / snapshot["failures"]
    above = share - successes / snapshot["successes"]
    enough = share >= thresholds["concentration_share"]
    return bool(enough and above >= thresholds["concentration_excess"])


def usual_failures(inputs: Inputs, name: Name) -> str:
    """Return the clause that tells how many failures of a name are usual."""
    if not has_baseline(inputs):
        return ""
    if name.before is None:
        days = last_days(inputs)
        if name.entry["name"] is None:
            return f"; none of {days} had such attempts"
        return f"; the {name.group} was not seen on {days}"
    whose = "their" if name.entry["name"] is None else f"the {name.group}'s"
    median = put(f"{name.before_pointer}/failures/median")
    return f"; {whose} median of failures on {days_before(inputs)} is {median}"


def _carriers(inputs: Inputs, names: list[Name]) -> list[Name]:
    """Return, for each kind of name, the one that carried most of the failures, if one did.

    What it carries every day is none: its failures must be far above their usual number.
    """
    found = []
    for group in GROUPS:
        of_group = [name for name in names if name.group == group]
        if of_group:
            most = max(of_group, key=lambda name: name.entry["failures"])
            carries = stands_out(inputs, most.entry["failures"], most.entry["successes"])
            if carries and _fails_more(inputs, most):
                found.append(most)
    return sorted(found, key=lambda name: -name.entry["failures"] / name.entry["attempts"])


def _only_fails(inputs: Inputs, name: Name) -> str | None:
    """Return how grave it is that no attempt of a source or page succeeded, or None.

    A day on which everything failed is told as that.
    """
    snapshot, entry = inputs["snapshot"], name.entry
    if name.group == "user" or entry["name"] is None or entry["successes"]:
        return None
    least = inputs["thresholds"]["only_failing_attempts"]
    if entry["attempts"] < least or not snapshot["successes"]:
        return None
    share = _usual_share(inputs, name)
    if share is None:
        return "notice"
    chance = chance_of_failures(entry["attempts"], entry["failures"], share)
    return severity_of_chance(inputs, chance, "failing_chance")


def _surges(inputs: Inputs, name: Name, carriers: list[Name]) -> bool:
    """Return whether a name failed far more than usual, and more than its part of the day's."""
    part = _share_of_others(inputs, name, carriers) * name.entry["attempts"]
    enough = name.entry["failures"] - part >= inputs["thresholds"]["floor_attempts"]
    return enough and has_baseline(inputs) and _fails_more(inputs, name)


def _share_of_others(inputs: Inputs, name: Name, carriers: list[Name]) -> float:
    """Return how large a part of the attempts failed without the name and the first carrier."""
    snapshot, left_out = inputs["snapshot"], [name, *carriers[:1]]
    attempts = snapshot["attempts"] - sum(each.entry["attempts"] for each in left_out)
    failures = snapshot["failures"] - sum(each.entry["failures"] for each in left_out)
    if attempts <= 0 or failures < 0:  # they overlap, or there are no others
        attempts, failures = snapshot["attempts"], snapshot["failures"]
    return float(failures / attempts)


def _fails_more(inputs: Inputs, name: Name) -> bool:
    """Return whether a name failed far more than usual, and not just with more successes."""
    usual = name.attempts["median"] - name.failures["median"] if has_baseline(inputs) else 0
    grown = name.entry["successes"] / usual if usual > 0 else 1.0
    above = is_above(inputs, name.entry["failures"], name.failures, grown)
    return above or _fails_oftener(inputs, name)


def _fails_oftener(inputs: Inputs, name: Name) -> bool:
    """Return whether a name of few attempts failed more often than chance would have it.

    Its counts are too small to be far from usual, but they may be nearly all it has.
    """
    share, thresholds = _usual_share(inputs, name), inputs["thresholds"]
    attempts, failures = name.entry["attempts"], name.entry["failures"]
    few = share is not None and share * attempts < thresholds["floor_attempts"]
    if share is None or not few or failures < thresholds["floor_attempts"]:
        return False
    return bool(chance_of_failures(attempts, failures, share) <= thresholds["rare"])


def _usual_share(inputs: Inputs, name: Name) -> float | None:
    """Return what part of a name's attempts usually fails, or of all attempts if that is more."""
    shares = []
    rate = inputs["baseline"]["success_rate"]["median"]
    if rate is not None:
        shares.append(1 - rate)
    if name.before is not None and name.attempts["median"]:
        shares.append(min(1.0, name.failures["median"] / name.attempts["median"]))
    elif name.before is not None:
        shares.append(1 - name.before["success_rate"])
    return max(shares, default=None)
