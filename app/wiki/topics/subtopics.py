"""Sorts what is said into sections: a few headings, of chapters' titles, that cover it best.

1. Of all possible headings (`app.wiki.topics.headings`), take those that together fit the paragraphs best, one after
   the other: each adds what it fits better than those before it (greedy facility location, Nemhauser et al. 1978).
   Paragraphs and headings near the topic weigh more, and the many paragraphs of one guest less, so that several guests
   come together.
2. How well a paragraph fits a heading is fitted (`app.wiki.topics.placing`).
3. A paragraph goes to the heading that it fits best; one that fits none is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from app.types import Evidence
from app.wiki.topics.headings import headings_of
from app.wiki.topics.parts import Paragraph, Section
from app.wiki.topics.placing import said_in, under
from app.wiki.worksheet.candidates import sentences_of
from app.wiki.worksheet.reader import Reader
from index.archive import ArchiveView
from index.embedder import Vectors
from index.fitted.weights import Matrix

# Most sections.
_MOST = 8
# Least probability that a paragraph fits its heading.
_LEAST = 0.3
# What is more probable than this fits well enough: a heading for several paragraphs is better than one made for each.
_ENOUGH = 0.5
# Two headings that are nearer than this say the same.
_SAME = 0.75


def sections(archive: ArchiveView, topic: str, found: Sequence[Paragraph], reader: Reader) -> list[Section]:
    """The sections of a topic, the weightiest first; in each, paragraphs of different guests first, the best first.

    `reader` says which moments are worth a page.
    """
    moments = [one.moment for one in found]
    titles = list(dict.fromkeys(moment.chapter.title for moment in moments))
    headings = list(dict.fromkeys(one for title in titles for one in headings_of(title, topic, archive.index)))
    if not headings:
        return []
    vectors = archive.embed(headings)
    spoken = archive.embed([one.text for one in found])
    near = under(archive.embed, headings, [said_in(one.text, one.moment.chapter, one.moment.episode) for one in found])
    about = archive.embed([topic])[0]
    weights = _weights(moments, spoken @ about)
    chosen = _chosen(near.clip(max=_ENOUGH), vectors, weights, (vectors @ about).clip(min=0.0))
    if not chosen:
        return []
    places = near[:, chosen].argmax(axis=1)
    inside = near[:, chosen].max(axis=1) >= _LEAST
    own: list[list[int]] = [np.flatnonzero(inside & (places == at)).tolist() for at in range(len(chosen))]
    worths = worths_of(reader, moments)
    order = sorted(range(len(chosen)), key=lambda at: -float(weights[own[at]].sum()))
    return [
        Section(headings[chosen[at]], _in_turns([(worths[i], found[i]) for i in own[at]])) for at in order if own[at]
    ]


def _weights(moments: Sequence[Evidence], near: Vectors) -> Vectors:
    """The weight of each moment; `near` is its cosine with the topic."""
    spoken = Counter(moment.speaker for moment in moments)
    shared = np.array([spoken[moment.speaker] ** -0.5 for moment in moments], np.float32)
    weights: Vectors = shared * near.clip(min=0.0)
    return weights


def _chosen(near: Matrix, vectors: Vectors, weights: Vectors, on_topic: Vectors) -> list[int]:
    """The headings that cover the moments best; `near` has the shape (moments, headings).

    `weights` are of moments; `on_topic` is the cosine of each heading with the topic.
    """
    covered = np.full(len(near), _LEAST)
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


def worths_of(reader: Reader, moments: Sequence[Evidence]) -> list[float]:
    """For each moment the highest probability that an editor keeps one of its sentences, times its own probability."""
    found = [sentences_of(moment) for moment in moments]
    values = iter(reader.judged([one for own in found for one in own]))
    best = [max((next(values).keep for _ in own), default=0.0) for own in found]
    return [worth * moment.score for worth, moment in zip(best, moments, strict=True)]


def _in_turns(found: Sequence[tuple[float, Paragraph]]) -> tuple[Paragraph, ...]:
    """The best paragraph of each guest, then the second of each, and so on; each stands beside its worth."""
    ranked = sorted(found, key=lambda pair: -pair[0])
    seen: Counter[str] = Counter()
    turns: list[tuple[int, Paragraph]] = []
    for _, one in ranked:
        turns.append((seen[one.moment.speaker], one))
        seen[one.moment.speaker] += 1
    return tuple(one for _, one in sorted(turns, key=lambda turn: turn[0]))
