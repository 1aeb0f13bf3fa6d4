"""Selects example questions for the chat's first page, from those that the archive's descriptor proposes.

Only questions that the archive answers are shown. Where it proposes none, the hosts' own questions serve.
"""

from __future__ import annotations

from app.answering.pipeline import Answerer

MOST = 6


def examples_for(answerer: Answerer) -> list[str]:
    """The first questions that are answered; the searches also warm up the embedding model."""
    found: list[str] = []
    for question in answerer.catalog.questions:
        if len(found) < MOST and answerer.answers(question):
            found.append(question)
    return found
