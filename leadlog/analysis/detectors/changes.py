"""Sources, pages and users with far more or far fewer attempts than usual, and new ones."""

from leadlog.analysis.detectors.comparing import (
    NEVER,
    Inputs,
    has_baseline,
    is_above,
    is_below,
    is_over,
)
from leadlog.analysis.detectors.failing import failing
from leadlog.analysis.detectors.names import (
    Name,
    and_as_many,
    gravest,
    others_growth,
    section_of,
    seen,
    together,
)
from leadlog.analysis.detectors.silence import silence_of
from leadlog.analysis.detectors.wording import last_days, noun, put, the_median
from leadlog.analysis.statements import Said


def drops(inputs: Inputs) -> list[Said]:
    """Tell sources, pages and users that made far fewer attempts than usual, but some.

    Far fewer is also all but silent; see `silence`.
    """
    if not is_over(inputs):
        return []
    fallen = []
    severities: dict[str, str] = {}
    for name in seen(inputs):
        if name.before is None or name.is_all(inputs):
            continue
        made, grown = name.entry["attempts"], others_growth(inputs, name)
        far = is_below(inputs, made, name.attempts, grown)
        severity = "warning" if far else silence_of(inputs, name)
        if severity is not None:
            fallen.append(name)
            severities[name.pointer] = severity
    fallen.sort(key=lambda name: name.entry["attempts"] - name.attempts["median"])
    return [_told(inputs, names, "Only ", gravest(severities, names)) for names in together(fallen)]


def rises(inputs: Inputs) -> list[Said]:
    """Tell sources, pages and users that made far more attempts than usual.

    Those whose failures are told elsewhere are left out.
    """
    if not has_baseline(inputs):
        return []
    elsewhere = failing(inputs).pointers()
    risen = [
        name
        for name in seen(inputs)
        if name.before is not None
        and not name.is_all(inputs)
        and name.pointer not in elsewhere
        and is_above(inputs, name.entry["attempts"], name.attempts, others_growth(inputs, name))
    ]
    risen.sort(key=lambda name: name.attempts["median"] - name.entry["attempts"])
    return [_told(inputs, names, "", "notice") for names in together(risen)]


def newcomers(inputs: Inputs) -> list[Said]:
    """Tell sources, pages and users with many attempts that none of the days before had."""
    if not has_baseline(inputs):
        return []
    elsewhere = failing(inputs).pointers()
    new = [
        name
        for name in seen(inputs)
        if name.before is None
        and name.entry["name"] is not None
        and name.pointer not in elsewhere
        and is_above(inputs, name.entry["attempts"], NEVER, others_growth(inputs, name))
    ]
    found = []
    for first, *others in together(new):
        text = (
            f"{put(f'{first.pointer}/attempts')} attempts were made {first.where()}"
            f"{and_as_many(others)}; none of {last_days(inputs)} had any."
        )
        found.append(Said(section_of([first, *others]), text, "notice"))
    return found


def _told(inputs: Inputs, names: list[Name], start: str, severity: str) -> Said:
    first, *others = names
    count = first.entry["attempts"]
    text = (
        f"{start}{put(f'{first.pointer}/attempts')} "
        f"{noun(count, 'attempt was', 'attempts were')} made {first.where()}"
        f"{and_as_many(others)}; {the_median(inputs, f'{first.before_pointer}/attempts')}."
    )
    return Said(section_of(names), text, severity)
