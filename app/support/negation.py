"""Who denies what: negations of a sentence, and of the stretch of the quote that it stands on.

A negation reaches the next few words of its clause. It is turned round where none of the
aligned words that it reaches is reached on the other side too.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import xor

from app.language.lexicon import LEXICON
from app.language.tokens import Token
from app.support.align import Alignment

# In words that say something.
_REACH = 3
# Words around the aligned ones that may still be about the same.
_MARGIN = 3
NEGATORS = LEXICON.words("negation.negators")
DENYING = LEXICON.words("negation.negators", "negation.denying")
_AFFIRMED = {
    "not": LEXICON.words("negation.affirmed_after_not"),
    "nothing": LEXICON.words("negation.affirmed_after_nothing"),
}
_PAIRS = LEXICON.phrases("negation.pairs")
_ENDING = LEXICON.words("negation.ending")
_PLAIN_VERBS = LEXICON.words("negation.plain_verbs")


def negations(words: Sequence[Token]) -> list[int]:
    """The places of the words that deny something."""
    found: list[int] = []
    for place, token in enumerate(words):
        after = words[place + 1].raw if place + 1 < len(words) else ""
        single = token.raw in NEGATORS and after not in _AFFIRMED.get(token.raw, ())
        if single or (token.raw, after) in _PAIRS:
            found.append(place)
    return found


def denials(words: Sequence[Token]) -> list[set[int]]:
    """For each negation the places of the words that it reaches."""
    found: list[set[int]] = []
    for place in negations(words):
        token = words[place]
        reached: set[int] = set()
        for at in range(place + 1, len(words)):
            if words[at].clause != token.clause or len(reached) == _REACH or words[at].raw in _ENDING:
                break
            if telling(words[at]):
                reached.add(at)
        found.append(reached)
    return found


def denied(words: Sequence[Token]) -> set[int]:
    """Places of the words that a negation reaches; two of them cancel out."""
    return reduce(xor, denials(words), set())


def telling(token: Token) -> bool:
    """Whether a word says what is denied: content words, and verbs such as need or want."""
    return token.content or token.raw in _PLAIN_VERBS


def negation_turned(said: Sequence[Token], on: Alignment) -> float:
    """Share of the negations, on either side, that reach an aligned word and have no counterpart on the other side."""
    here, there = denied(said), denied_there(on)
    first, last = aligned_range(on)
    here_of = {place: i for i, place in enumerate(on.places) if place >= 0 and telling(said[i])}
    there_of = {i: place for place, i in here_of.items()}
    total = turned = 0
    for reached in denials(said):
        if aligned := [there_of[i] for i in reached if i in there_of]:
            total += 1
            turned += not any(place in there for place in aligned)
    for reached in _denials_there(on):
        aligned = [here_of[place] for place in reached if place in here_of and first <= place < last]
        if aligned:
            total += 1
            turned += not any(i in here for i in aligned)
    return turned / total if total else 0.0


def negation_alone(said: Sequence[Token], on: Alignment) -> float:
    """1 where the sentence denies and the words around its place in the quote do not; 0.5 the other way round."""
    begin, end = aligned_range(on)
    around = on.quote.tokens[begin:end]
    if any(token.raw in NEGATORS for token in said):
        return float(not any(token.raw in DENYING for token in around))
    denies = any(token.raw in NEGATORS for token in around) and not any(token.raw in DENYING for token in said)
    return 0.5 * denies


def _denials_there(on: Alignment) -> list[set[int]]:
    begin = max(0, on.begin - 1)
    return [{begin + place for place in reached} for reached in denials(on.quote.tokens[begin : on.end])]


def denied_there(on: Alignment) -> set[int]:
    """Places in the quote of the words of the stretch that a negation reaches."""
    return reduce(xor, _denials_there(on), set())


def aligned_range(on: Alignment) -> tuple[int, int]:
    """The quote's words from the first aligned one to the last, and some around."""
    places = [place for place, matched in zip(on.places, on.matched, strict=True) if place >= 0 and matched]
    if not places:
        return on.begin, on.end
    return max(on.begin, min(places) - _MARGIN), min(on.end, max(places) + _MARGIN)
