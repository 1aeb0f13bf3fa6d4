"""Stores passages on a Qdrant server or cluster, through `qdrant-client`.

Vectors, payloads and BM25 weights are the same as in the embedded store, so both rank
the same. The collection's name ends with the generation's; DATA/index/current names
the generation in use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import ModuleType
from typing import TYPE_CHECKING, Any

import qdrant_edge as edge

from index.embedder import Vectors
from index.filters import Filters
from index.store.base import BM25, DENSE, FILTERED, LEXICAL, Hit, PassageStore, Point, StoreError
from ingest.sources.urls import basic_auth, shown, without_secrets

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_BATCH = 256
_TIMEOUT_S = 30


class ServerStore(PassageStore):
    """One collection of a server."""

    def __init__(self, client: QdrantClient, collection: str) -> None:
        self._client = client
        self._collection = collection
        self._bm25 = edge.Bm25(edge.Bm25Config(**BM25))  # type: ignore[arg-type]

    @classmethod
    def connect(cls, url: str, collection: str) -> ServerStore:
        """Connect; raises `StoreError` if the server does not answer or lacks the collection."""
        try:
            client = _client(url)
            known = client.collection_exists(collection)
        except Exception as error:  # httpx's, grpc's and the client's own types
            raise StoreError(_silent(url, error)) from error
        if not known:
            raise StoreError(
                f"the Qdrant server at {shown(url)} has no collection {collection!r}; run `citecast ingest --rebuild`"
            )
        return cls(client, collection)

    @classmethod
    def create(cls, url: str, collection: str, dimension: int) -> ServerStore:
        """Make an empty collection; replaces a half-built one of the same name."""
        try:
            return cls.create_on(_client(url), collection, dimension)
        except Exception as error:
            raise StoreError(_silent(url, error)) from error

    @classmethod
    def create_on(cls, client: QdrantClient, collection: str, dimension: int) -> ServerStore:
        """Make the collection with an existing client."""
        models = _models()
        if client.collection_exists(collection):
            client.delete_collection(collection)
        client.create_collection(
            collection,
            vectors_config={DENSE: models.VectorParams(size=dimension, distance=models.Distance.DOT)},
            sparse_vectors_config={LEXICAL: models.SparseVectorParams(modifier=models.Modifier.IDF)},
        )
        for key, kind in FILTERED.items():
            schema = models.PayloadSchemaType.INTEGER if kind is int else models.PayloadSchemaType.KEYWORD
            client.create_payload_index(collection, key, schema)
        return cls(client, collection)

    def put(self, points: Iterable[Point]) -> None:
        """Upload points in batches."""
        stream = iter(points)
        models = _models()
        while batch := list(islice(stream, _BATCH)):
            converted = [
                models.PointStruct(
                    id=point.id,
                    vector={DENSE: point.vector.tolist(), LEXICAL: _sparse(self._bm25.embed_document(point.text))},
                    payload=point.payload | {"text": point.text},
                )
                for point in batch
            ]
            with _faults():
                self._client.upsert(self._collection, converted, wait=True)

    def flush(self) -> None:
        """Nothing to do: uploads wait until the server has them."""

    def dense(self, vector: Vectors, k: int, filters: Filters = Filters()) -> list[Hit]:
        """The `k` nearest by dot product of unit vectors."""
        return self._search(vector.tolist(), DENSE, k, filters)

    def lexical(self, text: str, k: int, filters: Filters = Filters()) -> list[Hit]:
        """The `k` best by BM25."""
        vector = self._bm25.embed_query(text)
        return self._search(_sparse(vector), LEXICAL, k, filters) if vector.indices else []

    def _search(self, query: Any, using: str, k: int, filters: Filters) -> list[Hit]:
        with _faults():
            found = self._client.query_points(
                self._collection, query=query, using=using, limit=k, query_filter=_filter(filters), with_payload=False
            )
        return [Hit(str(point.id), point.score) for point in found.points]

    def payloads(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Payloads by id."""
        with _faults():
            records = self._client.retrieve(self._collection, list(ids), with_payload=True)
        return {str(record.id): dict(record.payload or {}) for record in records}

    def count(self) -> int:
        """The number of stored passages."""
        with _faults():
            return self._client.count(self._collection, exact=True).count

    def drop(self) -> None:
        """Delete the collection."""
        with _faults():
            self._client.delete_collection(self._collection)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _client(url: str) -> QdrantClient:
    """A client whose errors show no password: it is sent in a header, and is not in the client's URL."""
    from qdrant_client import QdrantClient

    url, headers = basic_auth(url)
    return QdrantClient(url=url, timeout=_TIMEOUT_S, headers=headers)


def _silent(url: str, error: Exception) -> str:
    told = without_secrets(str(error), url)
    return f"no Qdrant server answers at {shown(url)} ({told}); start it, or unset CITECAST_STORE"


@contextmanager
def _faults() -> Iterator[None]:
    """Turn the client's errors into `StoreError`: its own types, httpx's and grpc's."""
    try:
        yield
    except Exception as error:
        raise StoreError(f"the Qdrant server fails ({error}); start it again, or unset CITECAST_STORE") from error


def _models() -> ModuleType:
    """The client's types; its import takes half a second, which only those pay who have a server."""
    from qdrant_client import models

    return models


def _sparse(vector: edge.SparseVector) -> Any:
    return _models().SparseVector(indices=list(vector.indices), values=list(vector.values))


def _filter(filters: Filters) -> Any:
    models = _models()
    conditions: list[Any] = [
        models.FieldCondition(key=key, match=models.MatchAny(any=values)) for key, values in filters.conditions()
    ]
    return models.Filter(must=conditions) if conditions else None
