"""Runs LlamaIndex's default pipeline as a baseline, with our embedder.

1. `SentenceSplitter` with its defaults (1,024 tokens, 200 of them shared) splits
   each episode's transcript.
2. A chunk's time range: from the start of the segment with its first character
   to the end of the segment with its last one.
3. Dense vectors of the chunks in memory, ranked by cosine, as
   `SimpleVectorStore` does.

Embedding 2,400 chunks takes minutes, so vectors and ranges are cached in a folder,
under a hash of the transcripts, the model and the splitter's settings.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path

import numpy as np

from eval.metrics import Span
from index.building.progress import Progress
from index.embedder import Embedder, Vectors
from index.manifest import write_durably
from index.opened import Index
from index.store.base import Hit
from ingest.models import Episode

CHUNK_TOKENS, OVERLAP_TOKENS = 1024, 200
_DEPTH = 10
_BATCH = 64


def open_llamaindex(
    index: Index, folder: Path, embedder: Embedder, progress: Progress
) -> tuple[dict[str, Span], Callable[[str], list[Hit]]]:
    """The chunks' time ranges by id, and a function that ranks them for a question."""
    episodes = list(index.episodes.values())
    path = folder / f"llamaindex-{_key(episodes, embedder)}.npz"
    kept = _read(path)
    if kept is None:
        kept = _embed(episodes, embedder, progress)
        _write(path, *kept)
    spans, vectors = kept
    ids = list(spans)

    def rank(question: str) -> list[Hit]:
        cosines = vectors @ embedder.embed_query(question).vector
        order = np.argsort(-cosines, kind="stable")[:_DEPTH]
        return [Hit(ids[i], float(cosines[i])) for i in order]

    return spans, rank


def chunks_of(episode: Episode) -> list[tuple[str, Span]]:
    """An episode's chunks: words and time ranges."""
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter
    from llama_index.core.schema import TextNode

    splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=OVERLAP_TOKENS)
    begins = [0, *accumulate(len(segment.text) + 1 for segment in episode.segments)]
    nodes = splitter.get_nodes_from_documents([Document(text=_transcript(episode))])
    found: list[tuple[str, Span]] = []
    for node in nodes:
        assert isinstance(node, TextNode)
        assert node.start_char_idx is not None
        assert node.end_char_idx is not None
        first, last = (bisect_right(begins, at) - 1 for at in (node.start_char_idx, node.end_char_idx - 1))
        span = Span(episode.slug, episode.segments[first].start, episode.segments[last].end)
        found.append((node.get_content(), span))
    return found


def _transcript(episode: Episode) -> str:
    return "\n".join(segment.text for segment in episode.segments)


def _embed(episodes: list[Episode], embedder: Embedder, progress: Progress) -> tuple[dict[str, Span], Vectors]:
    progress.start("LlamaIndex: splitting", len(episodes))
    chunks: list[tuple[str, Span]] = []
    for episode in episodes:
        chunks.extend(chunks_of(episode))
        progress.advance(1)
    progress.start("LlamaIndex: embedding", len(chunks))
    vectors: list[Vectors] = []
    for begin in range(0, len(chunks), _BATCH):
        batch = chunks[begin : begin + _BATCH]
        vectors.append(embedder.embed_sentences([text for text, _ in batch]))
        progress.advance(len(batch))
    return _numbered(span for _, span in chunks), np.concatenate(vectors)


def _numbered(spans: Iterable[Span]) -> dict[str, Span]:
    return {f"node-{number:05d}": span for number, span in enumerate(spans)}


def _key(episodes: list[Episode], embedder: Embedder) -> str:
    digest = hashlib.sha256(f"{embedder.key} {embedder.dtype} {CHUNK_TOKENS} {OVERLAP_TOKENS}".encode())
    for episode in episodes:
        times = [(segment.start, segment.end) for segment in episode.segments]
        digest.update(f"{episode.slug}\n{times}\n{_transcript(episode)}\n".encode())
    return digest.hexdigest()[:16]


def _read(path: Path) -> tuple[dict[str, Span], Vectors] | None:
    """The cached ranges and vectors; None if there is nothing usable."""
    try:
        with np.load(path, allow_pickle=False) as file:
            slugs, times, vectors = file["slugs"], file["times"], file["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if not len(slugs) == len(times) == len(vectors):
        return None
    return _numbered(Span(str(slug), *map(float, pair)) for slug, pair in zip(slugs, times, strict=True)), vectors


def _write(path: Path, spans: dict[str, Span], vectors: Vectors) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    np.savez(
        buffer,
        slugs=np.array([span.episode for span in spans.values()]),
        times=np.array([(span.start, span.end) for span in spans.values()]),
        vectors=vectors,
    )
    write_durably(path, buffer.getvalue())
