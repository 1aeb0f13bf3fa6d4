"""Finds guests of other episodes who speak of the same as a statement, and those who say the opposite.

    statement -> search -> sentences of other guests, nearest first -> contradictions

A sentence may contradict a statement that it is near in meaning if one of them denies what the other says
(`app.verification.signs`), or if it has the opposite of a word next to a word that both have. These are signs, not
judgements: an editor reads both quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.evidence.stretches import asks, points_back
from app.language.tokens import Token, tokens
from app.support.contrast import OPPOSITES
from app.verification.signs import Heard, denied_there
from index.archive import ArchiveView
from index.embedder import Vectors
from ingest.models import Episode, Passage, Role
from ingest.text import sentence_spans

# Passages that are read for a statement.
_PASSAGES = 12
# Cosines from which on a sentence speaks of the same, and can contradict.
LEAST_SAME_TOPIC = 0.5
LEAST_CONTRARY = 0.55
# Words of a sentence that can contradict.
_SHORTEST = 6
# Words before and after one, among which a shared one has to be for an opposite to count.
_AROUND = 2
MOST = 2


@dataclass(frozen=True, slots=True)
class Contrary:
    """What a guest of another episode says against a statement. `start`: the second of the line; `sign`: why."""

    episode: Episode
    speaker: str
    start: float
    text: str
    sign: str


@dataclass(frozen=True, slots=True)
class Beside:
    """What other guests say: the contradictions, nearest first, and in how many other episodes it is spoken of."""

    contrary: tuple[Contrary, ...]
    episodes: int


def beside(statement: str, vector: Vectors, speaker: str, own: str, archive: ArchiveView) -> Beside:
    """What guests of other episodes than `own` say about a statement of `speaker`."""
    found = archive.search(statement, _PASSAGES, judged=False).passages
    lines = [
        line
        for scored in found
        if scored.passage.episode != own
        for line in _lines(archive.index.episodes[scored.passage.episode], scored.passage, speaker)
    ]
    if not lines:
        return Beside((), 0)
    cosines = archive.embed([text for _, _, _, text in lines]) @ vector
    order = sorted(range(len(lines)), key=lambda at: -cosines[at])
    near = {lines[at][0].slug for at in order if cosines[at] >= LEAST_SAME_TOPIC}
    contrary = [
        Contrary(*lines[at], sign)
        for at in order
        if cosines[at] >= LEAST_CONTRARY and (sign := contradicts(statement, lines[at][3]))
    ]
    return Beside(tuple(contrary[:MOST]), len(near))


def _lines(episode: Episode, passage: Passage, speaker: str) -> Iterator[tuple[Episode, str, float, str]]:
    """The sentences of other guests in a passage that can be read alone."""
    for segment in episode.segments[passage.first : passage.last]:
        if segment.role is not Role.GUEST or segment.speaker == speaker:
            continue
        for begin, end in sentence_spans(segment.text):
            text = segment.text[begin:end]
            if not (segment.injected(begin, end) or asks(text) or points_back(text)) and len(text.split()) >= _SHORTEST:
                yield episode, segment.speaker, segment.start, text


def contradicts(statement: str, other: str) -> str:
    """How a sentence contradicts a statement, in words; empty if it does not."""
    said, heard = tokens(statement), tokens(other)
    if denied_there(said, Heard(other)):
        return "denies it"
    if denied_there(heard, Heard(statement)):
        return "says what it denies"
    for at, token in enumerate(said):
        for place, word in enumerate(heard):
            if token.content and word.key in OPPOSITES.get(token.key, ()) and _beside(said, at) & _beside(heard, place):
                return f"says “{word.raw}” where this says “{token.raw}”"
    return ""


def _beside(words: tuple[Token, ...], at: int) -> set[str]:
    """The content words directly around one, in its clause."""
    around = words[max(0, at - _AROUND) : at] + words[at + 1 : at + 1 + _AROUND]
    return {token.key for token in around if token.content and token.clause == words[at].clause}
