"""The columns that hashes cover: a part of the file format."""

import pytest

from leadlog import tables
from leadlog.rows import AttemptRow


def test_an_attempts_row_has_the_columns_of_its_table_in_their_order() -> None:
    columns = tables.CHAINED[tables.ATTEMPTS]

    assert columns[1:-1] == AttemptRow._fields
    assert columns[0] == "id"
    assert columns[-1] == "contact_hash"


def test_there_are_ten_chained_tables() -> None:
    assert set(tables.CHAINED) == {
        "settings",
        "users",
        "rate_limit_changes",
        "lead_submission_logs",
        "leads",
        "submission_corrections",
        "erasures",
        "daily_analysis_snapshots",
        "daily_analysis_reports",
        "analysis_runs",
    }


@pytest.mark.parametrize("table", tables.CHAINED)
def test_a_chained_table_begins_with_its_id_and_time(table: str) -> None:
    assert tables.CHAINED[table][:2] == ("id", "created_at")


@pytest.mark.parametrize("table", tables.CHAINED)
def test_a_chained_table_names_no_column_twice_and_leaves_the_chain_itself_out(table: str) -> None:
    columns = tables.CHAINED[table]

    assert len(set(columns)) == len(columns)
    assert not {"prev_hash", "hash"} & set(columns)


def test_the_reserved_user_is_the_first() -> None:
    assert (tables.RESERVED_USER_ID, tables.RESERVED_HANDLE) == (1, "unknown")
