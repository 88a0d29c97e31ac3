"""The one error type and its exit codes, on which scripts depend."""

import pytest

from leadlog.errors import EXIT_CODES, EXIT_RATE_LIMITED, EXIT_RECORDED_FAILURE, LeadlogError


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [
        ("bug", 1),
        ("usage", 2),
        ("not_found", 3),
        ("unverified", 4),
        ("engine", 7),
        ("unusable", 8),
        ("busy", 8),
        ("unknown_outcome", 9),
        ("not_delivered", 9),
        ("interrupted", 130),
        ("terminated", 143),
    ],
)
def test_a_kind_of_error_has_its_exit_code(kind: str, exit_code: int) -> None:
    assert LeadlogError(kind, "It failed.").exit_code == exit_code


def test_a_recorded_failure_has_an_exit_code_that_no_error_has() -> None:
    assert EXIT_RECORDED_FAILURE == 5
    assert EXIT_RECORDED_FAILURE not in EXIT_CODES.values()


def test_a_refusal_by_the_rate_limit_has_an_exit_code_that_no_error_has() -> None:
    assert EXIT_RATE_LIMITED == 6
    assert EXIT_RATE_LIMITED not in EXIT_CODES.values()


def test_an_error_carries_its_message_and_what_to_do_next() -> None:
    error = LeadlogError("usage", "It failed.", "Try again.")

    assert (str(error), error.message, error.hint) == ("It failed.", "It failed.", "Try again.")


def test_an_error_may_have_no_hint() -> None:
    assert LeadlogError("usage", "It failed.").hint is None
