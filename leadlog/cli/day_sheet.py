"""How a snapshot looks to a person: one screen of figures."""

from itertools import zip_longest
from typing import Any, NamedTuple

from rich.cells import cell_len

from leadlog.cli import output, wording
from leadlog.cli.layout import cell, console_width
from leadlog.clock import Zone, from_text
from leadlog.closing import Snapshot
from leadlog.failures import sparkline
from leadlog.text import safe

_MOST_BAR_CELLS = 50
_LISTED = 5
_GAP = 2
_SIDE_BY_SIDE = 72


def line(snapshot: Snapshot) -> str:
    """Return a snapshot as one line of a list; as several where that is wider than the screen."""
    metrics = snapshot.metrics
    status = "final" if snapshot.is_final else "provisional"
    attempts = wording.plural(metrics["attempts"], "attempt")
    rate = percent(metrics["success_rate"])
    text = f"{snapshot.date}  {status:<11}  {attempts:>16}  {metrics['leads']:>9,} leads  {rate:>7}"
    if len(text) <= console_width():
        return text
    parts = [snapshot.date, status, attempts, f"{metrics['leads']:,} leads", rate]
    return "\n".join(wording.packed(parts, "", console_width()))


def print_sheet(snapshot: Snapshot, median_rate: float | None, zone: Zone) -> None:
    """Print a snapshot: its size, outcome, hours, and what stands out."""
    metrics = snapshot.metrics
    status = "final" if snapshot.is_final else "provisional"
    title = [snapshot.date, status, metrics["timezone"]]
    if metrics["attempts"] == 0:
        _print_title([*title, "no attempts"])
    else:
        attempts = wording.plural(metrics["attempts"], "attempt")
        _print_title([*title, f"{attempts}, {_numbers(metrics)}"])
        _print_outcome(metrics, median_rate)
        _print_hours(metrics, zone)
        output.result("")
        _print_lists(metrics)
    _print_notes(snapshot)
    if metrics["attempts"]:
        output.hint(f" every figure: leadlog trace {snapshot.date} {_interesting_pointer(metrics)}")


def percent(rate: float | None) -> str:
    """Return a rate as text; a dash where there were no attempts."""
    return "–" if rate is None else f"{rate * 100:.1f} %"


def _numbers(metrics: dict[str, Any]) -> str:
    first, last = metrics["first_attempt"], metrics["last_attempt"]
    return f"no. {first}" if first == last else f"no. {first} to {last}"


def _print_title(parts: list[str]) -> None:
    for text in wording.packed(parts, "", console_width()):
        output.result(output.paint(text, "bold"))


def _print_outcome(metrics: dict[str, Any], median_rate: float | None) -> None:
    before = f" leads     {metrics['leads']:,}  "
    after = f"  failures {metrics['failures']:,}"
    room = console_width() - len(before) - len(after)
    output.result("")
    output.result(f"{before}{_bar(metrics, max(min(room, _MOST_BAR_CELLS), 2))}{after}")
    rate = f" success   {percent(metrics['success_rate'])}"
    if median_rate is not None:
        rate += f", median of the closed days before {percent(median_rate)}"
    _print_wrapped(rate, "           ")


def _bar(metrics: dict[str, Any], cells: int) -> str:
    filled = round(cells * metrics["successes"] / metrics["attempts"])
    if metrics["failures"]:
        filled = min(filled, cells - 1)
    if metrics["successes"]:
        filled = max(filled, 1)
    return output.paint("█" * filled, "green") + output.paint("▒" * (cells - filled), "red")


def _print_hours(metrics: dict[str, Any], zone: Zone) -> None:
    hours = sparkline(entry["attempts"] for entry in metrics["by_hour"])
    _print_wrapped(f" by hour   {hours}   {_busiest(metrics, zone)}".rstrip(), "           ")


def _busiest(metrics: dict[str, Any], zone: Zone) -> str:
    peak = metrics["peak_minute"]
    if peak is None:
        return ""
    local = zone.local(from_text(peak["starts_at"]))
    return f"busiest minute {local:%H:%M} with {peak['attempts']:,}"


def _print_wrapped(text: str, indent: str) -> None:
    for wrapped in wording.wrapped(text, console_width(), indent):
        output.result(wrapped)


def _print_lists(metrics: dict[str, Any]) -> None:
    """Print the largest failures, sources and pages, side by side where there is room."""
    codes = [(entry["code"], f"{entry['attempts']:,}") for entry in metrics["failures_by_code"]]
    lists = [_List("failures", _shortened(codes, 0))]
    for title in ("source", "page"):
        named = [_named(entry) for entry in metrics[f"by_{title}"]]
        others = metrics[f"by_{title}_other"]["names"]
        lists.append(_List(f"{title}s", _shortened(named, others)))
    rows = [lists] if console_width() >= _SIDE_BY_SIDE else [[each] for each in lists]
    for columns in rows:
        widths = _widths([each.cells for each in columns])
        titles = (cell(each.title, width) for each, width in zip(columns, widths, strict=True))
        output.result(output.paint(f" {''.join(titles)}".rstrip(), "dim"))
        for entries in zip_longest(*(each.entries for each in columns), fillvalue=("", "")):
            cells = (_entry(*each, width) for each, width in zip(entries, widths, strict=True))
            output.result(f" {''.join(cells)}".rstrip())
        output.result("")


class _List(NamedTuple):
    """A list under its title: names and what is said of them."""

    title: str
    entries: list[tuple[str, str]]

    @property
    def cells(self) -> int:
        """How wide it would like to be."""
        needs = [cell_len(safe(name)) + len(count) + 1 for name, count in self.entries]
        return max([len(self.title), *needs]) + _GAP


def _widths(wanted: list[int]) -> list[int]:
    """Return each column's width: what it wants, the widest sharing what is left of the line."""
    left = console_width() - 1 + _GAP
    widths = dict.fromkeys(range(len(wanted)), 0)
    for done, place in enumerate(sorted(widths, key=lambda place: wanted[place])):
        widths[place] = min(wanted[place], left // (len(wanted) - done))
        left -= widths[place]
    return list(widths.values())


def _named(entry: dict[str, Any]) -> tuple[str, str]:
    rate = f"{entry['success_rate']:.0%}".removesuffix("%")
    return entry["name"] or "(none)", f"{entry['attempts']:,} {rate:>3} % ok"


def _shortened(entries: list[tuple[str, str]], unlisted: int) -> list[tuple[str, str]]:
    if len(entries) <= _LISTED and not unlisted:
        return entries
    more = len(entries) - _LISTED + 1 + unlisted
    return [*entries[: _LISTED - 1], (f"and {more:,} more", "")]


def _entry(name: str, count: str, width: int) -> str:
    room = max(width - _GAP - len(count) - (1 if count else 0), 1)
    shown = f"{cell(safe(name), room)} {count}" if count else cell(safe(name), room)
    return shown + " " * _GAP


def _print_notes(snapshot: Snapshot) -> None:
    """Print what came late for the date, or on it for others, and what was corrected on it."""
    metrics = snapshot.metrics
    for date, attempts in snapshot.arrived_late:
        verb = "counts" if attempts == 1 else "count"
        count = wording.plural(attempts, "attempt")
        _print_wrapped(f" {count} arrived late for this date and {verb} for {date}", " ")
    for entry in metrics["late"]:
        text = f"{wording.plural(entry['attempts'], 'attempt')} of this date came late for"
        _print_wrapped(f" {text} {entry['for_date']}", " ")
    for entry in metrics["corrections"]:
        count = wording.plural(entry["attempts"], "attempt")
        change = f"{entry['from']} → {entry['to']}"
        _print_wrapped(f" {count} of {entry['for_date']} corrected on this date: {change}", " ")


def _interesting_pointer(metrics: dict[str, Any]) -> str:
    failed = {name: n for name, n in metrics["failures_by_category"].items() if n}
    if not failed:
        return "/attempts"
    return f"/failures_by_category/{max(failed, key=lambda name: failed[name])}"
