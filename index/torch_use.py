"""How the models of this process share torch, its threads and their tokenizers.

Two things of a loaded model are settings of an object or a thread, and every caller would set them:

- the number of cores (`use_cores`): torch keeps it for each thread, and starts a new thread with what was set last;
- padding and truncation of a tokenizer (`SharedModel`): of two threads with other lengths one would get the other's.

Nothing here loads a model.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

_of_thread = threading.local()


def use_cores(count: int) -> None:
    """Let torch compute on so many cores in this thread from now on; 0 takes every core."""
    import torch

    count = count or os.cpu_count() or 1
    # Only where it changes: setting it empties oneDNN's cache of prepared computations.
    if getattr(_of_thread, "cores", None) != count:
        # A thread's first question or computation takes over what was set last, in whichever thread.
        torch.get_num_threads()
        torch.set_num_threads(count)
        _of_thread.cores = count


class SharedModel:
    """A sentence-transformers model that threads may share: loaded once, and tokenizing for one thread at a time.

    The time under the lock is a few per cent of what the model then computes, outside of it.
    """

    def __init__(self, load: Callable[[], Any]) -> None:
        """`load` is called at the first use; what it raises is raised at each use."""
        self._load = load
        self._loaded: Any = None
        self._loading, self._tokenizing = threading.Lock(), threading.Lock()

    @property
    def model(self) -> Any:
        """The library's object, to be asked what it is. Texts go through `computed` alone."""
        with self._loading:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def computed(self, inputs: Sequence[Any], *, marks: bool = False, **options: Any) -> dict[str, Any]:
        """What the model gives for one batch of texts or pairs, as tensors.

        With `marks` it holds `offset_mapping` and `special_tokens_mask`, too: from the one tokenization there is.
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
        """Word pieces of each pair, uncut."""
        firsts, seconds = ([pair[i] for pair in pairs] for i in (0, 1))
        tokenizer = self.model.tokenizer
        with self._tokenizing:
            return [len(ids) for ids in tokenizer(firsts, seconds)["input_ids"]]
