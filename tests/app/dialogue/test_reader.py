"""Tests which turns are asked back, and which continue the turns before, with the real embedder and without."""

from __future__ import annotations

import pytest

from app.dialogue.reader import CLEAR, FOLLOWS, Reader, weights
from index.embedder import Embedder

FIRST = "When does a feature store pay off for a small team?"
BY_FORM = Reader(weights(CLEAR), weights(FOLLOWS), None)


@pytest.fixture(scope="module")
def fitted(minilm: Embedder) -> Reader:
    return Reader.of(minilm)


def test_the_embedder_that_the_weights_are_for_is_used(fitted: Reader) -> None:
    assert fitted.vector is not None


@pytest.mark.parametrize("turn", ["which one is better", "is it worth it", "does it scale?", "mine still fails, why"])
def test_what_nobody_can_answer_alone_is_unclear(fitted: Reader, turn: str) -> None:
    assert fitted.unclear(turn)


@pytest.mark.parametrize(
    "turn",
    ["is kubernetes worth it", "dbt", "What is Kafka?", "why is spark slow", "Which wood is best for the oven?", FIRST,
     "What does Sunniva Harrowdel say about costs?"],
)  # fmt: skip
def test_what_names_its_subject_is_clear(fitted: Reader, turn: str) -> None:
    assert not fitted.unclear(turn)
    assert not BY_FORM.unclear(turn)


@pytest.mark.parametrize("turn", ["Why?", "And what does it cost?", "For fraud detection?", "any downsides?"])
def test_a_turn_without_a_subject_continues(fitted: Reader, turn: str) -> None:
    assert fitted.follows(turn, [FIRST])


@pytest.mark.parametrize(
    "turn", ["How do I cook risotto?", "What is conformal prediction?", "Explain continuous batching."]
)
def test_a_whole_question_on_something_else_starts_afresh(fitted: Reader, turn: str) -> None:
    assert not fitted.follows(turn, [FIRST])
    assert not BY_FORM.follows(turn, [FIRST])
