"""What a sentence turns round or gets wrong, against a run of a guest's words that is about the same.

An editor sums up minutes of talk in a sentence: unlike the gate's, its words seldom stand side by
side in the quote. So words are looked for anywhere in the run, not on one stretch of it. Each sign
says 0 where nothing is amiss; none of them alone decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from app.gate_lists import NEGATORS, opposites
from app.gate_negation import denials, denied
from app.gate_signs import numbers_in
from app.gate_words import Token, key_of, tokens

_OPPOSITES = {key_of(word): frozenset(map(key_of, others)) for word, others in opposites().items()}
# Words of the run around an opposite, one of which the sentence says as well.
_NEAR = 6
# Function words that have an opposite worth looking for.
_TELLING = frozenset("more less fewer most least before after always never".split())
# They set off what a sentence does not mean, and deny nothing that it says.
_CONTRASTS = frozenset("instead rather without".split())
_CONDITIONS = frozenset("if when where until unless before".split())


class Heard:
    """A run's words, ready to be compared with sentences."""

    def __init__(self, text: str, around: str = "", title: str = "") -> None:
        """`around` is what stands around the run: chapter and host's question; `title` is the episode's.

        Neither is evidence: they show what the run is about, and that a number is a title's.
        """
        self.tokens = tokens(text)
        self.places: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            self.places.setdefault(token.key, []).append(place)
        self._around = around
        self._title = title

    def holds(self, key: str) -> bool:
        """Whether the run, or what stands around it, holds a word."""
        return key in self.places or key in self.around

    @cached_property
    def denied(self) -> set[int]:
        """Places of the words that are denied."""
        return denied(self.tokens)

    @cached_property
    def numbers(self) -> set[str]:
        """The numbers said, in digits."""
        return numbers_in(self.tokens)

    @cached_property
    def titled(self) -> set[str]:
        """The numbers in the episode's title."""
        return numbers_in(tokens(self._title))

    @cached_property
    def around(self) -> set[str]:
        """The words that stand around the run."""
        return {token.key for token in tokens(self._around)}


def denial(said: Sequence[Token], heard: Heard) -> float:
    """1 where the sentence denies what the run says and nowhere denies, 0.5 where the run is silent on it."""
    plain = _without_contrasts(said)
    worst = 0.0
    for reached in denials(plain):
        keys = [plain[i].key for i in reached if plain[i].content and plain[i].key in heard.places]
        if not keys:
            worst = max(worst, 0.5)
        elif not any(place in heard.denied for key in keys for place in heard.places[key]):
            worst = 1.0
    return worst


def _without_contrasts(said: Sequence[Token]) -> list[Token]:
    """A sentence's words without the negations that only set off what it says: `X, not Y`, `X rather than Y`, `if not`.

    Nobody has to have denied Y for X to be true.
    """
    kept: list[Token] = []
    opening, conditional, clause = True, False, -1
    for place, token in enumerate(said):
        opening, conditional = (True, False) if token.clause != clause else (opening, conditional)
        clause = token.clause
        after = {word.raw for word in said[place + 1 : place + 3]}
        contrast = token.raw in _CONTRASTS or (token.raw in NEGATORS and (opening or conditional or "only" in after))
        conditional = conditional or token.raw in _CONDITIONS
        opening = False
        if not contrast:
            kept.append(token)
    return kept


def opposite(said: Sequence[Token], heard: Heard) -> tuple[str, float]:
    """A word that the run lacks while its opposite is said there, as `expensive, not cheap`; and how sure that is.

    1 where the opposite stands among other words of the sentence, 0.5 elsewhere in the run; 0 for none.
    """
    keys = {token.key for token in said}
    content = {token.key for token in said if token.content}
    found = ("", 0.0)
    for token in said:
        if heard.holds(token.key) or not (token.content or token.raw in _TELLING):
            continue
        for other in sorted(_OPPOSITES.get(token.key, frozenset()) - keys):
            for place in heard.places.get(other, ()):
                near = {word.key for word in heard.tokens[max(0, place - _NEAR) : place + _NEAR + 1]}
                sure = 1.0 if near & (content - {token.key}) else 0.5
                if sure > found[1]:
                    found = (f"{heard.tokens[place].raw}, not {token.raw}", sure)
    return found
