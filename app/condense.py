"""A follow-up question -> a question that stands alone.

Rules only. A question that points back (a pronoun, "what about", an opening
"and") or that says too little alone takes over what the last question that
stood alone was about; any other question is left as it is, so that a new
subject does not drag the old one along.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.text import STOP_WORDS, words

MOST_TURNS = 6
_POINTS_BACK = re.compile(
    r"^(?:and|but|so|or|also|then|ok|okay)\b|\b(?:it|they|them|he|him|his|she|her|hers|"
    r"that|those|these|there|the same|this one|that one|which one|each of them|either|neither|former|latter)\b|"
    r"^(?:what|how) about\b|^why(?: not| so)?\W*$|\b(?:instead|else|too|as well)\W*$",
    re.IGNORECASE,
)
# "What is a Bloom filter used for, and what is its drawback?" stands alone: the owner comes first.
_OWNED = re.compile(r"\b(?:its|their)\b", re.IGNORECASE)
_NAMES_AN_OWNER = 2
# "For small teams?" is no question of its own; "How do I cook risotto?" is.
_OPENS_A_QUESTION = re.compile(
    r"^(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|should|would|will|has|"
    r"have|am|may|must|tell|explain|compare|describe|define|name|list|give|show)\b",
    re.IGNORECASE,
)
_FRAGMENT_WORDS = 5


def standalone(question: str, history: Sequence[str]) -> str:
    """The question with what it needs of the last turns (`history`, oldest first)."""
    turns = [turn.strip() for turn in history if turn.strip()][-MOST_TURNS:]
    if not turns or not needs_context(question):
        return question
    subject: list[str] = []
    for turn in reversed(turns):
        subject.insert(0, turn)
        if not needs_context(turn):
            break
    return " ".join([*subject, question])


def needs_context(question: str) -> bool:
    """Whether a question cannot be understood alone."""
    if _POINTS_BACK.search(question):
        return True
    owned = _OWNED.search(question)
    if owned and len(_content(question[: owned.start()])) < _NAMES_AN_OWNER:
        return True
    if not _content(question):
        return True
    return not _OPENS_A_QUESTION.match(question) and len(words(question)) <= _FRAGMENT_WORDS


def _content(text: str) -> list[str]:
    return [word for word in words(text) if word not in STOP_WORDS]
