"""What the rate limit refused is told with where."""

import pytest
from sample_days import TUESDAY, Try, before, day, make_inputs, on, usual_tries
from told import severities, texts

from leadlog.analysis.detectors.limits import limit_pressure

USUAL = usual_tries(TUESDAY)


def refused(
    count: int, user: str = "batch", page: str | None = "/night", code: str = "x"
) -> list[Try]:
    return [Try(user, "import", page, "rate_limited", code)] * count


@pytest.mark.parametrize(
    ("tries", "told"),
    [
        (refused(1), "The rate limit refused 1 attempt, on the page /night."),
        (refused(2), "The rate limit refused 2 attempts by the same user, on the page /night."),
        (
            [*refused(2), *refused(1, "other", "/day")],
            ("The rate limit refused 3 attempts of 2 users, most often on the page /night (2)."),
        ),
        (refused(3, page=None), "The rate limit refused 3 attempts by the same user."),
        (
            [*refused(2), *refused(1, code="y")],
            (
                "The rate limit refused 2 attempts by the same user (x) and 1 attempt (y), "
                "on the page /night."
            ),
        ),
        (
            refused(9),
            (
                "The rate limit refused 9 attempts by the same user, on the page /night; "
                "the median of the Tuesdays before is 0."
            ),
        ),
    ],
)
def test_refusals_are_told_with_users_and_page(tries: list[Try], told: str) -> None:
    inputs = on(TUESDAY, [*USUAL, *tries])

    assert texts(limit_pressure, inputs) == [told]
    assert severities(limit_pressure, inputs) == ["warning" if "median" in told else "info"]


def test_what_is_refused_every_day_is_no_warning() -> None:
    dates = [before(TUESDAY, back) for back in range(1, 29)]
    earlier = [day(date, [*usual_tries(date), *refused(12)]) for date in dates]

    inputs = make_inputs(day(TUESDAY, [*USUAL, *refused(12)]), earlier)

    assert severities(limit_pressure, inputs) == ["info"]
