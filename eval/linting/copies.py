"""Finds words that a text shares with others: runs copied from a transcript, and questions of the same words.

Words are compared without case, accents and punctuation. Nothing here knows suites or an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.text import fold, words

# Shorter runs are phrases that anybody may say.
LEAST_COPIED = 8


def folded_words(text: str) -> list[str]:
    """The words of a text in plain lower-case Latin letters."""
    return words(fold(text))


def same_words(texts: Iterable[str]) -> tuple[str, ...]:
    """Equal for texts of the same words in any order."""
    return tuple(sorted(word for text in texts for word in folded_words(text)))


def copied_run(text: str, said: Iterable[Sequence[str]]) -> list[str]:
    """The longest run of words that the text shares with one of `said`; empty if shorter than `LEAST_COPIED`."""
    wanted = folded_words(text)
    longest = 0, 0
    for other in said:
        places: dict[tuple[str, ...], list[int]] = {}
        for at in range(len(other) - LEAST_COPIED + 1):
            places.setdefault(tuple(other[at : at + LEAST_COPIED]), []).append(at)
        for begin in range(len(wanted) - LEAST_COPIED + 1):
            for at in places.get(tuple(wanted[begin : begin + LEAST_COPIED]), ()):
                longest = max(longest, (_shared(wanted[begin:], other[at:]), -begin))
    length, begin = longest[0], -longest[1]
    return wanted[begin : begin + length]


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """The number of words that both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
