"""Finds contradictions between a sentence and an excerpt on the same subject.

An editor sums up minutes of talk in a sentence, so its words are seldom close together
in the excerpt. Words are therefore searched in the whole excerpt, not in one stretch as in the gate. Each
function returns 0 if it finds nothing; none decides alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from app.language.frame_words import WONDERING, root
from app.language.lexicon import LEXICON
from app.language.tokens import Token, places_of, tokens
from app.support.contrast import OPPOSITES
from app.support.negation import DENYING, NEGATORS, denials, denied, negations
from app.support.numbers import numbers_in
from app.verification.frame import Frame, Polarity, read_frame

# The sentence must share one of this many words of the excerpt around an opposite.
_NEAR = 6
# A sentence is about the same as a denial if it shares at least this many words around it, and this share of its own.
_LEAST_SHARED = 2
_LEAST_SHARE = 0.4
# The subject is among this many words before a negation.
_SUBJECT = 4
# Function words with an opposite worth checking.
_TELLING = LEXICON.words("opposites.telling")
# These only contrast; they negate nothing that the sentence says.
_CONTRASTS = LEXICON.words("negation.contrasts")
_LEAVING_OPEN = WONDERING | {"whether"}
_CONDITIONS = LEXICON.words("negation.conditions")


class Heard:
    """An excerpt's words, prepared for comparison with sentences."""

    def __init__(self, text: str, around: str = "", title: str = "") -> None:
        """`around`: chapter title and host's question; `title`: the episode's.

        Neither is evidence: they show what the excerpt is about, and which numbers belong to the title.
        """
        self.tokens = tokens(text)
        self.places = places_of(self.tokens)
        self._around = around
        self._title = title

    def holds(self, key: str) -> bool:
        """Whether the excerpt, or the text around it, has a word."""
        return key in self.places or key in self.around

    @cached_property
    def denied(self) -> set[int]:
        """Positions of the negated words."""
        return denied(self.tokens)

    @cached_property
    def numbers(self) -> set[str]:
        """The numbers of the excerpt, in digits."""
        return numbers_in(self.tokens)

    @cached_property
    def titled(self) -> set[str]:
        """The numbers in the episode's title."""
        return numbers_in(tokens(self._title))

    @cached_property
    def around(self) -> set[str]:
        """The words around the excerpt."""
        return {token.key for token in tokens(self._around)}


def denial(said: Sequence[Token], heard: Heard) -> float:
    """1 if the sentence denies what the excerpt only affirms, 0.5 if the excerpt does not mention it."""
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
    """Whether the excerpt denies what the sentence says without a negation: "was designed", "wasn't designed"."""
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
    """Whether the excerpt denies a claim, or leaves it open, as a frame does; `nearest`: its most similar sentence."""
    if frame.polarity is Polarity.DENIED and (denied_there(said, heard) or denial(said, heard) == 1.0):
        return True
    keys = {token.key for token in said if token.content}
    spoken = tokens(nearest)
    if len(keys & {token.key for token in spoken}) < max(_LEAST_SHARED, _LEAST_SHARE * len(keys)):
        return False
    own = read_frame(nearest)
    alike = (own and own.polarity is frame.polarity) or frame.words & {root(token.raw) for token in spoken}
    # Denying "you need not say it" is different from denying "you need to say it".
    if alike and (frame.polarity is Polarity.OPEN or _odd(said) == _odd(tokens(own.claim) if own else spoken)):
        return True
    asks = any(root(token.raw) in _LEAVING_OPEN for token in spoken) or nearest.rstrip('"”’) ').endswith("?")
    return frame.polarity is Polarity.OPEN and asks


def _odd(words: Sequence[Token]) -> bool:
    """Whether the number of negations is odd; two cancel out."""
    return len(negations(words)) % 2 == 1


def _before_denials(words: Sequence[Token]) -> Iterator[Token]:
    """The words right before negations, which name the subject of the denial."""
    for place, cue in enumerate(words):
        if cue.raw in NEGATORS:
            yield from (token for token in words[max(0, place - _SUBJECT) : place] if token.clause == cue.clause)


def _without_contrasts(said: Sequence[Token]) -> list[Token]:
    """A sentence's words without negations that only contrast: `X, not Y`, `X rather than Y`, `if not`.

    X can be true although nobody denied Y.
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
    """A word that the excerpt lacks while it has its opposite, as `expensive, not cheap`; and how sure that is.

    1 if the opposite is near other words of the sentence, 0.5 if elsewhere in the excerpt; 0 for none.
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
