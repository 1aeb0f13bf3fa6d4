"""Stores passages with Qdrant's engine inside this process (`qdrant-edge-py`).

A shard is a folder. It is written once, next to the one in use, and then only
read, so it needs no write-ahead log and any number of processes may read it; the
engine still opens it for writing, so the folder must not be read-only. At the
archive's size an exact scan takes half a millisecond, so no graph index is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from index.embedder import Vectors
from index.filters import Filters
from index.store.base import BM25, DENSE, FILTERED, LEXICAL, Hit, PassageStore, Point, StoreError

_BATCH = 1000


class EdgeStore(PassageStore):
    """A shard folder, opened for writing by `create` or for reading by `open`."""

    def __init__(self, shard: edge.EdgeShard) -> None:
        self._shard = shard
        self._bm25 = edge.Bm25(edge.Bm25Config(**BM25))  # type: ignore[arg-type]

    @classmethod
    def create(cls, folder: Path, dimension: int) -> EdgeStore:
        """Make an empty shard in a new folder."""
        folder.mkdir(parents=True)
        config = edge.EdgeConfig(
            vectors={DENSE: edge.EdgeVectorParams(size=dimension, distance=edge.Distance.Dot)},
            sparse_vectors={LEXICAL: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
            wal_enabled=False,
        )
        with _faults():
            shard = edge.EdgeShard.create(str(folder), config)
            for key, kind in FILTERED.items():
                schema = edge.PayloadSchemaType.Integer if kind is int else edge.PayloadSchemaType.Keyword
                shard.update(edge.UpdateOperation.create_field_index(key, schema))
            return cls(shard)

    @classmethod
    def open(cls, folder: Path) -> EdgeStore:
        """Open a shard; raises `StoreError` if it cannot be read."""
        with _faults():
            return cls(edge.EdgeShard.load(str(folder)))

    def put(self, points: Iterable[Point]) -> None:
        """Add points in batches."""
        stream = iter(points)
        while batch := list(islice(stream, _BATCH)):
            converted = [
                edge.Point(
                    point.id,
                    {DENSE: point.vector.tolist(), LEXICAL: self._bm25.embed_document(point.text)},
                    point.payload | {"text": point.text},
                )
                for point in batch
            ]
            with _faults():
                self._shard.update(edge.UpdateOperation.upsert_points(converted))

    def flush(self) -> None:
        """Write everything to disk."""
        with _faults():
            self._shard.flush()

    def dense(self, vector: Vectors, k: int, filters: Filters = Filters()) -> list[Hit]:
        """The `k` nearest by dot product of unit vectors."""
        return self._search(edge.Query.Nearest(vector.tolist(), using=DENSE), k, filters)

    def lexical(self, text: str, k: int, filters: Filters = Filters()) -> list[Hit]:
        """The `k` best by BM25."""
        vector = self._bm25.embed_query(text)
        if not vector.indices:
            return []
        return self._search(edge.Query.Nearest(vector, using=LEXICAL), k, filters)

    def _search(self, query: Any, k: int, filters: Filters) -> list[Hit]:
        request = edge.QueryRequest(limit=k, query=query, filter=_filter(filters))
        with _faults():
            return [Hit(str(point.id), point.score) for point in self._shard.query(request)]

    def payloads(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Payloads by id."""
        with _faults():
            records = self._shard.retrieve(list(ids), with_payload=True, with_vector=False)
        return {str(record.id): dict(record.payload or {}) for record in records}

    def count(self) -> int:
        """The number of stored passages."""
        with _faults():
            return self._shard.count(edge.CountRequest(exact=True))

    def close(self) -> None:
        """Release the folder."""
        self._shard.close()


@contextmanager
def _faults() -> Iterator[None]:
    """Turn the engine's errors into `StoreError`: plain `Exception`, and panics (no `Exception`) for damaged files."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        # The engine writes some bytes when it opens a shard, so a full disk stops a reader too.
        remedy = "free some space on the disk" if "os error 28" in str(error) else "run `citecast ingest --rebuild`"
        raise StoreError(f"the embedded store cannot be used ({error}); {remedy}") from error


def _filter(filters: Filters) -> edge.Filter | None:
    conditions: list[Any] = [
        edge.FieldCondition(key, match=edge.MatchAny(values)) for key, values in filters.conditions()
    ]
    return edge.Filter(must=conditions) if conditions else None
