"""Tests written forms of technical words: the spoken form is added for the search, and nothing else changes."""

from __future__ import annotations

import pytest

from index.query.synonyms import as_spoken


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("k8s vs slurm for training?", "Kubernetes"),
        ("Why do teams leave the cloud for their own GPUs?", "on-premise"),
        ("Should we buy our own GPU servers?", "on-premise"),
        ("Is IaC worth it?", "infrastructure as code"),
        ("which vectordb for a DWH?", "data warehouse, vector database"),
    ],
)
def test_the_spoken_form_is_added(question: str, added: str) -> None:
    assert as_spoken(question) == f"{question} ({added})"


@pytest.mark.parametrize(
    "question",
    [
        "How do Kubernetes and k8s differ?",
        "Is my own experience enough?",
        "What do maniacs say?",
        "How does on-premise serving work for our own servers?",
        "What is a miles-per-gallon model?",
    ],
)
def test_a_question_that_says_it_already_or_means_something_else_stays(question: str) -> None:
    assert as_spoken(question) == question
