"""Judges where what a guest says belongs: on the page of a topic, in its opening, under a heading.

    words, their chapter's title, topic or heading -> cosines, is the topic named -> regressions -> probabilities

They were fitted on statements that readers had placed on pages of other topics (`eval.fitting.wiki.placing`): cosines
with a bar of their own took twice as much that was beside the topic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.language.tokens import tokens
from app.wiki.topics.gather import DEFINES
from index.embedder import Vectors
from index.fitted.weights import Matrix, read_fitted
from ingest.models import Chapter, Episode

# texts -> unit vectors, shape (n, dimension)
Embed = Callable[[Sequence[str]], Vectors]

FOLDER = Path(__file__).with_name("fitted")
# The first content words of a statement say what it is about.
_FIRST = 3
# Chapters of an episode that say whether it speaks of the topic.
_NEAREST = 3


class Where(StrEnum):
    """What is judged; each has a regression of its own."""

    TOPIC = "topic"
    OPENING = "opening"
    HEADING = "heading"


FEATURES = {
    Where.TOPIC: ("words", "title", "named", "chapters", "naming"),
    Where.OPENING: ("definition", "begins"),
    Where.HEADING: ("words", "title"),
}
_FITTED = {where: read_fitted(FOLDER / f"{where}.json") for where in Where}


class Said(NamedTuple):
    """Words of a guest, the title of their chapter, and those of all chapters of the episode."""

    text: str
    title: str
    titles: tuple[str, ...]


def said_in(text: str, chapter: Chapter, episode: Episode) -> Said:
    """A text that is said in a chapter of an episode."""
    return Said(text, chapter.title, tuple(one.title for one in episode.chapters))


class Topic:
    """A topic; it remembers how far an episode is about it."""

    def __init__(self, embed: Embed, topic: str) -> None:
        self._embed = embed
        self._about = embed([topic])[0]
        self._keys = _keys(topic).keys()
        self._episodes: dict[tuple[str, ...], tuple[float, float]] = {}

    def holds(self, said: Sequence[Said]) -> Matrix:
        """The probability that each belongs on the topic's page, shape (n,)."""
        return _probabilities(Where.TOPIC, self.features(said))

    def features(self, said: Sequence[Said]) -> Matrix:
        """Cosines of words and title with the topic, whether the words name it; and of the episode's chapters the mean
        cosine of the nearest three, and the share of those that name the topic. Shape (n, 5).
        """
        own = [vectors @ self._about for vectors in _both(self._embed, said)]
        named = [self._named(one.text) for one in said]
        return np.column_stack([*own, named, [self._episode(one.titles) for one in said]]).astype(np.float64)

    def _episode(self, titles: tuple[str, ...]) -> tuple[float, float]:
        if titles not in self._episodes:
            nearest = np.sort(self._embed(titles) @ self._about)[-_NEAREST:]
            self._episodes[titles] = float(nearest.mean()), float(np.mean([self._named(title) for title in titles]))
        return self._episodes[titles]

    def _named(self, text: str) -> bool:
        return bool(self._keys) and self._keys <= _keys(text).keys()


def opening(embed: Embed, topic: str, said: Sequence[Said]) -> Matrix:
    """The probability that each says what the topic is or is for, shape (n,)."""
    return _probabilities(Where.OPENING, opening_features(embed, topic, said))


def under(embed: Embed, headings: Sequence[str], said: Sequence[Said]) -> Matrix:
    """The probability that each is about what each heading says, shape (n, headings)."""
    return _probabilities(Where.HEADING, heading_features(embed, headings, said))


def opening_features(embed: Embed, topic: str, said: Sequence[Said]) -> Matrix:
    """The cosine with the question what the topic is, and the share of the topic's words that come first; (n, 2)."""
    asked = embed([DEFINES.format(topic)])[0]
    keys = _keys(topic)
    first = [len(keys.keys() & set(list(_keys(one.text))[:_FIRST])) / max(1, len(keys)) for one in said]
    return np.column_stack([embed([one.text for one in said]) @ asked, first]).astype(np.float64)


def heading_features(embed: Embed, headings: Sequence[str], said: Sequence[Said]) -> Matrix:
    """Cosines of words and title with each heading, shape (n, headings, 2)."""
    about = embed(headings)
    return np.stack([vectors @ about.T for vectors in _both(embed, said)], axis=-1).astype(np.float64)


def _both(embed: Embed, said: Sequence[Said]) -> tuple[Vectors, Vectors]:
    return embed([one.text for one in said]), embed([one.title for one in said])


def _keys(text: str) -> dict[str, None]:
    """The content words of a text, in order."""
    return {token.key: None for token in tokens(text) if token.content}


def _probabilities(where: Where, rows: Matrix) -> Matrix:
    return _FITTED[where].probabilities(rows, FEATURES[where])
