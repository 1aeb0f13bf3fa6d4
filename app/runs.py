"""One ranked passage -> the best run of a guest's words around it.

1. Find the guest's turn that the passage lies in, or the one that answers the
   host's question in it.
2. Score the turn's sentences by how well they meet the question's word pieces.
3. Take the stretch of whole sentences with the best value that is not longer than
   a run may be. It does not open on a word that points back ("that", "it"): the
   sentence before is taken in; chatter at its ends is dropped.

The host's words help to find a run and are never part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from app.models import Evidence
from index.catalog import Index
from index.embedder import Vectors
from index.retrieve import Ranking
from index.tokens import max_similarities
from ingest.models import Episode, Passage, Role, ScoredPassage, Segment
from ingest.text import sentences

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
    r"great|cool|nice|interesting|let me think|let's see|i (?:see|mean|think|guess)|you know|thank you|thanks|"
    r"(?:that's|that is|it's|it is|this is) (?:a |an |really |very |such a )*(?:good|great|excellent|interesting|"
    r"tough|tricky|hard|difficult|nice)(?: one| question| point)*|(?:good|great|interesting) (?:question|point))"
    r"[\s,.!?…–-]*)+$",
    re.IGNORECASE,
)


# A guest who asks, or repeats what was asked, echoes the question's words and says nothing of it.
_ASKS = re.compile(r"\?[\"”’)]*$")
_ASKING = 0.5
# How much of the turn's best score a sentence's score must have to be worth reading on for.
_FLOOR = 0.3
# What a sentence outside the ranked passage is worth: the turn is read on, but the passage was what ranked.
_OUTSIDE = 0.5


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


class Scorer:
    """How well sentences meet the question's word pieces, from the token vectors of the passages they lie in."""

    def __init__(self, index: Index, ranking: Ranking) -> None:
        self.index = index
        self.weights = ranking.weights
        self._ranking = ranking
        self._met: dict[tuple[str, int], list[Vectors]] = {}

    def segment(self, episode: Episode, position: int) -> list[Vectors]:
        """For each sentence of one segment, how well it meets each word piece; zeros where it was not read."""
        key = (episode.slug, position)
        if key not in self._met:
            passage = next(p for p in self.index.passages_of[episode.slug] if p.first <= position < p.last)
            self._read(episode, passage)
        return self._met[key]

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


def best_run(scorer: Scorer, scored: ScoredPassage, shortest: int, longest: int) -> Evidence | None:
    """The best run of `shortest` to `longest` words around one passage, or None where no guest says enough there.

    Its score is how well its words together meet the question (MaxSim).
    """
    episode = scorer.index.episodes[scored.passage.episode]
    turns = [
        list(_lines(scorer, episode, scored.passage, first, last))
        for first, last in _guest_turns(episode, scored.passage, shortest)
    ]
    turns = [lines for lines in turns if sum(line.words for line in lines) >= shortest]
    if not turns:
        return None
    floor = _FLOOR * max(line.score for lines in turns for line in lines)
    lines, (_, begin, end) = max(
        ((lines, _window(lines, floor, shortest, longest)) for lines in turns), key=lambda item: item[1][0]
    )
    run = lines[begin:end]
    if not shortest <= _total(run) <= longest:
        return None  # too little to understand, or one sentence longer than what may still be shown
    met = np.max([line.met for line in run], axis=0)
    return _evidence(episode, run, _asked(episode, lines[0].segment), float(scorer.weights @ met))


def _guest_turns(episode: Episode, passage: Passage, enough: int) -> Iterator[tuple[int, int]]:
    """Ranges of segments, each one guest's turn: those that touch the passage, or the one that answers it.

    A passage in which guests say less than `enough` words is a question: the turn after it answers it.
    """
    segments = episode.segments
    own = [i for i in range(passage.first, passage.last) if segments[i].role is Role.GUEST]
    if sum(segments[i].words for i in own) < enough:
        after = range(passage.last, min(passage.last + 2, len(segments)))
        own += [i for i in after if segments[i].role is Role.GUEST][:1]
    for turn in dict.fromkeys(segments[i].turn for i in own):
        first = last = next(i for i in own if segments[i].turn == turn)
        while first and segments[first - 1].turn == turn and segments[first - 1].start <= segments[first].start:
            first -= 1
        while last < len(segments) and segments[last].turn == turn and segments[last].start >= segments[first].start:
            last += 1
        yield first, last


def _lines(scorer: Scorer, episode: Episode, passage: Passage, first: int, last: int) -> Iterator[_Line]:
    for position in range(first, last):
        segment = episode.segments[position]
        texts = sentences(segment.text)
        total = max(1, segment.words)
        done = 0
        chapter = next(i for i, c in enumerate(episode.chapters) if c.first <= position < c.last)
        for text, met in zip(texts, scorer.segment(episode, position), strict=True):
            count = len(text.split())
            if _ASKS.search(text):
                met = met * _ASKING
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


def _window(lines: list[_Line], floor: float, shortest: int, longest: int) -> tuple[float, int, int]:
    """The stretch of whole sentences with the best value that can stand alone: value, begin, end.

    A sentence is worth its words times what its score has above the floor, so
    that a run reads on while it stays near the point; the turn's best sentence is
    in it. A stretch does not open on a word that points back unless nothing
    stands before it, nor end on a question, whose answer would be missing (or
    nothing else fits), and neither opens nor ends on chatter. What somebody else
    is quoted with is not cut in half where that can be helped.
    """
    worth = [line.score * (1.0 if line.inside else _OUTSIDE) for line in lines]
    best = max(range(len(lines)), key=lambda i: worth[i] * min(1.0, lines[i].words / 8))
    found = [
        (sum(lines[i].words * (worth[i] - floor) for i in range(begin, end)), begin, end)
        for begin in range(best + 1)
        for end in range(best + 1, len(lines) + 1)
        if begin == best or (_total(lines[begin:end]) <= longest and not chatter(lines[begin].text))
        if end == best + 1 or (_total(lines[begin:end]) <= longest and not chatter(lines[end - 1].text))
    ]
    standing = [item for item in found if item[1] == 0 or not points_back(lines[item[1]].text)]
    closed = [
        (value, begin, end)
        for value, begin, end in standing or found
        if not _ASKS.search(lines[end - 1].text) and _total(lines[begin:end]) >= shortest
    ]
    whole = [item for item in closed if not open_quotes(line.text for line in lines[item[1] : item[2]])]
    return max(whole or closed or standing or found)


def _evidence(episode: Episode, run: list[_Line], asked: str, score: float) -> Evidence:
    opening = run[0]
    text = " ".join(line.text for line in run)
    return Evidence(
        episode=episode,
        chapter=episode.chapters[opening.chapter],
        speaker=episode.segments[opening.segment].speaker,
        start=opening.start,
        end=run[-1].end,
        text=text,
        key=text,
        asked=asked,
        score=score,
        estimated=opening.estimated,
    )


def open_quotes(texts: Iterable[str]) -> int:
    """How many quotation marks open without a close; below 0 where more close."""
    return sum(text.count("“") - text.count("”") for text in texts)


def chatter(sentence: str) -> bool:
    """Whether a whole sentence carries nothing alone."""
    return bool(_CHATTER.match(sentence))


def points_back(sentence: str) -> bool:
    """Whether a sentence opens on a word that needs the sentence before it."""
    return bool(_POINTS_BACK.match(sentence))


def _total(lines: list[_Line]) -> int:
    return sum(line.words for line in lines)
