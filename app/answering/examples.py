"""Selects example questions for the chat's first page.

Only questions that the archive in use answers are shown, so they also fit another archive or the
sample.
"""

from __future__ import annotations

from app.answering.pipeline import Answerer

MOST = 6
QUESTIONS = (
    "Should data scientists learn Docker and Kubernetes?",
    "When does self-hosting an open-source LLM beat calling an API?",
    "Is Kubernetes a good fit for training models?",
    "Does a small team need a feature store?",
    "How do you notice that a model in production has drifted?",
    "What should an ML platform team build first?",
    "What does prompt caching save?",
    "How do guests split work between data engineers and ML engineers?",
    "What limits the number of requests that one GPU can serve at once?",
    "When is a vector index not needed?",
)


def examples_for(answerer: Answerer) -> list[str]:
    """The first questions that are answered; the searches also warm up the embedding model."""
    found: list[str] = []
    for question in QUESTIONS:
        if len(found) < MOST and answerer.answers(question):
            found.append(question)
    return found
