"""How many attempts there were, against days like this one."""

from sample_days import (
    SUNDAY,
    TUESDAY,
    USUAL,
    Try,
    before,
    day,
    make_inputs,
    on,
    quiet_week,
    usual_tries,
)
from told import severities, texts

from leadlog.analysis.detectors.volume import volume


def test_far_fewer_attempts_are_a_warning_and_far_more_a_notice() -> None:
    few, many = on(TUESDAY, USUAL[:6]), on(TUESDAY, USUAL * 3)

    assert texts(volume, few) == [
        (
            "Far fewer attempts were made than usual: "
            "25 fewer than the median of the Tuesdays before, 31."
        )
    ]
    assert severities(volume, few) == ["warning"]
    assert severities(volume, many) == ["notice"]


def test_a_sunday_is_not_unusual_for_being_unlike_a_monday() -> None:
    many = {"weekday": 300, "weekend": 20}

    for count in (28, 9):
        earlier = quiet_week(SUNDAY, count, **many)
        as_sunday = make_inputs(day(SUNDAY, usual_tries(SUNDAY, **many)), earlier)
        as_weekday = make_inputs(day(SUNDAY, [Try()] * 300), earlier)
        assert texts(volume, as_sunday) == []
        assert len(texts(volume, as_weekday)) == 1
    monday = "2026-03-16"
    quiet_monday = make_inputs(day(monday, [Try()] * 20), quiet_week(monday, 28, **many))
    assert len(texts(volume, quiet_monday)) == 1


def test_a_day_on_which_few_is_usual_is_learnt_from_the_last_of_its_kind() -> None:
    monday = "2026-03-16"
    earlier = [
        day(before(monday, back), [Try()] * (90 if back % 7 == 0 else 30)) for back in range(1, 15)
    ]

    assert texts(volume, make_inputs(day(monday, [Try()] * 90), earlier)) == []
    assert texts(volume, make_inputs(day(monday, [Try()] * 30), earlier)) == []


def test_days_that_differ_by_more_than_chance_widen_what_is_usual() -> None:
    wavering = [
        day(before(TUESDAY, back), [Try()] * (20 + 40 * (back // 7 % 2))) for back in range(1, 29)
    ]

    steady = [day(before(TUESDAY, back), [Try()] * 40) for back in range(1, 29)]
    many = day(TUESDAY, [Try()] * 90)

    assert texts(volume, make_inputs(many, steady)) != []
    assert texts(volume, make_inputs(many, wavering)) == []
