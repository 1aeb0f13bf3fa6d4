"""Ranked passages as the contract has them, for terminal and API."""

from __future__ import annotations

from app.answering.pipeline import Answerer
from app.contract import PassageModel, SearchModel
from index.filters import Filters
from ingest.text import clean


def searched(answerer: Answerer, query: str, k: int, filters: Filters) -> SearchModel:
    """The best `k` passages; raises `QuestionError`."""
    # A build may finish meanwhile: passages and episodes have to be of one index.
    index = answerer.index
    ranking = answerer.search(query, k=k, filters=filters, index=index)
    passages = [PassageModel.at(one, index.episodes[one.passage.episode]) for one in ranking.passages]
    return SearchModel(query=clean(query), passages=passages, timings_ms=ranking.timings_ms)
