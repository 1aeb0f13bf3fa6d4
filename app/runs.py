"""One ranked passage -> the best run of a guest's words around it.

1. Find the guest's turn that the passage lies in, or the one that answers the
   host's question in it. A very long turn is read near the passage alone.
2. Score the turn's sentences by how well they meet the question's word pieces.
3. Take the stretch of whole sentences with the best value (`app.stretches`).
4. A guest's reply that is too short for a run is one with the host's question
   that it answers, where both together meet the question better than the run does.

The host's words help to find a run and are never part of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.models import Evidence
from app.stretches import asks, best_stretch
from index.catalog import Index
from index.embedder import Vectors
from index.retrieve import Ranking
from index.tokens import CONTEXT_UNIT, max_similarities
from ingest.models import Chapter, Episode, Passage, Role, ScoredPassage, Segment
from ingest.text import sentences

# A guest who asks, or repeats what was asked, echoes the question's words and says nothing of it.
_ASKING = 0.5
# How much of the turn's best score a sentence's score must have to be worth reading on for.
_FLOOR = 0.3
# What a sentence outside the ranked passage is worth: the turn is read on, but the passage was what ranked.
_OUTSIDE = 0.5
# Words of a turn that are read before and behind the passage. Of 10,000 turns of guests 25 have more than 850 words.
_REACH = 1200
# What of the host's words before a turn is shown: sentences, and words of them.
_ASKED = 3
_ASKED_WORDS = 200


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the transcript; `met` says how well it meets each of the question's word pieces."""

    text: str
    words: int
    start: float
    end: float
    estimated: bool
    met: Vectors
    score: float
    segment: int


class Scorer:
    """How well sentences meet the question's word pieces, from the token vectors of the passages they lie in."""

    def __init__(self, index: Index, ranking: Ranking) -> None:
        self.index = index
        self.weights = ranking.weights
        self.heard = ranking.heard
        self._ranking = ranking
        self._met: dict[tuple[str, int], list[Vectors]] = {}
        self._said: dict[tuple[str, int], list[Said]] = {}

    def segment(self, episode: Episode, position: int) -> list[Vectors]:
        """For each sentence of one segment, how well it meets each word piece; zeros where it was not read."""
        key = (episode.slug, position)
        if key not in self._met:
            self._read(episode, self.passage(episode, position))
        return self._met[key]

    def passage(self, episode: Episode, position: int) -> Passage:
        """The passage that a segment lies in."""
        own = self.index.passages_of[episode.slug]
        return own[bisect_right(own, position, key=lambda passage: passage.first) - 1]

    def context(self, passage: Passage) -> Vectors:
        """How well a passage's title, guests and chapter meet each word piece."""
        return np.maximum(self._similarities(passage)[:, CONTEXT_UNIT], 0.0)

    def late(self, passage: Passage) -> float:
        """How well a passage's words together meet the question (MaxSim), its title and chapter aside."""
        words = self._similarities(passage)[:, CONTEXT_UNIT + 1 :]
        return float(self.weights @ np.maximum(words, 0.0).max(axis=1)) if words.size else 0.0

    def said(self, episode: Episode, position: int) -> list[Said]:
        """The sentences of one segment."""
        key = (episode.slug, position)
        if key not in self._said:
            self._said[key] = list(
                self._sentences(episode.segments[position], position, self.segment(episode, position))
            )
        return self._said[key]

    def lines(self, episode: Episode, first: int, last: int) -> list[Said]:
        """The sentences of the segments from `first` up to, not including, `last`."""
        return [line for position in range(first, last) for line in self.said(episode, position)]

    def asked(self, episode: Episode, opening: int) -> tuple[str, list[Vectors]]:
        """The host's words right before a turn, at most their last three sentences, and what each of these meets."""
        texts: list[str] = []
        vectors: list[Vectors] = []
        position = opening - 1
        while position >= 0 and len(texts) < _ASKED and episode.segments[position].role is Role.HOST:
            texts = [*sentences(episode.segments[position].text), *texts][-_ASKED:]
            vectors = [*self.segment(episode, position), *vectors][-_ASKED:]
            position -= 1
        said = " ".join(texts).split()
        cut = len(said) > _ASKED_WORDS
        return ("… " + " ".join(said[-_ASKED_WORDS:]) if cut else " ".join(texts)), vectors

    def _sentences(self, segment: Segment, position: int, vectors: Sequence[Vectors]) -> Iterator[Said]:
        total = max(1, segment.words)
        done = 0
        for text, met in zip(sentences(segment.text), vectors, strict=True):
            count = len(text.split())
            if asks(text):
                met = met * _ASKING
            yield Said(
                text=text,
                words=count,
                start=_moment(segment, done / total),
                end=_moment(segment, (done + count) / total),
                estimated=segment.estimated or done > 0,
                met=met,
                score=float(self.weights @ met),
                segment=position,
            )
            done += count

    def _read(self, episode: Episode, passage: Passage) -> None:
        met = np.maximum(self._similarities(passage), 0.0)
        unit = CONTEXT_UNIT + 1
        for position in range(passage.first, passage.last):
            count = len(sentences(episode.segments[position].text))
            self._met[episode.slug, position] = [
                met[:, i] if i < met.shape[1] else np.zeros(len(met), np.float32) for i in range(unit, unit + count)
            ]
            unit += count

    def _similarities(self, passage: Passage) -> Vectors:
        similarities = self._ranking.similarities.get(passage.id)
        if similarities is None:
            similarities = max_similarities(self._ranking.tokens, self.index.tokens.of(passage))
        return similarities


@dataclass(frozen=True, slots=True)
class Run:
    """Evidence, and how well all that is shown of it meets each word piece of the question: `met`.

    Shown are its words, the host's question, and the title and chapter it stands under.
    `own` is the same for its words and the host's question alone.
    """

    evidence: Evidence
    own: Vectors
    met: Vectors


def best_run(scorer: Scorer, scored: ScoredPassage, shortest: int, longest: int) -> Evidence | None:
    """The evidence of `find_run`."""
    run = find_run(scorer, scored, shortest, longest)
    return run.evidence if run else None


def find_run(scorer: Scorer, scored: ScoredPassage, shortest: int, longest: int) -> Run | None:
    """The best run of `shortest` to `longest` words around one passage, or None where no guest says enough there.

    Its score is how well its words together meet the question (MaxSim).
    """
    passage = scored.passage
    episode = scorer.index.episodes[passage.episode]
    ranges = _guest_turns(episode, passage, shortest, scorer.heard)
    turns = [scorer.lines(episode, first, last) for first, last in ranges]
    turns = [lines for lines in turns if sum(line.words for line in lines) >= shortest]
    if not turns:
        return None
    floor = _FLOOR * max(line.score for lines in turns for line in lines)
    found = [(best_stretch(*_worth(lines, passage), floor, shortest, longest), lines) for lines in turns]
    stretch, lines = max(found, key=lambda item: item[0].value)
    if not shortest <= stretch.words <= longest:
        return None  # too little to understand, or one sentence longer than what may still be shown
    return run_of(scorer, episode, lines[stretch.begin : stretch.end], lines[0].segment)


def run_of(scorer: Scorer, episode: Episode, lines: Sequence[Said], opening: int) -> Run:
    """The run of these sentences, of the turn that begins with the segment `opening`."""
    first = lines[0]
    asked, question = scorer.asked(episode, opening)
    met = np.max([line.met for line in lines], axis=0)
    own = np.max([met, *question], axis=0)
    text = " ".join(line.text for line in lines)
    evidence = Evidence(
        episode=episode,
        chapter=_chapter(episode, first.segment),
        speaker=episode.segments[first.segment].speaker,
        start=first.start,
        end=lines[-1].end,
        text=text,
        key=text,
        asked=asked,
        score=float(scorer.weights @ met),
        estimated=first.estimated,
    )
    return Run(evidence, own, np.maximum(own, scorer.context(scorer.passage(episode, first.segment))))


def _chapter(episode: Episode, position: int) -> Chapter:
    return episode.chapters[bisect_right(episode.chapters, position, key=lambda chapter: chapter.first) - 1]


def _worth(lines: Sequence[Said], passage: Passage) -> tuple[list[str], list[float]]:
    """The texts of a turn's sentences, and what each is worth."""
    inside = range(passage.first, passage.last)
    return [line.text for line in lines], [line.score * (1.0 if line.segment in inside else _OUTSIDE) for line in lines]


def _guest_turns(episode: Episode, passage: Passage, enough: int, heard: Collection[str]) -> Iterator[tuple[int, int]]:
    """Ranges of segments, each one guest's turn: those that touch the passage, or the one that answers it.

    Where the question names guests (`heard`), turns of others answer nothing.
    A passage in which guests say less than `enough` words is a question: the turn after it answers it.
    """
    segments = episode.segments
    own = [i for i in range(passage.first, passage.last) if speaks(segments[i], heard)]
    if sum(segments[i].words for i in own) < enough:
        after = range(passage.last, min(passage.last + 2, len(segments)))
        own += [i for i in after if speaks(segments[i], heard)][:1]
    first_of: dict[int, int] = {}
    for i in own:
        first_of.setdefault(segments[i].turn, i)
    for first in first_of.values():
        yield _turn_around(segments, first, passage.last)


def speaks(segment: Segment, heard: Collection[str]) -> bool:
    """Whether a guest speaks, one of those who are `heard` (nobody: all are)."""
    return segment.role is Role.GUEST and (not heard or segment.speaker in heard)


def _turn_around(segments: Sequence[Segment], at: int, end: int) -> tuple[int, int]:
    """The turn of the segment `at` as a range, read on for `_REACH` words before it and from `end` on."""
    first = last = at
    turn, words = segments[at].turn, 0
    while (
        first
        and segments[first - 1].turn == turn
        and segments[first - 1].start <= segments[first].start
        and (words := words + segments[first - 1].words) <= _REACH
    ):
        first -= 1
    words = 0
    while last < len(segments) and segments[last].turn == turn and segments[last].start >= segments[first].start:
        words += segments[last].words if last >= end else 0
        if words > _REACH:
            break
        last += 1
    return first, last


def _moment(segment: Segment, share: float) -> float:
    return segment.start + share * (segment.end - segment.start)
