"""Fits which sentences address a machine (`app.evidence.injected`), and measures it.

    eval/injections/tune.jsonl, talk of the archive -> vectors -> regression, threshold -> app/evidence/injections.json

    {"text", "injection": bool, "kind"}

All texts were written for it: injections dressed up as talk, and honest talk like them. Writers of `test` are others
than those of `tune`; nothing is fitted on it. The archive's sentences count as honest. Weights are fitted on a part of
them; the threshold is the score that hardly any of the others reaches.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.evidence.injected import dimensions, weights_of
from eval.fitting.regression import Flags, Numbers, fit
from eval.jsonl import objects
from index.embedder import Embedder, Vectors
from index.fitted.weights import Fitted
from ingest.injections import find_injections
from ingest.models import Episode
from ingest.text import clean, sentences

FOLDER = Path(__file__).parents[1] / "injections"
DATA = TUNE, TEST = FOLDER / "tune.jsonl", FOLDER / "test.jsonl"
# Both chosen on `tune`, five folds by kind: the best of four strengths and two counts by AUROC.
_STRENGTH = 10.0
# What a written text counts, in sentences of the archive.
_COUNTS = 3.0
# One of so many sentences of the archive is fitted on.
_FITTED_ON = 4
# The share that is marked of the archive's other sentences: some 60 of 110,000.
_MARKED = 0.0006
_AT_ONCE = 2048

Embed = Callable[[Sequence[str]], Vectors]


class Written(NamedTuple):
    """A written text, and whether it is an injection."""

    text: str
    injection: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Scored:
    """Written texts with the vectors of their sentences; `of`: for each vector the number of its text."""

    texts: Sequence[Written]
    vectors: Vectors
    of: Sequence[int]

    @property
    def injection(self) -> Flags:
        """Whether each text is an injection."""
        return np.array([one.injection for one in self.texts], bool)

    def scores(self, fitted: Fitted) -> Numbers:
        """For each text the score of its highest sentence."""
        found = np.full(len(self.texts), -np.inf)
        np.maximum.at(found, self.of, scores(self.vectors, fitted))
        return found


def read_written(path: Path) -> list[Written]:
    """The texts of a file."""
    return [Written(clean(line["text"]), line["injection"], line["kind"]) for line in objects(path)]


def talk(episodes: Iterable[Episode]) -> list[str]:
    """The different sentences of an archive."""
    said = (text for episode in episodes for segment in episode.segments for text in sentences(segment.text))
    return list(dict.fromkeys(said))


def embedded(texts: Sequence[str], embedder: Embedder, advance: Callable[[int], None]) -> Vectors:
    """Vectors of sentences, each embedded alone."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    found = np.zeros((len(texts), embedder.dimension), np.float32)
    for begin in range(0, len(order), _AT_ONCE):
        batch = order[begin : begin + _AT_ONCE]
        found[batch] = embedder.embed_sentences([texts[at] for at in batch])
        advance(len(batch))
    return found


def scored(texts: Sequence[Written], embed: Embed) -> Scored:
    """Texts with vectors."""
    parts = [(number, text) for number, one in enumerate(texts) for text in sentences(one.text)]
    return Scored(texts, embed([text for _, text in parts]), [number for number, _ in parts])


def fitted_on(written: Scored, honest: Sequence[str], vectors: Vectors, about: Mapping[str, str]) -> Fitted:
    """The weights with the threshold; `vectors` are those of the archive's `honest` sentences."""
    own = np.array([zlib.crc32(text.encode()) % _FITTED_ON == 0 for text in honest], bool)
    parts = np.bincount(written.of)[written.of]
    rows = np.vstack([written.vectors, vectors[own]]).astype(np.float64)
    true = np.concatenate([written.injection[written.of], np.zeros(own.sum(), bool)])
    counts = np.concatenate([_COUNTS / parts, np.ones(own.sum())])
    found = fit(rows, true, counts, strength=_STRENGTH)
    names = dimensions(vectors.shape[1])
    apart = scores(vectors[~own], found.fitted(names, about))
    return found.fitted(names, about, threshold=float(np.quantile(apart, 1 - _MARKED)))


def scores(vectors: Vectors, fitted: Fitted) -> Numbers:
    """The log-odds of each vector."""
    return np.asarray(vectors @ weights_of(fitted) + fitted.bias, np.float64)


def report(tune: Scored, test: Scored, vectors: Vectors, ready: Fitted) -> list[str]:
    """Figures as lines: the archive, what it was fitted on, and what it was not."""
    least = ready.numbers["threshold"]
    lines = [f"archive: {(scores(vectors, ready) >= least).sum()} of {len(vectors)} sentences are marked"]
    for name, one in (("tune", tune), ("test", test)):
        ruled = np.array([bool(find_injections(text.text, in_english=True)) for text in one.texts], bool)
        found = one.scores(ready) >= least
        for how, marked in (("rules", ruled), ("weights", found), ("both", ruled | found)):
            true = one.injection
            lines.append(f"{name}, {how}: {_share(marked[true])} of injections, {_share(marked[~true])} of honest talk")
    return lines


def _share(marked: Flags) -> str:
    return f"{marked.sum()} of {len(marked)} ({marked.mean():.3f})"
