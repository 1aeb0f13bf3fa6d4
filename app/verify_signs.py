"""What a sentence turns round or gets wrong, against a run of a guest's words that is about the same.

An editor sums up minutes of talk in a sentence: unlike the gate's, its words seldom stand side by
side in the quote. So words are looked for anywhere in the run, not on one stretch of it. Each sign
says 0 where nothing is amiss; none of them alone decides anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from app.gate_lists import opposites
from app.gate_negation import denials, denied
from app.gate_signs import numbers_in
from app.gate_words import Token, key_of, tokens

_OPPOSITES = {key_of(word): frozenset(map(key_of, others)) for word, others in opposites().items()}
# Words of the run around an opposite, one of which the sentence says as well.
_NEAR = 6


class Heard:
    """A run's words, ready to be compared with sentences."""

    def __init__(self, text: str, around: str = "") -> None:
        """`around` is what stands around the run: chapter and host's question. It is no evidence."""
        self.tokens = tokens(text)
        self.places: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            self.places.setdefault(token.key, []).append(place)
        self._around = around

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
    def around(self) -> set[str]:
        """The words that stand around the run."""
        return {token.key for token in tokens(self._around)}


def denial(said: Sequence[Token], heard: Heard) -> float:
    """1 where the sentence denies what the run says and nowhere denies, 0.5 where the run is silent on it."""
    worst = 0.0
    for reached in denials(said):
        keys = [said[i].key for i in reached if said[i].content and said[i].key in heard.places]
        if not keys:
            worst = max(worst, 0.5)
        elif not any(place in heard.denied for key in keys for place in heard.places[key]):
            worst = 1.0
    return worst


def opposite(said: Sequence[Token], heard: Heard) -> tuple[str, float]:
    """A word that the run lacks while its opposite is said there, as `expensive, not cheap`; and how sure that is.

    1 where the opposite stands among other words of the sentence, 0.5 elsewhere in the run; 0 for none.
    """
    keys = {token.key for token in said}
    content = {token.key for token in said if token.content}
    found = ("", 0.0)
    for token in said:
        if token.key in heard.places or token.key in heard.around:
            continue
        for other in sorted(_OPPOSITES.get(token.key, frozenset()) - keys):
            for place in heard.places.get(other, ()):
                near = {word.key for word in heard.tokens[max(0, place - _NEAR) : place + _NEAR + 1]}
                sure = 1.0 if near & (content - {token.key}) else 0.5
                if sure > found[1]:
                    found = (f"{heard.tokens[place].raw}, not {token.raw}", sure)
    return found
