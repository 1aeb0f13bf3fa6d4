"""Asks an unclear question back: what is missing, in plain words, and questions one of which may be meant.

Both are shown like other words of ours, without citations. The visitor's reply is understood together with the
question (`app.language.rewrite`).
"""

from __future__ import annotations

from collections.abc import Sequence

from app.language.followup import PERSON, dangling
from app.types import Answer, Outcome, Sentence

OF_WHAT = "What is your question about?"
OR_CHOOSE = "Say it in a few words, or choose one of these questions."
SAY = "Say it in a few words, for example the tool, the job or the situation that you have in mind."


def asked_back(question: str, alone: str, choices: Sequence[str], model: str) -> Answer:
    """The answer to an unclear question; `alone`: the standalone question."""
    return Answer(
        question=question,
        standalone_question=alone,
        outcome=Outcome.CLARIFY,
        sentences=tuple(Sentence(text, (), 1.0) for text in (_missing(alone), OR_CHOOSE if choices else SAY)),
        citations=(),
        nearest=(),
        model=model,
        confidence=0.0,
        choices=tuple(choices),
    )


def _missing(question: str) -> str:
    """Asks for what the first pronoun without a noun stands for, else for the subject."""
    if not (pronouns := dangling(question)):
        return OF_WHAT
    return f"{'Whom' if PERSON.fullmatch(pronouns[0][0]) else 'What'} do you mean by “{pronouns[0][0].lower()}”?"
