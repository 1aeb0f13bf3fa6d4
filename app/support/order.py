"""Finds the same words in another order: exchanged sides of a comparison, cause and effect, before and after, pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from app.language.lexicon import LEXICON
from app.language.tokens import Token
from app.support.align import Alignment

# Content words that name the start or the target of a move.
_NAMED = 2
# Words on either side of a connector that belong to its halves.
_HALF = 16

_Halves = tuple[frozenset[str], frozenset[str]]


class _Kind(NamedTuple):
    """Connectors followed by the effect, the lesser or the later part (`forward`), and those preceded by it."""

    forward: frozenset[tuple[str, ...]]
    backward: frozenset[tuple[str, ...]]
    # Whether both sides are in the connector's own clause.
    narrow: bool = False


_KINDS = (
    _Kind(LEXICON.phrases("order.effects"), LEXICON.phrases("order.causes")),
    _Kind(LEXICON.phrases("order.comparisons"), frozenset(), narrow=True),
    _Kind(LEXICON.phrases("order.earlier"), LEXICON.phrases("order.later")),
)


def halves_swapped(said: Sequence[Token], on: Alignment) -> float:
    """How far two sides are exchanged (0 to 1): of a comparison, a cause, an order in time, or a move."""
    quoted = [on.quote.tokens[a:b] for a, b in on.quote.sentences if on.begin <= a and b <= on.end]
    found = [([*_halves(said, kind)], [h for part in quoted for h in _halves(part, kind)]) for kind in _KINDS]
    found.append((_moves(said), [halves for part in quoted for halves in _moves(part)]))
    worst = 0.0
    for ours, theirs in found:
        for one in ours:
            # The most similar one: a sentence can contain several comparisons.
            worst = max(worst, min((_exchanged(one, other) for other in theirs if _meet(one, other)), default=0.0))
    return worst


def _exchanged(one: _Halves, other: _Halves) -> float:
    agree = len(one[0] & other[0]) + len(one[1] & other[1])
    cross = len(one[0] & other[1]) + len(one[1] & other[0])
    return cross / (cross + agree) if one[0] & other[1] and one[1] & other[0] else 0.0


def _meet(one: _Halves, other: _Halves) -> bool:
    return len((one[0] | one[1]) & (other[0] | other[1])) >= 2


def _halves(words: Sequence[Token], kind: _Kind) -> Iterator[_Halves]:
    """The words before and after each connector, exchanged for a backward one."""
    for place, word in enumerate(words):
        for connectors, turned in ((kind.forward, False), (kind.backward, True)):
            size = next((n for n in (1, 2) if tuple(w.raw for w in words[place : place + n]) in connectors), 0)
            if not size:
                continue
            left, right = words[max(0, place - _HALF) : place], words[place + size : place + size + _HALF]
            if kind.narrow:
                left, right = ([w for w in side if w.clause == word.clause] for side in (left, right))
            if not any(w.content for w in left):
                # "Because A, B": the end of the clause separates them.
                left = [w for w in right if w.clause != word.clause]
                right = [w for w in right if w.clause == word.clause]
            one, other = _keys(left), _keys(right)
            sides = (one - other, other - one)
            yield (sides[1], sides[0]) if turned else sides


def _moves(words: Sequence[Token]) -> list[_Halves]:
    """Start and target of each "from A to B"."""
    found: list[_Halves] = []
    for place, word in enumerate(words):
        clause = [w for w in words[place + 1 :] if w.clause == word.clause]
        to = next((i for i, w in enumerate(clause) if w.raw in ("to", "into")), None)
        if word.raw == "from" and to is not None:
            whither = [w for w in clause[to + 1 :] if w.content][:_NAMED]
            found.append((_keys(clause[:to]), _keys(whither)))
    return found


def _keys(words: Sequence[Token]) -> frozenset[str]:
    return frozenset(word.key for word in words if word.content)


def repaired(said: Sequence[Token], on: Alignment) -> float:
    """Share of the sentence's word pairs whose words are paired with other words of the sentence in the quote."""
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
