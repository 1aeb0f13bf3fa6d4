"""Ranked passages -> evidence: few contiguous runs of one guest's words.

For each of the best passages:

1. Find the guest's turn that it lies in, or the one that answers the host's
   question in it.
2. Score the turn's sentences by how well they meet the question's word pieces;
   sentences right after a host's question that meets it are lifted.
3. Take the stretch of whole sentences with the best score above the usual, not
   longer than the run may be. Where it opens on a word that points back ("that",
   "it"), take in the sentence before. Drop chatter at its ends.

Then order these runs anew, by their passage's score and by how well their own
words meet the question, and take the best, leaving out one that says what a run
before it says, until the budget of words is spent or the runs are enough. The host's words help
to find evidence and are never part of it. Nothing here ranks passages or judges
whether they answer the question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from app.models import Evidence
from index.catalog import Index
from index.embedder import Vectors
from index.retrieve import Ranking
from index.tokens import max_similarities
from ingest.models import Episode, Passage, Role, ScoredPassage, Segment
from ingest.text import sentences, words

# A run that opens on one of these points back at the sentence before it.
_POINTS_BACK = re.compile(
    r"^(?:(?:and|but|or|because|then|also|plus|otherwise|instead|which|whereas)\b|"
    r"(?:(?:so|well|yeah|yes|now|like|right|okay|i think|i mean|for example|of course)[ ,.]+)*"
    r"(?:that|that's|it|it's|its|this|these|those|they|they're|their|he|she|there|such|same|both|either|neither|"
    r"the (?:same|other|second|third|last|former|latter)|one of them)\b)",
    re.IGNORECASE,
)
# Whole sentences that carry nothing alone. "Yes" and "no" stay: they can be the answer.
_CHATTER = re.compile(
    r"^(?:(?:yeah|yep|right|okay|ok|sure|exactly|absolutely|definitely|of course|hmm+|um+|uh+|oh|ah|well|so|alright|"
    r"great|cool|nice|interesting|let me think|let's see|i see|i mean|you know|thank you|thanks|"
    r"(?:that's|that is|it's|it is|this is) (?:a |an |really |very |such a )*(?:good|great|excellent|interesting|"
    r"tough|tricky|hard|difficult|nice)(?: one| question| point)*|(?:good|great|interesting) (?:question|point))"
    r"[\s,.!?…–-]*)+$",
    re.IGNORECASE,
)


# What a sentence outside the ranked passage is worth: the turn is read on, but the passage was what ranked.
_OUTSIDE = 0.5


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """Lengths in words; how they were chosen stands in the README, "Figures"."""

    budget: int = 260
    most_runs: int = 4
    longest_run: int = 180
    shortest_run: int = 25
    key_words: int = 45
    floor: float = 0.2
    least_score: float = 0.85
    passages: int = 8


@dataclass(frozen=True, slots=True)
class _Line:
    """A sentence of a guest's turn."""

    text: str
    words: int
    start: float
    end: float
    estimated: bool
    met: Vectors
    score: float
    chapter: int
    segment: int
    inside: bool


def gather_evidence(index: Index, ranking: Ranking, settings: EvidenceSettings) -> list[Evidence]:
    """The runs to quote, best first, at most `budget` words together.

    From the third on, a run is only taken if its score comes near the best.
    """
    scorer = _Scorer(index, ranking)
    found = [
        (passage, run)
        for passage in ranking.passages[: settings.passages]
        if (run := _run(scorer, passage, settings, settings.longest_run))
    ]
    runs: list[Evidence] = []
    left = settings.budget
    for passage, run in _in_order(found):
        if len(runs) == settings.most_runs or left < settings.shortest_run:
            break
        if len(runs) >= 2 and run.score < settings.least_score * runs[0].score:
            break
        fitting = run if run.words <= left else _run(scorer, passage, settings, left)
        if fitting is not None and not any(_same(fitting, other) for other in runs):
            runs.append(replace(fitting, score=run.score))
            left -= fitting.words
    return runs


def _in_order(found: list[tuple[ScoredPassage, Evidence]]) -> list[tuple[ScoredPassage, Evidence]]:
    """Best first by the sum of the passage's score and the run's own, each as a share of the highest."""
    if not found:
        return []
    passage_best = max(passage.score for passage, _ in found)
    run_best = max(run.score for _, run in found)
    scored = [
        (passage, replace(run, score=(passage.score / passage_best + run.score / run_best) / 2))
        for passage, run in found
    ]
    return sorted(scored, key=lambda item: -item[1].score)


class _Scorer:
    """How well sentences meet the question's word pieces, from the token vectors of the passages they lie in."""

    def __init__(self, index: Index, ranking: Ranking) -> None:
        self.index = index
        self.weights = ranking.weights
        self._ranking = ranking
        self._by_episode: dict[str, list[Passage]] = {}
        self._met: dict[tuple[str, int], list[Vectors]] = {}

    def segment(self, episode: Episode, position: int) -> list[Vectors]:
        """For each sentence of one segment, how well it meets each word piece; zeros where it was not read."""
        key = (episode.slug, position)
        if key not in self._met:
            passage = next(p for p in self._passages(episode.slug) if p.first <= position < p.last)
            self._read(episode, passage)
        return self._met[key]

    def _passages(self, slug: str) -> list[Passage]:
        if slug not in self._by_episode:
            self._by_episode[slug] = [p for p in self.index.passages.values() if p.episode == slug]
        return self._by_episode[slug]

    def _read(self, episode: Episode, passage: Passage) -> None:
        similarities = self._ranking.similarities.get(passage.id)
        if similarities is None:
            similarities = max_similarities(self._ranking.tokens, self.index.tokens.of(passage))
        met = np.maximum(similarities, 0.0)
        unit = 1
        for position in range(passage.first, passage.last):
            count = len(sentences(episode.segments[position].text))
            self._met[episode.slug, position] = [
                met[:, i] if i < met.shape[1] else np.zeros(len(met), np.float32) for i in range(unit, unit + count)
            ]
            unit += count


def _run(scorer: _Scorer, scored: ScoredPassage, settings: EvidenceSettings, longest: int) -> Evidence | None:
    """The best run of at most `longest` words around one passage, or None where no guest says enough there.

    Its score is how well its words together meet the question (MaxSim).
    """
    episode = scorer.index.episodes[scored.passage.episode]
    turns = [
        list(_lines(scorer, episode, scored.passage, first, last))
        for first, last in _guest_turns(episode, scored.passage, settings.shortest_run)
    ]
    turns = [lines for lines in turns if sum(line.words for line in lines) >= settings.shortest_run]
    if not turns:
        return None
    floor = settings.floor * max(line.score for lines in turns for line in lines)
    lines, (_, begin, end) = max(
        ((lines, _window(lines, floor, longest)) for lines in turns), key=lambda item: item[1][0]
    )
    run = lines[begin:end]
    if not settings.shortest_run <= _total(run) <= longest:
        return None  # too little to understand, or one sentence longer than what may still be shown
    met = np.max([line.met for line in run], axis=0)
    return _evidence(episode, run, _asked(episode, lines[0].segment), float(scorer.weights @ met), settings)


def _guest_turns(episode: Episode, passage: Passage, enough: int) -> Iterator[tuple[int, int]]:
    """Ranges of segments, each one guest's turn: those that touch the passage, or the one that answers it.

    A passage in which guests say less than `enough` words is a question: the turn after it answers it.
    """
    segments = episode.segments
    own = [i for i in range(passage.first, passage.last) if segments[i].role is Role.GUEST]
    if sum(segments[i].words for i in own) < enough:
        own += [i for i in range(passage.last, min(passage.last + 2, len(segments))) if segments[i].role is Role.GUEST][
            :1
        ]
    for turn in dict.fromkeys(segments[i].turn for i in own):
        first = last = next(i for i in own if segments[i].turn == turn)
        while first and segments[first - 1].turn == turn:
            first -= 1
        while last < len(segments) and segments[last].turn == turn:
            last += 1
        yield first, last


def _lines(scorer: _Scorer, episode: Episode, passage: Passage, first: int, last: int) -> Iterator[_Line]:
    for position in range(first, last):
        segment = episode.segments[position]
        texts = sentences(segment.text)
        total = max(1, segment.words)
        done = 0
        chapter = next(i for i, c in enumerate(episode.chapters) if c.first <= position < c.last)
        for text, met in zip(texts, scorer.segment(episode, position), strict=True):
            count = len(text.split())
            yield _Line(
                text=text,
                words=count,
                start=_moment(segment, done / total),
                end=_moment(segment, (done + count) / total),
                estimated=segment.estimated or done > 0,
                met=met,
                score=float(scorer.weights @ met),
                chapter=chapter,
                segment=position,
                inside=passage.first <= position < passage.last,
            )
            done += count


def _moment(segment: Segment, share: float) -> float:
    return segment.start + share * (segment.end - segment.start)


def _asked(episode: Episode, first: int) -> str:
    """The host's words right before a turn, at most the last three sentences of them."""
    said: list[str] = []
    position = first - 1
    while position >= 0 and episode.segments[position].role is Role.HOST:
        said = [*sentences(episode.segments[position].text), *said]
        position -= 1
    return " ".join(said[-3:])


def _window(lines: list[_Line], floor: float, longest: int) -> tuple[float, int, int]:
    """The stretch of whole sentences with the best value that can stand alone: value, begin, end.

    A sentence is worth its words times what its score has above the floor, so
    that a run reads on while it stays near the point; the turn's best sentence is
    in it. A stretch does not open on a word that points back unless nothing
    stands before it (or nothing else fits), and neither opens nor ends on chatter.
    """
    worth = [line.score * (1.0 if line.inside else _OUTSIDE) for line in lines]
    best = max(range(len(lines)), key=lambda i: worth[i] * min(1.0, lines[i].words / 8))
    found = [
        (sum(lines[i].words * (worth[i] - floor) for i in range(begin, end)), begin, end)
        for begin in range(best + 1)
        for end in range(best + 1, len(lines) + 1)
        if begin == best or (_total(lines[begin:end]) <= longest and not _CHATTER.match(lines[begin].text))
        if end == best + 1 or (_total(lines[begin:end]) <= longest and not _CHATTER.match(lines[end - 1].text))
    ]
    standing = [item for item in found if item[1] == 0 or not _POINTS_BACK.match(lines[item[1]].text)]
    return max(standing or found)


def _evidence(episode: Episode, run: list[_Line], asked: str, score: float, settings: EvidenceSettings) -> Evidence:
    first, last = _key(run, settings.key_words)
    opening = run[0]
    return Evidence(
        episode=episode,
        chapter=episode.chapters[run[first].chapter],
        speaker=episode.segments[opening.segment].speaker,
        start=opening.start,
        end=run[-1].end,
        text=" ".join(line.text for line in run),
        key=" ".join(line.text for line in run[first:last]),
        asked=asked,
        score=score,
        estimated=opening.estimated,
    )


def _key(lines: list[_Line], most_words: int) -> tuple[int, int]:
    """The sentence that meets the question best, with the one before it where it points back."""
    weighted = [line.score * min(1.0, line.words / 10) for line in lines]
    at = int(np.argmax(weighted))
    begin = at
    while begin > 0 and _POINTS_BACK.match(lines[begin].text) and _total(lines[begin - 1 : at + 1]) <= most_words:
        begin -= 1
    end = at + 1
    while end < len(lines) and _total(lines[begin : end + 1]) <= most_words / 2:
        end += 1
    return begin, end


def _total(lines: list[_Line]) -> int:
    return sum(line.words for line in lines)


def _same(one: Evidence, other: Evidence) -> bool:
    """Whether two runs overlap or say the same in the same words."""
    if one.episode.slug == other.episode.slug and one.start < other.end and other.start < one.end:
        return True
    first, second = set(words(one.text)), set(words(other.text))
    return len(first & second) > 0.6 * min(len(first), len(second))
