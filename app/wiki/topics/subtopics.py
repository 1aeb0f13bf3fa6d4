"""Sorts moments into sections: a few headings, of chapters' titles, that cover them best.

1. Of all possible headings (`app.wiki.topics.headings`), take those that together are nearest to the moments, one after
   the other: each adds what it is nearer than those before it (greedy facility location, Nemhauser et al. 1978).
   Moments and headings near the topic weigh more, and the many moments of one guest less, so that several guests come
   together.
2. How near a moment is to a heading: the mean of its words' cosine and of its chapter's title's. Of 54 quotes that a
   reader had read under headings, this told those that are about it from the others better than the words alone (area
   under the curve: titles 0.79, words 0.72).
3. A moment goes to the nearest heading; one that is near to none is left out. A heading that fits only its own chapter
   keeps that one's moments alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.types import Evidence
from app.wiki.topics.gather import ABOUT
from app.wiki.topics.headings import headings_of
from app.wiki.worksheet.candidates import sentences_of
from app.wiki.worksheet.reader import Reader
from index.archive import ArchiveView
from index.embedder import Vectors

# Most sections, and moments of one.
_MOST, _MOST_MOMENTS = 8, 60
# Least nearness to its heading of an excerpt that is quoted, and of one whose sentences are judged one by one.
NEAR, NEAR_READ = 0.55, 0.48
# Two headings that are nearer than this say the same.
_SAME = 0.75


@dataclass(frozen=True, slots=True)
class Subtopic:
    """A section: its heading, and its moments, of different guests first, the most probable and quotable first."""

    heading: str
    moments: tuple[Evidence, ...]

    @property
    def guests(self) -> tuple[str, ...]:
        """Who speaks, in order."""
        return tuple(dict.fromkeys(moment.speaker for moment in self.moments))


def subtopics(
    archive: ArchiveView, topic: str, moments: Sequence[Evidence], reader: Reader, least: float = NEAR
) -> list[Subtopic]:
    """The sections of a topic, the weightiest first.

    `reader` says which moments are quotable; `least` is the nearness of a moment to its heading.
    """
    titles = _on_topic(archive, topic, list(dict.fromkeys(moment.chapter.title for moment in moments)))
    headings = list(dict.fromkeys(one for title in titles for one in headings_of(title, topic, archive.index)))
    if not headings:
        return []
    vectors = archive.embed(headings)
    spoken = archive.embed([moment.text for moment in moments])
    titled = archive.embed([moment.chapter.title for moment in moments])
    near: Vectors = ((spoken + titled) @ vectors.T / 2).astype(np.float32)
    about = archive.embed([topic])[0]
    weights = _weights(moments, spoken @ about)
    chosen = _chosen(near, vectors, weights, (vectors @ about).clip(min=0.0), least)
    if not chosen:
        return []
    places = near[:, chosen].argmax(axis=1)
    inside = near[:, chosen].max(axis=1) >= least
    own: list[list[int]] = [np.flatnonzero(inside & (places == at)).tolist() for at in range(len(chosen))]
    worths = _worths(reader, moments)
    order = sorted(range(len(chosen)), key=lambda at: -float(weights[own[at]].sum()))
    return [
        Subtopic(headings[chosen[at]], _in_turns([(worths[i], moments[i]) for i in own[at]])) for at in order if own[at]
    ]


def _on_topic(archive: ArchiveView, topic: str, titles: Sequence[str]) -> list[str]:
    """The titles that are near the topic; one on a guest's career can hold a moment on it, and names no part of it."""
    own, *vectors = archive.embed([topic, *titles])
    return [title for title, vector in zip(titles, vectors, strict=True) if float(own @ vector) >= ABOUT]


def _weights(moments: Sequence[Evidence], near: Vectors) -> Vectors:
    """The weight of each moment; `near` is its cosine with the topic."""
    spoken = Counter(moment.speaker for moment in moments)
    shared = np.array([spoken[moment.speaker] ** -0.5 for moment in moments], np.float32)
    weights: Vectors = shared * near.clip(min=0.0)
    return weights


def _chosen(near: Vectors, vectors: Vectors, weights: Vectors, on_topic: Vectors, least: float) -> list[int]:
    """The headings that cover the moments best; `near` has the shape (moments, headings).

    `weights` are of moments; `on_topic` is the cosine of each heading with the topic.
    """
    covered = np.full(len(near), least, np.float32)
    free = np.ones(near.shape[1], bool)
    chosen: list[int] = []
    while len(chosen) < _MOST and free.any():
        gains = on_topic * (np.maximum(near - covered[:, None], 0.0).T @ weights)
        best = int(np.where(free, gains, -1.0).argmax())
        if gains[best] <= 0.0:
            break
        chosen.append(best)
        covered = np.maximum(covered, near[:, best])
        free &= vectors @ vectors[best] < _SAME
    return chosen


def _worths(reader: Reader, moments: Sequence[Evidence]) -> list[float]:
    """For each moment the highest probability that an editor keeps one of its sentences."""
    found = [sentences_of(moment) for moment in moments]
    values = iter(reader.judged([one for own in found for one in own]))
    return [max((next(values).keep for _ in own), default=0.0) for own in found]


def _in_turns(moments: Sequence[tuple[float, Evidence]]) -> tuple[Evidence, ...]:
    """The best moment of each guest, then the second of each, and so on; each stands beside its worth."""
    ranked = sorted(moments, key=lambda pair: -pair[0] * pair[1].score)
    seen: Counter[str] = Counter()
    turns: list[tuple[int, Evidence]] = []
    for _, moment in ranked:
        turns.append((seen[moment.speaker], moment))
        seen[moment.speaker] += 1
    return tuple(moment for _, moment in sorted(turns, key=lambda turn: turn[0]))[:_MOST_MOMENTS]
