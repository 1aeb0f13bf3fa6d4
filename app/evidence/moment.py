"""Cuts the excerpt of a guest's words that answers a question, around one ranked passage.

1. Read the guests' turns in the passage, and the reply to a host's question at its end, across the passage's border.
2. Estimate for each sentence how probable it is that it carries the answer (`app.evidence.carrying`).
3. Take the window of whole sentences with the most words that probably carry it. It is long enough to be understood
   alone, does not begin with a word that points back, and does not stop where an answer is only announced.
4. The guest's words around it are kept beside it, for those who want to read on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.evidence.carrying import FITTED, carrying, said_at
from app.evidence.excerpt import Run, guest_turns, run_of, speaks, turn_around
from app.evidence.scorer import Said, Scorer
from app.evidence.stretches import announces, asks, chatter, open_quotes, points_back
from index.fitted.weights import Fitted
from ingest.models import Episode, Passage, Role, ScoredPassage
from ingest.text import sentences

# A sentence adds to a window if it carries the answer with more than this probability.
_FLOOR = 0.2
# Factor for sentences outside the ranked passage: they may be quoted, but the passage is what ranked.
_OUTSIDE = 0.6
# The same for the reply to the host's question at a passage's end.
_REPLY = 0.7
# What a bad beginning or end costs, in words that surely carry the answer.
_MISCUT = 6.0
# Words of a turn that are read before and after the passage.
REACH = 250
# What each word beyond the usual length costs: an answer may go on, but only if it probably does.
_BEYOND = 0.25


@dataclass(frozen=True, slots=True)
class Lengths:
    """Numbers of words: of an excerpt, and of an excerpt with the words around it."""

    shortest: int = 30
    usual: int = 90
    longest: int = 130
    run: int = 180


class _Turn(NamedTuple):
    """One guest's turn near a passage: its sentences, and the probability of each to carry the answer."""

    lines: Sequence[Said]
    worth: Sequence[float]


class _Window(NamedTuple):
    """The sentences from `begin` to `end` (exclusive); a larger `value` is better."""

    value: float
    begin: int
    end: int


def find_moment(scorer: Scorer, scored: ScoredPassage, lengths: Lengths, fitted: Fitted = FITTED) -> Run | None:
    """The best excerpt around one passage; None if no guest says enough there. `fitted`: weights of the features."""
    episode = scorer.index.episodes[scored.passage.episode]
    found = [
        (window, turn)
        for turn in _turns(scorer, episode, scored.passage, lengths, fitted)
        if (window := _best_window(turn, lengths))
    ]
    if not found:
        return None
    window, turn = max(found, key=lambda pair: pair[0].value)
    lines = turn.lines[window.begin : window.end]
    before, after = _around(turn.lines, window, lengths.run - sum(line.words for line in lines))
    return run_of(scorer, episode, lines, turn.lines[0].segment).beside(before, after)


def _turns(scorer: Scorer, episode: Episode, passage: Passage, lengths: Lengths, fitted: Fitted) -> Iterator[_Turn]:
    """The turns in a passage with at least `shortest` words, and the reply to its last question."""
    inside = range(passage.first, passage.last)
    reply = _reply(episode, passage)
    spans = [*guest_turns(episode, passage, lengths.shortest, scorer.heard, REACH)]
    if reply is not None and speaks(episode.segments[reply], scorer.heard):
        spans.append(turn_around(episode.segments, reply, passage.last, REACH))
    turns = [said_at(scorer, episode, first, last) for first, last in dict.fromkeys(spans)]
    for turn, sure in zip(turns, carrying(scorer.question, turns, fitted), strict=True):
        beyond = _REPLY if turn.lines[0].segment == reply else _OUTSIDE
        factors = [1.0 if line.segment in inside else beyond for line in turn.lines]
        if sum(line.words for line in turn.lines) >= lengths.shortest:
            yield _Turn(turn.lines, [one * factor for one, factor in zip(sure.tolist(), factors, strict=True)])


def _reply(episode: Episode, passage: Passage) -> int | None:
    """The segment after a passage that ends with the host's question; None for other passages."""
    last, after = episode.segments[passage.last - 1], passage.last
    if last.role is not Role.HOST or after >= len(episode.segments):
        return None
    said = sentences(last.text)
    return after if said and any(map(asks, said[-2:])) else None


def _best_window(turn: _Turn, lengths: Lengths) -> _Window | None:
    """The window with the best value; a single sentence may be as long as a whole run.

    A sentence that addresses a machine is in no window. Where all the words between two of them are fewer than
    `shortest`, they are enough.
    """
    lines = turn.lines
    gains = [line.words * (one - _FLOOR) for line, one in zip(lines, turn.worth, strict=True)]
    enough = min(lengths.shortest, _most_words(lines))
    opens, ends, quotes = _miscuts(lines)
    found = []
    for begin in range(len(lines)):
        words, value, marks = 0, 0.0, 0
        for at in range(begin, len(lines)):
            words, value, marks = words + lines[at].words, value + gains[at], marks + quotes[at]
            if lines[at].injected or words > (lengths.longest if at > begin else lengths.run):
                break
            if words >= enough:
                miscut = opens[begin] + ends[at] + (marks != 0)
                long = _BEYOND * max(0, words - lengths.usual)
                found.append(_Window(value - _MISCUT * miscut - long, begin, at + 1))
    return max(found, default=None)


def _most_words(lines: Sequence[Said]) -> int:
    """The words of the longest part of a turn between sentences that address a machine."""
    most = own = 0
    for line in lines:
        own = 0 if line.injected else own + line.words
        most = max(most, own)
    return most


def _miscuts(lines: Sequence[Said]) -> tuple[list[int], list[int], list[int]]:
    """For each sentence, what is wrong with a window that begins with it, and with one that ends with it.

    Besides, the number of quotation marks that open in it without a close.
    """
    small = [chatter(line.text) for line in lines]
    opens = [small[at] + (at > 0 and points_back(line.text)) for at, line in enumerate(lines)]
    ends = [
        small[at] + asks(line.text) + (at + 1 < len(lines) and announces(line.text)) for at, line in enumerate(lines)
    ]
    return opens, ends, [open_quotes([line.text]) for line in lines]


def _around(lines: Sequence[Said], window: _Window, room: int) -> tuple[str, str]:
    """The sentences before and after a window: together at most `room` words, half of them before if possible."""
    before = _fitting(lines[: window.begin][::-1], room // 2)[::-1]
    after = _fitting(lines[window.end :], room - sum(line.words for line in before))
    return " ".join(line.text for line in before), " ".join(line.text for line in after)


def _fitting(lines: Sequence[Said], room: int) -> list[Said]:
    """The first sentences that have at most `room` words together, up to one that addresses a machine."""
    kept: list[Said] = []
    for line in lines:
        room -= line.words
        if room < 0 or line.injected:
            break
        kept.append(line)
    return kept
