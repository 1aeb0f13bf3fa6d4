"""Searches passages, for terminal and API."""

from __future__ import annotations

from app.contract import PassageModel, SearchModel
from app.question import check_question
from index.archive import ArchiveView
from index.filters import Filters
from ingest.text import clean


def searched(archive: ArchiveView, query: str, k: int, filters: Filters) -> SearchModel:
    """The best `k` passages; raises `QuestionError`."""
    ranking = archive.search(check_question(query), k, filters)
    passages = [PassageModel.at(one, archive.index.episodes[one.passage.episode]) for one in ranking.passages]
    return SearchModel(query=clean(query), passages=passages, timings_ms=ranking.timings_ms)
