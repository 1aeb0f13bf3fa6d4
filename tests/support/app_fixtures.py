"""Builds episodes, indexes and rankings by hand: how well each sentence matches the question is given, not computed.

The question is one word piece, and so is each sentence; their cosine is what `met` says of the sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import numpy as np
from fakes import FakeEmbedder

from app.evidence.injected import Find
from app.evidence.select import EvidenceSettings, gather_evidence
from app.types import Evidence
from index.archive import ArchiveView
from index.filters import Filters
from index.late_interaction import CONTEXT_UNIT, DIMENSIONS, TokenCodes, max_similarities, passage_sentences
from index.manifest import Manifest
from index.opened import Index, TokenFiles
from index.retrieve import Ranking
from ingest.descriptor import known_descriptor
from ingest.injections import find_injections
from ingest.models import Chapter, Episode, Passage, Role, ScoredPassage, Segment
from ingest.text import sentences

HOST = "Robin Hale"
GUEST = "Ilva Nadrostek"
OTHER = "Hjalmar Veskild"
NOBODY = ""
PACE = 2.0

QUESTION = "What does the cache save?"
DEFAULTS = EvidenceSettings()

Met = Callable[[str], float]


def nothing_met(text: str) -> float:
    """Each sentence matches the question as little as any other."""
    return 0.0


class MetTokens(TokenFiles):
    """The token codes of passages in which each sentence has one word piece."""

    def __init__(self, met: Met) -> None:
        self._met = met

    def of(self, passage: Passage) -> TokenCodes:
        met = np.array([self._met(passage.text[a:b]) for a, b in passage_sentences(passage.text)])
        codes = np.zeros((len(met), DIMENSIONS), np.int8)
        codes[:, 0], codes[:, 1] = np.rint(127 * met), np.rint(127 * np.sqrt(1 - met**2))
        return TokenCodes(codes, np.arange(CONTEXT_UNIT + 1, CONTEXT_UNIT + 1 + len(met), dtype=np.uint8))


@dataclass(frozen=True)
class Line:
    """A paragraph of a hand-made transcript; without `start` it follows the one before at `PACE` words a second."""

    who: str
    text: str
    start: float | None = None
    estimated: bool = False


def episode_of(lines: Sequence[Line], *, slug: str = "caches", chapters: Sequence[int] = (0,)) -> Episode:
    """An episode of these paragraphs; `chapters` are the indexes of the paragraphs that begin chapters."""
    segments: list[Segment] = []
    at = 0.0
    turn = -1
    for line in lines:
        role = {HOST: Role.HOST, NOBODY: Role.UNKNOWN}.get(line.who, Role.GUEST)
        turn += not segments or segments[-1].speaker != line.who
        start = at if line.start is None else line.start
        at = start + len(line.text.split()) / PACE
        marks = find_injections(line.text)
        segments.append(Segment(start, at, line.who, role, line.text, turn, line.estimated, marks))
    ends = [*(segment.start for segment in segments[1:]), at]
    segments = [replace(segment, end=end) for segment, end in zip(segments, ends, strict=True)]
    bounds = [*chapters, len(segments)]
    return Episode(
        slug=slug,
        name=slug,
        title=f"About {slug}",
        season=1,
        number=1,
        guests=tuple(dict.fromkeys(s.speaker for s in segments if s.role is Role.GUEST)),
        topics=("caching",),
        video="abcDEF_123-",
        published="2024-03-01",
        chapters=tuple(
            Chapter(f"Chapter {number}", segments[first].start, segments[last - 1].end, first, last)
            for number, (first, last) in enumerate(pairwise(bounds), start=1)
        ),
        segments=tuple(segments),
        links=known_descriptor("original").links(slug, slug, 1, 1, "abcDEF_123-"),
    )


def passages_at(episode: Episode, cuts: Sequence[int]) -> list[Passage]:
    """Passages that begin at these paragraphs, and at each chapter."""
    bounds = sorted({*cuts, *(chapter.first for chapter in episode.chapters), len(episode.segments)})
    return [
        Passage(
            id=f"{episode.slug}-{first}",
            episode=episode.slug,
            chapter=next(i for i, c in enumerate(episode.chapters) if c.first <= first < c.last),
            first=first,
            last=last,
            start=episode.segments[first].start,
            end=episode.segments[last - 1].end,
            speaker=episode.segments[first].speaker,
            text="\n".join(segment.text for segment in episode.segments[first:last]),
            context=episode.title,
        )
        for first, last in pairwise(bounds)
    ]


def index_of(
    *parts: tuple[Episode, Sequence[Passage]], met: Met = nothing_met, frequencies: dict[str, int] | None = None
) -> Index:
    """An index in memory, without a store; `met` says how well a sentence matches the question."""
    manifest = Manifest(1, "by hand", "0", False, "none", 1, "none", {}, len(parts), sum(len(p) for _, p in parts), "")
    return Index(
        folder=Path("by-hand"),
        manifest=manifest,
        store=cast(Any, None),
        episodes={episode.slug: episode for episode, _ in parts},
        passages={passage.id: passage for _, own in parts for passage in own},
        tokens=MetTokens(met),
        frequencies=frequencies or {},
    )


def ranking_of(
    index: Index,
    ids: Sequence[str],
    *,
    scores: Sequence[float] | None = None,
    question: str = QUESTION,
    named: Sequence[str] = (),
) -> Ranking:
    """A ranking of these passages; `scores`: the probability that each answers (1 if not given)."""
    scored = [
        ScoredPassage(index.passages[id], score, rank)
        for rank, (id, score) in enumerate(zip(ids, scores or [1.0] * len(ids), strict=True), start=1)
    ]
    tokens = np.eye(1, DIMENSIONS, dtype=np.float32)
    return Ranking(
        passages=scored,
        named=tuple(named),
        vector=tokens[0],
        tokens=tokens,
        weights=np.ones(1, np.float32),
        similarities={id: max_similarities(tokens, index.tokens.of(index.passages[id])) for id in ids},
        timings_ms={"retrieve": 1.0},
        heard=frozenset(named),
        question=question,
    )


@dataclass(frozen=True, slots=True)
class GivenView(ArchiveView):
    """A view with one ranking for every question."""

    ranking: Ranking | None = None

    def search(self, query: str, k: int = 10, filters: Filters = Filters(), *, judged: bool = True) -> Ranking:
        assert self.ranking is not None
        return self.ranking


def view_of(index: Index, ranking: Ranking) -> ArchiveView:
    """A view in which every question has this ranking."""
    return GivenView(index, FakeEmbedder(), ranking=ranking)


def gather(
    index: Index, ranking: Ranking, settings: EvidenceSettings = DEFAULTS, find_injected: Find | None = None
) -> list[Evidence]:
    """The excerpts to show."""
    return gather_evidence(view_of(index, ranking), ranking, settings, find_injected).runs


def told(lines: Sequence[Line], met: Met, *, cuts: Sequence[int] = (0,), chapters: Sequence[int] = (0,)) -> Index:
    """An index of one episode, whose passages begin at the paragraphs `cuts`."""
    episode = episode_of(lines, chapters=chapters)
    return index_of((episode, passages_at(episode, cuts)), met=met)


def turns_of(episode: Episode) -> list[tuple[str, Role, list[str]]]:
    """Speaker, role and sentences of each turn, in order."""
    turns: list[tuple[str, Role, list[str]]] = []
    numbers: list[int] = []
    for segment in episode.segments:
        if not numbers or numbers[-1] != segment.turn:
            turns.append((segment.speaker, segment.role, []))
            numbers.append(segment.turn)
        turns[-1][2].extend(sentences(segment.text))
    return turns


def find_run(episode: Episode, speaker: str, text: str) -> list[tuple[int, int, int]]:
    """Where a speaker says exactly this in whole sentences: turn, first sentence, last sentence (exclusive)."""
    return [
        (number, begin, end)
        for number, (who, role, said) in enumerate(turns_of(episode))
        if who == speaker and role is Role.GUEST
        for begin in range(len(said))
        for end in range(begin + 1, len(said) + 1)
        if " ".join(said[begin:end]) == text
    ]
