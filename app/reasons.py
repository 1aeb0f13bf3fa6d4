"""Defines the reasons why a sentence is not shown, with the words that they name.

The gate (`app.support.check`), `app.writing.coherence` and `app.writing.writer` give reasons; answers hold them.
They become text only for output: `str(reason)` in the JSON and in `citecast check`, `reason.kind` in the answer log
and the metrics, which hold nobody's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReasonKind(StrEnum):
    """What is wrong with a sentence, without its words."""

    # Rejected whatever the quotes say.
    TOO_SHORT = "too short to say anything"
    QUESTION = "a question, not a statement"
    BREAKS_OFF = "breaks off"
    MARKUP = "holds markup or a link"
    TIME = "holds a time"
    FRAGMENT = "no whole sentence"
    ORDER = "an order, not a statement"
    ABOUT_ITSELF = "speaks of itself, not of the question"
    # Its cited quotes do not say it.
    NO_QUOTE = "it cites no quote"
    ABOUT_GUESTS = "speaks of guests, not of the question"
    NUMBER = "number is in no cited quote"
    NAME = "name is in no cited quote"
    REPORTED = "the quote only tells that somebody says so"
    GLUED = "a part of it is in no cited quote"
    REPEATED = "repeats itself"
    NEGATION = "negation turned round"
    OPPOSITE = "says the opposite"
    EXCHANGED = "sides exchanged"
    REPAIRED = "words stand beside other words than in the quote"
    MISPLACED = "a number stands among other words"
    WIDENED = "wider than the quote"
    ADDED = "adds what no cited quote says"
    AGREEMENT = "yes or no that the quote does not say"
    TOO_LITTLE = "word overlap too small"
    # It does not fit its place in the answer.
    CITES_NOTHING = "rests on none of the evidence"
    POINTS_AT_NOTHING = "points at a sentence that was dropped"
    SAID_BEFORE = "says again what was said"
    SAYS_NOTHING = "says nothing"


# The text of a kind that names words of the sentence or of its quote.
_WITH_WORDS = {
    ReasonKind.NUMBER: "number {} is in no cited quote",
    ReasonKind.NAME: "name {} is in no cited quote",
    ReasonKind.OPPOSITE: "says {}",
    ReasonKind.WIDENED: "wider than the quote: {}",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `words`: the words of the sentence or of its quote that it is about, if any."""

    kind: ReasonKind
    words: str = ""

    def __str__(self) -> str:
        return _WITH_WORDS[self.kind].format(self.words) if self.words else str(self.kind)
