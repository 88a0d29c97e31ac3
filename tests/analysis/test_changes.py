"""Sources, pages and users with far more or fewer attempts than usual are told, and new ones."""

from collections.abc import Sequence
from typing import Any

from sample_days import FEED, TUESDAY, USUAL, Metrics, Try, before, changed, day, make_inputs, on
from told import severities, texts

from leadlog.analysis.detectors.changes import drops, newcomers, rises
from leadlog.analysis.detectors.volume import volume

MAIL = Try("newsletter", "mail", "/news")


def weeks(*usual: Try, date: str = TUESDAY, count: int = 28) -> list[Metrics]:
    """Return the days before a date, each with these attempts."""
    return [day(before(date, back), usual) for back in range(1, count + 1)]


def at(tries: Sequence[Try], earlier: list[Metrics], **more: Any) -> dict[str, Any]:
    return make_inputs(day(TUESDAY, tries), earlier, **more)


def test_a_source_that_falls_is_told_though_the_day_is_as_large_as_usual() -> None:
    earlier = weeks(*[FEED] * 20, *[MAIL] * 20)
    swapped = at([FEED, *[MAIL] * 45], earlier)

    assert texts(volume, swapped) == []
    assert texts(drops, swapped) == [
        (
            "Only 1 attempt was made from the source feed, and as many on the page /feed and by "
            "the user partner; the median of the Tuesdays before is 20."
        )
    ]
    assert severities(drops, swapped) == ["warning"]
    assert texts(rises, swapped) == [
        (
            "45 attempts were made from the source mail, and as many on the page /news and by "
            "the user newsletter; the median of the Tuesdays before is 20."
        )
    ]
    assert severities(rises, swapped) == ["notice"]


def test_a_source_that_is_all_but_silent_is_told_though_it_wavers() -> None:
    # 12 attempts one week and 40 the next: beyond chance, but one attempt is beyond that as well.
    earlier = [
        day(before(TUESDAY, back), [*[FEED] * (12 + 28 * (back // 7 % 2)), *[MAIL] * 40])
        for back in range(1, 29)
    ]
    one, four = at([FEED, *[MAIL] * 40], earlier), at([*[FEED] * 4, *[MAIL] * 40], earlier)

    assert texts(drops, one) == [
        (
            "Only 1 attempt was made from the source feed, and as many on the page /feed and by "
            "the user partner; the median of the Tuesdays before is 26."
        )
    ]
    assert severities(drops, one) == ["warning"]
    assert texts(drops, changed(one, silent_share=0.01)) == []
    assert texts(drops, changed(one, regular_days=21)) == []
    assert texts(drops, four) == []


def test_names_that_only_go_with_the_day_are_not_told() -> None:
    earlier = weeks(*[FEED] * 40, *[MAIL] * 40)

    fewer, more = at([FEED, MAIL] * 15, earlier), at([FEED, MAIL] * 120, earlier)

    assert texts(volume, fewer) != []
    assert texts(drops, fewer) == []
    assert texts(volume, more) != []
    assert texts(rises, more) == []


def test_a_name_that_is_all_of_the_day_is_told_as_the_day() -> None:
    earlier = weeks(*[Try()] * 40)

    assert texts(drops, at([Try()] * 5, earlier)) == []
    assert texts(rises, at([Try()] * 200, earlier)) == []


def test_the_largest_changes_are_told_first() -> None:
    other = Try("other", "api", "/api")
    earlier = weeks(*[FEED] * 20, *[MAIL] * 60, *[other] * 80)

    fallen = texts(drops, at([FEED, MAIL, *[other] * 80], earlier))
    risen = texts(rises, at([*[FEED] * 60, *[MAIL] * 160, *[other] * 80], earlier))

    assert [one.partition(" from the source ")[2][:4] for one in fallen] == ["mail", "feed"]
    assert [one.partition(" from the source ")[2][:4] for one in risen] == ["mail", "feed"]


def test_names_of_different_kinds_are_told_together_only_with_the_same_numbers() -> None:
    earlier = weeks(*[FEED] * 20, *[MAIL] * 40, *[Try("partner", "feed", "/b")] * 20)

    told = texts(
        rises, at([*[FEED] * 60, *[MAIL] * 40, *[Try("partner", "feed", "/b")] * 20], earlier)
    )

    assert told == [
        (
            "80 attempts were made from the source feed, and as many by the user partner; "
            "the median of the Tuesdays before is 40."
        ),
        "60 attempts were made on the page /feed; the median of the Tuesdays before is 20.",
    ]


def test_pages_with_the_same_numbers_are_told_each_for_itself() -> None:
    pages = [Try(page="/a"), Try(page="/b")]
    earlier = weeks(*pages * 10, *[Try()] * 40)

    assert texts(rises, at([*pages * 40, *[Try()] * 40], earlier)) == [
        f"40 attempts were made on the page {page}; the median of the Tuesdays before is 10."
        for page in ("/a", "/b")
    ]


def test_attempts_without_a_source_are_told_as_that() -> None:
    nameless = Try("partner", None, None)
    earlier = weeks(*[nameless] * 20, *[MAIL] * 40)

    assert texts(drops, at([nameless, *[MAIL] * 40], earlier)) == [
        (
            "Only 1 attempt was made without a source, and as many without a page and by the user "
            "partner; the median of the Tuesdays before is 20."
        )
    ]


def test_a_new_name_with_many_attempts_is_told() -> None:
    inputs = on(TUESDAY, [*USUAL, *[Try(source="ads", page="/landing")] * 12])

    assert texts(newcomers, inputs) == [
        (
            "12 attempts were made from the source ads, and as many on the page /landing; "
            "none of the last 28 closed days had any."
        )
    ]
    assert severities(newcomers, inputs) == ["notice"]
    assert texts(rises, inputs) == []


def test_a_new_name_whose_failures_are_told_is_not_told_again() -> None:
    broken = Try(source="ads", page="/landing", category="upstream", code="crm_500")

    assert texts(newcomers, on(TUESDAY, [*USUAL, *[broken] * 12])) == []


def test_a_name_that_may_have_been_among_the_summed_up_is_not_called_new() -> None:
    crowd = [Try(page=f"/p{number}") for number in range(101) for _ in range(2)]
    earlier = weeks(*crowd)
    inputs = at([*crowd, *[Try(page="/p999")] * 30, *[Try(page="/p0")] * 30], earlier)

    assert inputs["baseline"]["by_page_other"] == {"days": 28}
    assert texts(newcomers, inputs) == []
    assert texts(rises, inputs) == [
        "32 attempts were made on the page “/p0”; the median of the Tuesdays before is 2."
    ]
