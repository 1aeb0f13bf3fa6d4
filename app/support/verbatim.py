"""Checks whether a quote says a sentence word for word, and nothing before it denies it.

Punctuation, case and white space do not count. The words have to be whole sentences of the
quote, or begin and end with a clause. After "if", a negation or a doubt, half a
sentence can mean the opposite of the whole; after "write" or "they say" it is only reported.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.language.lexicon import LEXICON
from app.language.tokens import Token
from app.support.align import Quote

_OPENERS = LEXICON.words("discourse.openers")
_TAKING_BACK = LEXICON.words("negation.negators", "grammar.hedges", "saying.orders", "saying.taking_back")
_CLAUSE_ENDS = LEXICON.words("grammar.clause_ends")


def says(quote: Quote, said: Sequence[Token]) -> bool:
    """Whether the quote has these words in this order, as a statement of their own."""
    wanted = [token.raw for token in said]
    raws = [token.raw for token in quote.tokens]
    places = (place for place in range(len(raws) - len(wanted) + 1) if raws[place : place + len(wanted)] == wanted)
    return bool(wanted) and any(_whole(quote, place, place + len(wanted)) for place in places)


def _whole(quote: Quote, begin: int, end: int) -> bool:
    words = quote.tokens
    first = next(i for i, (a, b) in enumerate(quote.sentences) if a <= begin < b)
    last = next(i for i, (a, b) in enumerate(quote.sentences) if a < end <= b)
    if any(quote.text[slice(*quote.spans[i])].rstrip("\"”’') ").endswith("?") for i in (first, last)):
        return False
    before = words[quote.sentences[first][0] : begin]
    opened = all(word.raw in _OPENERS for word in before)
    joined = begin
    while joined > quote.sentences[first][0] and words[joined - 1].raw in _OPENERS:
        joined -= 1
    clause = words[joined - 1].clause != words[joined].clause and not _takes_back(before)
    after = words[end : quote.sentences[last][1]]
    closed = not after or after[0].clause != words[end - 1].clause or after[0].raw in _CLAUSE_ENDS
    return (opened or clause) and closed


def _takes_back(words: Sequence[Token]) -> bool:
    return any(word.raw in _TAKING_BACK for word in words)
