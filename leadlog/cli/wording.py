"""How receipts, times and spans are said in a line of text, without loading Rich."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadlog import clock
from leadlog.limits import window_words
from leadlog.text import safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadlog.clock import Zone
    from leadlog.model import Failure, RateLimit, Receipt
    from leadlog.stream import Totals

_SHORT_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
_COMMAND = r"(?<=: )leadlog .*?(?= · |, or|$)"
_NO_BREAK = r" (?=·)|(?<=\d) (?=%)"
_KEPT = "\0"  # a space at which no line ends; safe text holds none
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905  # reads better


def span(seconds: int) -> str:
    """Return a span to the two units that matter: `23 s`, `4 min 10 s`, `1 d 3 h`."""
    parts = []
    for size, unit in _SHORT_UNITS:
        if seconds >= size:
            parts.append(f"{seconds // size} {unit}")
            seconds %= size
    if seconds or not parts:
        parts.append(f"{seconds} s")
    return " ".join(parts[:2])


def ago(seconds: int) -> str:
    """Return how long ago something was, to one unit."""
    for size, unit in _SHORT_UNITS:
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{max(0, seconds)} s ago"


def day(date: str, today: str) -> str:
    """Return a date as `22 Nov`, with its year where that is not the current one."""
    year, month, number = date.split("-")
    text = f"{int(number)} {_MONTHS[int(month) - 1]}"
    return text if date[:4] == today[:4] else f"{text} {year}"


def short_time(text: str, zone: Zone, today: str) -> str:
    """Return a stored time as `22 Nov 08:37` in the database's zone."""
    local = zone.local(clock.from_text(text))
    return f"{day(local.date().isoformat(), today)} {local:%H:%M}"


def long_time(text: str, zone: Zone) -> str:
    """Return a stored time as `22 Nov 2026 08:37:01` in the database's zone."""
    local = zone.local(clock.from_text(text))
    return f"{local.day} {_MONTHS[local.month - 1]} {local:%Y %H:%M:%S}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: float, decimals: int) -> str:
    """Return a share of 0 to 1 in percent; one that is not nothing is never shown as 0 %."""
    least = 10**-decimals
    if 0 < share * 100 < least / 2:
        return f"<{least:.{decimals}f} %"
    return f"{share * 100:.{decimals}f} %"


def limit_left(user: str, limit: RateLimit) -> str:
    """Return what is left of a user's limit."""
    left = f"{limit.remaining:,} of {limit.limit:,} left"
    return f"{safe(user)} has {left} in {window_words(limit.window_seconds)}"


def used_of_limit(used: int, limit: int, window_seconds: int) -> str:
    """Return how much of a limit is used, as `2 of 5 in 1 hour`, or by how much it is exceeded."""
    window = window_words(window_seconds)
    if used > limit:
        return f"{used:,} in {window}, {beyond_limit(used, limit)}"
    return f"{used:,} of {limit:,} in {window}"


def beyond_limit(used: int, limit: int) -> str:
    """Return by how much a limit is exceeded that was lowered below what is used."""
    return f"{used - limit:,} more than the limit of {limit:,}"


def receipt_parts(
    receipt: Receipt, claimed: str | None = None, original_age: str | None = None
) -> list[str]:
    """Return what became of an attempt in a few phrases, the outcome first.

    Args:
        receipt: the attempt's receipt.
        claimed: the handle it was submitted under, to be named when nobody has it.
        original_age: how long ago the attempt was that it duplicates, if that is known.
    """
    again = " (again, nothing new was recorded)" if receipt.replayed else ""
    failure = receipt.failure
    if failure is None:
        parts = [f"lead {receipt.lead} created{again}", f"attempt {receipt.attempt}"]
        if receipt.rate_limit is not None:
            parts.append(limit_left(receipt.user, receipt.rate_limit))
        return parts
    parts = [failure.category.replace("_", " ") + again, f"attempt {receipt.attempt}"]
    if failure.category == "rate_limited" and receipt.rate_limit is not None:
        return parts + _refused(receipt.user, receipt.rate_limit)
    parts.append(_why(receipt, failure, claimed, original_age))
    return parts


def _why(receipt: Receipt, failure: Failure, claimed: str | None, original_age: str | None) -> str:
    message = safe(failure.message)
    if failure.code == "unknown_user" and claimed:
        message = message.replace("under this handle", f'as "{safe(claimed)}"')
        message = message.removeprefix("user: ")
    if receipt.duplicate_of is not None:
        age = f", {original_age}" if original_age is not None else ""
        message += f" (attempt {receipt.duplicate_of}{age})"
    return message


def _refused(user: str, limit: RateLimit) -> list[str]:
    if limit.retry_after is None:
        change = f"change it: leadlog limit set {safe(user)} N/WINDOW"
        return [f"{safe(user)} is blocked by a limit of 0", change]
    used = used_of_limit(limit.used, limit.limit, limit.window_seconds)
    return [f"{safe(user)} used {used}", f"try again in {span(limit.retry_after)}"]


def number_ranges(numbers: Iterable[int]) -> list[str]:
    """Return ascending numbers as text, three and more in a row as one range: `5-9`."""
    rows: list[tuple[int, int]] = []
    for number in numbers:
        if rows and rows[-1][1] == number - 1:
            rows[-1] = (rows[-1][0], number)
        else:
            rows.append((number, number))
    found: list[str] = []
    for first, last in rows:
        found += [f"{first}-{last}"] if last - first > 1 else map(str, range(first, last + 1))
    return found


def packed(parts: Iterable[str], indent: str, width: int) -> list[str]:
    """Return phrases as lines, as many to a line as fit into `width`."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(part) + 3 <= width:
            lines[-1] += f" · {part}"
        else:
            lines.append(indent + part)
    return lines


def wrapped(text: str, width: int, indent: str | None = None) -> list[str]:
    """Return a sentence as lines of at most `width`; later ones begin with its indent, or `indent`.

    A command that it names stays on one line, however long, so that it can be copied.
    """
    import re
    import textwrap

    kept = re.sub(_COMMAND, lambda command: command[0].replace(" ", _KEPT), text)
    own_indent = " " * (len(text) - len(text.lstrip(" ")))
    lines = textwrap.wrap(
        re.sub(_NO_BREAK, _KEPT, kept),
        width,
        subsequent_indent=own_indent if indent is None else indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_KEPT, " ") for line in lines]


def totals_lines(totals: Totals, fruit: tuple[str, str], width: int) -> list[str]:
    """Return the end of a stream in lines.

    Args:
        totals: what became of its lines.
        fruit: what its successes are, one and many.
        width: how long a line may be.
    """
    failed = sum(totals.failures.values())
    parts = [plural(totals.attempts, "attempt")]
    if totals.blank:
        parts.append(f"{totals.blank:,} blank")
    if totals.replayed:
        parts.append(f"{totals.replayed:,} replayed")
    outcome = f"{plural(totals.successes, *fruit)}, {plural(failed, 'failure')}"
    lines = [f"{plural(totals.lines, 'line')} = {' + '.join(parts)}: {outcome}"]
    if failed:
        counts = [f"{category} {count:,}" for category, count in totals.failures.items()]
        lines += packed(counts, "  ", width)
    return lines
