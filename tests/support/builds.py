"""Opens an index that was built for tests."""

from __future__ import annotations

from dataclasses import dataclass

from app.answering.pipeline import Answerer
from app.compose import open_answerer, open_archive
from app.llm.engine import Engine
from index.embedder import Embedder
from index.opened import Index, open_index
from ingest.report import IngestReport
from ingest.settings import Settings


@dataclass(frozen=True)
class Built:
    """An index that was built for tests: its settings, embedder and report."""

    settings: Settings
    embedder: Embedder
    report: IngestReport

    def open(self) -> Index:
        return open_index(self.settings, self.embedder)


def answerer_of(settings: Settings, embedder: Embedder, engine: Engine | None = None) -> Answerer:
    """An answerer of questions with this embedder instead of the one of the settings."""
    return open_answerer(settings, open_archive(settings, embedder), engine)
