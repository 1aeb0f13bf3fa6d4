"""Words that stand in the wrong order: sides of a comparison exchanged, cause and effect, before and after, pairs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from app.gate_lists import CAUSES, COMPARISONS, EARLIER, EFFECTS, LATER
from app.gate_quotes import Alignment
from app.gate_words import Token

# Words on either side of a connector that belong to its halves.
_HALF = 16

_Connectors = frozenset[tuple[str, ...]]
_Halves = tuple[frozenset[str], frozenset[str]]
# Connectors after which the effect, the lesser or the later comes, and those after which it is the other way round.
_KINDS: tuple[tuple[_Connectors, _Connectors], ...] = (
    (EFFECTS, CAUSES),
    (COMPARISONS, frozenset()),
    (EARLIER, LATER),
    (frozenset({("to",), ("into",)}), frozenset({("from",)})),
)


def halves_swapped(said: Sequence[Token], on: Alignment) -> float:
    """How far the two sides of a comparison, of cause and effect, or of before and after are exchanged (0 to 1)."""
    quoted = [on.quote.tokens[a:b] for a, b in on.quote.sentences if on.begin <= a and b <= on.end]
    worst = 0.0
    for forward, backward in _KINDS:
        theirs = [halves for part in quoted for halves in _halves(part, forward, backward)]
        for one in _halves(said, forward, backward):
            # The likest one: a sentence can hold several comparisons.
            worst = max(worst, min((_exchanged(one, other) for other in theirs if _meet(one, other)), default=0.0))
    return worst


def _exchanged(one: _Halves, other: _Halves) -> float:
    agree = len(one[0] & other[0]) + len(one[1] & other[1])
    cross = len(one[0] & other[1]) + len(one[1] & other[0])
    return cross / (cross + agree) if one[0] & other[1] and one[1] & other[0] else 0.0


def _meet(one: _Halves, other: _Halves) -> bool:
    return len((one[0] | one[1]) & (other[0] | other[1])) >= 2


def _halves(words: Sequence[Token], forward: _Connectors, backward: _Connectors) -> list[_Halves]:
    """What stands before and behind each connector, turned round for a backward one."""
    found: list[_Halves] = []
    for place in range(len(words)):
        for connectors, turned in ((forward, False), (backward, True)):
            size = next((n for n in (1, 2) if tuple(w.raw for w in words[place : place + n]) in connectors), 0)
            if not size:
                continue
            left, right = words[max(0, place - _HALF) : place], words[place + size : place + size + _HALF]
            if not any(word.content for word in left):
                # "Because A, B": the clause's end parts them.
                left = tuple(word for word in right if word.clause != words[place].clause)
                right = tuple(word for word in right if word.clause == words[place].clause)
            sides = _keys(left[-_HALF:]), _keys(right)
            sides = (sides[0] - sides[1], sides[1] - sides[0])
            found.append((sides[1], sides[0]) if turned else sides)
    return found


def _keys(words: Sequence[Token]) -> frozenset[str]:
    return frozenset(word.key for word in words if word.content)


def repaired(said: Sequence[Token], on: Alignment) -> float:
    """Share of the sentence's word pairs whose words stand in the quote beside other words of the sentence instead."""
    keys = {token.key for token in said if token.content}
    pairs = [(a.key, b.key) for a, b in pairwise(said) if a.content and b.content and a.key != b.key]
    if not pairs:
        return 0.0
    there = {(a.key, b.key) for a, b in pairwise(on.quote.tokens) if a.content and b.content}
    lost = 0
    for one, other in pairs:
        if (one, other) in there or (other, one) in there:
            continue
        lost += any((one, k) in there for k in keys - {other}) or any((k, other) in there for k in keys - {one})
    return lost / len(pairs)
