"""Finds the stretch of a turn's sentences that is worth quoting.

A stretch consists of whole consecutive sentences and has a maximal length, so only the sentences
around the turn's best one are read: the work does not grow with the turn.

Nothing here knows of an episode, a question or a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, takewhile
from typing import NamedTuple

# A stretch that begins with one of these refers to the sentence before it.
_POINTS_BACK = re.compile(
    r"^(?:(?:and|but|or|because|then|also|plus|otherwise|instead|which|whereas)\b|"
    r"(?:(?:so|well|yeah|yes|now|like|right|okay|i think|i mean|for example|of course)[ ,.]+)*"
    r"(?:that|that's|it|it's|its|this|these|those|they|they're|their|he|she|there|such|same|both|either|neither|"
    r"the (?:same|other|second|third|last|former|latter)|one of them)\b)",
    re.IGNORECASE,
)
# Whole sentences without content of their own. "Yes" and "no" stay: they can be the answer.
_CHATTER = re.compile(
    r"^(?:(?:yeah|yep|right|okay|ok|sure|exactly|absolutely|definitely|of course|hmm+|um+|uh+|oh|ah|well|so|alright|"
    r"great|cool|nice|interesting|let me think|let's see|i (?:see|mean|think|guess)|you know|thank you|thanks|"
    r"(?:that's|that is|it's|it is|this is) (?:a |an |really |very |such a )*(?:good|great|excellent|interesting|"
    r"tough|tricky|hard|difficult|nice)(?: one| question| point)*|(?:good|great|interesting) (?:question|point))"
    r"[\s,.!?…–-]*)+$",
    re.IGNORECASE,
)
# A sentence that only announces what follows: "The first one is ...", "There are three reasons."
_ANNOUNCES = re.compile(
    r"[:…]$|\.\.\.$|\b(?:first|firstly|number one|following)\b[^.]{0,40}$|"
    r"\b(?:two|three|four|five|several|a few|a couple of|some) (?:\w+ )?"
    r"(?:things|reasons|ways|types|kinds|steps|parts|points|options|aspects|examples|questions)\W*$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\?[\"”’)]*$")
# From this number of words on, a sentence can be the best of its turn by its score alone.
_FULL_WORDS = 8


class Stretch(NamedTuple):
    """Sentences from `begin` to `end` (exclusive); `marks` counts quotation marks that open without a close."""

    value: float
    begin: int
    end: int
    words: int
    marks: int


def best_stretch(texts: Sequence[str], worth: Sequence[float], floor: float, shortest: int, longest: int) -> Stretch:
    """The stretch of whole sentences with the best value that can stand alone.

    A sentence adds words x (score (`worth`) - floor), so a stretch grows while its sentences
    stay relevant. It contains the turn's best sentence. It does not begin with a word that
    refers back unless nothing is before it, and does not end with a question, whose answer
    would be missing (unless nothing else fits). It does not begin or end with small talk.
    If possible, quotations inside it are not cut in half. A single sentence
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
    """All stretches around a sentence that are not too long, each calculated from the one before it.

    Plain tuples with the fields of `Stretch` for speed: a turn of one-word sentences has 15,000.
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
    """Number of following sentences that fit with the first one."""
    return max(0, sum(1 for _ in takewhile(lambda words: words <= longest, accumulate(lengths))) - 1)


def open_quotes(texts: Iterable[str]) -> int:
    """Number of quotation marks that open without a close; negative if more close."""
    return sum(text.count("“") - text.count("”") for text in texts)


def asks(sentence: str) -> bool:
    """Whether a sentence is a question."""
    return bool(_ASKS.search(sentence))


def chatter(sentence: str) -> bool:
    """Whether a whole sentence has no content of its own."""
    return bool(_CHATTER.match(sentence))


def announces(sentence: str) -> bool:
    """Whether a sentence announces what only the next ones say."""
    return bool(_ANNOUNCES.search(sentence))


def points_back(sentence: str) -> bool:
    """Whether a sentence begins with a word that needs the sentence before it."""
    return bool(_POINTS_BACK.match(sentence))
