"""Fits where statements belong on a topic's page (`app.wiki.topics.placing`), and says how well.

    eval/pages/placed.jsonl, the archive -> features -> three logistic regressions -> app/wiki/topics/fitted/

    {"topic", "episode": slug, "sentence": hash, "topical": bool, "opening": bool, "headings": {hash: bool}}

Readers placed statements on pages of 22 topics: is it about the topic, could it open the page, and under which of the
page's headings does it fit? Sentences and headings (made of chapters' titles) are known by hash: no words are kept.
Figures are of topics that were left out of the fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import LeaveOneGroupOut

from app.wiki.topics.headings import headings_of
from app.wiki.topics.placing import (
    FEATURES,
    Said,
    Topic,
    Where,
    heading_features,
    opening_features,
    said_in,
)
from app.wiki.worksheet.candidates import cleaned
from eval.fitting.examples import hashed
from eval.fitting.regression import Flags, Numbers, fit, held_out
from eval.jsonl import objects
from index.archive import ArchiveView
from index.fitted.weights import Fitted
from index.opened import Index
from ingest.text import sentences

PLACED = Path(__file__).parents[2] / "pages" / "placed.jsonl"
_STRENGTH = 1.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A statement, the topic of the page, and a reader's labels. `headings`: whether it fits under each."""

    topic: str
    said: Said
    topical: bool
    opening: bool
    headings: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Rows:
    """Features and labels of one question, and the topic of each row."""

    features: Numbers
    true: Flags
    topics: Sequence[str]


def read_placed(index: Index, path: Path = PLACED) -> tuple[list[Placed], int]:
    """The placed statements of this archive, and how many others there are."""
    lines = list(objects(path))
    headings = cache(partial(_headings, index))
    said = cache(partial(_said, index))
    found = [
        Placed(
            line["topic"],
            own,
            line["topical"],
            line["opening"],
            {known[digest]: fits for digest, fits in line["headings"].items() if digest in known},
        )
        for line in lines
        for known in [headings(line["topic"])]
        if (own := said(line["episode"]).get(line["sentence"]))
    ]
    return found, len(lines) - len(found)


def rows_of(view: ArchiveView, found: Sequence[Placed]) -> dict[Where, Rows]:
    """The rows of each question."""
    made: dict[Where, list[tuple[Any, list[bool], str]]] = {where: [] for where in Where}
    for topic in dict.fromkeys(one.topic for one in found):
        own = [one for one in found if one.topic == topic]
        said = [one.said for one in own]
        made[Where.TOPIC].append((Topic(view.embed, topic).features(said), [one.topical for one in own], topic))
        made[Where.OPENING].append((opening_features(view.embed, topic, said), [one.opening for one in own], topic))
        headings = list(dict.fromkeys(heading for one in own for heading in one.headings))
        if headings:
            features = heading_features(view.embed, headings, said)
            at = [(i, headings.index(heading)) for i, one in enumerate(own) for heading in one.headings]
            fits = [fits for one in own for fits in one.headings.values()]
            made[Where.HEADING].append((np.array([features[i, j] for i, j in at]), fits, topic))
    return {
        where: Rows(
            np.vstack([features for features, _, _ in parts]),
            np.array([flag for _, flags, _ in parts for flag in flags]),
            [topic for _, flags, topic in parts for _ in flags],
        )
        for where, parts in made.items()
    }


def fitted_places(rows: Mapping[Where, Rows], about: Mapping[str, str]) -> tuple[dict[Where, Fitted], list[str]]:
    """The regression of each question, and its figures on topics that were left out."""
    how = partial(fit, strength=_STRENGTH, scaled=True)
    files, lines = {}, []
    for where, own in rows.items():
        counts = np.ones(len(own.true))
        splits = LeaveOneGroupOut().split(own.features, own.true, own.topics)
        apart = held_out(how, own.features, own.true, counts, splits)
        bars = "; ".join(_above(apart, own.true, bar) for bar in (0.3, 0.4, 0.5))
        auroc = roc_auc_score(own.true, apart)
        lines.append(f"{where}: {len(own.true)} rows, {int(own.true.sum())} true, AUROC {auroc:.2f}; {bars}")
        files[where] = how(own.features, own.true, counts).fitted(FEATURES[where], about)
    return files, lines


def _above(probabilities: Numbers, true: Flags, bar: float) -> str:
    taken = probabilities >= bar
    right = true[taken].mean() if taken.any() else 0.0
    return f"from {bar} on: {int(taken.sum())}, {right:.2f} right, {true[taken].sum() / true.sum():.2f} of all"


def _headings(index: Index, topic: str) -> dict[str, str]:
    titles = dict.fromkeys(chapter.title for episode in index.episodes.values() for chapter in episode.chapters)
    return {hashed(heading): heading for title in titles for heading in headings_of(title, topic, index)}


def _said(index: Index, slug: str) -> dict[str, Said]:
    if slug not in index.episodes:
        return {}
    episode = index.episodes[slug]
    return {
        hashed(cleaned(text)): said_in(cleaned(text), chapter, episode)
        for chapter in episode.chapters
        for segment in episode.segments[chapter.first : chapter.last]
        for text in sentences(segment.text)
    }
