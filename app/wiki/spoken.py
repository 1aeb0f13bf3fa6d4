"""Compares a sentence with all that is said in one episode, by late interaction, without a search.

An episode's word pieces are one matrix, so that one multiplication gives how well each of its sentences matches each
word piece of the sentence that is checked. Nothing here judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from app.language.tokens import tokens
from index.archive import ArchiveView
from index.embedder import Vectors
from index.late_interaction import CONTEXT_UNIT, decode, piece_weights
from index.opened import Index
from index.retrieve import Ranking
from ingest.models import Episode, Role
from ingest.text import sentences

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
# The weight of a word of the sentences before, which only say what a pronoun means.
_CONTEXT_SHARE = 0.3
# Episodes that are kept as matrices; one takes some 5 MB.
_KEPT = 24


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence as vectors: of the whole, and of its word pieces with their weights (sum 1)."""

    text: str
    vector: Vectors
    tokens: Vectors
    weights: Vectors

    def ranking(self) -> Ranking:
        """The same for the modules that cut excerpts."""
        return Ranking([], (), self.vector, self.tokens, self.weights, {}, {}, question=self.text)


def read_sentence(text: str, context: str, archive: ArchiveView) -> Read:
    """The vectors of a sentence, read after the sentences that it refers to."""
    whole = f"{context} {text}".strip()
    encoded = archive.embedder.embed_query(whole)
    own = len(whole) - len(text)
    weights = piece_weights(whole, encoded.offsets, archive.index.rarity, encoded.offsets[:, 0] < own, _CONTEXT_SHARE)
    return Read(text, encoded.vector, archive.index.tokens.basis.project(encoded.tokens), weights)


class Spoken:
    """One episode. `segment` and `guest` are of each unit: a sentence, or (segment -1) a passage's titles."""

    def __init__(self, episode: Episode, index: Index) -> None:
        self.episode = episode
        self.passages = index.passages_of[episode.slug]
        codes, firsts, segments = [], [], []
        count = 0
        for passage in self.passages:
            own = index.tokens.of(passage)
            rows = [-1]
            for position in range(passage.first, passage.last):
                rows += [position] * len(sentences(episode.segments[position].text))
            marks = np.flatnonzero(np.diff(own.units.astype(np.int64), prepend=-1))
            units = own.units[marks].astype(int).tolist()
            keep = [at for at, unit in enumerate(units) if unit < len(rows)]
            firsts += [count + int(marks[at]) for at in keep]
            segments += [-1 if units[at] == CONTEXT_UNIT else rows[units[at]] for at in keep]
            codes.append(decode(own.codes))
            count += len(own.codes)
        self._codes = np.concatenate(codes) if codes else np.zeros((0, 1), np.float32)
        self._firsts: Rows = np.array(firsts, np.int64)
        self.segment: Rows = np.array(segments, np.int64)
        self.chapter: Rows = np.array([_chapter_of(episode, at) for at in segments], np.int64)
        roles = [segment.role for segment in episode.segments]
        self.guest: Mask = np.array([at >= 0 and roles[at] is Role.GUEST for at in segments], np.bool_)
        self.keys = [frozenset(token.key for token in tokens(segment.text)) for segment in episode.segments]
        self.titles = [frozenset(token.key for token in tokens(chapter.title)) for chapter in episode.chapters]
        self.vectors: Vectors = np.array([index.tokens.vector(passage) for passage in self.passages], np.float32)

    def met(self, read: Read) -> Vectors:
        """How well each unit matches each word piece; shape (word pieces, units)."""
        if not len(self._firsts):
            return np.zeros((len(read.tokens), 0), np.float32)
        similarity = read.tokens @ self._codes.T
        return np.maximum(np.maximum.reduceat(similarity, self._firsts, axis=1), 0.0)


def _chapter_of(episode: Episode, position: int) -> int:
    return next((at for at, own in enumerate(episode.chapters) if own.first <= position < own.last), -1)


class Library:
    """The episodes of one index as `Spoken`, those used last kept."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.of = lru_cache(maxsize=_KEPT)(self._read)

    def _read(self, slug: str) -> Spoken:
        return Spoken(self.index.episodes[slug], self.index)
