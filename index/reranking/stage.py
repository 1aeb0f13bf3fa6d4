"""Reorders the first passages of a ranking with a reranker.

1. The reranker scores the first 30 (`index.reranking.cross_encoder`).
2. Both scores are scaled to 0..1, mixed, and sorted; the rest keeps its place.

A reranker that cannot be loaded is an error (a wrong setting). If it fails on a
question, the ranking stays the same: the log says so once, and the reranker is not
used for half a minute.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.breaker import Breaker
from index.fusion import min_max
from index.reranking.cross_encoder import CrossEncoderReranker, Reranker, RerankFault, RerankRefused, Scores
from index.reranking.http import ServedReranker
from ingest.checks import is_url
from ingest.models import Passage
from ingest.settings import Settings

# Rerankers' servers take 32 texts at once by default (TEI); of 120 questions 116 had a right passage in the first 50.
RERANK_DEPTH = 30
# Not tuned: no good reranker was available. Trained ones rank far better than the first stages, so their score counts
# most; the rest keeps one odd score from hiding what both first stages agree on.
RERANK_WEIGHT = 0.7
PAUSE_S = 30.0
# Share of a request's time that reranking may take, retries included.
TIME_SHARE = 1 / 3

log = logging.getLogger("citecast.rerank")


def open_reranker(settings: Settings) -> Reranker | None:
    """The reranker of the settings, or None. Nothing is loaded or contacted yet."""
    if not settings.reranker:
        return None
    if is_url(settings.reranker):
        return ServedReranker(settings.reranker, seconds=settings.request_seconds * TIME_SHARE)
    return CrossEncoderReranker(settings.reranker, threads=settings.threads)


@dataclass(frozen=True, slots=True)
class Reordered:
    """Passage ids and scores, best first; `note`: why the order is unchanged, else empty."""

    ranked: list[tuple[str, float]]
    note: str
    spent_ms: float


class Reranking:
    """The stage: one reranker, not used for a while after a failure. Safe to share between threads."""

    def __init__(self, reranker: Reranker, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds."""
        self._reranker = reranker
        self._breaker = Breaker(failures=1, rest=PAUSE_S, clock=clock)

    @classmethod
    def of(cls, settings: Settings) -> Reranking | None:
        """The stage of the settings, or None."""
        reranker = open_reranker(settings)
        return None if reranker is None else cls(reranker)

    def order(self, question: str, ranked: list[tuple[str, float]], passages: Mapping[str, Passage]) -> Reordered:
        """Reorder the first of a ranking, best first; raises only `RerankerError`."""
        clock = time.perf_counter()
        head = ranked[:RERANK_DEPTH]
        if not head:
            return Reordered([], "", 0.0)
        scores = self._scores(question, [passages[id].embedded_text for id, _ in head])
        if scores is None:
            note = "The reranker did not answer: passages are in their order without it."
        else:
            ranked, note = mixed(head, scores) + ranked[RERANK_DEPTH:], ""
        return Reordered(ranked, note, (time.perf_counter() - clock) * 1000)

    def _scores(self, question: str, texts: Sequence[str]) -> Scores | None:
        """The reranker's scores; None if it fails, and for a while after that."""
        if self._breaker.enter():
            return None
        tell = self._breaker.left
        try:
            scores = self._reranker.score(question, texts)
            tell = self._breaker.succeeded
            return scores
        except RerankRefused as refused:  # only this question was refused
            log.warning("%s; passages keep their order", refused)
        except RerankFault as fault:
            tell = self._breaker.failed
            log.warning("%s; passages keep their order, for %.0f s", fault, PAUSE_S)
        finally:
            tell()
        return None


def mixed(ranked: Sequence[tuple[str, float]], scores: Sequence[float] | Scores) -> list[tuple[str, float]]:
    """Sort by both scores, each scaled to 0..1 and weighted.

    The result is scaled to the range of the old scores, so that these passages stay before those without a new
    score, and scores stay comparable.
    """
    old = [score for _, score in ranked]
    total = (1 - RERANK_WEIGHT) * min_max(old) + RERANK_WEIGHT * min_max(list(scores))
    scaled = min(old) + (max(old) - min(old)) * total
    return [(ranked[i][0], float(scaled[i])) for i in np.argsort(-total, kind="stable")]
