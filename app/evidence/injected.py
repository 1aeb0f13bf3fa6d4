"""Finds sentences that address a machine by what they mean, among the few that are about to be shown.

    sentences -> vectors -> logistic regression (`eval.fitting.injections`) -> those from a threshold on

The rules of `ingest.injections` know forms of commands, and mark them in the whole archive. The weights also find
commands that are dressed up as talk, but each sentence has to be embedded alone, which is too slow for a whole archive.
With another embedder than the one that they were fitted with, they find nothing and the rules remain.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from index.embedder import Embedder, Vectors
from index.fitted.weights import Fitted, read_fitted

WEIGHTS = Path(__file__).with_name("injections.json")
# Sentences embedded at once: a batch is padded to its longest, so small ones of similar length take half the time.
_BATCH = 8
# Sentences whose scores are kept.
_KEPT = 8192

# sentences -> those that address a machine
Find = Callable[[Iterable[str]], frozenset[str]]


class Detector:
    """Scores sentences with one embedder; safe to share between threads."""

    def __init__(self, embedder: Embedder, fitted: Fitted) -> None:
        self._embedder = embedder
        self._fitted = fitted
        self._fits = fitted.about["embedder"] == embedder.key
        self._weights = weights_of(fitted)
        self._found: dict[str, bool] = {}
        self._lock = threading.Lock()

    @classmethod
    def of(cls, embedder: Embedder) -> Detector:
        """The detector that belongs to an embedder; it keeps the scores of the last sentences."""
        return _detector(embedder)

    def injected(self, sentences: Iterable[str]) -> frozenset[str]:
        """Those of the sentences that address a machine."""
        if not self._fits:
            return frozenset()
        wanted = list(dict.fromkeys(sentences))
        with self._lock:
            found = {text: self._found[text] for text in wanted if text in self._found}
        fresh = sorted((text for text in wanted if text not in found), key=len)
        for begin in range(0, len(fresh), _BATCH):
            batch = fresh[begin : begin + _BATCH]
            scores = self._embedder.embed_sentences(batch) @ self._weights + self._fitted.bias
            found |= zip(batch, (scores >= self._fitted.numbers["threshold"]).tolist(), strict=True)
        self._keep({text: found[text] for text in fresh})
        return frozenset(text for text, marked in found.items() if marked)

    def _keep(self, fresh: dict[str, bool]) -> None:
        """Keep what was found, and forget what was found first."""
        with self._lock:
            self._found |= fresh
            for text in list(self._found)[: max(0, len(self._found) - _KEPT)]:
                del self._found[text]


def weights_of(fitted: Fitted) -> Vectors:
    """The weights of a vector's dimensions, in order."""
    return np.array([fitted.weights[name] for name in dimensions(len(fitted.weights))], np.float32)


def dimensions(count: int) -> list[str]:
    """The names of a vector's dimensions."""
    return [f"v{number}" for number in range(count)]


@lru_cache(maxsize=2)
def _detector(embedder: Embedder) -> Detector:
    return Detector(embedder, read_fitted(WEIGHTS))
