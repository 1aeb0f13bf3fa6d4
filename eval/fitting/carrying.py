"""Fits which sentences of a passage carry the answer (`app.evidence.carrying`), and measures the excerpts.

    eval/carrying/*.jsonl -> turns, features -> regression -> app/evidence/fitted.json

    {"id": of a question in a suite,
     "passages": [{"episode": slug, "start": sec, "end": sec, "sentences": int, "picked": [int]}]}

A line has the passages that answer a question by a reader's judgement, and for each the numbers (from 0) of the
sentences that carry the answer, some of the `sentences` in the passage. The files hold no transcript. The sentences
that the reader did not pick are the false ones. A passage that the archive no longer has in this form is left out
and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from app.evidence.carrying import FEATURES, features, said_at
from app.evidence.excerpt import guest_turns
from app.evidence.moment import REACH, Lengths, find_moment
from app.evidence.scorer import Scorer
from eval.fitting.regression import Flags, Numbers, fit
from eval.jsonl import checked, read_items
from eval.running.suites import Item
from index.archive import ArchiveView
from index.fitted.weights import Fitted
from index.opened import Index
from ingest.models import Passage, ScoredPassage
from ingest.text import sentences

FOLDER = Path(__file__).parents[1] / "carrying"
_STRENGTH = 0.1
# An excerpt carries the answer if it holds at least this share of the words that the reader picked.
CARRIES = 0.5


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PickedPassage(_Data):
    """A passage that answers, and what carries the answer."""

    episode: str
    start: float
    end: float
    sentences: int
    picked: list[int]


class Picked(_Data):
    """One line of the data."""

    id: str
    passages: list[PickedPassage]


class PickedError(ValueError):
    """The data cannot be read; the message says which line and why."""


@dataclass(frozen=True)
class Answering:
    """A question and a passage that answers it, with the places (segment, sentence) that the reader picked."""

    item: Item
    passage: Passage
    picked: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Excerpts:
    """How much of what readers picked the excerpts hold; `carries`: the share of them that hold at least half."""

    count: int
    carries: float
    held: float
    words: float

    def __str__(self) -> str:
        return (
            f"{self.count} passages: the excerpt carries the answer in {self.carries:.3f}, holds {self.held:.3f} of "
            f"the words that readers picked, and has {self.words:.0f} words"
        )


def read_picked(items: Sequence[Item], index: Index) -> tuple[list[Answering], int]:
    """The passages that answer these questions, and the number of those that the archive no longer has so."""
    known = {item.id: item for item in items}
    lines = [line for path in sorted(FOLDER.glob("*.jsonl")) for line in _read(path)]
    own = [(known[line.id], passage) for line in lines if line.id in known for passage in line.passages]
    found = [one for item, passage in own if (one := _answering(item, passage, index))]
    return found, len(own) - len(found)


def _read(path: Path) -> tuple[Picked, ...]:
    return read_items(path, lambda text, _: checked(Picked, text, PickedError), PickedError)


def _answering(item: Item, line: PickedPassage, index: Index) -> Answering | None:
    for passage in index.passages_of.get(line.episode, ()):
        if abs(passage.start - line.start) < 1 and abs(passage.end - line.end) < 1:
            segments = index.episodes[line.episode].segments
            places = [
                (i, j) for i in range(passage.first, passage.last) for j in range(len(sentences(segments[i].text)))
            ]
            if len(places) == line.sentences and all(0 <= at < len(places) for at in line.picked):
                return Answering(item, passage, frozenset(places[at] for at in line.picked))
    return None


def fitted_on(view: ArchiveView, found: Sequence[Answering], about: dict[str, str]) -> Fitted:
    """The weights of the sentences' features."""
    parts = [part for one in found for part in _labelled(view, one)]
    rows, true = np.vstack([rows for rows, _ in parts]), np.concatenate([true for _, true in parts])
    fitted = partial(fit, strength=_STRENGTH, scaled=True)(rows, true, np.ones(len(rows)))
    return fitted.fitted(FEATURES, about)


def _labelled(view: ArchiveView, one: Answering) -> Iterator[tuple[Numbers, Flags]]:
    """The features of the guests' sentences in a passage, turn by turn, and whether the reader picked each."""
    scorer, episode = _scorer(view, one), view.index.episodes[one.passage.episode]
    inside = range(one.passage.first, one.passage.last)
    spans = [*guest_turns(episode, one.passage, 1, scorer.heard, REACH)]
    turns = [said_at(scorer, episode, first, last) for first, last in spans]
    for (first, last), turn, rows in zip(spans, turns, features(scorer.question, turns), strict=True):
        places = [(i, j) for i in range(first, last) for j in range(len(scorer.said(episode, i)))]
        kept = [at for at, line in enumerate(turn.lines) if line.segment in inside]
        if kept:
            true = np.array([place in one.picked for place in places], bool)
            yield rows[kept], true[kept]


def measured(view: ArchiveView, found: Sequence[Answering], fitted: Fitted) -> Excerpts:
    """The excerpts that the product cuts around these passages with some weights."""
    held, words = [], []
    for one in found:
        episode = view.index.episodes[one.passage.episode]
        run = find_moment(_scorer(view, one), ScoredPassage(one.passage, 1.0, 1), Lengths(), fitted)
        said = [sentences(episode.segments[i].text)[j] for i, j in sorted(one.picked)]
        shown = f" {run.evidence.text} " if run else ""
        total = sum(len(text.split()) for text in said)
        held.append(sum(len(text.split()) for text in said if f" {text} " in shown) / total)
        words.append(run.evidence.words if run else 0)
    return Excerpts(len(found), float(np.mean(np.array(held) >= CARRIES)), float(np.mean(held)), float(np.mean(words)))


def _scorer(view: ArchiveView, one: Answering) -> Scorer:
    return Scorer(view.index, view.search(one.item.question, 1))
