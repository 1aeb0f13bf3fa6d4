"""One ranked passage -> the best run of a guest's words around it.

1. Find the guest's turn that the passage lies in, or the one that answers the
   host's question in it. A very long turn is read near the passage alone.
2. Score the turn's sentences by how well they meet the question's word pieces.
3. Take the stretch of whole sentences with the best value (`app.evidence.stretches`).
4. A guest's reply that is too short for a run is one with the host's question
   that it answers, where both together meet the question better than the run does.

The host's words help to find a run and are never part of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.evidence.scorer import Said, Scorer
from app.evidence.stretches import best_stretch
from app.types import Evidence
from index.embedder import Vectors
from ingest.models import Chapter, Episode, Passage, Role, ScoredPassage, Segment

# How much of the turn's best score a sentence's score must have to be worth reading on for.
_FLOOR = 0.3
# What a sentence outside the ranked passage is worth: the turn is read on, but the passage was what ranked.
_OUTSIDE = 0.5
# Words of a turn that are read before and behind the passage. Of 10,000 turns of guests 25 have more than 850 words.
_REACH = 1200


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
