"""Finds evidence for a question, the confidence that it is an answer, and the nearest chapters.

If something in a nearest chapter can be quoted, the quote is shown. Otherwise the first words of a guest at or after
the passage are shown; the host is never quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from app.evidence.excerpt import run_of
from app.evidence.scorer import Scorer
from app.evidence.select import EvidenceSettings, Gathered, gather_evidence, ordered
from app.observe.tracing import span
from app.types import Citation, Evidence, numbered
from index.archive import ArchiveView
from index.filters import Filters
from index.judging.judge import THRESHOLD, confidence
from index.opened import Index
from index.retrieve import Ranking
from ingest.models import Passage, Role

RANKED = 12
NEAREST = 3
# Evidence for a writing model on a GPU: more, and from lower ranks.
LARGE_EVIDENCE = EvidenceSettings(budget=1000, most_runs=8, least_second=0.2, least_later=0.2, passages=RANKED)
# Words of a guest shown for a nearest chapter.
_WORDS = 45


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for a question."""

    ranking: Ranking
    confidence: float
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]

    @property
    def answers(self) -> bool:
        """Whether the confidence is enough for an answer."""
        return self.confidence >= THRESHOLD and bool(self.citations)


def find(archive: ArchiveView, question: str, filters: Filters, settings: EvidenceSettings) -> Findings:
    """What the archive has for a standalone question; raises `Stopped` if the caller no longer waits."""
    with span("retrieve"):
        ranking = archive.search(question, RANKED, filters)
    with span("evidence"):
        gathered = gather_evidence(archive, ranking, settings)
    # Judged are the passages that something can be quoted from; one of several guests counts once.
    sure = confidence([scored.score for scored in dict.fromkeys(item.scored for item in gathered.quotable)])
    quotes = ordered(gathered.runs)
    nearest = _nearest_chapters(archive.index, ranking, gathered, quotes)
    return Findings(ranking, sure, numbered(quotes), numbered(nearest))


def _nearest_chapters(index: Index, ranking: Ranking, gathered: Gathered, quoted: Sequence[Evidence]) -> list[Evidence]:
    """At most `NEAREST` chapters: first those ranked above every quotable one, then those of the other quotes."""
    scorer = Scorer(index, ranking)
    first = min((item.scored.rank for item in gathered.quotable), default=len(ranking.passages) + 1)
    above: dict[tuple[str, int], Evidence] = {}
    for scored in ranking.passages[: first - 1]:
        place = (scored.passage.episode, scored.passage.chapter)
        if place not in above and len(above) < NEAREST:
            chapter = index.episodes[place[0]].chapters[place[1]]
            own = [run for run in quoted if run.episode.slug == place[0] and run.chapter == chapter]
            above[place] = own[0] if own else _opening(scorer, scored.passage)
    return [*above.values(), *(run for run in quoted if run not in above.values())][:NEAREST]


def _opening(scorer: Scorer, passage: Passage) -> Evidence:
    """The first words of a guest in a passage, else after or before it in its chapter; empty if no guest speaks."""
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
