"""Tests the judge: probabilities, and the confidence that is read from them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fitted.weights import Fitted
from index.judging.features import FEATURES
from index.judging.judge import ANSWERED_FROM, DECIDING, FITTED, NEAR_FROM, confidence, probabilities

share = st.floats(0, 1)
PLAIN = Fitted({}, 0.0, {"slope": 1.0, "intercept": 0.0})


def test_the_shipped_weights_name_every_feature() -> None:
    assert FITTED.weights.keys() == set(FEATURES)
    assert 0 < NEAR_FROM < ANSWERED_FROM < 1


def test_probabilities_by_hand() -> None:
    weights = dict.fromkeys(FEATURES, 0.0) | {"cosine": 2.0, "late": -1.0}
    rows = np.zeros((2, len(FEATURES)))
    rows[0, FEATURES.index("cosine")], rows[0, FEATURES.index("late")] = 0.5, 0.25
    found = probabilities(rows, Fitted(weights, 0.5))
    assert found.tolist() == pytest.approx([1 / (1 + math.exp(-1.25)), 1 / (1 + math.exp(-0.5))])


def test_confidence_is_the_chance_that_one_of_the_first_answers() -> None:
    assert confidence([0.5, 0.5], PLAIN) == pytest.approx(0.75)
    assert confidence([0.1] * (DECIDING + 5), PLAIN) == pytest.approx(1 - 0.9**DECIDING)


def test_nothing_found_is_no_answer() -> None:
    assert confidence([]) == 0


@given(st.lists(share, min_size=1, max_size=12))
def test_it_is_a_probability_whatever_was_found(found: list[float]) -> None:
    assert 0 < confidence(found) < 1


@given(st.lists(share, min_size=1, max_size=6), share)
def test_a_further_passage_never_makes_an_answer_less_probable(found: list[float], more: float) -> None:
    assert confidence([*found, more], PLAIN) >= confidence(found, PLAIN) - 1e-9
