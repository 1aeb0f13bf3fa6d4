"""Chooses the sentences of an episode that a worksheet proposes, and the kind of each.

    candidates -> probability that an editor keeps it -> the best, spread over chapters; each with a kind

1. `alone.json`, `worth.json`: whether a stranger understands a sentence alone, and whether it says something worth
   keeping, as readers see it. Two logistic regressions on the features and, with the embedder they were fitted with, on
   the sentence's vector.
2. A sentence that points at what it does not name, or breaks off, is never chosen.
3. At most two of a chapter, the second only if it is better than the first of others; none that says the same.
4. `kinds/`: one regression for each kind. What a guest leaves open is too rare to fit, and read from the form.

`make fit` fits the weights on labels of `eval/worksheet/`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from app.evidence.injected import dimensions
from app.verification.frame import Polarity, read_frame
from app.wiki.worksheet.candidates import Candidate
from app.wiki.worksheet.features import features
from index.archive import ArchiveView
from index.embedder import Vectors
from index.fitted.weights import read_fitted

HERE = Path(__file__).parent
ALONE, WORTH = read_fitted(HERE / "alone.json"), read_fitted(HERE / "worth.json")
MOST_OF_CHAPTER = 2
# By how much less probable the second sentence of a chapter counts.
_SECOND = 0.05
# Two statements with a higher cosine say the same.
_SAME = 0.8
_NEVER = ("points_back_cleaned", "pointing_first", "outside", "told", "open_quote", "ends_open", "announces")


class Kind(StrEnum):
    """What a statement is, in the wiki's words."""

    FACT_CLAIM = "fact_claim"
    DEFINITION = "definition"
    OPINION = "opinion"
    RECOMMENDATION = "recommendation"
    EXPERIENCE = "experience"
    TRADEOFF = "tradeoff"
    PREDICTION = "prediction"
    OPEN_QUESTION = "open_question"


KINDS = {kind: read_fitted(path) for kind in Kind if (path := HERE / "kinds" / f"{kind.value}.json").exists()}


class Judged(NamedTuple):
    """The probabilities that a stranger understands a sentence alone, and that it says something worth keeping."""

    alone: float
    worth: float

    @property
    def keep(self) -> float:
        """The probability of both, as if neither depended on the other."""
        return self.alone * self.worth


_UNFIT = Judged(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A candidate with its kind, the probability that an editor keeps it, and the vector of its statement."""

    candidate: Candidate
    kind: Kind
    probability: float
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Measured:
    """A candidate with its features, those of its vector included, and the vector."""

    candidate: Candidate
    values: dict[str, float]
    vector: Vectors


def measured(found: Sequence[Candidate], archive: ArchiveView) -> list[Measured]:
    """The candidates with their features."""
    vectors = archive.embed([one.statement for one in found])
    titles = _unique(archive, [one.chapter.title for one in found])
    asked = _unique(archive, [one.asked for one in found])
    around = archive.embed([f"{one.before} {one.after}" for one in found])
    made = []
    for one, vector, beside in zip(found, vectors, around, strict=True):
        values = features(one, archive.index.rarity)
        values["near_title"] = float(vector @ titles[one.chapter.title])
        values["near_asked"] = float(vector @ asked[one.asked])
        values["near_around"] = float(vector @ beside)
        made.append(Measured(one, values, vector))
    return made


def _unique(archive: ArchiveView, texts: Sequence[str]) -> dict[str, Vectors]:
    """The vector of each different text."""
    different = list(dict.fromkeys(texts))
    return dict(zip(different, archive.embed(different), strict=True))


def with_vector(values: Mapping[str, float], vector: Vectors) -> dict[str, float]:
    """Features with those of the vector, by name."""
    return {**values, **dict(zip(dimensions(len(vector)), vector.tolist(), strict=True))}


def readable(one: Measured, embedder: str) -> dict[str, float]:
    """The features that the weights read; `embedder` made the vector, and one they do not know counts nothing."""
    if ALONE.about["embedder"] == embedder:
        return with_vector(one.values, one.vector)
    return {name: one.values.get(name, 0.0) for name in ALONE.weights}


class Reader:
    """Judges sentences as a reader would, each once; what points outside itself or breaks off is unfit."""

    def __init__(self, archive: ArchiveView) -> None:
        self._archive = archive
        self._known: dict[Candidate, Judged] = {}

    def judged(self, found: Sequence[Candidate]) -> list[Judged]:
        """The judgement of each."""
        fresh = [one for one in dict.fromkeys(found) if one not in self._known]
        for one in measured(fresh, self._archive) if fresh else ():
            fit = not _never(one)
            self._known[one.candidate] = _judged(readable(one, self._archive.embedder.key)) if fit else _UNFIT
        return [self._known[one] for one in found]


def _never(one: Measured) -> bool:
    return any(one.values[name] for name in _NEVER)


def _judged(values: Mapping[str, float]) -> Judged:
    return Judged(ALONE.probability(values), WORTH.probability(values))


def kind_of(statement: str, values: Mapping[str, float]) -> Kind:
    """The most probable kind of a statement with these features (`readable`)."""
    frame = read_frame(statement)
    if frame and frame.polarity is Polarity.OPEN:
        return Kind.OPEN_QUESTION
    return max(KINDS, key=lambda kind: KINDS[kind].probability(values))


def choose(found: Sequence[Measured], embedder: str, most: int) -> list[Chosen]:
    """At most `most` sentences, in the order of the episode."""
    able = [one for one in found if not _never(one)]
    values = {id(one): readable(one, embedder) for one in able}
    keep = {key: _judged(own).keep for key, own in values.items()}
    chosen: list[Measured] = []
    while len(chosen) < most:
        best = max(
            (one for one in able if _new(one, chosen)),
            key=lambda one: keep[id(one)] - _SECOND * _of_chapter(one, chosen),
            default=None,
        )
        if best is None:
            break
        chosen.append(best)
    order = {id(one): at for at, one in enumerate(found)}
    return [
        Chosen(one.candidate, kind_of(one.candidate.statement, values[id(one)]), keep[id(one)], one.vector)
        for one in sorted(chosen, key=lambda one: order[id(one)])
    ]


def _of_chapter(one: Measured, chosen: Sequence[Measured]) -> int:
    return sum(other.candidate.chapter is one.candidate.chapter for other in chosen)


def _new(one: Measured, chosen: Sequence[Measured]) -> bool:
    """Whether a sentence may be added to those chosen."""
    if any(one is other or float(one.vector @ other.vector) > _SAME for other in chosen):
        return False
    return _of_chapter(one, chosen) < MOST_OF_CHAPTER
