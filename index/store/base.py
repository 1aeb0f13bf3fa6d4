"""Defines the interface of both stores.

A store keeps a dense vector, a BM25 sparse vector and a payload for each passage,
and ranks by one of the vectors; the retriever joins the two rankings.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from index.embedder import Vectors
from index.filters import Filters

DENSE = "dense"
LEXICAL = "bm25"
# BM25 parameters of both stores. `avg_len` is the passages' mean length in words, with context.
BM25 = {"language": "english", "k": 1.2, "b": 0.75, "avg_len": 140.0}
# Payload keys for filters, and their types: the stores index them.
FILTERED: dict[str, type] = {"episode": str, "guests": str, "topics": str, "season": int}


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


class PassageStore(ABC):
    """A store as the retriever uses it."""

    @abstractmethod
    def put(self, points: Iterable[Point]) -> None:
        """Add points; one with a known id is replaced. Safe on disk only after `flush`."""

    @abstractmethod
    def flush(self) -> None:
        """Return when everything is safe on disk."""

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
    def count(self) -> int:
        """The number of stored passages."""

    @abstractmethod
    def close(self) -> None:
        """Release all resources; do not use the store afterwards."""
