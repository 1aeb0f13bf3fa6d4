"""Which runs a verified statement cites, and in what order.

1. The whole statement's runs, best first; one whose chapter the statement names by its title's words moves up.
2. Behind the first two, the run of each sentence that has none among them; then the others.
3. None twice, at most four; behind the first only what holds nearly as much of some sentence as another one does.

Nothing here judges whether they support it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.evidence.scorer import Scorer
from app.evidence.select import EvidenceSettings, with_keys
from app.language.tokens import tokens
from app.types import Evidence
from app.verification.candidates import Looked
from app.verification.score import Measured, share_held, weights_of
from index.embedder import Vectors
from index.opened import Index
from index.retrieve import Ranking
from ingest.text import sentences as sentences_of

Shares = npt.NDArray[np.float64]
MOST_CITED = 4
# How many ranks a chapter's title is worth whose words all stand in the statement: editors write chapter by chapter.
_CHAPTER_RANKS = 7.0
_OF_WHOLE = 2
# Share of the best run's words of a sentence that a further run has to hold to be cited for it.
_LEAST_HELD = 0.7


def cited(looked: Looked, sentences: Sequence[Measured], index: Index) -> list[Evidence]:
    """The runs to cite, best first, with their key sentences."""
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
    """Whether one run holds nearly as much of some sentence as the best of all does."""
    most = held.max(axis=0)
    return bool(((held[place] >= _LEAST_HELD * most) & (most > 0)).any())


def _held(text: str, sentence: str, index: Index) -> float:
    """Share of a sentence that a text says, by weight of its words."""
    said = tokens(index.guest_names.without(sentence))
    there = {token.key for token in tokens(text)}
    return share_held(said, weights_of(said, index), there.__contains__)


def nearest(looked: Looked, index: Index, most: int) -> list[Evidence]:
    """What comes nearest to a statement that is not supported, whoever says it."""
    runs = sorted([*looked.runs, *looked.others], key=lambda run: -run.score)
    return _with_keys(_apart(runs, most), index, looked.ranking)


def overlap(one: Evidence, other: Evidence) -> bool:
    """Whether two runs share time."""
    return one.episode.slug == other.episode.slug and one.start < other.end and other.start < one.end


def _chapter_held(run: Evidence, keys: set[str]) -> float:
    """Share of a chapter title's words that the statement says."""
    title = [token.key for token in tokens(run.chapter.title) if token.content]
    return sum(key in keys for key in title) / len(title) if title else 0.0


def _apart(runs: Sequence[Evidence], most: int) -> list[Evidence]:
    """The first runs that do not overlap."""
    kept: list[Evidence] = []
    for run in runs:
        if len(kept) < most and not any(overlap(run, other) for other in kept):
            kept.append(run)
    return kept


def _with_keys(runs: list[Evidence], index: Index, ranking: Ranking) -> list[Evidence]:
    """The runs with the sentences set off that meet what was searched for best (MaxSim)."""
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

    return with_keys(runs, alike, EvidenceSettings().key_words)
