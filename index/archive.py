"""Opens the archive for questions: one generation of the index, with the models that search it.

    settings -> Archive -> view() -> ArchiveView: search, embed, episodes, guests

One question or statement uses one view from start to end: a build that finishes meanwhile does not change it, and
the next view is of the new generation.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from index.embedder import Embedder, Vectors
from index.filters import Filters
from index.manifest import IndexMismatch, IndexMissing, current_generation
from index.minilm import EmbedderError
from index.opened import Catalog, Index, open_index
from index.reranking.stage import Reranking
from index.retrieve import Ranking, Retriever
from index.store.base import StoreError
from ingest.settings import Settings

log = logging.getLogger("citecast.index")

T = TypeVar("T")

# What opening or searching an archive raises if that needs mending; each message names the command that helps.
Unusable = (IndexMissing, IndexMismatch, StoreError, EmbedderError)


class Stopped(Exception):
    """The caller no longer waits for the answer."""


@dataclass(frozen=True, slots=True)
class ArchiveView:
    """One generation of the index, for one question or statement. Once `stop` is set, each call raises `Stopped`."""

    index: Index
    embedder: Embedder
    reranking: Reranking | None = None
    stop: threading.Event | None = None

    @property
    def stopped(self) -> bool:
        """Whether the caller no longer waits."""
        return self.stop is not None and self.stop.is_set()

    @property
    def gone(self) -> bool:
        """Whether the generation was removed under it, as a build does that takes an episode down."""
        return not self.index.folder.exists()

    def search(self, query: str, k: int = 10, filters: Filters = Filters(), *, judged: bool = True) -> Ranking:
        """The `k` best passages, as `Retriever.search` ranks them."""
        self.check_going()
        return Retriever(self.index, self.embedder, self.reranking).search(query, k, filters, judged=judged)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of sentences, for comparing them with each other; shape (len(texts), dimension)."""
        self.check_going()
        return self.embedder.embed_sentences(texts)

    def check_going(self) -> None:
        """Raise `Stopped` if `stop` is set."""
        if self.stopped:
            raise Stopped("whoever asked no longer waits")


class Archive:
    """Gives views of the newest generation of the index; safe to share between threads."""

    def __init__(self, settings: Settings, embedder: Embedder, reranking: Reranking | None = None) -> None:
        """Opens nothing yet: the first view does."""
        self.embedder = embedder
        self._settings = settings
        self._reranking = reranking
        self._lock = threading.Lock()
        self._index: Index | None = None

    def view(self, stop: threading.Event | None = None) -> ArchiveView:
        """The newest generation, for one question; raises as `open_index` does."""
        return ArchiveView(self.index, self.embedder, self._reranking, stop)

    def using(self, work: Callable[[ArchiveView], T], stop: threading.Event | None = None) -> T:
        """What `work` makes of a view; made again with the newest if a build removed the generation meanwhile."""
        view = self.view(stop)
        try:
            return work(view)
        except StoreError:
            if not view.gone:
                raise
        return work(self.view(stop))

    @property
    def index(self) -> Index:
        """The newest index, or the current one if the new one cannot be opened. Raises as `open_index` does."""
        with self._lock:
            held = self._index
            try:
                if held is None or current_generation(self._settings.data) != held.folder:
                    self._index = open_index(self._settings, self.embedder)
            except Exception as error:
                if held is None:
                    raise
                log.warning("answering from the index at hand, because the newer one cannot be opened: %s", error)
                return held
            assert self._index is not None
            return self._index

    @property
    def catalog(self) -> Catalog:
        """The episodes, guests, topics and seasons of the index."""
        return self.index.catalog

    def close(self) -> None:
        """Release the index; the next question would open it again."""
        with self._lock:
            if self._index is not None:
                self._index.store.close()
                self._index = None
