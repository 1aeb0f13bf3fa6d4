"""Computes whether a text entails a statement (natural language inference), by a sequence-pair classifier.

The model is any sentence-transformers cross-encoder with a label named entailment, by hub name
or folder; its own configuration gives the order of the labels. Nothing here depends on answers
or suites.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from index.model_loading import LoadError, load_model
from index.torch_use import SharedModel, use_cores

_BATCH = 32
_ENTAILMENT = ("entailment", "entails", "entail")


class NliError(Exception):
    """The model cannot be loaded or is not an NLI model; the message names the remedy."""


class NliModel:
    """One model. It is loaded once, on the first use."""

    def __init__(self, name: str, *, threads: int = 0, dtype: str = "auto") -> None:
        """`name` is a hub name or a folder; `threads` 0 takes every core."""
        self.name = name
        self._threads = threads
        self._dtype = dtype
        self._shared = SharedModel(self._load)

    def _load(self) -> Any:
        try:
            model = load_model("CrossEncoder", self.name, self._dtype)
        except LoadError as error:
            raise NliError(f"the NLI model {self.name!r} cannot be loaded: {error}. Give a folder") from error
        return model

    @cached_property
    def _label(self) -> int:
        return entailment_label(dict(self._shared.model.config.id2label), self.name)

    def load(self) -> None:
        """Load the model now, not at the first use; raises `NliError`."""
        _ = self._label

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float | None]:
        """P(the first text entails the second) for each pair; None if the model failed on it.

        A pair that is longer than the model reads counts as a failure: it would be judged without its end.
        """
        if not pairs:
            return []
        label = self._label
        use_cores(self._threads)
        try:
            lengths = self._shared.lengths(pairs)
            batches = [pairs[begin : begin + _BATCH] for begin in range(0, len(pairs), _BATCH)]
            rows = [row for batch in batches for row in self._shared.computed(batch)["scores"].float().softmax(-1)]
        except (RuntimeError, ValueError, IndexError):  # one bad pair must not spoil the others
            return [None] if len(pairs) == 1 else [score for pair in pairs for score in self.entails([pair])]
        scores = [float(row[label]) for row in rows]
        return [
            score if length <= self._longest and math.isfinite(score) else None
            for length, score in zip(lengths, scores, strict=True)
        ]

    @property
    def _longest(self) -> int:
        return min(int(self._shared.model.max_length or 512), int(self._shared.model.tokenizer.model_max_length))


def entailment_label(labels: Mapping[int, str], model: str) -> int:
    """The number of the label that means entailment; raises `NliError` if the names do not say."""
    found = [number for number, label in labels.items() if label.strip().lower() in _ENTAILMENT]
    if len(found) != 1 or len(labels) < 2:
        named = ", ".join(labels.values())
        raise NliError(f"the NLI model {model!r} has the labels {named}: one of several has to be `entailment`")
    return int(found[0])
