"""Finds guests of other episodes who speak of the same as a statement, and those who say the opposite.

    statement -> search -> sentences of other guests, nearest first -> contradictions

A sentence contradicts a statement if it is near in meaning and denies what the statement says, or has the opposite of
one of its words beside words that both share (`app.verification.signs`). These are signs, not judgements: an editor
reads both quotes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.evidence.stretches import asks, points_back
from app.language.tokens import Token, tokens
from app.verification.signs import Heard, denial, denied_there, opposite
from index.archive import ArchiveView
from index.embedder import Vectors
from ingest.models import Episode, Passage, Role
from ingest.text import sentence_spans

# Passages that are read for a statement.
_PASSAGES = 12
# Cosines from which on a sentence speaks of the same, and can contradict.
LEAST_SAME_TOPIC = 0.5
LEAST_CONTRARY = 0.55
# Words of a sentence that can contradict, and content words that both must share.
_SHORTEST = 6
_SHARED = 2
MOST = 2


@dataclass(frozen=True, slots=True)
class Contrary:
    """What a guest of another episode says against a statement. `start`: the second of the line; `sign`: why."""

    episode: Episode
    speaker: str
    start: float
    text: str
    sign: str
    cosine: float


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
    said = tokens(statement)
    contrary = [
        Contrary(*lines[at], sign, float(cosines[at]))
        for at in order
        if cosines[at] >= LEAST_CONTRARY and (sign := contradicts(said, lines[at][3]))
    ]
    return Beside(tuple(contrary[:MOST]), len(near))


def _lines(episode: Episode, passage: Passage, speaker: str) -> Iterator[tuple[Episode, str, float, str]]:
    """The sentences of other guests in a passage that can be read alone."""
    for segment in episode.segments[passage.first : passage.last]:
        if segment.role is not Role.GUEST or segment.speaker == speaker:
            continue
        for begin, end in sentence_spans(segment.text):
            text = segment.text[begin:end]
            injected = any(begin <= mark < end for mark in segment.injections)
            if not (injected or asks(text) or points_back(text)) and len(text.split()) >= _SHORTEST:
                yield episode, segment.speaker, segment.start, text


def contradicts(said: Sequence[Token], other: str) -> str:
    """How a sentence contradicts a statement, in words; empty if it does not."""
    heard = Heard(other)
    if len({token.key for token in said if token.content} & heard.places.keys()) < _SHARED:
        return ""
    if denied_there(said, heard):
        return "denies it"
    if denied_there(heard.tokens, Heard(" ".join(token.raw for token in said))) or denial(said, heard) == 1.0:
        return "says what it denies"
    words, sure = opposite(said, heard)
    return f"says {words}" if sure == 1.0 else ""
