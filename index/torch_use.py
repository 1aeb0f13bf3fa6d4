"""Lets the models of this process share torch, its threads and their tokenizers.

Two settings belong to a thread or an object, and every caller changes them:

- the number of cores (`use_cores`): torch keeps it for each thread, and starts a new thread with the last value;
- padding and truncation of a tokenizer (`SharedModel`): a thread could get the lengths of another one.

Nothing here loads a model.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

_of_thread = threading.local()


def use_cores(count: int) -> None:
    """Let torch use `count` cores in this thread from now on; 0 takes every core."""
    import torch

    count = count or os.cpu_count() or 1
    # Only on a change: setting it empties oneDNN's cache of prepared computations.
    if getattr(_of_thread, "cores", None) != count:
        # A thread's first use of torch takes the value that any thread set last.
        torch.get_num_threads()
        torch.set_num_threads(count)
        _of_thread.cores = count


class SharedModel:
    """A sentence-transformers model that threads may share: loaded once, and tokenizing for one thread at a time.

    The time under the lock is a few per cent of the model's computation, which runs without the lock.
    """

    def __init__(self, load: Callable[[], Any]) -> None:
        """`load` is called at the first use, and again at each use while it raises."""
        self._load = load
        self._loaded: Any = None
        self._loading, self._tokenizing = threading.Lock(), threading.Lock()

    @property
    def model(self) -> Any:
        """The library's object, for its properties. Texts must go through `computed`."""
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory; never waits for it."""
        return self._loaded is not None

    def computed(self, inputs: Sequence[Any], *, marks: bool = False, **options: Any) -> dict[str, Any]:
        """The model's output for one batch of texts or pairs, as tensors.

        With `marks` it also holds `offset_mapping` and `special_tokens_mask`, from the same tokenization.
        `options` are those of the model's `preprocess`.
        """
        import torch
        from sentence_transformers.util import batch_to_device

        model = self.model
        if marks:
            options["processing_kwargs"] = {
                "text": {"return_offsets_mapping": True, "return_special_tokens_mask": True}
            }
        task = {"task": options["task"]} if "task" in options else {}
        with torch.inference_mode():
            with self._tokenizing:
                features = model.preprocess(list(inputs), **options)
            found: dict[str, Any] = model(batch_to_device(features, model.device), **task)
        return found

    def lengths(self, pairs: Sequence[tuple[str, str]]) -> list[int]:
        """Number of word pieces of each pair, without truncation."""
        firsts, seconds = ([pair[i] for pair in pairs] for i in (0, 1))
        tokenizer = self.model.tokenizer
        with self._tokenizing:
            return [len(ids) for ids in tokenizer(firsts, seconds)["input_ids"]]
