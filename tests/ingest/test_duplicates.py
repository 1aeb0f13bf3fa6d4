"""Tests transcripts that are in the archive twice."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from ingest.duplicates import find_duplicates
from ingest.models import Episode, Role, Segment


def episode(
    slug: str, paragraphs: Sequence[str], *, guest: str = "Ann", speaker: str = "Ann", published: str = "2024"
) -> Episode:
    role = Role.GUEST if speaker == guest else Role.UNKNOWN
    segments = tuple(
        Segment(i, i + 1, speaker, role, f"{text} and seven more words to be long enough", i)
        for i, text in enumerate(paragraphs)
    )
    return Episode(slug, slug, slug, None, None, (guest,), (), None, published, (), segments)


def test_the_copy_whose_guests_speak_is_kept() -> None:
    texts = [f"text {i}" for i in range(10)]
    right = episode("zz-right", texts)
    wrong = episode("aa-wrong", texts, guest="Bob", published="2020")
    assert find_duplicates([wrong, right]) == [("aa-wrong", "zz-right")]


def test_of_equals_the_older_is_kept_then_the_first_by_name() -> None:
    texts = [f"text {i}" for i in range(10)]
    assert find_duplicates([episode("a", texts), episode("b", texts, published="2023")]) == [("a", "b")]
    assert find_duplicates([episode("b", texts), episode("a", texts)]) == [("b", "a")]


def test_most_of_the_shorter_one_has_to_stand_in_the_other() -> None:
    long = episode("long", [f"text {i}" for i in range(100)])
    half = episode("half", [f"text {i}" for i in range(5)] + [f"own {i}" for i in range(5)])
    less = episode("less", [f"text {i}" for i in range(4)] + [f"own {i}" for i in range(6)])
    assert find_duplicates([long, half]) == [("long", "half")]
    assert find_duplicates([long, less]) == []


def test_short_paragraphs_do_not_count() -> None:
    def short(slug: str) -> Episode:
        segments = tuple(Segment(i, i + 1, "Ann", Role.GUEST, "Yes, I think so.", i) for i in range(20))
        return Episode(slug, slug, slug, None, None, (), (), None, None, (), segments)

    assert find_duplicates([short("a"), short("b")]) == []


def test_three_copies_leave_one() -> None:
    texts = [f"text {i}" for i in range(10)]
    assert find_duplicates([episode(slug, texts) for slug in "cab"]) == [("b", "a"), ("c", "a")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_in_a_chain_nothing_is_dropped_for_one_that_is_dropped_itself(order: tuple[int, ...]) -> None:
    # b shares one half with a and one with c; a and c share nothing: dropping only b loses nothing.
    one, two = [f"one {i}" for i in range(10)], [f"two {i}" for i in range(10)]
    chain = [episode("a", one), episode("b", one + two, published="2025"), episode("c", two)]
    assert find_duplicates([chain[i] for i in order]) == [("b", "a")]
    # If b is kept, both of the others are dropped.
    chain[1] = episode("b", one + two, published="2020")
    assert find_duplicates([chain[i] for i in order]) == [("a", "b"), ("c", "b")]


def test_what_the_show_says_every_time_makes_no_duplicates_and_costs_nothing() -> None:
    every_time = [f"our sponsor {i}" for i in range(20)]
    shows = [episode(f"show-{i}", [*every_time, *(f"own {i} {j}" for j in range(5))]) for i in range(3000)]
    begun = time.thread_time()
    assert find_duplicates(shows) == []
    assert time.thread_time() - begun < 10
