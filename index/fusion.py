"""Makes scores of different rankings comparable, and joins two rankings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.store.base import Hit


def min_max(values: Sequence[float] | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values scaled linearly to 0..1; all 1 if they are equal."""
    array = np.asarray(values, np.float64)
    if not array.size:
        return array
    spread = float(np.ptp(array))
    return (array - array.min()) / spread if spread > 0 else np.ones_like(array)


def min_max_fusion(dense: list[Hit], lexical: list[Hit], share: float) -> list[tuple[str, float]]:
    """Convex combination of min-max scaled scores, best first; an id missing in a ranking has 0 there.

    Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval",
    ACM TOIS 42(1), 2023: it is better than reciprocal rank fusion, also on our suites.
    """
    scaled = [
        (dict(zip((hit.id for hit in hits), min_max([hit.score for hit in hits]), strict=True)), weight)
        for hits, weight in ((dense, share), (lexical, 1.0 - share))
    ]
    ids = dict.fromkeys([hit.id for hit in dense] + [hit.id for hit in lexical])
    scores = [(id, float(sum(weight * own.get(id, 0.0) for own, weight in scaled))) for id in ids]
    return sorted(scores, key=lambda pair: -pair[1])
