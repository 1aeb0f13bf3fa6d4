"""One interface for both stores, and LlamaIndex's on top of it.

A store keeps for each passage a dense vector, a BM25 sparse vector and a
payload, and ranks by either vector alone; joining the two rankings is the
retriever's work. `query` is the same thing for users of LlamaIndex.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from llama_index.core.schema import BaseNode, MetadataMode, TextNode
from llama_index.core.vector_stores.types import (
    BasePydanticVectorStore,
    FilterCondition,
    FilterOperator,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)

from index.embedder import Vectors
from index.filters import Filters
from index.fusion import reciprocal_rank_fusion

DENSE = "dense"
LEXICAL = "bm25"
# The BM25 of both stores. `avg_len` is the passages' mean length in words, context included.
BM25 = {"language": "english", "k": 1.2, "b": 0.75, "avg_len": 140.0}
# Payload keys that can be filtered by, and what they hold: the stores index them.
FILTERED: dict[str, type] = {"episode": str, "guests": str, "topics": str, "season": int}
_FILTER_FIELDS = {"episode": "episodes", "guests": "guests", "topics": "topics", "season": "seasons"}


class StoreError(Exception):
    """The store cannot be used; the message says what to do."""


class Hit(NamedTuple):
    """A ranked passage's id and its score by one vector."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Point:
    """A passage as a store keeps it."""

    id: str
    vector: Vectors
    text: str
    payload: dict[str, Any]


class PassageStore(BasePydanticVectorStore):
    """What the retriever asks of a store."""

    stores_text: bool = True
    flat_metadata: bool = False

    @abstractmethod
    def put(self, points: Iterable[Point]) -> None:
        """Add points; one with a known id is replaced. Safe on disk only after `flush`."""

    @abstractmethod
    def flush(self) -> None:
        """Return when everything that was put is safe."""

    @abstractmethod
    def dense(self, vector: Vectors, k: int, filters: Filters = Filters()) -> list[Hit]:
        """The `k` nearest passages by cosine, best first."""

    @abstractmethod
    def lexical(self, text: str, k: int, filters: Filters = Filters()) -> list[Hit]:
        """The `k` best passages by BM25, best first; passages without a common word are left out."""

    @abstractmethod
    def payloads(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Payloads by id; unknown ids are left out."""

    @abstractmethod
    def remove(self, filters: Filters) -> None:
        """Remove the passages that the filters match; raises `ValueError` for filters that do not narrow."""

    @abstractmethod
    def count(self) -> int:
        """How many passages are stored."""

    @abstractmethod
    def close(self) -> None:
        """Release what is held; the store is not used afterwards."""

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """LlamaIndex: add nodes that carry an embedding; a node belongs to its reference document's episode."""
        self.put(
            Point(
                node.node_id,
                _array(node.get_embedding()),
                node.get_content(MetadataMode.NONE),
                ({"episode": node.ref_doc_id} if node.ref_doc_id else {}) | dict(node.metadata),
            )
            for node in nodes
        )
        self.flush()
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """LlamaIndex: remove an episode's passages; the reference document's id is the episode's slug."""
        self.remove(Filters(episodes=(ref_doc_id,)))
        self.flush()

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """LlamaIndex: dense (default), lexical (sparse, text search) or both by RRF (hybrid)."""
        if query.node_ids or query.doc_ids:
            raise ValueError("cannot narrow by node_ids or doc_ids; use filters")
        filters = filters_from(query.filters)
        k = query.similarity_top_k
        rankings: list[list[Hit]] = []
        if query.mode in (VectorStoreQueryMode.DEFAULT, VectorStoreQueryMode.HYBRID):
            if query.query_embedding is None:
                raise ValueError(f"mode {query.mode.value} needs query_embedding")
            rankings.append(self.dense(_array(query.query_embedding), k, filters))
        if query.mode in (VectorStoreQueryMode.SPARSE, VectorStoreQueryMode.TEXT_SEARCH, VectorStoreQueryMode.HYBRID):
            if query.query_str is None:
                raise ValueError(f"mode {query.mode.value} needs query_str")
            rankings.append(self.lexical(query.query_str, k, filters))
        if not rankings:
            raise ValueError(f"mode {query.mode.value} is not supported")
        hits = rankings[0]
        if len(rankings) > 1:
            fused = reciprocal_rank_fusion([[hit.id for hit in ranking] for ranking in rankings])
            hits = [Hit(id, score) for id, score in fused[:k]]
        payloads = self.payloads([hit.id for hit in hits])
        nodes: list[BaseNode] = []
        for hit in hits:
            payload = dict(payloads[hit.id])
            nodes.append(TextNode(id_=hit.id, text=payload.pop("text", ""), metadata=payload))
        return VectorStoreQueryResult(nodes, [hit.score for hit in hits], [hit.id for hit in hits])


def filters_from(filters: MetadataFilters | None) -> Filters:
    """LlamaIndex's filters as ours: `==` and `in` on known fields, joined by AND; else `ValueError`."""
    if filters is None:
        return Filters()
    if filters.condition not in (None, FilterCondition.AND):
        raise ValueError("filters can only be joined by AND")
    fields: dict[str, tuple[Any, ...]] = {}
    for item in filters.filters:
        if isinstance(item, MetadataFilters) or item.key not in _FILTER_FIELDS:
            raise ValueError(f"cannot filter by {getattr(item, 'key', 'a nested filter')!r}")
        if item.operator not in (FilterOperator.EQ, FilterOperator.IN):
            raise ValueError(f"cannot filter by operator {item.operator.value!r}")
        values = item.value if isinstance(item.value, list) else [item.value]
        if not values or _FILTER_FIELDS[item.key] in fields:
            raise ValueError(f"give one filter, with a value, for {item.key!r}")
        fields[_FILTER_FIELDS[item.key]] = tuple(values)
    return Filters(**fields)


def _array(vector: Sequence[float]) -> Vectors:
    import numpy as np

    return np.asarray(vector, np.float32)
