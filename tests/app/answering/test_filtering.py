"""Tests the filters by date: a year, a month or a day; what is no date, and what no episode is from."""

from __future__ import annotations

import pytest

from app.answering.filtering import FilterError, filters_of
from index.opened import Catalog

DAYS = {"ash": "2021-12-31", "birch": "2022-01-01", "cedar": "2022-05-12", "dogwood": "2023-05-01"}
CATALOG = Catalog(
    episodes=tuple((slug, f"On {slug}") for slug in (*DAYS, "undated")),
    guests=("Ilva Nadrostek",),
    topics=(),
    seasons=(1,),
    sample=False,
    passages=9,
    version="x",
    days=DAYS,
)


def of(since: str | None = None, until: str | None = None, *episodes: str) -> tuple[str, ...]:
    return filters_of(CATALOG, list(episodes), None, None, None, since, until).episodes


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2022", None, "birch cedar dogwood"),
        (None, "2022", "ash birch cedar"),
        ("2022", "2022", "birch cedar"),
        ("2022-05", None, "cedar dogwood"),
        (None, "2022-05", "ash birch cedar"),
        ("2022-05", "2022-05", "cedar"),
        ("2022-05-12", None, "cedar dogwood"),
        ("2022-05-13", None, "dogwood"),
        (None, "2022-05-12", "ash birch cedar"),
        (None, "2022-05-11", "ash birch"),
        ("2021-12-31", "2022-01", "ash birch"),
        ("2022-02-31", None, "cedar dogwood"),
        ("0001", "9999", "ash birch cedar dogwood"),
    ],
)
def test_both_ends_of_a_range_are_in_it_and_undated_episodes_are_not(
    since: str | None, until: str | None, found: str
) -> None:
    assert of(since, until) == tuple(found.split())


def test_without_dates_every_episode_counts_and_with_names_only_those_of_the_range() -> None:
    assert of() == ()
    assert of("2022", None, "On cedar", "On ash") == ("cedar",)
    assert of(None, None, "undated") == ("undated",)


@pytest.mark.parametrize(
    "text",
    ["", "now", "22", "2022-5", "2022-13", "2022-00", "2022-05-32", "2022/05", "May 2022", "2022-", " 2022", "2022\n"],
)
@pytest.mark.parametrize("end", ["since", "until"])
def test_what_is_no_date_is_refused_with_the_forms_there_are(text: str, end: str) -> None:
    with pytest.raises(FilterError, match=r"is no date: give a year, a month or a day, as 2023, 2023-05 or 2023-05-12"):
        of(**{end: text})


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        ("2024", None, "no episode is dated since 2024. They are from 2021-12-31 to 2023-05-01."),
        (None, "2020-12", "no episode is dated until 2020-12. They are from 2021-12-31 to 2023-05-01."),
        (
            "2022-01-02",
            "2022-04",
            "no episode is dated since 2022-01-02 and until 2022-04. They are from 2021-12-31 to 2023-05-01.",
        ),
        ("2023", "2022", "no episode is dated since 2023 and until 2022: the range ends before it begins"),
    ],
)
def test_a_range_without_episodes_says_what_there_is(since: str | None, until: str | None, told: str) -> None:
    with pytest.raises(FilterError) as caught:
        of(since, until)
    assert str(caught.value) == told


def test_an_episode_that_is_named_and_not_in_the_range_is_told_with_its_own_day() -> None:
    with pytest.raises(FilterError, match=r"dated since 2023\. They are from 2022-01-01 to 2022-05-12\."):
        of("2023", None, "birch", "cedar")
    with pytest.raises(FilterError, match="None of them has a date"):
        of("2023", None, "undated")
