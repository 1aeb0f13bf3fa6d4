"""Joining rankings. Pure functions on lists of ids."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

RRF_K = 60


def reciprocal_rank_fusion(
    rankings: Sequence[Sequence[str]], weights: Sequence[float] | None = None, k: int = RRF_K
) -> list[tuple[str, float]]:
    """Sum of weight / (k + rank), rank counted from 1; best first, ties in order of first sight.

    Cormack, Clarke and Buettcher, "Reciprocal Rank Fusion outperforms Condorcet
    and individual rank learning methods", SIGIR 2009 (there k = 60, no weights).
    """
    scores: defaultdict[str, float] = defaultdict(float)
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, item in enumerate(ranking, start=1):
            scores[item] += weight / (k + rank)
    return sorted(scores.items(), key=lambda pair: -pair[1])
