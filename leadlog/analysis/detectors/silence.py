"""Sources, pages and users that are there regularly and were not."""

from leadlog.analysis.detectors.comparing import (
    Inputs,
    chance_of_so_few,
    is_over,
    least_usual,
    severity_of_chance,
)
from leadlog.analysis.detectors.names import (
    Name,
    gravest,
    missing,
    others_growth,
    section_of,
    together,
)
from leadlog.analysis.detectors.wording import listed, the_median
from leadlog.analysis.statements import Said


def silence(inputs: Inputs) -> list[Said]:
    """Tell sources, pages and users that are seen regularly and were not seen on this day."""
    if not is_over(inputs):
        return []
    gone = []
    for name in missing(inputs):
        severity = silence_of(inputs, name)
        if severity is not None and name.entry["name"] is not None:
            gone.append((severity, name))
    gone.sort(key=lambda item: -item[1].attempts["median"])
    found = {name.pointer: severity for severity, name in gone}
    return [
        Said(section_of(names), _told(inputs, names), gravest(found, names))
        for names in together([name for _, name in gone])
    ]


def silence_of(inputs: Inputs, name: Name) -> str | None:
    """Return how grave it is that a name is silent or all but silent, or None if it is not.

    It must be regular, which is there on nearly all the days that it is due on. The chance of so
    few attempts is that of a Poisson count; of none it is exp(-expected).
    """
    expected = least_usual(name.attempts) * min(1.0, others_growth(inputs, name))
    count = name.entry["attempts"]
    if count > inputs["thresholds"]["silent_share"] * expected or not _is_regular(inputs, name):
        return None
    return severity_of_chance(inputs, chance_of_so_few(count, expected), "silence_chance")


def _is_regular(inputs: Inputs, name: Name) -> bool:
    if name.before is None:
        return False
    before, thresholds = name.before, inputs["thresholds"]
    kept, due = before["days_kept"], before["days_due"]
    return bool(kept >= thresholds["regular_days"] and kept >= thresholds["regular_share"] * due)


def _told(inputs: Inputs, names: list[Name]) -> str:
    where = listed([name.where() for name in names], "or")
    return f"No attempt was made {where}; {the_median(inputs, f'{names[0].pointer}/attempts')}."
