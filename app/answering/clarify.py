"""Asks an unclear question back: what is missing, in plain words, and questions one of which may be meant.

Both are shown like other words of ours, without citations. The visitor's reply is understood together with the
question (`app.language.rewrite`).
"""

from __future__ import annotations

from app.answering.finding import find
from app.dialogue.choices import choices
from app.dialogue.reader import Reader
from app.evidence.select import EvidenceSettings
from app.language.followup import PERSON, dangling
from app.types import Answer, Outcome, Sentence
from index.archive import ArchiveView
from index.filters import Filters

OF_WHAT = "What is your question about?"
OR_CHOOSE = "Say it in a few words, or choose one of these questions."
SAY = "Say it in a few words, for example the tool, the job or the situation that you have in mind."


def ask_back(
    archive: ArchiveView, question: str, alone: str, filters: Filters, reader: Reader, evidence: EvidenceSettings
) -> Answer:
    """The question back to an unclear one (`alone`: the standalone question), without model and timings.

    Raises `Stopped` if the caller no longer waits.
    """

    def answered(choice: str) -> bool:
        return find(archive, choice, filters, evidence, shown=False).answers

    offered = choices(archive, alone, filters, reader, answered)
    return Answer(
        question=question,
        standalone_question=alone,
        outcome=Outcome.CLARIFY,
        sentences=tuple(Sentence(text, (), 1.0) for text in (_missing(alone), OR_CHOOSE if offered else SAY)),
        citations=(),
        nearest=(),
        model="",
        confidence=0.0,
        choices=offered,
    )


def _missing(question: str) -> str:
    """Asks for what the first pronoun without a noun stands for, else for the subject."""
    if not (pronouns := dangling(question)):
        return OF_WHAT
    pronoun = pronouns[0][0].lower()
    who = "Who" if PERSON.fullmatch(pronoun) else "Who or what" if pronoun.startswith("the") else "What"
    return f"{who} is meant by “{pronoun}”?"
