"""Scores with rerankers: models that read a question and a passage together.

This module has their interface and a cross-encoder inside the process; one behind HTTP is in
`index.reranking.http`. Nothing here depends on rankings (`index.reranking.stage`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from index.model_loading import LoadError, load_model
from index.torch_use import SharedModel, use_cores
from ingest.sources.urls import whole

Scores = npt.NDArray[np.float64]

_BATCH = 16


class RerankerError(Exception):
    """The model cannot be loaded or is not a reranker; the message names the remedy."""


class RerankFault(Exception):
    """The reranker failed on a question; the message says how."""


class RerankRefused(RerankFault):
    """The server refused this one question, for example as too long; the next may work."""


class Reranker(Protocol):
    """Scores passages for a question."""

    @property
    def name(self) -> str:
        """The value of the setting that names it."""

    def score(self, question: str, texts: Sequence[str]) -> Scores:
        """How well each text answers the question, shape (len(texts),), finite, on any scale.

        Raises `RerankFault` for a failure, `RerankerError` for a reranker that cannot be used.
        """


class CrossEncoderReranker:
    """A sentence-transformers cross-encoder. It is loaded once, on the first use."""

    def __init__(self, name: str, *, threads: int = 0, dtype: str = "auto") -> None:
        """`name` is a hub name or a folder; `threads` 0 takes every core."""
        self.name = name
        self._threads = threads
        self._dtype = dtype
        self._shared = SharedModel(self._load)

    def _load(self) -> Any:
        try:
            model = load_model("CrossEncoder", whole(self.name), self._dtype)
        except LoadError as error:
            raise RerankerError(
                f"the reranker {self.name!r} cannot be loaded: {error}. "
                "Give a folder or a server's URL, or none: CITECAST_RERANKER="
            ) from error
        _check_kind(model, self.name)
        return model

    @property
    def max_tokens(self) -> int:
        """Most word pieces of question and passage together that the model reads; the longer one loses its end."""
        return int(self._shared.model.max_seq_length)

    def score(self, question: str, texts: Sequence[str]) -> Scores:
        """Logits: probabilities of good passages are all near 1, which hides their order."""
        _ = self._shared.model
        if not texts:
            return np.zeros(0)
        use_cores(self._threads)
        # Batches of similar length need little padding.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found = np.zeros(len(texts))
        try:
            for begin in range(0, len(order), _BATCH):
                batch = order[begin : begin + _BATCH]
                rows = self._shared.computed([(question, texts[i]) for i in batch])["scores"]
                found[batch] = rows.float().cpu().numpy().reshape(len(batch))
        except (RuntimeError, ValueError, IndexError) as error:  # out of memory, or an inconsistent model
            raise RerankFault(f"the reranker {self.name!r} failed: {str(error)[:200]!r}") from error
        if not np.isfinite(found).all():
            raise RerankFault(f"the reranker {self.name!r} gave scores that are no numbers")
        return found


def _check_kind(model: Any, name: str) -> None:
    """Refuse other models: an embedding model would load without an error and score with random weights."""
    kinds = list(getattr(model.config, "architectures", None) or ["unknown"])
    if not kinds[0].endswith(("ForSequenceClassification", "ForCausalLM")):
        raise RerankerError(f"{name!r} is a {kinds[0]}, no cross-encoder: give a reranker, or CITECAST_RERANKER=")
    if model.num_labels != 1:
        raise RerankerError(
            f"{name!r} is a classifier with {model.num_labels} labels, and a reranker has one: give another model, "
            "or CITECAST_RERANKER="
        )
