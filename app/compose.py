"""Builds the parts of the program from the settings; nothing else does.

    open_archive     ranks passages           `citecast search`, the systems of `eval` that only rank
    open_verifier    verifies statements      `citecast verify`
    open_answerer    answers questions        `citecast ask`, `serve`, `eval`

Only `open_answerer` loads the language model of the settings, because only answers are written.
"""

from __future__ import annotations

from app.answering.pipeline import Answerer
from app.llm.choose import load_engine
from app.llm.engine import Engine
from app.support.check import Gate
from app.verification.verifier import Verifier
from app.writing.writer import Writer
from index.archive import Archive
from index.embedder import Embedder
from index.reranking.stage import Reranking
from ingest.settings import Settings


def open_embedder(settings: Settings) -> Embedder:
    """The embedding model of the settings; its weights are loaded at the first use."""
    return Embedder.of(settings)


def open_archive(settings: Settings, embedder: Embedder | None = None) -> Archive:
    """The archive, which ranks passages; raises `RerankerError` for a reranker that cannot be used."""
    return Archive(settings, embedder or open_embedder(settings), Reranking.of(settings))


def open_verifier(settings: Settings) -> Verifier:
    """The verifier of statements; raises as `open_archive`."""
    return Verifier(open_archive(settings))


def open_answerer(settings: Settings, archive: Archive | None = None, engine: Engine | None = None) -> Answerer:
    """The answerer of questions, with the language model of the settings unless an engine is given.

    Raises as `open_archive` and `load_engine` do.
    """
    archive = archive or open_archive(settings)
    engine = engine or load_engine(settings)
    writer = Writer(engine, Gate(archive.embedder)) if engine else None
    return Answerer(archive, writer, settings)
