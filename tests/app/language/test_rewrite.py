"""Tests that follow-ups take the conversation's subject, and that new subjects and first questions stay unchanged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dialogue.reader import CLEAR, FOLLOWS, Reader, weights
from app.language.followup import needs_context, without_opening
from app.language.rewrite import MOST_TURNS, understood

READS = Reader(weights(CLEAR), weights(FOLLOWS), None)
FIRST = "When does a feature store pay off for a small team?"
ANNA = "What does Anna Weber say about feature stores?"


def standalone(question: str, history: Sequence[str], is_name: Callable[[str], bool] = lambda _: False) -> str:
    return understood(question, history, READS, is_name).text


@pytest.mark.parametrize(
    "question",
    [
        "Why is that?",
        "And what does it cost?",
        "How do they keep it fresh?",
        "What about larger teams?",
        "Why not?",
        "Why?",
        "Who maintains its tables?",
        "Is there an alternative to them?",
        "Can you tell me more?",
        "But is the same true offline?",
        "Which one would you start with instead?",
        "What are the downsides?",
        "How much should I charge?",
        "Which mistakes do teams make?",
        "By how many percent did the bill go down?",
        "What do you think of the second approach?",
        "Do you need the versioning part from the start?",
        "Does the Postgres one count?",
        "Is a plain table cheaper?",
        "Isn't that expensive?",
        "When do I need one instead of a plain table?",
        "What else should we look at?",
        "Were there legal consequences?",
        "no, I meant batch",
        "And who pays for the platform?",
    ],
)
def test_a_follow_up_takes_over_the_subject(question: str) -> None:
    assert needs_context(question)
    assert standalone(question, [FIRST]) == f"{FIRST} {question[0].upper()}{question[1:]}"


@pytest.mark.parametrize(
    "question",
    [
        "How do I monitor a model for drift?",
        "What is Kubernetes good for?",
        "How do I cook risotto?",
        "What is a Bloom filter used for, and what is its drawback?",
        "Which vector database should a startup take?",
        "Explain continuous batching.",
        "What is conformal prediction?",
        "What is Apache Iceberg?",
        "What is the main idea of data mesh?",
        "How does a model behave when it drifts?",
        "Why is it so hard to share GPUs in a team?",
        "Is it worth learning Rust as a data engineer?",
        "Our data scientists ignore the standards we set. How do we win them over?",
        "A vector database, do I need one?",
        "Which of the tools that break most often should be replaced first in a pipeline?",
        "How does Anna Weber run post-mortems?",
        "k8s vs slurm for training?",
        "Should I train my models in the cloud?",
    ],
)
def test_a_new_subject_does_not_drag_the_old_one_along(question: str) -> None:
    assert not needs_context(question)
    assert standalone(question, [FIRST]) == question


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        ("What is prompt caching?", "What does it save?", "What does prompt caching save?"),
        ("What are data contracts?", "Is there tooling for them?", "Is there tooling for data contracts?"),
        ("what is a feature store", "who owns it", "Who owns a feature store?"),
        ("What are data contracts?", "Where does it run?", "What are data contracts? Where does it run?"),
        ("What is prompt caching?", "What are the downsides?", "What are the downsides of prompt caching?"),
        (ANNA, "And what does she use them for?", "What does Anna Weber use feature stores for?"),
        (ANNA, "Are they fast?", "According to Anna Weber, are feature stores fast?"),
        (ANNA, "Which first project does she warn against?", "Which first project does Anna Weber warn against?"),
        (ANNA, "Why did she leave?", f"{ANNA} Why did she leave?"),
        ("How do teams test models?", "Does he agree?", "How do teams test models? Does he agree?"),
        ("Who is Anna Weber?", "What is her book about?", "What is Anna Weber's book about?"),
    ],
)
def test_names_and_nouns_take_their_pronouns_places(before: str, question: str, alone: str) -> None:
    assert standalone(question, [before]) == alone


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("Different question: what is dbt?", "What is dbt?"),
        ("New topic. How do I find a mentor?", "How do I find a mentor?"),
        ("Let's talk about something else: how do I write well?", "How do I write well?"),
        ("ok thanks! so what is a Bayesian prior?", "What is a Bayesian prior?"),
        ("Another question: who pays for it?", f"{FIRST} Who pays for it?"),
        ("Great, thank you. Why?", f"{FIRST} Why?"),
    ],
)
def test_what_only_opens_a_turn_is_dropped(question: str, alone: str) -> None:
    assert standalone(question, [FIRST]) == alone


def test_thanks_are_no_turn() -> None:
    assert without_opening("thanks a lot!") == ""
    assert without_opening("Good models need data.") == "Good models need data."
    assert standalone("Who owns it?", ["What is data mesh?", "thanks!"]) == "Who owns data mesh?"


def test_an_earlier_subject_can_be_gone_back_to() -> None:
    history = ["What is a feature store?", "How do agents remember things?"]
    assert standalone("Back to the feature store: who should own it?", history) == "Who should own a feature store?"
    assert standalone("Going back to Kafka, is it slow?", history) == "Kafka: Is it slow?"


def test_a_first_question_stays_even_where_it_points_back() -> None:
    assert standalone("Why is that?", []) == "Why is that?"
    assert standalone("Why is that?", ["", "  ", "ok"]) == "Why is that?"


def test_follow_ups_in_a_row_reach_back_to_the_question_that_stood_alone() -> None:
    history = ["How do I cook risotto?", FIRST, "And what does it cost?", "Why?"]

    assert standalone("Can they avoid it?", history) == f"{FIRST} And what does it cost? Why? Can they avoid it?"


def test_only_the_last_turns_are_looked_at() -> None:
    history = [FIRST, *["Why is that?"] * MOST_TURNS]
    alone = standalone("And then?", history)
    assert FIRST not in alone
    assert alone.endswith("And then?")


@given(st.text(max_size=80), st.lists(st.text(max_size=80), max_size=12))
def test_any_text_can_be_a_turn(question: str, history: list[str]) -> None:
    alone = standalone(question, history)
    assert not question.strip() or alone.strip()
    if not needs_context(question):
        assert alone[1:] in question


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        (ANNA, "What about Ben Okoro?", "What does Ben Okoro say about feature stores?"),
        (ANNA, "And Ben?", "What does Ben say about feature stores?"),
        ("What does Ben say about Kafka?", "And Anna?", "What does Anna say about Kafka?"),
        (ANNA, "And Kafka?", f"{ANNA} And Kafka?"),
        (ANNA, "And about contracts?", f"{ANNA} And about contracts?"),
        (FIRST, "For fraud detection?", f"{FIRST} For fraud detection?"),
        ("What is Iceberg?", "What about Delta Lake?", "What is Iceberg? What about Delta Lake?"),
    ],
)
def test_only_a_name_alone_takes_the_place_of_a_name(before: str, question: str, alone: str) -> None:
    assert standalone(question, [before], {"Anna", "Ben"}.__contains__) == alone
