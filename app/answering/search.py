"""Ranked passages as the contract's JSON object, for terminal and API."""

from __future__ import annotations

from typing import Any

from app.question import check_question
from index.archive import ArchiveView
from index.filters import Filters
from ingest.text import clean


def search_json(archive: ArchiveView, query: str, k: int, filters: Filters) -> dict[str, Any]:
    """The object that `citecast search --json` prints; raises `QuestionError`."""
    ranking = archive.search(check_question(query), k, filters)
    passages = []
    for scored in ranking.passages:
        passage = scored.passage
        episode = archive.index.episodes[passage.episode]
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
