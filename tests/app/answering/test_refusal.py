"""Tests the confidence: a probability that rises and falls with its features as documented."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from app_fixtures import GUEST, HOST, Line, episode_of, index_of, passages_at, ranking_of
from hypothesis import given
from hypothesis import strategies as st

from app.answering.refusal import THRESHOLD, Features, confidence, features_of

NAMES = [field.name for field in fields(Features)]
AGAINST = ("unknown_word", "stranger", "moment")
share = st.floats(0, 1)
features = st.builds(Features, *[share] * len(NAMES))

EPISODE = episode_of(
    [
        Line(HOST, "What does the cache save?"),
        Line(GUEST, "The cache keeps answers for a week."),
        Line(HOST, "Who looks after the scheduler?"),
        Line(GUEST, "The scheduler is looked after by two people."),
    ],
    slug="savings",
)
PASSAGES = passages_at(EPISODE, [0, 2])
INDEX = index_of((EPISODE, PASSAGES), frequencies={"cache": 1, "answers": 1, "scheduler": 1, "people": 1, "week": 1})


@given(features)
def test_it_is_a_probability(item: Features) -> None:
    assert 0 < confidence(item) < 1


@given(features, st.sampled_from(NAMES), share)
def test_more_of_what_speaks_for_an_answer_never_makes_it_less(item: Features, name: str, value: float) -> None:
    low, high = sorted([getattr(item, name), value])
    less, more = (confidence(replace(item, **{name: each})) for each in (low, high))
    assert less >= more if name in AGAINST else less <= more


def test_everything_or_nothing() -> None:
    assert confidence(Features(1, 1, 1, 1, 1, 0, 0, 0)) > THRESHOLD > confidence(Features(0, 0, 0, 0, 0, 1, 1, 1))


def test_an_empty_ranking_is_refused() -> None:
    empty = features_of("What does the cache save?", ranking_of(INDEX, [], lambda text: 0.9), INDEX)
    assert empty == Features(0, 0, 0, 0, 0, 0, 0, 0)
    assert confidence(empty) < THRESHOLD


def test_a_question_without_word_pieces_is_refused() -> None:
    ranking = ranking_of(INDEX, [PASSAGES[0].id], lambda text: 0.9)
    bare = replace(ranking, tokens=np.zeros((0, 1), np.float32), weights=np.zeros(0, np.float32))
    assert confidence(features_of("\u0301", bare, INDEX)) < THRESHOLD


def of(question: str, *places: int, met: float = 0.5) -> Features:
    return features_of(question, ranking_of(INDEX, [PASSAGES[i].id for i in places], lambda text: met), INDEX)


def test_words_that_the_first_and_the_first_five_passages_hold() -> None:
    assert of("cache", 0, 1).covered_by_first == of("cache", 0, 1).covered_by_five == 1
    assert of("cache", 1, 0).covered_by_first == 0
    assert of("cache", 1, 0).covered_by_five == 1
    both = of("cache scheduler", 0, 1)
    assert 0 < both.covered_by_first < both.covered_by_five == 1


def test_endings_are_no_difference() -> None:
    assert of("schedulers", 1).covered_by_first == of("scheduling", 1).covered_by_first == 1


def test_a_word_that_the_archive_never_says_counts_by_its_rarity() -> None:
    # Two passages without the word mean less than twelve thousand: log(3 / 0.5) of log(12,000 / 0.5).
    assert of("zorblatt cache", 0).unknown_word == pytest.approx(math.log(6) / math.log(24_000))
    assert of("cache week", 0).unknown_word == 0


def test_a_question_of_stop_words_covers_nothing() -> None:
    assert of("what is it then", 0).covered_by_five == 0


@given(share)
def test_how_well_word_pieces_are_met_is_read_as_it_is(met: float) -> None:
    found = of("cache", 0, 1, met=met)
    assert found.late == pytest.approx(met, abs=1e-6)
    assert found.least_met == pytest.approx(met, abs=1e-6)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What does a cache cost today?", 1),
        ("Is the scheduler down at the moment?", 1),
        ("How many people keep the latest stable version?", 1),
        ("How do people keep answers today?", 0),
        ("What does the cache save?", 0),
    ],
)
def test_what_holds_at_this_moment(question: str, asked: float) -> None:
    assert of(question, 0).moment == asked


def test_words_ascribed_to_somebody_who_is_no_guest() -> None:
    assert of("What did Zed Strangerson say of the cache?", 0).stranger == 1
    assert of("What does the cache save?", 0).stranger == 0
