"""Checks questions, for terminal, chat and API."""

from __future__ import annotations

from ingest.text import clean

MAX_QUESTION = 2000


class QuestionError(ValueError):
    """The question cannot be asked; the message is for the user."""


def check_question(question: str) -> str:
    """The question as one clean line; raises `QuestionError`."""
    text = clean(question)
    if not text:
        raise QuestionError("The question is empty. Ask something about the archive, in a sentence.")
    if len(text) > MAX_QUESTION:
        raise QuestionError(f"The question has {len(text):,} characters; the limit is {MAX_QUESTION:,}.")
    return text
