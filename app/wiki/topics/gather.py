"""Finds what guests say about a topic: moments of its own chapters, and of others on the same subtopics.

    topic -> questions about it -> seeds -> their chapters' titles as questions -> moments near the topic

1. A page wants to say what a topic is, why, with what, by whom, at what cost: each is a question to the archive.
   Passages that probably answer one are seeds. A topic with few seeds is not covered.
2. The chapters of seeds name subtopics. Each title is a question too, so that other guests on the same are found.
3. A passage is near the topic if its vector is nearly as near as those of the nearest seeds. A title such as "Roles in
   a team" leads far away otherwise.
4. An excerpt is about the topic if one of its sentences or its chapter's title says the topic's words, or if its
   nearest sentence and the title are near to it.

For a draft, excerpts are cut as for answers (`app.evidence.select`). For a page of single sentences, everything that
guests say in the passages is read, in pieces. Sentences that address a machine are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from app.evidence.excerpt import run_of, speaks
from app.evidence.injected import Detector
from app.evidence.scorer import Scorer
from app.evidence.select import EvidenceSettings, gather_evidence
from app.language.tokens import tokens
from app.types import Evidence
from app.verification.citations import overlap
from index.archive import ArchiveView
from index.building.progress import Progress
from index.judging.judge import JUDGED
from index.retrieve import Ranking
from ingest.text import sentences

# What a page wants to know of any topic. The first one's answers define it.
DEFINES = "What is {}?"
QUESTIONS = (
    DEFINES,
    "{}",
    "Why does {} matter?",
    "How do teams start with {}?",
    "Which tools are used for {}?",
    "What goes wrong with {}?",
    "Who is responsible for {}?",
    "What does {} cost?",
    "When is {} not worth it?",
)
# Least probability that a passage answers: for a page, and (an opening is chosen from the best) for a definition.
LEAST, LEAST_DEFINES = 0.25, 0.15
# The same for what is read sentence by sentence, where each is judged for itself.
LEAST_READ = 0.03
# Words of a piece.
_PIECE = 70
# Least seeds of a topic that is covered: strange topics (beekeeping, tax law) have at most one in an archive of data.
_LEAST_SEEDS = 3
# Least nearness to the topic, as a share of that of the nearest passages.
_NEAR, _NEAREST = 2 / 3, 5
_NEAR_READ = 0.5
# Least mean cosine of the topic with an excerpt's nearest sentence and its chapter's title. Of 65 quotes that a reader
# had read, 46 of 50 on their topic pass, and 4 of 15 beside it.
ABOUT = 0.44
# Nearest topics that a refusal names.
_OFFERED = 5
_CUT = EvidenceSettings(budget=100_000, most=JUDGED, least=0.0, least_share=0.0, passages=JUDGED)


class NotCovered(Exception):
    """The archive hardly speaks of a topic; `nearest` are topics of the archive, nearest first."""

    def __init__(self, topic: str, nearest: tuple[str, ...]) -> None:
        self.nearest = nearest
        offered = f"; nearest topics: {', '.join(nearest)}" if nearest else ""
        super().__init__(f"the archive hardly speaks of “{topic}”{offered}")


@dataclass(frozen=True, slots=True)
class Gathered:
    """What guests say about a topic; the score of each moment is the probability that it answers a question about it.

    `moments`: best first, none overlaps another. `defining`: those that
    say what the topic is, best first, of different guests first.
    """

    topic: str
    moments: tuple[Evidence, ...]
    defining: tuple[Evidence, ...]


def gather(archive: ArchiveView, topic: str, progress: Progress, *, whole: bool = False) -> Gathered:
    """The moments of a topic: excerpts, or `whole` passages in pieces.

    Raises `NotCovered`, and `Stopped` if the caller no longer waits.
    """
    progress.start("Searching", len(QUESTIONS))
    rankings = [_search(archive, question.format(topic), progress) for question in QUESTIONS]
    seeds = {one.passage.id: one for ranking in rankings for one in _probable(ranking, LEAST).passages}
    if len(seeds) < _LEAST_SEEDS:
        raise NotCovered(topic, nearest_topics(archive, topic))
    near = _Near(archive, topic, seeds, _NEAR_READ if whole else _NEAR)
    own = sorted((one for one in seeds.values() if near(one.passage.id)), key=lambda one: -one.score)
    chapters = dict.fromkeys((one.passage.episode, one.passage.chapter) for one in own)
    titles = [archive.index.episodes[slug].chapters[chapter].title for slug, chapter in chapters]
    progress.start("Searching subtopics", len(titles))
    rankings += [_search(archive, f"{topic}: {title}", progress) for title in dict.fromkeys(titles)]
    cut, least = (_pieces, LEAST_READ) if whole else (_excerpts, LEAST)
    defining = cut(archive, near.only(_probable(rankings[0], LEAST_DEFINES)))
    found = [run for one in rankings for run in cut(archive, near.only(_probable(one, least)))]
    if not whole:
        defining, found = about(archive, topic, defining), about(archive, topic, found)
    return Gathered(topic, tuple(_apart([*defining, *sorted(found, key=lambda run: -run.score)])), tuple(defining))


class _Near:
    """Tells which passages are near the topic."""

    def __init__(self, archive: ArchiveView, topic: str, seeds: Iterable[str], share: float) -> None:
        self._index = archive.index
        self._vector = archive.embedder.embed_query(topic).vector
        nearest = sorted(map(self._cosine, seeds))[-_NEAREST:]
        self._least = share * float(np.mean(nearest))

    def __call__(self, id: str) -> bool:
        return self._cosine(id) >= self._least

    def only(self, ranking: Ranking) -> Ranking:
        """The ranking without passages that are far from the topic."""
        return replace(ranking, passages=[one for one in ranking.passages if self(one.passage.id)])

    def _cosine(self, id: str) -> float:
        return float(self._index.tokens.vector(self._index.passages[id]) @ self._vector)


def _search(archive: ArchiveView, question: str, progress: Progress) -> Ranking:
    ranking = archive.search(question, JUDGED)
    progress.advance(1)
    return ranking


def _probable(ranking: Ranking, least: float) -> Ranking:
    """The ranking with only the passages that probably answer."""
    return replace(ranking, passages=[one for one in ranking.passages if one.score >= least])


def _excerpts(archive: ArchiveView, ranking: Ranking) -> list[Evidence]:
    """The excerpts of a ranking's passages."""
    return gather_evidence(archive, ranking, _CUT, Detector.of(archive.embedder).injected).runs


def _pieces(archive: ArchiveView, ranking: Ranking) -> list[Evidence]:
    """Everything that guests say in a ranking's passages, in pieces without a sentence that addresses a machine."""
    scorer, index = Scorer(archive.index, ranking), archive.index
    found = []
    for scored in ranking.passages:
        episode, passage = index.episodes[scored.passage.episode], scored.passage
        own = [at for at in range(passage.first, passage.last) if speaks(episode.segments[at], scorer.heard)]
        for _, places in groupby(own, key=lambda at: episode.segments[at].turn):
            segments = list(places)
            lines = scorer.lines(episode, segments[0], segments[-1] + 1)
            for begin, end in _spans([line.words for line in lines]):
                if not any(line.injected for line in lines[begin:end]):
                    run = run_of(scorer, episode, lines[begin:end], segments[0])
                    around = (lines[begin - 1].text if begin else "", lines[end].text if end < len(lines) else "")
                    found.append(replace(run.beside(*around).evidence, score=scored.score))
    marked = Detector.of(archive.embedder).injected(text for run in found for text in sentences(run.text))
    return [run for run in found if marked.isdisjoint(sentences(run.text))]


def _spans(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ranges of sentences with about `_PIECE` words each; `counts` are the words of each sentence."""
    begin = words = 0
    for at, count in enumerate(counts):
        words += count
        if words >= _PIECE or at == len(counts) - 1:
            yield begin, at + 1
            begin, words = at + 1, 0


def about(archive: ArchiveView, topic: str, runs: Sequence[Evidence]) -> list[Evidence]:
    """The runs that are about the topic."""
    keys = {token.key for token in tokens(topic) if token.content}
    titles = list(dict.fromkeys(run.chapter.title for run in runs))
    own, *near = archive.embed([topic, *titles])
    titled = {title: float(own @ vector) for title, vector in zip(titles, near, strict=True)}
    kept = []
    for run in runs:
        said = sentences(run.text)
        named = any(keys <= {token.key for token in tokens(text)} for text in [*said, run.chapter.title])
        if (keys and named) or (float((archive.embed(said) @ own).max()) + titled[run.chapter.title]) / 2 >= ABOUT:
            kept.append(run)
    return kept


def _apart(runs: Iterable[Evidence]) -> list[Evidence]:
    """The runs without those that overlap an earlier one."""
    kept: list[Evidence] = []
    for run in runs:
        if not any(overlap(run, other) for other in kept):
            kept.append(run)
    return kept


def nearest_topics(archive: ArchiveView, topic: str) -> tuple[str, ...]:
    """The archive's own topics (its tags), nearest in meaning first."""
    topics = archive.index.catalog.topics
    if not topics:
        return ()
    vectors = archive.embed([topic, *topics])
    return tuple(topics[at] for at in (vectors[1:] @ vectors[0]).argsort()[::-1][:_OFFERED])
