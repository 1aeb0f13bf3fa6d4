"""Ranked passages -> the chapters nearest to a question that is not answered.

A chapter from which something can be quoted stands with that quote. One that ranked above all of these stands with
what a guest says there first, at or behind the passage that was found: the host's words are nobody's quote.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from app.evidence.excerpt import run_of
from app.evidence.scorer import Scorer
from app.evidence.select import Gathered
from app.types import Evidence
from index.opened import Index
from index.retrieve import Ranking
from ingest.models import Passage, Role

# Words of what a guest says there; the chapter is named, not quoted.
_WORDS = 45


def nearest_chapters(
    index: Index, ranking: Ranking, gathered: Gathered, quoted: Sequence[Evidence], most: int
) -> list[Evidence]:
    """The chapters that ranked above all that can be quoted, each once, then the other quotes; `most` at most."""
    scorer = Scorer(index, ranking)
    first = min((item.scored.rank for item in gathered.quotable), default=len(ranking.passages) + 1)
    above: dict[tuple[str, int], Evidence] = {}
    for scored in ranking.passages[: first - 1]:
        place = (scored.passage.episode, scored.passage.chapter)
        if place not in above and len(above) < most:
            chapter = index.episodes[place[0]].chapters[place[1]]
            own = [run for run in quoted if run.episode.slug == place[0] and run.chapter == chapter]
            above[place] = own[0] if own else _opening(scorer, scored.passage)
    return [*above.values(), *(run for run in quoted if run not in above.values())][:most]


def _opening(scorer: Scorer, passage: Passage) -> Evidence:
    """What a guest says first in a passage, or else behind or before it in its chapter; nothing where none speaks."""
    episode = scorer.index.episodes[passage.episode]
    chapter = episode.chapters[passage.chapter]
    places = [*range(passage.first, chapter.last), *range(passage.first - 1, chapter.first - 1, -1)]
    at = next((i for i in places if episode.segments[i].role is Role.GUEST), None)
    if at is None:
        return Evidence(episode, chapter, passage.speaker, passage.start, passage.end, "", "", "", 0.0)
    lines = scorer.said(episode, at)
    lengths = accumulate(line.words for line in lines)
    short = [line for line, words in zip(lines, lengths, strict=True) if words <= _WORDS]
    opening = run_of(scorer, episode, short or lines[:1], at).evidence
    text = opening.text if short else " ".join(opening.text.split()[:_WORDS]) + " …"
    return replace(opening, text=text, key=text)
