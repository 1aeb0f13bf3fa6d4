"""Compresses the token vectors of passages to 96 numbers of one byte for each word piece.

Ranking compares a question's word pieces with a passage's (late interaction),
and evidence compares them with each sentence's. Full vectors would take 1.6 GB
for the archive; projected on their 96 strongest directions and rounded to 8 bits
they take 0.2 GB and rank almost the same (docs/figures.md).

Nothing here reads a model or a store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.embedder import Encoded, Vectors
from ingest.text import STOP_WORDS, sentence_spans, word_spans

DIMENSIONS = 96
# Token vectors are unit vectors: after projection, hardly any number is outside +-0.6.
_RANGE = 0.6
_SAMPLE = 20_000
# Share of a word piece's weight that depends on its word's rarity; the rest is the same for all.
_RARITY_SHARE = 0.55
# Rarity of punctuation and of stop words.
_PLAIN_RARITY = 0.1
# Unit number of the word pieces before the passage's own words: title, guests, chapter.
CONTEXT_UNIT = 0

Codes = npt.NDArray[np.int8]
Units = npt.NDArray[np.uint8]


class TokenCodes(NamedTuple):
    """One passage's word pieces: codes, shape (n, DIMENSIONS), and the unit (sentence) of each.

    Unit 0 is the context; sentence i of the passage (counted from 0) is unit i + 1.
    """

    codes: Codes
    units: Units


@dataclass(frozen=True)
class TokenBasis:
    """The directions that token vectors are projected on, shape (dimension, DIMENSIONS)."""

    matrix: Vectors

    @classmethod
    def fit(cls, encoded: Sequence[Encoded]) -> TokenBasis:
        """The strongest directions of a sample: the first principal components, not centred.

        A model with fewer dimensions has fewer directions; the rest are zeros.
        """
        tokens = np.concatenate([item.tokens for item in encoded])
        picked = np.random.default_rng(0).permutation(len(tokens))[:_SAMPLE]
        sample = tokens[np.sort(picked)].astype(np.float64)
        _, directions = np.linalg.eigh(sample.T @ sample)
        strongest = directions[:, ::-1][:, :DIMENSIONS]
        matrix = np.zeros((len(strongest), DIMENSIONS), np.float32)
        matrix[:, : strongest.shape[1]] = strongest
        return cls(matrix)

    def encode(self, tokens: Vectors) -> Codes:
        """Project and round to bytes."""
        return np.asarray(np.clip(np.rint(tokens @ self.matrix * (127 / _RANGE)), -127, 127), np.int8)

    def project(self, tokens: Vectors) -> Vectors:
        """A question's word pieces, projected and made unit vectors again."""
        return unit(tokens @ self.matrix)


def piece_weights(
    text: str, offsets: npt.NDArray[np.int32], rarity: Callable[[str], float], less: npt.NDArray[np.bool_], share: float
) -> Vectors:
    """The weight of each word piece of a question, together 1: 0.45 evenly, 0.55 (`_RARITY_SHARE`) by `rarity`.

    `offsets`: where each piece begins and ends in the text, shape (n, 2). `rarity`: of a word in the archive. Those
    marked in `less` (n) have only this `share` of their weight.
    """
    if not len(offsets):
        return np.zeros(0, np.float32)
    spans = word_spans(text)
    words = (next((word for first, end, word in spans if first <= begin < end), None) for begin, _ in offsets.tolist())
    rare = np.array(
        [_PLAIN_RARITY if word is None or word in STOP_WORDS else rarity(word) for word in words], np.float32
    )
    weights = (1 - _RARITY_SHARE) / len(offsets) + _RARITY_SHARE * rare / rare.sum()
    weights = weights * np.where(less, share, 1.0)
    return np.asarray(weights / weights.sum(), np.float32)


def decode(codes: Codes) -> Vectors:
    """Codes as unit vectors."""
    return unit(codes.astype(np.float32))


def unit(vectors: Vectors) -> Vectors:
    """Rows scaled to length one."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), np.float32)


def units_of(text: str, embedded_text: str, offsets: npt.NDArray[np.int32]) -> Units:
    """The unit of each word piece of a passage's embedded text (which ends with `text`)."""
    begin = len(embedded_text) - len(text)
    ends = np.array([begin, *(begin + end for _, end in passage_sentences(text))])
    units = np.searchsorted(ends, offsets[:, 0], side="right")
    return np.asarray(np.minimum(units, 255), np.uint8)


def passage_sentences(text: str) -> list[tuple[int, int]]:
    """Character spans of a passage's sentences; a sentence never crosses a segment (a line)."""
    spans: list[tuple[int, int]] = []
    begin = 0
    for line in text.split("\n"):
        spans.extend((begin + start, begin + end) for start, end in sentence_spans(line))
        begin += len(line) + 1
    return spans


def max_similarities(question: Vectors, passage: TokenCodes) -> Vectors:
    """Best similarity of each of the question's word pieces in each unit.

    `question` has shape (q, DIMENSIONS); the result (q, units), where a unit
    without word pieces (after the end of what the model read) has -1. Its maximum over
    units is the MaxSim of Khattab and Zaharia, "ColBERT", SIGIR 2020.
    """
    count = int(passage.units.max(initial=0)) + 1
    result = np.full((len(question), count), -1.0, np.float32)
    if len(passage.units):
        similarity = question @ decode(passage.codes).T
        np.maximum.at(result.T, passage.units, similarity.T)
    return result


def unit_vectors(passage: TokenCodes, count: int) -> Vectors:
    """The mean of each unit's word pieces, of length one, shape (count, DIMENSIONS); zeros for a unit without any."""
    sums = np.zeros((count, DIMENSIONS), np.float32)
    inside = passage.units < count
    np.add.at(sums, passage.units[inside], decode(passage.codes)[inside])
    return unit(sums)


def weighted_match(similarities: Vectors, weights: Vectors) -> float:
    """How well some units together match the question: MaxSim with a weight for each word piece; 0 without units."""
    return float(weights @ similarities.max(axis=1)) if similarities.size else 0.0


def of_units(similarities: Vectors, units: Sequence[int]) -> Vectors:
    """The similarities of some units, without those after the end of what the model read."""
    return similarities[:, [unit for unit in units if unit < similarities.shape[1]]]
