"""Drops sentences that refer to a dropped one or repeat an earlier one.

A sentence may follow one that the gate dropped. If it begins with "it" or "this", it refers to
text that the reader has not seen; so does a first sentence that was copied from the middle of a quote.
Small models also repeat themselves in other words.

Nothing here judges whether a sentence is true.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.evidence.stretches import chatter
from app.language.tokens import tokens
from app.reasons import ReasonKind
from ingest.text import sentences, words

_POINTS = re.compile(
    r"\W*(?:it|they|this|that|these|those|such|he|she|its|their|there(?! (?:is|are|was|were)\b)|then|so|also|but|"
    r"however|instead|therefore|otherwise|both|the (?:former|latter|same|other)|another)\b",
    re.IGNORECASE,
)
# A sentence says nothing new if one shown sentence has at least this share of its weight.
_SAME = 0.8
# A sentence with fewer content words may consist of another one's words.
_SHORTEST = 3


class Flow:
    """The judged part of one answer: call `shown` or `dropped` for each drafted sentence, in order."""

    def __init__(self, quotes: Sequence[str]) -> None:
        """`quotes`: the evidence of the answer."""
        self._quotes = quotes
        self._shown: list[set[str]] = []
        self._lost = False

    def fault(self, sentence: str) -> ReasonKind | None:
        """The reason why the sentence may not come next; None if it may."""
        if chatter(sentence):
            return ReasonKind.SAYS_NOTHING
        if _POINTS.match(sentence) and (self._lost or (not self._shown and self._copied(sentence))):
            return ReasonKind.POINTS_AT_NOTHING
        said = [token for token in tokens(sentence) if token.content]
        if len(said) < _SHORTEST:
            return None
        least = _SAME * sum(token.weight for token in said)
        held = (sum(token.weight for token in said if token.key in shown) for shown in self._shown)
        return ReasonKind.SAID_BEFORE if any(weight >= least for weight in held) else None

    def shown(self, sentence: str) -> None:
        """Record a shown sentence."""
        self._shown.append(_keys(sentence))
        self._lost = False

    def dropped(self) -> None:
        """Record a dropped sentence."""
        self._lost = True

    def _copied(self, sentence: str) -> bool:
        """Whether a quote's sentence begins with the same word and has most of the sentence's words."""
        opening, said = words(sentence)[:1], _keys(sentence)
        pointing = (other for quote in self._quotes for other in sentences(quote) if _POINTS.match(other))
        alike = (_keys(other) for other in pointing if words(other)[:1] == opening)
        return any(len(said & held) >= _SAME * len(said) for held in alike)


def _keys(sentence: str) -> set[str]:
    return {token.key for token in tokens(sentence) if token.content}
