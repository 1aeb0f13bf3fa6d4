"""A second look at the first passages: a reranker reads question and passage together.

1. Take the first 30 of a ranking.
2. Score them with a cross-encoder, in this process or behind HTTP (`index.rerank_served`).
3. Scale both orders to 0..1, mix them, and sort; the rest stays where it was.

A reranker that cannot be loaded is a wrong setting and an error. One that fails
at a question leaves the ranking as it was: the log says so once, and for half a
minute it is not asked again.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.embedder import fast_dtype
from index.fusion import min_max
from ingest.models import Passage
from ingest.settings import Settings, is_url

Scores = npt.NDArray[np.float64]

# Rerankers' servers take 32 texts at once by default (TEI); of 120 questions 116 had a right passage in the first 50.
RERANK_DEPTH = 30
# Not tuned: no good reranker was at hand. Trained ones order far better than the first stages do, so theirs counts
# most; the rest keeps one odd score from burying what both first stages agree on.
RERANK_WEIGHT = 0.7
PAUSE_S = 30.0
# Share of a request's time that reranking may take, retries included.
TIME_SHARE = 1 / 3
_BATCH = 16

log = logging.getLogger("citecast.rerank")


class RerankerError(Exception):
    """The reranker cannot be had or is none; the message names the remedy."""


class RerankFault(Exception):
    """The reranker failed at a question; the message says how."""


class RerankRefused(RerankFault):
    """The server refused this one question, as too long for instance; it may well take the next."""


class Reranker(Protocol):
    """What scores passages for a question."""

    @property
    def name(self) -> str:
        """The setting that it was made from."""

    def score(self, question: str, texts: Sequence[str]) -> Scores:
        """How well each text answers the question, shape (len(texts),), finite, on any scale.

        Raises `RerankFault` for a failure, `RerankerError` for a reranker that is not to be had.
        """


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder. It is loaded on the first use, once."""

    def __init__(self, name: str, *, threads: int = 0, dtype: str = "auto") -> None:
        """`name` is a hub name or a folder; `threads` 0 takes every core."""
        self.name = name
        self._threads = threads
        self._dtype = dtype

    @cached_property
    def _model(self) -> Any:
        import torch
        from sentence_transformers import CrossEncoder

        location = os.path.expanduser(self.name)
        dtype = fast_dtype() if self._dtype == "auto" else self._dtype
        try:
            model = CrossEncoder(
                location,
                device="cuda" if torch.cuda.is_available() else "cpu",
                model_kwargs={"dtype": getattr(torch, dtype)},
                local_files_only=Path(location).is_dir() or bool(os.environ.get("HF_HUB_OFFLINE")),
            )
        except Exception as error:  # the library raises a dozen types for one thing: the model is not to be had
            raise RerankerError(
                f"the reranker {self.name!r} cannot be loaded: {(str(error) or repr(error)).splitlines()[0]:.200}. "
                "Give a folder or a server's URL, or none: CITECAST_RERANKER="
            ) from error
        _check_kind(model, self.name)
        return model.eval()

    @property
    def max_tokens(self) -> int:
        """Word pieces of question and passage together that the model reads; the longer of them loses its tail."""
        return int(self._model.max_seq_length)

    def score(self, question: str, texts: Sequence[str]) -> Scores:
        """Logits, not probabilities: those of good passages are all near 1, and their differences are the order."""
        model = self._model
        import torch

        if not texts:
            return np.zeros(0)
        torch.set_num_threads(self._threads or os.cpu_count() or 1)
        pairs = [(question, text) for text in texts]
        try:
            found = model.predict(pairs, batch_size=_BATCH, activation_fn=torch.nn.Identity(), show_progress_bar=False)
        except (RuntimeError, ValueError, IndexError) as error:  # out of memory, or a model that is at odds with itself
            raise RerankFault(f"the reranker {self.name!r} failed: {str(error)[:200]!r}") from error
        scores = np.asarray(found, np.float64)
        if scores.shape != (len(texts),) or not np.isfinite(scores).all():
            raise RerankFault(f"the reranker {self.name!r} gave scores that are no numbers")
        return scores


def _check_kind(model: Any, name: str) -> None:
    """Refuse what is no reranker: an embedding model would get a head of random numbers and load all the same."""
    kinds = list(getattr(model.config, "architectures", None) or ["unknown"])
    if not kinds[0].endswith(("ForSequenceClassification", "ForCausalLM")):
        raise RerankerError(f"{name!r} is a {kinds[0]}, no cross-encoder: give a reranker, or CITECAST_RERANKER=")
    if model.num_labels != 1:
        raise RerankerError(
            f"{name!r} is a classifier with {model.num_labels} labels, and a reranker has one: give another model, "
            "or CITECAST_RERANKER="
        )


def open_reranker(settings: Settings) -> Reranker | None:
    """The reranker that the settings name, or None. Nothing is loaded or asked yet."""
    if not settings.reranker:
        return None
    if is_url(settings.reranker):
        from index.rerank_served import ServedReranker

        return ServedReranker(settings.reranker, seconds=settings.request_seconds * TIME_SHARE)
    return CrossEncoderReranker(settings.reranker, threads=settings.threads)


@dataclass(frozen=True, slots=True)
class Reordered:
    """Passage ids and scores, best first; `note` says why they are in their old order, where they are."""

    ranked: list[tuple[str, float]]
    note: str
    spent_ms: float


class Reranking:
    """The stage: one reranker, and how long it is left alone after a failure. Safe to share between threads."""

    def __init__(self, reranker: Reranker, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._reranker = reranker
        self._clock = clock
        self._lock = threading.Lock()
        self._asked_again = float("-inf")

    @classmethod
    def of(cls, settings: Settings) -> Reranking | None:
        """The stage that the settings ask for, or None."""
        reranker = open_reranker(settings)
        return None if reranker is None else cls(reranker)

    def order(self, question: str, ranked: list[tuple[str, float]], passages: Mapping[str, Passage]) -> Reordered:
        """Reorder the first of a ranking, best first; raises `RerankerError` alone."""
        clock = time.perf_counter()
        head = ranked[:RERANK_DEPTH]
        failed = self._clock() < self._asked_again
        if head and not failed:
            try:
                scores = self._reranker.score(question, [passages[id].embedded_text for id, _ in head])
                ranked = mixed(head, scores) + ranked[RERANK_DEPTH:]
            except RerankFault as fault:
                self._failed(fault)
                failed = True
        note = "The reranker did not answer: passages are in their order without it." if failed else ""
        return Reordered(ranked, note, (time.perf_counter() - clock) * 1000)

    def _failed(self, fault: RerankFault) -> None:
        """Say it once, and leave the reranker alone for a while unless it is the question that it refused."""
        with self._lock:
            now = self._clock()
            if now < self._asked_again:
                return  # another question met the same fault
            pause = 0.0 if isinstance(fault, RerankRefused) else PAUSE_S
            self._asked_again = now + pause
        log.warning("%s; passages keep their order%s", fault, f", for {pause:.0f} s" if pause else "")


def mixed(ranked: Sequence[tuple[str, float]], scores: Sequence[float] | Scores) -> list[tuple[str, float]]:
    """Sort by both scores, each scaled to 0..1 and weighted.

    The result is scaled to the range of the old scores, so that these passages stay before the ones that were not
    scored, and a score means what it did.
    """
    old = [score for _, score in ranked]
    total = (1 - RERANK_WEIGHT) * min_max(old) + RERANK_WEIGHT * min_max(list(scores))
    scaled = min(old) + (max(old) - min(old)) * total
    return [(ranked[i][0], float(scaled[i])) for i in np.argsort(-total, kind="stable")]
