"""Ranked passages as the contract's JSON object, for terminal and API."""

from __future__ import annotations

from typing import Any

from app.answering.pipeline import Answerer
from index.filters import Filters
from ingest.text import clean


def search_json(answerer: Answerer, query: str, k: int, filters: Filters) -> dict[str, Any]:
    """The object that `citecast search --json` prints; raises `QuestionError`."""
    # A build may finish meanwhile: passages and episodes have to be of one index.
    index = answerer.index
    ranking = answerer.search(query, k=k, filters=filters, index=index)
    passages = []
    for scored in ranking.passages:
        passage = scored.passage
        episode = index.episodes[passage.episode]
        passages.append(
            {
                "rank": scored.rank,
                "score": round(scored.score, 4),
                "episode": passage.episode,
                "title": episode.title,
                "chapter": episode.chapters[passage.chapter].title,
                "start": round(passage.start, 1),
                "end": round(passage.end, 1),
                "speaker": passage.speaker,
                "text": passage.text,
                "url": episode.url(passage.start),
            }
        )
    timings = {stage: round(value, 2) for stage, value in ranking.timings_ms.items()}
    return {"query": clean(query), "passages": passages, "timings_ms": timings}
