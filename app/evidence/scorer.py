"""Scores how well each sentence of the transcript matches a question's word pieces (late interaction).

Each sentence is scored once for a question. Nothing here chooses between them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from app.evidence.stretches import asks
from index.embedder import Vectors
from index.late_interaction import CONTEXT_UNIT, max_similarities, unit, unit_vectors
from index.opened import Index
from index.retrieve import Ranking
from ingest.models import Episode, Passage, Role, Segment
from ingest.text import sentence_spans, sentences

# Factor for a guest's questions: they repeat the words of the question without an answer.
_ASKING = 0.5
# The host's words that are shown before a turn: at most this number of sentences, and of words.
_ASKED = 3
_ASKED_WORDS = 200


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the transcript.

    `met`: how well it matches each of the question's word pieces. `score`: all of them together (MaxSim). `vector`: the
    mean of its own word pieces, projected, of length one; `near`: its cosine with the question's. `injected`: it
    addresses a machine (`ingest.injections`, `app.evidence.injected`), and is not shown.
    """

    text: str
    words: int
    start: float
    end: float
    estimated: bool
    met: Vectors
    score: float
    segment: int
    vector: Vectors
    near: float
    injected: bool


class Scorer:
    """Scores sentences with the token vectors of their passages."""

    def __init__(self, index: Index, ranking: Ranking, heard: Collection[str] | None = None) -> None:
        """`heard`: guests whose words count, instead of the ranking's."""
        self.index = index
        self.question = ranking.question
        self.weights = ranking.weights
        self.heard = ranking.heard if heard is None else heard
        self._ranking = ranking
        self._met: dict[tuple[str, int], list[Vectors]] = {}
        self._vectors: dict[tuple[str, int], list[Vectors]] = {}
        self._middle = unit(ranking.tokens.sum(axis=0, keepdims=True))[0]
        self._said: dict[tuple[str, int], list[Said]] = {}
        self._left_out: set[str] = set()

    def leave_out(self, texts: Collection[str]) -> bool:
        """From now on, treat these sentences as addressed to a machine; whether any of them was not yet."""
        new = not self._left_out.issuperset(texts)
        self._left_out.update(texts)
        self._said.clear()
        return new

    def segment(self, episode: Episode, position: int) -> list[Vectors]:
        """For each sentence of one segment, how well it matches each word piece; zeros if it was not read."""
        key = (episode.slug, position)
        if key not in self._met:
            own = self.index.passages_of[episode.slug]
            self._read(episode, own[bisect_right(own, position, key=lambda passage: passage.first) - 1])
        return self._met[key]

    def late(self, passage: Passage) -> float:
        """How well a passage's words together match the question (MaxSim), without title and chapter."""
        words = self._similarities(passage)[:, CONTEXT_UNIT + 1 :]
        return float(self.weights @ np.maximum(words, 0.0).max(axis=1)) if words.size else 0.0

    def said(self, episode: Episode, position: int) -> list[Said]:
        """The sentences of one segment."""
        key = (episode.slug, position)
        if key not in self._said:
            self._said[key] = list(self._sentences(episode, position))
        return self._said[key]

    def lines(self, episode: Episode, first: int, last: int) -> list[Said]:
        """The sentences of the segments from `first` to `last` (exclusive)."""
        return [line for position in range(first, last) for line in self.said(episode, position)]

    def asked(self, episode: Episode, opening: int) -> tuple[str, list[Vectors]]:
        """The host's words before a turn, at most three sentences, and how well each matches the question."""
        texts: list[str] = []
        vectors: list[Vectors] = []
        position = opening - 1
        while position >= 0 and len(texts) < _ASKED and episode.segments[position].role is Role.HOST:
            texts = [*sentences(episode.segments[position].text), *texts][-_ASKED:]
            vectors = [*self.segment(episode, position), *vectors][-_ASKED:]
            position -= 1
        kept = [(text, met) for text, met in zip(texts, vectors, strict=True) if text not in self._left_out]
        texts, vectors = [text for text, _ in kept], [met for _, met in kept]
        said = " ".join(texts).split()
        cut = len(said) > _ASKED_WORDS
        return ("… " + " ".join(said[-_ASKED_WORDS:]) if cut else " ".join(texts)), vectors

    def _sentences(self, episode: Episode, position: int) -> Iterator[Said]:
        segment, met_by = episode.segments[position], self.segment(episode, position)
        total = max(1, segment.words)
        done = 0
        own, spans = self._vectors[episode.slug, position], sentence_spans(segment.text)
        for (begin, end), met, vector in zip(spans, met_by, own, strict=True):
            text = segment.text[begin:end]
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
                vector=vector,
                near=float(vector @ self._middle),
                injected=text in self._left_out or segment.injected(begin, end),
            )
            done += count

    def _read(self, episode: Episode, passage: Passage) -> None:
        met = np.maximum(self._similarities(passage), 0.0)
        counts = [len(sentences(episode.segments[i].text)) for i in range(passage.first, passage.last)]
        vectors = unit_vectors(self.index.tokens.of(passage), CONTEXT_UNIT + 1 + sum(counts))
        at = CONTEXT_UNIT + 1
        for position, count in enumerate(counts, start=passage.first):
            self._met[episode.slug, position] = [
                met[:, i] if i < met.shape[1] else np.zeros(len(met), np.float32) for i in range(at, at + count)
            ]
            self._vectors[episode.slug, position] = list(vectors[at : at + count])
            at += count

    def _similarities(self, passage: Passage) -> Vectors:
        similarities = self._ranking.similarities.get(passage.id)
        if similarities is None:
            similarities = max_similarities(self._ranking.tokens, self.index.tokens.of(passage))
        return similarities


def _moment(segment: Segment, share: float) -> float:
    return segment.start + share * (segment.end - segment.start)
