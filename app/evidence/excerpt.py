"""Cuts the excerpt of a guest's words around one ranked passage that matches a statement best.

1. Find the guest's turn that contains the passage, or the one that answers the
   host's question in it. A very long turn is read only near the passage.
2. Score the turn's sentences by how well they match the statement's word pieces.
3. Take the stretch of whole sentences with the best value (`app.evidence.stretches`).

The excerpts of answers are cut by `app.evidence.moment`, from the same turns. The host's words help to find an excerpt
and are never part of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.evidence.scorer import Said, Scorer
from app.evidence.stretches import best_stretch
from app.types import Evidence
from index.embedder import Vectors
from ingest.models import Chapter, Episode, Passage, Role, ScoredPassage, Segment

# A sentence adds to a stretch if its score is over this share of the turn's best.
_FLOOR = 0.3
# Factor for sentences outside the ranked passage: they may be quoted, but the passage is what ranked.
_OUTSIDE = 0.5
# Words of a turn that are read before and after the passage. Of 10,000 turns of guests 25 have more than 850 words.
REACH = 1200


@dataclass(frozen=True, slots=True)
class Run:
    """An excerpt; `own`: how well its words, with the host's question, match each word piece of the question."""

    evidence: Evidence
    own: Vectors

    def beside(self, before: str, after: str) -> Run:
        """The run with the guest's words around it."""
        return replace(self, evidence=replace(self.evidence, before=before, after=after))


def best_run(scorer: Scorer, scored: ScoredPassage, shortest: int, longest: int) -> Evidence | None:
    """The best excerpt of `shortest` to `longest` words around one passage; None if no guest says enough there.

    Its score is how well its words together match the question (MaxSim).
    """
    passage = scored.passage
    episode = scorer.index.episodes[passage.episode]
    ranges = guest_turns(episode, passage, shortest, scorer.heard)
    turns = [scorer.lines(episode, first, last) for first, last in ranges]
    turns = [lines for lines in turns if sum(line.words for line in lines) >= shortest]
    if not turns:
        return None
    floor = _FLOOR * max(line.score for lines in turns for line in lines)
    found = [(best_stretch(*_worth(lines, passage), floor, shortest, longest), lines) for lines in turns]
    stretch, lines = max(found, key=lambda item: item[0].value)
    if not shortest <= stretch.words <= longest:
        return None  # too short to understand, or one sentence that is longer than the words that are left
    return run_of(scorer, episode, lines[stretch.begin : stretch.end], lines[0].segment).evidence


def run_of(scorer: Scorer, episode: Episode, lines: Sequence[Said], opening: int) -> Run:
    """The excerpt of these sentences, of the turn that begins with the segment `opening`."""
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
        row=episode.segments[first.segment].row,
    )
    return Run(evidence, own)


def _chapter(episode: Episode, position: int) -> Chapter:
    return episode.chapters[bisect_right(episode.chapters, position, key=lambda chapter: chapter.first) - 1]


def _worth(lines: Sequence[Said], passage: Passage) -> tuple[list[str], list[float]]:
    """The texts of a turn's sentences, and the value of each."""
    inside = range(passage.first, passage.last)
    return [line.text for line in lines], [line.score * (1.0 if line.segment in inside else _OUTSIDE) for line in lines]


def guest_turns(
    episode: Episode, passage: Passage, enough: int, heard: Collection[str], reach: int = REACH
) -> Iterator[tuple[int, int]]:
    """Ranges of segments, each one guest's turn: those that touch the passage, or the one that answers it.

    At most `reach` words are read before and after the passage. If the question names guests (`heard`), only turns of
    these guests count. A passage in which guests say less than `enough` words is a question: the next turn answers it.
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
        yield turn_around(segments, first, passage.last, reach)


def speaks(segment: Segment, heard: Collection[str]) -> bool:
    """Whether one of the guests in `heard` speaks; any guest if it is empty."""
    return segment.role is Role.GUEST and (not heard or segment.speaker in heard)


def turn_around(segments: Sequence[Segment], at: int, end: int, reach: int = REACH) -> tuple[int, int]:
    """The turn of the segment `at` as a range, at most `reach` words before it and from `end` on."""
    first = last = at
    turn, words = segments[at].turn, 0
    while (
        first
        and segments[first - 1].turn == turn
        and segments[first - 1].start <= segments[first].start
        and (words := words + segments[first - 1].words) <= reach
    ):
        first -= 1
    words = 0
    while last < len(segments) and segments[last].turn == turn and segments[last].start >= segments[first].start:
        words += segments[last].words if last >= end else 0
        if words > reach:
            break
        last += 1
    return first, last
