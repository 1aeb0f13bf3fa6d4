"""Tests the example questions: only those that the current archive answers are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from builds import Built, answerer_of
from chat_fake import NONE, FakeAnswerer, refusal

from app.answering.examples import MOST, examples_for
from app.answering.pipeline import Answerer
from app.question import check_question
from app.types import Answer
from index.filters import Filters
from ingest.descriptor import known_descriptor

QUESTIONS = known_descriptor("original").questions


class Picky(FakeAnswerer):
    """Answers only these questions."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__()
        self._known = known
        self.catalog = replace(self.catalog, questions=QUESTIONS)

    def ask(
        self, question: str, *, history: Sequence[str] = (), filters: Filters = NONE, stop: object = None
    ) -> Answer:
        answer = super().ask(question, history=history, filters=filters)
        return answer if question in self._known else replace(refusal(question), question=question)


@pytest.mark.parametrize("known", [QUESTIONS, QUESTIONS[::2], QUESTIONS[-1:], ()])
def test_the_first_that_are_answered_in_their_order(known: Sequence[str]) -> None:
    assert examples_for(cast(Answerer, Picky(known))) == list(known[:MOST])


def test_no_more_is_asked_than_is_shown() -> None:
    answerer = Picky(QUESTIONS)
    examples_for(cast(Answerer, answerer))
    assert len(answerer.calls) == MOST


def test_questions_are_ones_that_can_be_asked() -> None:
    assert len(set(QUESTIONS)) == len(QUESTIONS) >= MOST
    for question in QUESTIONS:
        assert check_question(question) == question
        assert question.endswith("?")


def test_the_sample_answers_some(sample_built: Built) -> None:
    answerer = answerer_of(sample_built.settings, sample_built.embedder)
    try:
        shown = examples_for(answerer)
        assert 3 <= len(shown) <= MOST
        assert all(answerer.ask(question).answered for question in shown)
    finally:
        answerer.close()
