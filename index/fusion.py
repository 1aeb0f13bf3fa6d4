"""Joining rankings. Pure functions on lists of ids and of scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

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


def min_max(values: Sequence[float] | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values scaled linearly to 0..1; all 1 where they are all the same."""
    array = np.asarray(values, np.float64)
    if not array.size:
        return array
    spread = float(np.ptp(array))
    return (array - array.min()) / spread if spread > 0 else np.ones_like(array)
