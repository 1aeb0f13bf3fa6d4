"""Tests how questions without an answer are counted and grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from kept_fake import Kept

from app.keeping.gaps import Question, grouped, questions_in
from app.keeping.keeper import Feedback, Verdict
from app.types import Outcome
from index.embedder import Embedder, Vectors

DIRECTIONS = {"a": 0.0, "near a": 0.5, "far": 1.4, "between": 1.0}


def embed(texts: Sequence[str]) -> Vectors:
    """Vectors in a plane, at these angles."""
    return np.array([[np.cos(DIRECTIONS[text]), np.sin(DIRECTIONS[text])] for text in texts], np.float32)


def asked(question: str, times: int) -> Question:
    return Question(question, Counter(refused=times))


def test_each_question_is_in_the_group_whose_first_is_most_like_it() -> None:
    questions = [asked("a", 5), asked("far", 4), asked("near a", 2), asked("between", 3)]
    groups = grouped(questions, embed, alike=0.8)
    assert [[one.question for one in gap.questions] for gap in groups] == [["a", "near a"], ["far", "between"]] or [
        [one.question for one in gap.questions] for gap in groups
    ] == [["far", "between"], ["a", "near a"]]
    assert [gap.count for gap in groups] == [7, 7]
    assert grouped([], embed) == []


def test_what_could_not_be_answered_is_counted_from_feedback_and_log(kept: Kept) -> None:
    keeper = kept.keeper()
    for said in (
        Feedback("And Kafka?", "What of Kafka?", Outcome.REFUSED, Verdict.DOWN, "nothing found"),
        Feedback("what of kafka?", "what of kafka?", Outcome.NEAREST, Verdict.UP),
        Feedback("Fine?", "Fine?", Outcome.ANSWERED, Verdict.UP),
        Feedback("Wrong?", "Wrong?", Outcome.ANSWERED, Verdict.DOWN),
    ):
        keeper.judge(said)
    with kept.state.writing() as state:
        state.execute("INSERT INTO unanswered VALUES ('2026-01-01', 'What of Kafka?', 'refused', 4)")
    kafka, wrong = questions_in(kept.state)
    assert (kafka.question, kafka.count, kafka.down, kafka.notes) == ("What of Kafka?", 6, 1, ("nothing found",))
    assert kafka.outcomes == Counter(refused=5, nearest=1)
    assert (wrong.question, wrong.count, wrong.down) == ("Wrong?", 1, 1)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("How do I deploy a model on Kubernetes?", "What is a good way to deploy models on Kubernetes?", True),
        ("Is a PhD needed for data science?", "Do I need a PhD to become a data scientist?", True),
        ("How much does a data engineer earn in Berlin?", "What salary can a data engineer in Berlin expect?", True),
        ("How do I deploy a model on Kubernetes?", "Is a PhD needed for data science?", False),
        ("How do I deploy a model on Kubernetes?", "How do I monitor a model in production?", False),
        ("How do I become a data engineer?", "How do I become a good manager?", False),
    ],
)
def test_paraphrases_share_a_group_and_other_questions_do_not(
    minilm: Embedder, one: str, other: str, alike: bool
) -> None:
    groups = grouped([asked(one, 2), asked(other, 1)], minilm.embed_sentences)
    assert (len(groups) == 1) is alike
