"""Finds a sentence's numbers that are in no quote, or there among other words. Nothing here judges."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from app.language.lexicon import LEXICON
from app.language.tokens import Token
from app.support.align import Alignment

# Numbers that other words contain.
_HELD = LEXICON.mapping("numbers.held")


def missing_numbers(said: Sequence[Token], held: Collection[str]) -> list[str]:
    """Numbers that are in no quote, as the sentence writes them."""
    return [token.raw for token in said if token.number and token.key not in held]


def numbers_in(words: Sequence[Token]) -> set[str]:
    """The numbers in the words, as digits."""
    found = {token.key for token in words if token.number or token.raw in ("one", "1")}
    return found | {_HELD[token.raw] for token in words if token.raw in _HELD}


def numbers_misplaced(said: Sequence[Token], on: Alignment) -> float:
    """Share of the sentence's numbers that the quote has among other words."""
    numbers = [i for i, token in enumerate(said) if token.number and token.key in on.quote.places]
    if not numbers:
        return 0.0
    lost = 0
    for i in numbers:
        places = [p for p in range(on.begin, on.end) if on.quote.tokens[p].key == said[i].key]
        lost += not any(on.neighbours(i, place, said) for place in places)
    return lost / len(numbers)
