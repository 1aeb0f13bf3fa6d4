"""An index that was built for tests."""

from __future__ import annotations

from dataclasses import dataclass

from index.embedder import Embedder
from index.opened import Index, open_index
from ingest.report import IngestReport
from ingest.settings import Settings


@dataclass(frozen=True)
class Built:
    """An index that was built for tests: how, with what, and what came of it."""

    settings: Settings
    embedder: Embedder
    report: IngestReport

    def open(self) -> Index:
        return open_index(self.settings, self.embedder)
