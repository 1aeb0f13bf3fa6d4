"""What a sentence turns round or gets wrong, against a run of a guest's words that is about the same.

An editor sums up minutes of talk in a sentence: unlike the gate's, its words seldom stand side by
side in the quote. So words are looked for anywhere in the run, not on one stretch of it. Each sign
says 0 where nothing is amiss; none of them alone decides anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from app.language.lexicon import LEXICON
from app.language.tokens import Token, places_of, tokens
from app.support.contrast import OPPOSITES
from app.support.negation import DENYING, NEGATORS, denials, denied, negations
from app.support.numbers import numbers_in
from app.verification.frame import Frame, Polarity, read_frame
from app.verification.frame_words import WONDERING, root

# Words of the run around an opposite, one of which the sentence says as well.
_NEAR = 6
# Words around a denial that a sentence has to share to be about the same: so many, and this share of its own.
_LEAST_SHARED = 2
_LEAST_SHARE = 0.4
# Words before a negation, among which is what it is said of.
_SUBJECT = 4
# Function words that have an opposite worth looking for.
_TELLING = LEXICON.words("opposites.telling")
# They set off what a sentence does not mean, and deny nothing that it says.
_CONTRASTS = LEXICON.words("negation.contrasts")
_LEAVING_OPEN = WONDERING | {"whether"}
_CONDITIONS = LEXICON.words("negation.conditions")


class Heard:
    """A run's words, ready to be compared with sentences."""

    def __init__(self, text: str, around: str = "", title: str = "") -> None:
        """`around` is what stands around the run: chapter and host's question; `title` is the episode's.

        Neither is evidence: they show what the run is about, and that a number is a title's.
        """
        self.tokens = tokens(text)
        self.places = places_of(self.tokens)
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
    subjects = {token.key for token in _before_denials(plain) if token.content}
    same = any(token.key in subjects for token in _before_denials(heard.tokens))
    return 0.0 if worst and same else worst


def denied_there(said: Sequence[Token], heard: Heard) -> bool:
    """Whether the run denies what the sentence says without any denial: "was designed", "wasn't designed"."""
    keys = {token.key for token in said if token.content}
    if not keys or any(token.raw in DENYING or token.raw in NEGATORS for token in said):
        return False
    for reached in filter(None, denials(heard.tokens)):
        clause = heard.tokens[min(reached)].clause
        around = range(max(0, min(reached) - _NEAR), min(len(heard.tokens), max(reached) + _NEAR))
        near = {heard.tokens[at].key for at in around if heard.tokens[at].clause == clause} & keys
        shared = {heard.tokens[at].key for at in reached} & keys
        never_said = any(heard.denied.issuperset(heard.places[key]) for key in shared)
        if never_said and len(near) >= max(_LEAST_SHARED, _LEAST_SHARE * len(keys)):
            return True
    return False


def holds_frame(frame: Frame, said: Sequence[Token], heard: Heard, nearest: str) -> bool:
    """Whether the run denies a claim, or leaves it open, as a frame does; `nearest` is its sentence most like it."""
    if frame.polarity is Polarity.DENIED and (denied_there(said, heard) or denial(said, heard) == 1.0):
        return True
    keys = {token.key for token in said if token.content}
    spoken = tokens(nearest)
    if len(keys & {token.key for token in spoken}) < max(_LEAST_SHARED, _LEAST_SHARE * len(keys)):
        return False
    own = read_frame(nearest)
    alike = (own and own.polarity is frame.polarity) or frame.words & {root(token.raw) for token in spoken}
    # To deny "you need not say it" is another thing than to deny "you need to say it".
    if alike and (frame.polarity is Polarity.OPEN or _odd(said) == _odd(tokens(own.claim) if own else spoken)):
        return True
    asks = any(root(token.raw) in _LEAVING_OPEN for token in spoken) or nearest.rstrip('"”’) ').endswith("?")
    return frame.polarity is Polarity.OPEN and asks


def _odd(words: Sequence[Token]) -> bool:
    """Whether words deny what they say; two denials cancel out."""
    return len(negations(words)) % 2 == 1


def _before_denials(words: Sequence[Token]) -> Iterator[Token]:
    """The words right before negations: of what it is that something is denied, whatever it is."""
    for place, cue in enumerate(words):
        if cue.raw in NEGATORS:
            yield from (token for token in words[max(0, place - _SUBJECT) : place] if token.clause == cue.clause)


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
        for other in sorted(OPPOSITES.get(token.key, frozenset()) - keys):
            for place in heard.places.get(other, ()):
                near = {word.key for word in heard.tokens[max(0, place - _NEAR) : place + _NEAR + 1]}
                sure = 1.0 if near & (content - {token.key}) else 0.5
                if sure > found[1]:
                    found = (f"{heard.tokens[place].raw}, not {token.raw}", sure)
    return found
