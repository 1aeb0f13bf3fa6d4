"""Selects and orders the excerpts that a verified statement cites.

1. The excerpts of the whole statement, best first; one moves up if the statement has its chapter title's words.
2. After the first two, the excerpt of each sentence that has none among them; then the others.
3. Each once, at most four; after the first only those that have nearly as much of some sentence as the best one.

Nothing here judges whether they support it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.evidence.scorer import Scorer
from app.language.tokens import tokens
from app.types import Evidence
from app.verification.candidates import Looked
from app.verification.keys import with_keys
from app.verification.score import Measured, share_held, weights_of
from index.embedder import Vectors
from index.opened import Index
from index.retrieve import Ranking
from ingest.text import sentences as sentences_of

Shares = npt.NDArray[np.float64]
MOST_CITED = 4
# Ranks gained if all words of the chapter title are in the statement: editors write chapter by chapter.
_CHAPTER_RANKS = 7.0
_OF_WHOLE = 2
# A further excerpt must have at least this share of the best one's words of a sentence.
_LEAST_HELD = 0.7


def cited(looked: Looked, sentences: Sequence[Measured], index: Index) -> list[Evidence]:
    """The excerpts to cite, best first, with their key sentences."""
    said = tokens(index.guest_names.without(looked.claim))
    keys = {token.key for token in said if token.content}
    order = sorted(
        range(len(looked.runs)), key=lambda rank: rank - _CHAPTER_RANKS * _chapter_held(looked.runs[rank], keys)
    )
    best = [looked.runs[rank] for rank in order]
    own = [item.run for item in sorted(sentences, key=lambda item: -item.score) if item.run]
    runs = _apart([*best[:_OF_WHOLE], *own, *best[_OF_WHOLE:]], MOST_CITED)
    held = np.array([[_held(run.text, item.claim, index) for item in sentences] for run in runs], np.float64)
    kept = [run for place, run in enumerate(runs) if place == 0 or _nearly_best(held, place)]
    return _with_keys(kept, index, looked.ranking)


def _nearly_best(held: Shares, place: int) -> bool:
    """Whether one excerpt has nearly as much of some sentence as the best excerpt."""
    most = held.max(axis=0)
    return bool(((held[place] >= _LEAST_HELD * most) & (most > 0)).any())


def _held(text: str, sentence: str, index: Index) -> float:
    """Weighted share of a sentence's words in a text."""
    said = tokens(index.guest_names.without(sentence))
    there = {token.key for token in tokens(text)}
    return share_held(said, weights_of(said, index), there.__contains__)


def nearest(looked: Looked, index: Index, most: int) -> list[Evidence]:
    """The excerpts, of any guest, that are nearest to a statement without support."""
    runs = sorted([*looked.runs, *looked.others], key=lambda run: -run.score)
    return _with_keys(_apart(runs, most), index, looked.ranking)


def overlap(one: Evidence, other: Evidence) -> bool:
    """Whether two excerpts overlap in time."""
    return one.episode.slug == other.episode.slug and one.start < other.end and other.start < one.end


def _chapter_held(run: Evidence, keys: set[str]) -> float:
    """Share of a chapter title's words that the statement says."""
    title = [token.key for token in tokens(run.chapter.title) if token.content]
    return sum(key in keys for key in title) / len(title) if title else 0.0


def _apart(runs: Sequence[Evidence], most: int) -> list[Evidence]:
    """The first excerpts that do not overlap."""
    kept: list[Evidence] = []
    for run in runs:
        if len(kept) < most and not any(overlap(run, other) for other in kept):
            kept.append(run)
    return kept


def _with_keys(runs: list[Evidence], index: Index, ranking: Ranking) -> list[Evidence]:
    """The excerpts with their key: the sentences that match the search text best (MaxSim)."""
    scorer = Scorer(index, ranking)
    met: dict[str, float] = {}
    for run in runs:
        for position, segment in enumerate(run.episode.segments):
            if segment.start < run.end and run.start < segment.end:
                vectors = scorer.segment(run.episode, position)
                for text, vector in zip(sentences_of(segment.text), vectors, strict=True):
                    met[text] = max(met.get(text, 0.0), float(scorer.weights @ vector))

    def alike(texts: Sequence[str]) -> Vectors:
        return np.array([met.get(text, 0.0) for text in texts], np.float32)

    return with_keys(runs, alike)
