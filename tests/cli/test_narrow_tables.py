"""How tables give way to narrow screens."""

import pytest
from rich.cells import cell_len

from leadlog.cli.layout import folded
from leadlog.cli.tables import Column, print_table

ID = Column("attempt", "right", fixed=True)
TIME = Column("last seen", fixed=True, dispensable=1)
USER = Column("user")
PAGE = Column("page", dispensable=2)
ROW = ("1234567", "2026-11-22", "the-partners-feed", "/a/rather/long/page")


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Printed":
    return Printed(monkeypatch, capsys)


class Printed:
    """Prints a table of one row on a screen and returns its lines."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, width: int, *columns: Column, row: tuple[str, ...] = ROW) -> list[str]:
        self._monkeypatch.setenv("COLUMNS", str(width))
        print_table(columns, [row])
        return self._capsys.readouterr().out.splitlines()


def test_a_table_with_room_shows_everything(printed: Printed) -> None:
    assert printed(80, ID, TIME, USER, PAGE) == [
        " attempt  last seen   user               page",
        " 1234567  2026-11-22  the-partners-feed  /a/rather/long/page",
    ]


def test_long_cells_are_cut_first(printed: Printed) -> None:
    assert printed(52, ID, TIME, USER, PAGE)[1] == (
        " 1234567  2026-11-22  the-partners-…  /a/rather/lon…"
    )


def test_gaps_close_up_before_a_cell_gets_short(printed: Printed) -> None:
    assert printed(40, ID, TIME, USER, PAGE)[1] == " 1234567 2026-11-22 the-part… /a/rather…"


def test_the_most_dispensable_column_goes_first(printed: Printed) -> None:
    assert printed(34, ID, TIME, USER, PAGE)[0] == " attempt  last seen   user"
    assert printed(24, ID, TIME, USER, PAGE)[0] == " attempt  user"


def test_titles_take_two_lines_before_a_column_goes(printed: Printed) -> None:
    columns = (USER, Column("would be refused", "right", fixed=True, dispensable=1))

    assert printed(24, *columns, row=("site-form", "12,345")) == [
        "           would be",
        " user       refused",
        " site-form   12,345",
    ]


@pytest.mark.parametrize("width", range(20, 81))
def test_no_number_or_date_is_ever_cut(printed: Printed, width: int) -> None:
    lines = printed(width, ID, TIME, USER, PAGE)

    assert max(map(len, lines)) <= width
    cells = lines[1].split()
    assert cells[0] == ROW[0]
    assert ROW[1] in cells or "last" not in lines[0]


@pytest.mark.parametrize("width", range(20, 81))
def test_a_cell_is_never_cut_to_nothing(printed: Printed, width: int) -> None:
    cells = printed(width, ID, TIME, USER, PAGE)[1].split()

    assert min(map(len, cells)) >= 7


@pytest.mark.parametrize("width", range(24, 81))
def test_what_is_whole_is_not_cut(printed: Printed, width: int) -> None:
    outcome = Column("outcome", whole="✓")

    line = printed(width, ID, USER._replace(dispensable=1), outcome, row=(*ROW[:2], "✓ lead 1234"))

    assert line[1].endswith("✓ lead 1234")


def test_columns_stay_under_each_other_whatever_letters_they_hold(printed: Printed) -> None:
    for user in ("日本語の名前", "e\u0301a", "👩 x", "❤\ufe0f", "日" * 40):
        lines = printed(60, USER, TIME, row=(user, "2026-11-22"))

        ends = {cell_len(line.rpartition(" ")[0]) for line in lines[1:]}
        assert ends == {cell_len(lines[0].partition("last")[0]) - 1}


def test_a_cell_is_coloured_by_what_it_begins_with_and_the_gaps_are_not(
    printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadlog.cli.output.wants_colour", lambda _: True)
    state = Column("state", colours={"new": "red", "back": "yellow"}, folds=True)

    assert printed(80, state, USER, row=("new today", "ongoing")) == [
        " \x1b[2mstate\x1b[0m      \x1b[2muser\x1b[0m",
        " \x1b[31mnew today\x1b[0m  ongoing",
    ]
    assert printed(20, state, USER, row=("back for good", "ongoing"))[1:] == [
        " \x1b[33mback for\x1b[0m  ongoing",
        " \x1b[33mgood\x1b[0m",
    ]


BY = Column("by", folds=True, least=12)
STOOD_IN = "built-in for openai/gpt-4o-mini"


def test_a_cell_that_folds_stays_in_one_line_where_there_is_room(printed: Printed) -> None:
    assert printed(80, ID, BY, TIME, row=("1234567", STOOD_IN, "2026-11-22"))[1:] == [
        " 1234567  built-in for openai/gpt-4o-mini  2026-11-22"
    ]


def test_gaps_close_up_before_a_word_is_folded(printed: Printed) -> None:
    row = ("1234567", STOOD_IN, "2026-11-22")

    assert printed(38, ID, BY, TIME, row=row) == [
        " attempt by                 last seen",
        " 1234567 built-in for       2026-11-22",
        "         openai/gpt-4o-mini",
    ]


@pytest.mark.parametrize("width", range(24, 81))
def test_nothing_of_a_cell_that_folds_is_cut(printed: Printed, width: int) -> None:
    lines = printed(width, ID, BY, row=("1234567", STOOD_IN))[1:]

    assert max(map(len, lines)) <= width
    told = " ".join(line.removeprefix(" 1234567").strip() for line in lines)
    assert told.replace("/ ", "/").replace("- ", "-") == STOOD_IN


def test_a_text_is_folded_at_its_spaces_then_inside_its_words() -> None:
    assert folded(STOOD_IN, 31) == [STOOD_IN]
    assert folded(STOOD_IN, 18) == ["built-in for", "openai/gpt-4o-mini"]
    assert folded(STOOD_IN, 12) == ["built-in for", "openai/", "gpt-4o-mini"]
    assert folded(STOOD_IN, 8) == ["built-in", "for", "openai/", "gpt-4o-", "mini"]
    assert folded("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_words_that_share_a_line_of_a_fold_keep_the_space_between_them() -> None:
    assert folded("report 2 after 2 retries", 15) == ["report 2 after", "2 retries"]
    assert folded("abcdefgh i j", 5) == ["abcde", "fgh i", "j"]


@pytest.mark.parametrize("width", range(2, 12))
def test_wide_letters_are_folded_by_the_cells_they_take(width: int) -> None:
    lines = folded("模型/中文-名字 模型", width)

    assert max(map(cell_len, lines)) <= width
    assert "".join(lines) == "模型/中文-名字模型"
