"""The baseline of `make bench`: the same passages through LlamaIndex's own pipeline.

    python -m eval.bench.baseline PASSAGES.jsonl FOLDER

What a LlamaIndex user writes down first: `HuggingFaceEmbedding` as it comes
(batches of 10, float32, the texts in the order given), `QdrantVectorStore` with
hybrid search in a folder (qdrant-client's local mode), `IngestionPipeline` to
join them. The model is the packaged MiniLM and is loaded, and warm, before the
clock starts; the clock stops when the store is closed. Prints one JSON line.

Two departures from "as it comes", both in the baseline's favour:

- `enable_hybrid` takes its BM25 from fastembed, which fetches a vocabulary from
  a model hub; here the sparse vectors come from `qdrant_edge.Bm25`, with our
  configuration. That is compiled code, where fastembed's is Python.
- `HuggingFaceEmbedding` raises the model's limit from 256 word pieces to 512.
  It is put back, so that both read the same words (0.5 % of the work here).

Local mode keeps every point in memory and in SQLite, so its inserts may slow
down as it fills: a rate measured on a sample flatters it at full size.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer

from index.embedder import minilm_folder
from index.store.base import BM25

# sentence-transformers would ask a hub for what it does not need.
os.environ.setdefault("HF_HUB_OFFLINE", "1")


def read_nodes(path: Path) -> list[Any]:
    """The passages of a JSON Lines file (`id`, `text`) as LlamaIndex nodes."""
    from llama_index.core.schema import TextNode

    with path.open(encoding="utf-8") as file:
        return [TextNode(id_=row["id"], text=row["text"]) for row in map(json.loads, file)]


def sparse_vectors(texts: Iterable[str]) -> tuple[list[list[int]], list[list[float]]]:
    """BM25 indices and values of texts, in the shape that `QdrantVectorStore` asks for."""
    import qdrant_edge as edge

    bm25 = edge.Bm25(edge.Bm25Config(**BM25))  # type: ignore[arg-type]
    vectors = [bm25.embed_document(text) for text in texts]
    return [list(vector.indices) for vector in vectors], [list(vector.values) for vector in vectors]


def main(passages: Path, folder: Path) -> None:
    """Embed and store the passages; print the seconds it took."""
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.vector_stores.qdrant import QdrantVectorStore
    from qdrant_client import QdrantClient, models

    nodes = read_nodes(passages)
    model = HuggingFaceEmbedding(str(minilm_folder()), max_length=None)
    model.get_text_embedding_batch([node.text for node in nodes[:10]])
    clock = time.perf_counter()
    client = QdrantClient(path=str(folder))
    store = QdrantVectorStore(
        "bench",
        client,
        enable_hybrid=True,
        sparse_doc_fn=sparse_vectors,
        sparse_query_fn=sparse_vectors,
        sparse_config=models.SparseVectorParams(modifier=models.Modifier.IDF),
    )
    IngestionPipeline(transformations=[model], vector_store=store).run(nodes=nodes)
    stored = client.count("bench").count
    client.close()
    seconds = time.perf_counter() - clock
    typer.echo(json.dumps({"passages": stored, "seconds": seconds, "batch": model.embed_batch_size}))


if __name__ == "__main__":
    typer.run(main)
