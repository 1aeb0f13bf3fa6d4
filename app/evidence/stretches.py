"""A turn's sentences -> the stretch of them that is worth quoting, and what of a sentence stands alone.

The stretch is made of whole sentences in a row and is not longer than a run may be, so only the sentences
around the turn's best one are looked at: the work does not grow with the turn.

Nothing here knows of an episode, a question or a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, takewhile
from typing import NamedTuple

# A run that opens on one of these points back at the sentence before it.
_POINTS_BACK = re.compile(
    r"^(?:(?:and|but|or|because|then|also|plus|otherwise|instead|which|whereas)\b|"
    r"(?:(?:so|well|yeah|yes|now|like|right|okay|i think|i mean|for example|of course)[ ,.]+)*"
    r"(?:that|that's|it|it's|its|this|these|those|they|they're|their|he|she|there|such|same|both|either|neither|"
    r"the (?:same|other|second|third|last|former|latter)|one of them)\b)",
    re.IGNORECASE,
)
# Whole sentences that carry nothing alone. "Yes" and "no" stay: they can be the answer.
_CHATTER = re.compile(
    r"^(?:(?:yeah|yep|right|okay|ok|sure|exactly|absolutely|definitely|of course|hmm+|um+|uh+|oh|ah|well|so|alright|"
    r"great|cool|nice|interesting|let me think|let's see|i (?:see|mean|think|guess)|you know|thank you|thanks|"
    r"(?:that's|that is|it's|it is|this is) (?:a |an |really |very |such a )*(?:good|great|excellent|interesting|"
    r"tough|tricky|hard|difficult|nice)(?: one| question| point)*|(?:good|great|interesting) (?:question|point))"
    r"[\s,.!?…–-]*)+$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\?[\"”’)]*$")
# From so many words on, a sentence can be the best of its turn by its score alone.
_FULL_WORDS = 8


class Stretch(NamedTuple):
    """Sentences from `begin` up to, not including, `end`; `marks` counts quotation marks that open without a close."""

    value: float
    begin: int
    end: int
    words: int
    marks: int


def best_stretch(texts: Sequence[str], worth: Sequence[float], floor: float, shortest: int, longest: int) -> Stretch:
    """The stretch of whole sentences with the best value that can stand alone.

    A sentence is worth its words times what its score (`worth`) has above the floor, so
    that a run reads on while it stays near the point; the turn's best sentence is
    in it. A stretch does not open on a word that points back unless nothing
    stands before it, nor end on a question, whose answer would be missing (or
    nothing else fits), and neither opens nor ends on chatter. What somebody else
    is quoted with is not cut in half where that can be helped. A single sentence
    may have more than `longest` words.
    """
    lengths = [len(text.split()) for text in texts]
    best = max(range(len(texts)), key=lambda i: worth[i] * min(1.0, lengths[i] / _FULL_WORDS))
    found = list(_around(best, texts, lengths, worth, floor, longest))
    leaning = {i for i in {begin for _, begin, *_ in found} if i and points_back(texts[i])}
    asking = {i for i in {end for _, _, end, *_ in found} if asks(texts[i - 1])}
    standing = [item for item in found if item[1] not in leaning]
    closed = [item for item in standing or found if item[2] not in asking and item[3] >= shortest]
    whole = [item for item in closed if not item[4]]
    return Stretch(*max(whole or closed or standing or found))


def _around(
    best: int, texts: Sequence[str], lengths: Sequence[int], worth: Sequence[float], floor: float, longest: int
) -> Iterator[tuple[float, int, int, int, int]]:
    """All stretches around a sentence that are not too long, each summed up from the one before it.

    Plain tuples with a `Stretch`'s fields: around a turn of one-word sentences there are 15,000.
    """
    first = best - _fitting(lengths[best::-1], longest)
    last = best + 1 + _fitting(lengths[best:], longest)
    ends = {end for end in range(best + 1, last + 1) if end == best + 1 or not chatter(texts[end - 1])}
    near = range(first, last)
    gains = {i: lengths[i] * (worth[i] - floor) for i in near}
    opened = {i: open_quotes([texts[i]]) for i in near}
    for begin in range(first, best + 1):
        if begin < best and chatter(texts[begin]):
            continue
        value, words, marks = 0.0, 0, 0
        for i in range(begin, last):
            value, words, marks = value + gains[i], words + lengths[i], marks + opened[i]
            if words > longest and i > begin:
                break
            if i + 1 in ends:
                yield value, begin, i + 1, words, marks


def _fitting(lengths: Sequence[int], longest: int) -> int:
    """How many sentences behind the first fit beside it."""
    return max(0, sum(1 for _ in takewhile(lambda words: words <= longest, accumulate(lengths))) - 1)


def open_quotes(texts: Iterable[str]) -> int:
    """How many quotation marks open without a close; below 0 where more close."""
    return sum(text.count("“") - text.count("”") for text in texts)


def asks(sentence: str) -> bool:
    """Whether a sentence is a question."""
    return bool(_ASKS.search(sentence))


def chatter(sentence: str) -> bool:
    """Whether a whole sentence carries nothing alone."""
    return bool(_CHATTER.match(sentence))


def points_back(sentence: str) -> bool:
    """Whether a sentence opens on a word that needs the sentence before it."""
    return bool(_POINTS_BACK.match(sentence))
