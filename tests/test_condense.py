"""Follow-ups take over the subject of the conversation; new subjects and first questions stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.condense import MOST_TURNS, needs_context, standalone

FIRST = "When does a feature store pay off for a small team?"


@pytest.mark.parametrize(
    "question",
    [
        "Why is that?",
        "And what does it cost?",
        "How do they keep it fresh?",
        "What about larger teams?",
        "Why not?",
        "Why?",
        "For fraud detection?",
        "Who maintains its tables?",
        "Is there an alternative to them?",
        "Can you tell me more?",
        "But is the same true offline?",
        "Which one would you start with instead?",
    ],
)
def test_a_follow_up_takes_over_the_subject(question: str) -> None:
    assert needs_context(question)
    assert standalone(question, [FIRST]) == f"{FIRST} {question}"


@pytest.mark.parametrize(
    "question",
    [
        "How do I monitor a model for drift?",
        "What is Kubernetes good for?",
        "How do I cook risotto?",
        "What is a Bloom filter used for, and what is its drawback?",
        "Which vector database should a startup take?",
        "Explain continuous batching.",
    ],
)
def test_a_new_subject_does_not_drag_the_old_one_along(question: str) -> None:
    assert not needs_context(question)
    assert standalone(question, [FIRST]) == question


def test_a_first_question_stays_even_where_it_points_back() -> None:
    assert standalone("Why is that?", []) == "Why is that?"
    assert standalone("Why is that?", ["", "  "]) == "Why is that?"


def test_follow_ups_in_a_row_reach_back_to_the_question_that_stood_alone() -> None:
    history = ["How do I cook risotto?", FIRST, "And what does it cost?", "Why?"]
    assert standalone("Can they avoid it?", history) == f"{FIRST} And what does it cost? Why? Can they avoid it?"


def test_only_the_last_turns_are_looked_at() -> None:
    history = [FIRST, *["Why is that?"] * MOST_TURNS]
    alone = standalone("And then?", history)
    assert FIRST not in alone
    assert alone.count("?") == MOST_TURNS + 1


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=12))
def test_the_question_itself_always_ends_it(question: str, history: list[str]) -> None:
    alone = standalone(question, history)
    assert alone.endswith(question)
    assert len(alone) <= len(question) + sum(map(len, history)) + MOST_TURNS
    if alone != question:
        assert needs_context(question)
