"""Question -> ranked passages.

0. A guest whom the question names narrows the search to that guest's episodes,
   unless filters were given.
1. Two rankings from the store, 100 deep: dense (cosine) and lexical (BM25).
2. Fusion: both scores scaled to 0..1 over their own ranking and averaged.
3. The first 50 are ordered anew with late interaction: how well each word piece
   of the question is met by some word piece of the passage.

Each step was kept for what it gave on held-out questions (README, "Figures").
Nothing here chooses what is quoted or decides whether there is an answer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from index.catalog import Index
from index.embedder import Embedder, Vectors
from index.filters import Filters
from index.store.base import Hit
from index.tokens import max_similarities
from ingest.models import ScoredPassage

POOL = 100
DENSE_SHARE = 0.5
LATE_DEPTH = 50
LATE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranked passages, with what later stages need of the question.

    `named` are the guests that the question names, `tokens` its projected word
    pieces, `similarities` each ranked passage's `max_similarities` with them, by passage id.
    """

    passages: list[ScoredPassage]
    named: tuple[str, ...]
    tokens: Vectors
    similarities: dict[str, Vectors]
    timings_ms: dict[str, float]


class Retriever:
    """Ranks the passages of one index."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        self.index = index
        self._embedder = embedder

    def search(self, question: str, k: int = 10, filters: Filters = Filters()) -> Ranking:
        """The `k` best passages (at most 50), best first; scores order this list only."""
        clock = time.perf_counter()
        named = () if filters else self.index.guest_names.find(question)
        if named:
            filters = Filters(guests=named)
        encoded = self._embedder.embed_query(question)
        embedded = time.perf_counter()
        pool = max(POOL, k)
        dense = self.index.store.dense(encoded.vector, pool, filters)
        lexical = self.index.store.lexical(question, pool, filters)
        stored = time.perf_counter()
        cosines = dict(dense)
        fused = min_max_fusion(dense, lexical, DENSE_SHARE)[: max(LATE_DEPTH, k)]
        tokens = self.index.tokens.basis.project(encoded.tokens)
        similarities = {id: max_similarities(tokens, self.index.tokens.of(self.index.passages[id])) for id, _ in fused}
        ranked = late_interaction(fused, similarities, LATE_SHARE)[:k]
        floor = min(cosines.values(), default=0.0)
        passages = [
            ScoredPassage(self.index.passages[id], score, rank, cosines.get(id, floor))
            for rank, (id, score) in enumerate(ranked, start=1)
        ]
        done = time.perf_counter()
        timings = {
            "embed": (embedded - clock) * 1000,
            "store": (stored - embedded) * 1000,
            "order": (done - stored) * 1000,
            "retrieve": (done - clock) * 1000,
        }
        kept = {scored.passage.id: similarities[scored.passage.id] for scored in passages}
        return Ranking(passages, named, tokens, kept, timings)


def min_max_fusion(dense: list[Hit], lexical: list[Hit], share: float) -> list[tuple[str, float]]:
    """Convex combination of min-max scaled scores, best first; one that a ranking lacks counts 0 there.

    Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval",
    ACM TOIS 42(1), 2023: it beats reciprocal rank fusion, here too.
    """
    scaled = [(_min_max(dense), share), (_min_max(lexical), 1.0 - share)]
    ids = dict.fromkeys([hit.id for hit in dense] + [hit.id for hit in lexical])
    scores = [(id, sum(weight * scores.get(id, 0.0) for scores, weight in scaled)) for id in ids]
    return sorted(scores, key=lambda pair: -pair[1])


def _min_max(hits: list[Hit]) -> dict[str, float]:
    if not hits:
        return {}
    low, high = min(hit.score for hit in hits), max(hit.score for hit in hits)
    return {hit.id: (hit.score - low) / (high - low) if high > low else 1.0 for hit in hits}


def late_interaction(
    ranked: list[tuple[str, float]], similarities: dict[str, Vectors], share: float
) -> list[tuple[str, float]]:
    """Order by the mean of two z-scores: the fused score, and MaxSim averaged over the question's word pieces."""
    if len(ranked) < 2:
        return ranked
    fused = np.array([score for _, score in ranked])
    late = np.array([similarities[id].max(axis=1).mean() if similarities[id].size else 0.0 for id, _ in ranked])
    combined = (1 - share) * _z(fused) + share * _z(late)
    order = np.argsort(-combined, kind="stable")
    return [(ranked[i][0], float(combined[i])) for i in order]


def _z(values: np.ndarray) -> np.ndarray:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)
