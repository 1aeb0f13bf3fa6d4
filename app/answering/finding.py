"""Finds the moments for a question, and decides whether they are an answer.

    ranking -> moments, confidence -> answered | nearest | refused

The confidence is the probability that one of the first passages answers (`index.judging`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, takewhile

from app.answering.premise import Premise, premise_of
from app.evidence.excerpt import run_of
from app.evidence.injected import Detector, Find
from app.evidence.moment import Lengths
from app.evidence.scorer import Scorer
from app.evidence.select import EvidenceSettings, Gathered, gather_evidence, sentences_of
from app.observe.tracing import span
from app.types import Citation, Evidence, Outcome, numbered
from app.writing.writer import Writer
from index.archive import ArchiveView
from index.filters import Filters
from index.judging.judge import ANSWERED_FROM, NEAR_FROM, confidence
from index.opened import Index
from index.retrieve import Ranking
from ingest.models import Chapter, Passage, Role
from ingest.settings import Settings

RANKED = 12
# Places shown with a refusal.
NEAREST = 3
# Evidence for a writing model: the first moments, as many as its budget holds; on a GPU longer ones and more.
SMALL_EVIDENCE = EvidenceSettings(budget=260, most=4, least=0.0, least_share=0.25, asked=True)
LARGE_EVIDENCE = EvidenceSettings(
    budget=1000, most=8, least=0.0, least_share=0.2, passages=RANKED, lengths=Lengths(longest=150), asked=True
)
# Words of a guest shown for a place where nothing can be quoted.
_WORDS = 45


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found for a question.

    `moments`: what answers, or comes nearest; `places`: where to look if nothing is near. `premise`: what the question
    takes for granted about a guest, if it does.
    """

    ranking: Ranking
    confidence: float
    outcome: Outcome
    moments: tuple[Citation, ...]
    places: tuple[Citation, ...]
    premise: Premise | None = None

    @property
    def answers(self) -> bool:
        """Whether the moments are an answer."""
        return self.outcome is Outcome.ANSWERED


def evidence_for(writer: Writer | None, settings: Settings) -> EvidenceSettings:
    """How much is quoted, or given to the model: more on a GPU, unless the budget is set."""
    if writer and writer.engine.accelerated and not settings.evidence_words:
        return LARGE_EVIDENCE
    usual = SMALL_EVIDENCE if writer else EvidenceSettings()
    return replace(usual, budget=settings.evidence_words or usual.budget)


def find(
    archive: ArchiveView, question: str, filters: Filters, settings: EvidenceSettings, *, shown: bool = True
) -> Findings:
    """What the archive has for a standalone question; raises `Stopped` if the caller no longer waits.

    If it is not `shown`, sentences that address a machine are not looked for: that takes time, and hardly changes
    whether there is an answer.
    """
    find_injected = Detector.of(archive.embedder).injected if shown else None
    with span("retrieve"):
        ranking = archive.search(question, RANKED, filters)
    archive.check_going()
    with span("evidence"):
        gathered = gather_evidence(archive, ranking, settings, find_injected)
    # Judged are the passages that something can be quoted from; one of several guests counts once.
    sure = confidence([scored.score for scored in dict.fromkeys(item.scored for item in gathered.quotable)])
    premise = premise_of(archive, question, ranking)
    outcome = _outcome(sure, bool(gathered.runs), premise)
    places = _places(archive.index, ranking, gathered) if outcome is Outcome.REFUSED else []
    if find_injected:
        places = _harmless(places, settings, find_injected)
    return Findings(ranking, sure, outcome, numbered(gathered.runs), numbered(places), premise)


def _outcome(sure: float, quotable: bool, premise: Premise | None) -> Outcome:
    if not quotable or sure < NEAR_FROM:
        return Outcome.REFUSED
    doubtful = premise is not None and premise.doubtful
    return Outcome.ANSWERED if sure >= ANSWERED_FROM and not doubtful else Outcome.NEAREST


def _places(index: Index, ranking: Ranking, gathered: Gathered) -> list[Evidence]:
    """The first chapters, each with the excerpt of its best passage, or its opening if nothing there can be quoted."""
    scorer = Scorer(index, ranking)
    excerpts = {item.scored.passage.id: item.evidence for item in gathered.quotable[::-1]}
    places: dict[tuple[str, Chapter], Evidence] = {}
    for passage in (scored.passage for scored in ranking.passages):
        if len(places) < NEAREST:
            place = excerpts.get(passage.id) or _opening(scorer, passage)
            places.setdefault((passage.episode, place.chapter), place)
    return list(places.values())


def _harmless(places: list[Evidence], settings: EvidenceSettings, find_injected: Find) -> list[Evidence]:
    """The places, without the words of those in which a sentence addresses a machine."""
    marked = find_injected(sentences_of(places, settings))
    return [
        place
        if marked.isdisjoint(sentences_of([place], settings))
        else replace(place, text="", key="", asked="", before="", after="")
        for place in places
    ]


def _opening(scorer: Scorer, passage: Passage) -> Evidence:
    """The first words of a guest in a passage, else after or before it in its chapter; empty if no guest speaks."""
    episode = scorer.index.episodes[passage.episode]
    chapter = episode.chapters[passage.chapter]
    places = [*range(passage.first, chapter.last), *range(passage.first - 1, chapter.first - 1, -1)]
    guests = (i for i in places if episode.segments[i].role is Role.GUEST)
    at = next((i for i in guests if not scorer.said(episode, i)[0].injected), None)
    if at is None:
        return Evidence(episode, chapter, passage.speaker, passage.start, passage.end, "", "", "", 0.0)
    lines = [*takewhile(lambda line: not line.injected, scorer.said(episode, at))]
    lengths = accumulate(line.words for line in lines)
    short = [line for line, words in zip(lines, lengths, strict=True) if words <= _WORDS]
    opening = run_of(scorer, episode, short or lines[:1], at).evidence
    text = opening.text if short else " ".join(opening.text.split()[:_WORDS]) + " …"
    return replace(opening, text=text, key=text)
