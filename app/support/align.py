"""Where in its quotes a sentence stands: each content word's place, and the stretch that holds most of them.

    quote -> Quote (words and vectors, kept in a cache)
    sentence, quotes -> Alignment: the best stretch of one to three of a quote's sentences, and what matches each word

A word is matched by the same word, by one with the same beginning, or, less well, by one
that means much the same (the cosine of both words' vectors, each word alone).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np

from app.language.tokens import Token, places_of, tokens
from index.embedder import Embedder, Vectors
from ingest.text import sentence_spans

_QUOTES, _WORDS = 64, 8192
_STRETCH = 3
# What a stretch pays for each further sentence and each word, in shares of the sentence's words.
_LENGTH_COST, _WORD_COST = 0.03, 0.001
_COSINE_SHARE = 0.3
# Beginnings that two words share: deploy, deployment.
_BEGINNING, _BEGINNING_SHARE, _BEGINNING_WORTH = 5, 0.6, 0.9

# Neighbours of a word in the sentence and in the quote, in words.
NEAR_SAID, NEAR_QUOTED = 4, 6

_Value = TypeVar("_Value")


class Cache(Generic[_Value]):
    """The values last used, by text. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, _Value] = OrderedDict()
        self._lock = threading.Lock()

    def many(self, texts: Sequence[str], make: Callable[[list[str]], Sequence[_Value]]) -> list[_Value]:
        """A value for each text; `make` is asked for all that are missing at once."""
        with self._lock:
            known = {text: self._values[text] for text in texts if text in self._values}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known |= zip(missing, make(missing), strict=True)
        with self._lock:
            for text in dict.fromkeys(texts):
                self._values[text] = known[text]
                self._values.move_to_end(text)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return [known[text] for text in texts]


class Quote:
    """A quote's words, and the vectors of its sentences."""

    def __init__(self, text: str, embed: Callable[[list[str]], Vectors]) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.spans = sentence_spans(text)
        self._embed = embed
        self.places = places_of(self.tokens)
        # For each sentence of the quote its words, begin and end.
        ends = [begin for begin, _ in self.spans[1:]] + [len(text) + 1]
        bounds = [0, *(sum(token.start < end for token in self.tokens) for end in ends)]
        self.sentences: list[tuple[int, int]] = list(pairwise(bounds))

    @cached_property
    def vectors(self) -> Vectors:
        """Unit vectors of the sentences, shape (sentences, dimension)."""
        return self._embed([self.text[a:b] for a, b in self.spans])

    @cached_property
    def content(self) -> frozenset[str]:
        """The keys of its content words."""
        return frozenset(token.key for token in self.tokens if token.content)

    def near(self, key: str) -> list[int]:
        """Places of words with the same beginning."""
        found: list[int] = []
        for other in self.content:
            if other[:_BEGINNING] == key[:_BEGINNING] and _same_beginning(key, other):
                found += self.places[other]
        return found


@dataclass(frozen=True, slots=True)
class Alignment:
    """A sentence on the stretch of a quote that holds most of it.

    `begin` and `end` bound the stretch in `quote.tokens`; `matched` says for each of the
    sentence's tokens how well the stretch matches it (1 the same word, 0 not at all; function
    words too), `places` at which token of the quote, -1 for none. `cosine` is the best
    of the stretch's sentences.
    """

    quote: Quote
    begin: int
    end: int
    matched: tuple[float, ...]
    places: tuple[int, ...]
    cosine: float
    score: float

    @property
    def stretch(self) -> tuple[Token, ...]:
        """The quote's words that the sentence stands on."""
        return self.quote.tokens[self.begin : self.end]

    def neighbours(self, i: int, place: int, said: Sequence[Token]) -> bool:
        """Whether a word near `i` in the sentence stands near `place` in the quote."""
        around = range(max(0, i - NEAR_SAID), min(len(said), i + NEAR_SAID + 1))
        return any(
            j != i and said[j].content and self.places[j] >= 0 and abs(self.places[j] - place) <= NEAR_QUOTED
            for j in around
        )


def _same_beginning(one: str, other: str) -> bool:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length >= _BEGINNING and length >= _BEGINNING_SHARE * max(len(one), len(other))


class Aligner:
    """Lines sentences up with quotes; keeps quotes and words that it has seen."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._quotes: Cache[Quote] = Cache(_QUOTES)
        self._words: Cache[Vectors] = Cache(_WORDS)

    def quotes(self, texts: Sequence[str]) -> list[Quote]:
        """Quotes, ready to be compared."""
        return self._quotes.many(texts, lambda new: [Quote(text, self._embedder.embed_sentences) for text in new])

    def align(self, said: Sequence[Token], vector: Vectors, quote: Quote) -> Alignment:
        """The best stretch of a quote for a sentence's words and vector."""
        if not quote.spans:
            return Alignment(quote, 0, 0, (0.0,) * len(said), (-1,) * len(said), 0.0, 0.0)
        cosines = quote.vectors @ vector
        held = [self._places(token, quote) for token in said]
        total = sum(token.weight for token in said) or 1.0
        best = (-1.0, 0, 0, 0.0)
        for first in range(len(quote.sentences)):
            for last in range(first, min(first + _STRETCH, len(quote.sentences))):
                begin, end = quote.sentences[first][0], quote.sentences[last][1]
                covered = sum(
                    token.weight * max((worth for place, worth in places if begin <= place < end), default=0.0)
                    for token, places in zip(said, held, strict=True)
                    if token.content
                )
                cosine = float(cosines[first : last + 1].max())
                cost = _LENGTH_COST * (last - first) + _WORD_COST * (end - begin)
                score = covered / total + _COSINE_SHARE * cosine - cost
                best = max(best, (score, begin, end, cosine))
        score, begin, end, cosine = best
        matched, places = _placed(said, held, begin, end)
        return Alignment(quote, begin, end, matched, places, cosine, score)

    @staticmethod
    def _places(token: Token, quote: Quote) -> list[tuple[int, float]]:
        same = [(place, 1.0) for place in quote.places.get(token.key, ())]
        if same or not token.content or token.number:
            return same
        return [(place, _BEGINNING_WORTH) for place in quote.near(token.key)]

    def likeness(self, words: Sequence[str], others: Sequence[str]) -> Vectors:
        """Cosines of single words, shape (len(words), len(others))."""
        if not words or not others:
            return np.zeros((len(words), len(others)), np.float32)
        vectors = self._words.many([*words, *others], lambda texts: list(self._embedder.embed_sentences(texts)))
        return np.stack(vectors[: len(words)]) @ np.stack(vectors[len(words) :]).T


def _placed(
    said: Sequence[Token], held: Sequence[list[tuple[int, float]]], begin: int, end: int
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """How well each word is matched inside a stretch, and where: of several places the nearest to the word before."""
    matched: list[float] = []
    places: list[int] = []
    before = begin
    for found in held:
        inside = [(place, worth) for place, worth in found if begin <= place < end]
        if not inside:
            matched.append(0.0)
            places.append(-1)
            continue
        place, worth = min(inside, key=lambda item: (abs(item[0] - before - 1), item[0]))
        matched.append(worth)
        places.append(place)
        before = place
    return tuple(matched), tuple(places)
