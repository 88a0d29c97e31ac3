"""Two pages are the same or not, whatever masking made of them."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import leadlog
from leadlog.limits import Limit

ADA = {"user": "form", "email": "ada@example.org"}
any_page = st.sampled_from(
    [
        None,
        "/pricing",
        "/demo",
        "/ada",
        "/lovelace",
        "/ada-lovelace",
        "/t/Ada%20Lovelace",
        "/<name>",
    ]
)
any_name = st.sampled_from(["Ada Lovelace", "Demo Pricing", "Demo", "Lovelace"])
_numbers = itertools.count()


@pytest.fixture
def log(tmp_path: Path) -> leadlog.Leadlog:
    opened = leadlog.open(tmp_path / "leads.db", create=True, limit=Limit(10_000, 1))
    opened.add_user("form")
    return opened


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_page, any_name, any_page, any_name)
def test_only_the_same_page_of_one_person_is_a_duplicate(
    log: leadlog.Leadlog, first: str | None, name: str, second: str | None, other_name: str
) -> None:
    email = f"p{next(_numbers)}@example.org"
    log.submit(user="form", email=email, name=name, page=first)

    again = log.submit(user="form", email=email, name=other_name, page=second)

    assert again.ok == (first != second)


@pytest.mark.parametrize(
    "more",
    [
        {"page": "/pricing", "fields": {"topic": "pricing"}},
        {"company": "Web", "source": "web"},
        {"name": "Demo", "page": "/demo"},
        {"fields": {"c": "cli"}, "source": "cli"},
        {"name": "Cli Person", "source": "cli"},
    ],
)
def test_names_of_things_are_not_masked_by_values_that_are_not_personal(
    log: leadlog.Leadlog, more: dict[str, object]
) -> None:
    receipt = log.append("submit", {**ADA, "name": "Ada Lovelace", **more}).receipt

    detail = log.attempt(receipt.attempt)

    assert (detail.source, detail.page) == (more.get("source", "cli"), more.get("page"))


def test_an_erased_original_of_the_same_masked_page_counts(log: leadlog.Leadlog) -> None:
    given = {**ADA, "name": "Ada Lovelace", "page": "/thanks/ada-lovelace"}
    log.append("submit", given)
    log.forget(log.plan_erasure(email="ada@example.org"), "asked")

    assert not log.append("submit", given).receipt.ok
