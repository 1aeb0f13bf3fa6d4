"""Whether a sentence may stand behind those that an answer has shown: it points at nothing lost and says a new thing.

A sentence is written behind another that the gate may have dropped. One that opens with "it" or "this" then
points at what no reader has seen, and so does one that opens an answer and was copied out of the middle of a quote.
Small models also say the same thing twice in other words.

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
# Share of a sentence's weight that one shown sentence holds, from which on nothing new is said.
_SAME = 0.8
# A shorter sentence, in words that say something, may well be made of another one's words.
_SHORTEST = 3


class Flow:
    """One answer, as far as it has been judged: each drafted sentence is told of, shown or dropped, in order."""

    def __init__(self, quotes: Sequence[str]) -> None:
        """`quotes` are what the answer is written from."""
        self._quotes = quotes
        self._shown: list[set[str]] = []
        self._lost = False

    def fault(self, sentence: str) -> ReasonKind | None:
        """Why the sentence may not come next; None where it may."""
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
        """The sentence stands in the answer."""
        self._shown.append(_keys(sentence))
        self._lost = False

    def dropped(self) -> None:
        """What followed the last sentence shown was not fit to be."""
        self._lost = True

    def _copied(self, sentence: str) -> bool:
        """Whether a quote's sentence opens with the same word and holds most of what is said."""
        opening, said = words(sentence)[:1], _keys(sentence)
        pointing = (other for quote in self._quotes for other in sentences(quote) if _POINTS.match(other))
        alike = (_keys(other) for other in pointing if words(other)[:1] == opening)
        return any(len(said & held) >= _SAME * len(said) for held in alike)


def _keys(sentence: str) -> set[str]:
    return {token.key for token in tokens(sentence) if token.content}
