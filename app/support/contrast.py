"""What a sentence turns round, widens or adds, against the stretch of the quote that it stands on.

Each sign is a small function from the sentence's words and their alignment to a number
(0 where nothing is amiss) or to the words that are. None of them alone decides
anything (`app.support.check`). Negation is in `app.support.negation`, order in `app.support.order`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.language.tokens import HELD_NUMBERS, Token, key_of
from app.language.word_lists import (
    AGREEING,
    MEANT,
    NEGATORS,
    OPPOSING_PREFIXES,
    REFUSING,
    SAYING,
    UNITS,
    WIDE,
    opposites,
)
from app.support.align import Alignment
from app.support.negation import denied, denied_there

# Neighbours of a word in the sentence and in the quote, in words.
_NEAR_SAID, _NEAR_QUOTED = 4, 6
# Words before a verb of saying among which its subject is.
_SUBJECT = 3
_UNIT_KEYS = frozenset(map(key_of, UNITS))
_OPPOSITES = {key_of(word): frozenset(map(key_of, others)) for word, others in opposites().items()}


def opposite_said(said: Sequence[Token], on: Alignment) -> str:
    """A word whose opposite stands in its place in the quote; empty where there is none."""
    here, there = denied(said), denied_there(on)
    keys = {token.key for token in said}
    for i, token in enumerate(said):
        if on.met[i] and _neighbours(i, on.places[i], said, on):
            continue
        for place in range(on.begin, on.end):
            other = on.quote.tokens[place]
            if other.key in keys:
                continue
            if _are_opposite(token, other) and _neighbours(i, place, said, on) and (i in here) == (place in there):
                return f"{token.raw} where the quote has {other.raw}"
    return ""


def _are_opposite(one: Token, other: Token) -> bool:
    if other.key in _OPPOSITES.get(one.key, ()):
        return True
    longer, shorter = sorted((one.raw, other.raw), key=len, reverse=True)
    return len(shorter) > 3 and any(longer == prefix + shorter for prefix in OPPOSING_PREFIXES)


def _neighbours(i: int, place: int, said: Sequence[Token], on: Alignment) -> bool:
    """Whether a word near `i` in the sentence stands near `place` in the quote."""
    around = range(max(0, i - _NEAR_SAID), min(len(said), i + _NEAR_SAID + 1))
    return any(
        j != i and said[j].content and on.places[j] >= 0 and abs(on.places[j] - place) <= _NEAR_QUOTED for j in around
    )


def missing_numbers(said: Sequence[Token], held: Collection[str]) -> list[str]:
    """Numbers that no quote holds, as the sentence writes them."""
    return [token.raw for token in said if token.number and token.key not in held]


def numbers_in(words: Sequence[Token]) -> set[str]:
    """The numbers that words hold, in digits."""
    found = {token.key for token in words if token.number or token.raw in ("one", "1")}
    return found | {HELD_NUMBERS[token.raw] for token in words if token.raw in HELD_NUMBERS}


def numbers_misplaced(said: Sequence[Token], on: Alignment) -> float:
    """Share of the sentence's numbers that stand in the quote among other words."""
    numbers = [i for i, token in enumerate(said) if token.number and token.key in on.quote.places]
    if not numbers:
        return 0.0
    lost = 0
    for i in numbers:
        places = [p for p in range(on.begin, on.end) if on.quote.tokens[p].key == said[i].key]
        lost += not any(_neighbours(i, place, said, on) for place in places)
    return lost / len(numbers)


def unit_changed(said: Sequence[Token], on: Alignment) -> float:
    """1 where a number of the sentence counts something else in the quote: four weeks, four months."""
    quoted = on.quote.tokens
    for i, token in enumerate(said[:-1]):
        unit = said[i + 1].key
        if not (token.number or token.raw == "one") or unit not in _UNIT_KEYS:
            continue
        theirs = {quoted[p + 1].key for p in on.quote.places.get(token.key, ()) if p + 1 < len(quoted)} & _UNIT_KEYS
        if theirs and unit not in theirs:
            return 1.0
    return 0.0


def widened(said: Sequence[Token], on: Alignment) -> list[str]:
    """Words of wide scope or certainty that have none of their kind at their place in the quote."""
    found = []
    for i, token in enumerate(said):
        kinds = [kind for kind in WIDE if token.raw in kind]
        if kinds and not (i and (said[i - 1].raw, token.raw) == ("at", "all")):
            there = _words_around(i, said, on) if kinds[0] is WIDE[0] else {word.raw for word in on.stretch}
            found += [token.raw for kind in kinds if not (there & kind or (token.raw in NEGATORS and there & NEGATORS))]
    return found


def _words_around(i: int, said: Sequence[Token], on: Alignment) -> set[str]:
    """What stands in the quote near the content words that stand near `i` in the sentence; all where none does."""
    near = [said[j] for j in range(max(0, i - _NEAR_SAID), min(len(said), i + _NEAR_SAID + 1)) if j != i]
    places = [
        p for token in near if token.content for p in on.quote.places.get(token.key, ()) if on.begin <= p < on.end
    ]
    if not places:
        return {token.raw for token in on.stretch}
    around = {q for p in places for q in range(max(0, p - _NEAR_QUOTED), p + _NEAR_QUOTED)}
    return {on.quote.tokens[q].raw for q in around if q < len(on.quote.tokens)}


def trailing(said: Sequence[Token], on: Alignment) -> float:
    """Share of the sentence that its end makes out, from the last word that the quote holds on."""
    total = sum(token.weight for token in said)
    tail = 0.0
    for token, met in zip(reversed(said), reversed(on.met), strict=True):
        if token.content and met:
            break
        tail += token.weight
    return tail / total if total else 0.0


def reported(said: Sequence[Token], on: Alignment) -> bool:
    """Whether the quote only tells that somebody says it, or is to say it, where the sentence says it outright."""
    places = [p for p, token, met in zip(on.places, said, on.met, strict=True) if met and token.content and p >= 0]
    if not places or any(token.raw in SAYING for token in said):
        return False
    begin, end = max(on.quote.sentences, key=lambda bounds: sum(bounds[0] <= p < bounds[1] for p in places))
    first = min((p for p in places if begin <= p < end), default=begin)
    return any(
        on.quote.tokens[at].raw in SAYING
        and not any(token.raw in MEANT for token in on.quote.tokens[max(begin, at - _SUBJECT) : at])
        for at in range(begin, first)
    )


def agreement_turned(said: Sequence[Token], on: Alignment) -> float:
    """For a sentence that begins with yes or no: 1 where the quote says the other, 0.5 where it says neither."""
    if not said or said[0].raw not in ("yes", "no"):
        return 0.0
    quoted = {token.raw for token in on.quote.tokens}
    same, other = (AGREEING, REFUSING) if said[0].raw == "yes" else (REFUSING, AGREEING)
    if quoted & same:
        return 0.25 if quoted & other else 0.0
    return 1.0 if quoted & other else 0.5
