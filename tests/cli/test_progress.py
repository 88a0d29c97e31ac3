"""A progress bar takes one line, says what fits on it, and never more than there is."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from leadlog.cli import progress


def drawn(columns: int, done: int, total: int | None, seconds: float = 10.0) -> list[str]:
    """Return the lines of a bar that came so far in so many seconds."""
    now = 0.0
    console = Console(width=columns, file=io.StringIO(), force_terminal=True, color_system=None)
    bar = progress._progress(console, "Simulating", "attempts")
    bar.get_time = lambda: now
    for task in [bar.add_task("Simulating", total=total)]:
        for share in (1, 2):
            now = seconds * share / 2
            bar.advance(task, done / 2)
    with console.capture() as capture:
        console.print(bar.get_renderable())
    return capture.get().rstrip("\n").split("\n")


def test_a_wide_screen_shows_how_many_how_fast_and_how_long() -> None:
    (line,) = drawn(120, 1_200_000, 5_000_000)

    assert "1,200,000 of 5,000,000 attempts · 120,000/s · 0:00:10" in line


def test_figures_that_do_not_fit_are_left_out() -> None:
    assert "1,200,000 of 5,000,000 attempts · 0:00:10" in drawn(60, 1_200_000, 5_000_000)[0]
    assert "1,200,000 of 5,000,000" in drawn(40, 1_200_000, 5_000_000)[0]
    assert "attempts" not in drawn(40, 1_200_000, 5_000_000)[0]


@pytest.mark.parametrize("columns", range(20, 130))
def test_a_bar_takes_one_line_of_the_screen(columns: int) -> None:
    lines = drawn(columns, 123_456_789, 987_654_321)

    assert len(lines) == 1
    assert cell_len(lines[0]) <= columns


def test_a_bar_never_shows_more_than_its_total() -> None:
    assert "360,392 of 360,392 attempts" in drawn(120, 560_393, 360_392)[0]


def test_a_bar_without_a_total_shows_what_is_done() -> None:
    assert "12,400 attempts" in drawn(120, 12_400, None)[0]
