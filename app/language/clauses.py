"""Splits a sentence into clauses and recognises fragments. Nothing here judges."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.language.lexicon import LEXICON
from app.language.tokens import IRREGULAR, Token

# Clauses end at punctuation, at dashes and before conjunctions.
_JOINT = re.compile(
    r"\s*[.,;:!?)\u2013\u2014]+(?:\s+|$)|\s+\(|\s+[\u2013\u2014-]+\s+|\s+(?=(?:and|but|because|while|whereas)\b)",
    re.IGNORECASE,
)
_SUBJECTS = LEXICON.words("grammar.subjects")
_VERBS = LEXICON.words("grammar.verbs") | (
    (frozenset(IRREGULAR) | frozenset(IRREGULAR.values())) - LEXICON.words("words.nouns_of_irregulars")
)
_ENDINGS = ("s", "ed", "en")


def clauses(sentence: str) -> list[tuple[int, int]]:
    """Start and end of each clause, in order."""
    begin = 0
    found: list[tuple[int, int]] = []
    for joint in _JOINT.finditer(sentence):
        if joint.start() > begin:
            found.append((begin, joint.start()))
        begin = joint.end()
    if sentence[begin:].strip():
        found.append((begin, len(sentence)))
    return found


def is_fragment(said: Sequence[Token]) -> bool:
    """Whether the words contain neither a verb nor a pronoun that needs one: "A lonely lighthouse"."""
    return not any(
        token.raw in _VERBS
        or token.raw in _SUBJECTS
        or (token.content and not token.number and token.raw.endswith(_ENDINGS) and not token.raw.endswith("ss"))
        for token in said
    )
