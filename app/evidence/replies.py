"""Finds a guest's short reply that, together with the host's question, answers what is asked.

"We keep them in DuckDB, for ninety days." can be understood only with the question before it. So a reply shorter
than an excerpt is evidence if the host's words before it end with a question; the question is shown
with it. A bare "yes" does not answer a question with what, who or how. Small talk is not a reply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.evidence.excerpt import Run, run_of, speaks
from app.evidence.scorer import Said, Scorer
from app.evidence.stretches import asks, chatter
from ingest.models import Episode, Passage, Role, ScoredPassage, Segment
from ingest.text import sentences

# Least match of a reply with its question, as a share of the whole passage's.
_SHARE = 0.9
# Least lead over the passage's best excerpt.
_AHEAD = 0.02

_YES_OR_NO = re.compile(r"^(?:(?:yes|no|nope|yeah|yep|not? (?:really|at all))\b[\s,.!…–-]*)+$", re.IGNORECASE)
_ASKS_WHAT = re.compile(r"^(?:\w+,? )?(?:what|which|who|whom|whose|when|where|why|how)\b", re.IGNORECASE)


def find_reply(scorer: Scorer, scored: ScoredPassage, shortest: int, run: Run | None) -> Run | None:
    """The reply of fewer than `shortest` words that, with its question, matches the question better than `run`."""
    episode = scorer.index.episodes[scored.passage.episode]
    found = [
        run_of(scorer, episode, lines, opening)
        for opening, lines in _replies(scorer, episode, scored.passage, shortest)
    ]
    if not found:
        return None
    best = max(found, key=lambda item: float(scorer.weights @ item.own))
    score = float(scorer.weights @ best.own)
    # A reply has its meaning only with the question, so both are scored.
    best = replace(best, evidence=replace(best.evidence, score=score))
    if score < _SHARE * scorer.late(scored.passage):
        return None
    return best if run is None or score > float(scorer.weights @ run.own) + _AHEAD else None


def _replies(scorer: Scorer, episode: Episode, passage: Passage, shortest: int) -> Iterator[tuple[int, list[Said]]]:
    """The short replies in a passage, or right after it: the first segment and the sentences of each."""
    segments = episode.segments
    for opening in range(max(1, passage.first), min(passage.last + 1, len(segments))):
        if not speaks(segments[opening], scorer.heard) or segments[opening - 1].role is not Role.HOST:
            continue
        end = _end(segments, opening, shortest)
        question = sentences(segments[opening - 1].text)
        if end is None or not question or not asks(question[-1]):
            continue
        lines = scorer.lines(episode, opening, end)
        while lines and _says_nothing(lines[0]):
            lines = lines[1:]
        while lines and _says_nothing(lines[-1]):
            lines = lines[:-1]
        clean = lines and not any(line.injected for line in lines)
        if clean and not asks(lines[-1].text) and not _empty(lines, question[-1]):
            yield opening, lines


def _says_nothing(line: Said) -> bool:
    """Whether a sentence is small talk, or addresses a machine."""
    return line.injected or chatter(line.text)


def _end(segments: Sequence[Segment], opening: int, shortest: int) -> int | None:
    """The segment after a turn of fewer than `shortest` words; None for a longer turn."""
    end, words = opening, 0
    while end < len(segments) and segments[end].turn == segments[opening].turn:
        words += segments[end].words
        if words >= shortest:
            return None
        end += 1
    return end


def _empty(lines: Sequence[Said], question: str) -> bool:
    """Whether a reply is only yes or no to a question that asks for more."""
    return all(_YES_OR_NO.match(line.text) or chatter(line.text) for line in lines) and bool(_ASKS_WHAT.match(question))
