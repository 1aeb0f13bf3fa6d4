"""Tests questions back: what is asked, which choices are offered, and how the reply is understood."""

from __future__ import annotations

import pytest
from builds import Built, answerer_of

from app.answering.pipeline import Answerer
from app.types import Outcome
from index.embedder import Embedder

UNCLEAR = "is it worth it"


@pytest.fixture(scope="module")
def answerer(sample_built: Built, minilm: Embedder) -> Answerer:
    return answerer_of(sample_built.settings, minilm)


def test_an_unclear_question_is_asked_back_and_not_answered(answerer: Answerer) -> None:
    answer = answerer.ask(UNCLEAR)
    assert answer.outcome is Outcome.CLARIFY
    assert not answer.answered
    assert answer.sentences[0].text.endswith("?")
    assert not answer.citations
    assert not answer.nearest


def test_each_choice_is_answered(answerer: Answerer) -> None:
    choices = answerer.ask(UNCLEAR).choices
    assert len(set(choices)) == len(choices)
    assert [answerer.ask(choice).outcome for choice in choices] == [Outcome.ANSWERED] * len(choices)


def test_the_reply_is_understood_together_with_the_question(answerer: Answerer) -> None:
    answer = answerer.ask("a feature store", history=[UNCLEAR])
    assert answer.standalone_question == "Is a feature store worth it?"
    assert answer.outcome is not Outcome.CLARIFY


def test_a_reply_that_asks_something_else_stands_alone(answerer: Answerer) -> None:
    question = "What do prefill and decode mean?"
    assert answerer.ask(question, history=[UNCLEAR]).standalone_question == question
