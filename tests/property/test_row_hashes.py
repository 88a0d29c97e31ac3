"""A row's hash changes with anything in the row, and with the row before."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import apsw
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leadlog import chain
from leadlog.verification import hashing

Value = str | int | None

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
any_value = st.none() | st.integers(-(2**63), 2**63 - 1) | any_text
any_row = st.lists(any_value, min_size=1, max_size=24)
any_hash = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(any_text, any_row, any_hash)
def test_a_hash_is_what_the_format_says(table: str, row: list[Value], previous: str) -> None:
    array = json.dumps([table, *row, previous], ensure_ascii=False, separators=(",", ":"))

    row_hash = chain.row_hash(table, row, previous)

    assert row_hash == hashlib.sha256(b"leadlog/1\n" + array.encode()).hexdigest()


@pytest.mark.parametrize("connect", [sqlite3.connect, apsw.Connection])
@given(any_row)
def test_the_array_that_sqlite_makes_is_the_one_that_is_hashed(
    connect: Callable[[str], Any], row: list[Value]
) -> None:
    marks = ", ".join("?" * len(row))

    with closing(connect(":memory:")) as connection:
        query = f"SELECT CAST(json_array('leads', {marks}) AS BLOB)"
        ((array,),) = connection.execute(query, row).fetchall()

    assert array == hashing.array("leads", row)


@given(any_row, st.data())
def test_changing_any_column_changes_the_hash(row: list[Value], data: st.DataObject) -> None:
    column = data.draw(st.integers(0, len(row) - 1))
    value = data.draw(any_value)
    assume(value != row[column])
    changed = [*row[:column], value, *row[column + 1 :]]

    assert chain.row_hash("users", changed, "p") != chain.row_hash("users", row, "p")


@given(any_row, any_text, any_text)
def test_another_table_changes_the_hash(row: list[Value], table: str, other: str) -> None:
    assume(table != other)

    assert chain.row_hash(table, row, "p") != chain.row_hash(other, row, "p")


@given(any_row, any_hash, any_hash)
def test_another_row_before_changes_the_hash(row: list[Value], previous: str, other: str) -> None:
    assume(previous != other)

    assert chain.row_hash("users", row, previous) != chain.row_hash("users", row, other)


@given(any_text, any_text)
def test_two_tables_of_a_database_begin_differently(table: str, other: str) -> None:
    assume(table != other)

    assert chain.genesis("database", table) != chain.genesis("database", other)
