"""Sorts moments into sections: a few headings, of chapters' titles, that cover them best.

1. Of all possible headings (`app.wiki.topics.headings`), take those that together are nearest to the moments, one after
   the other: each adds what it is nearer than those before it (greedy facility location, Nemhauser et al. 1978).
   Moments and headings near the topic weigh more, and the many moments of one guest less, so that several guests come
   together.
2. A moment goes to the nearest heading; one that is near to none is left out.
3. A heading with too few moments is given up, and its moments go to the next one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.types import Evidence
from app.wiki.topics.headings import headings_of
from index.archive import ArchiveView
from index.embedder import Vectors

# Most sections, and moments of one.
_MOST, _MOST_MOMENTS = 7, 5
_FEWEST_MOMENTS = 2
# Least cosine of a moment with its heading.
_NEAR = 0.45
# Two headings that are nearer than this say the same.
_SAME = 0.75


@dataclass(frozen=True, slots=True)
class Subtopic:
    """A section: its heading, and its moments, of different guests first, the most probable first."""

    heading: str
    moments: tuple[Evidence, ...]

    @property
    def guests(self) -> tuple[str, ...]:
        """Who speaks, in order."""
        return tuple(dict.fromkeys(moment.speaker for moment in self.moments))


def subtopics(archive: ArchiveView, topic: str, moments: Sequence[Evidence]) -> list[Subtopic]:
    """The sections of a topic, the weightiest first."""
    titles = dict.fromkeys(moment.chapter.title for moment in moments)
    headings = list(dict.fromkeys(one for title in titles for one in headings_of(title, topic, archive.index)))
    if not headings:
        return []
    vectors = archive.embed(headings)
    spoken = archive.embed([moment.text for moment in moments])
    near = spoken @ vectors.T
    about = archive.embed([topic])[0]
    weights = _weights(moments, spoken @ about)
    chosen = _chosen(near, vectors, weights, (vectors @ about).clip(min=0.0))
    # In a small archive a section of one moment is better than none.
    fewest = _FEWEST_MOMENTS if len(moments) > _FEWEST_MOMENTS * _MOST else 1
    while chosen:
        places = near[:, chosen].argmax(axis=1)
        inside = near[:, chosen].max(axis=1) >= _NEAR
        sizes = [int((inside & (places == at)).sum()) for at in range(len(chosen))]
        if min(sizes) >= fewest:
            break
        chosen.pop(sizes.index(min(sizes)))
    own: list[list[int]] = [np.flatnonzero(inside & (places == at)).tolist() for at in range(len(chosen))]
    order = sorted(range(len(chosen)), key=lambda at: -float(weights[own[at]].sum()))
    return [Subtopic(headings[chosen[at]], _in_turns([moments[i] for i in own[at]])) for at in order]


def _weights(moments: Sequence[Evidence], near: Vectors) -> Vectors:
    """The weight of each moment; `near` is its cosine with the topic."""
    spoken = Counter(moment.speaker for moment in moments)
    shared = np.array([spoken[moment.speaker] ** -0.5 for moment in moments], np.float32)
    weights: Vectors = shared * near.clip(min=0.0)
    return weights


def _chosen(near: Vectors, vectors: Vectors, weights: Vectors, on_topic: Vectors) -> list[int]:
    """The headings that cover the moments best; `near` has the shape (moments, headings).

    `weights` are of moments; `on_topic` is the cosine of each heading with the topic.
    """
    covered = np.full(len(near), _NEAR, np.float32)
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


def _in_turns(moments: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The best moment of each guest, then the second of each, and so on."""
    ranked = sorted(moments, key=lambda moment: -moment.score)
    seen: Counter[str] = Counter()
    turns: list[tuple[int, Evidence]] = []
    for moment in ranked:
        turns.append((seen[moment.speaker], moment))
        seen[moment.speaker] += 1
    return tuple(moment for _, moment in sorted(turns, key=lambda turn: turn[0]))[:_MOST_MOMENTS]
