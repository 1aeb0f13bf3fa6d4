"""Measures how well lines of episodes bear out a sentence, against the other chapters of the same episodes.

1. `late`: MaxSim of the sentence with all that is said in a part, titles and the host's words included; `guest`: with
   the guests' words alone; `line`: with their best single sentence.
2. `held`: weighted share of the sentence's words in the part; `near`: cosine with its best passage.
3. `lead_...`: the same, less that of the best other chapter. A wrong second is betrayed by it.

Two logistic regressions read them: `place.json`, whether a chip's second is right; `borne.json`, whether words bear out
a sentence. Nothing here decides on a verdict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.language.tokens import tokens
from app.verification.score import share_held, weights_of
from app.wiki.reach import Reach
from app.wiki.spoken import Library, Read, Spoken
from index.embedder import Vectors
from index.fitted.weights import read_fitted

_HERE = Path(__file__).parent
PLACE, BORNE = (read_fitted(_HERE / f"{name}.json") for name in ("place", "borne"))


@dataclass(frozen=True, slots=True)
class Part:
    """Segments `first` to `last` (exclusive) of an episode."""

    spoken: Spoken
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Met:
    """How well one part, or several together, match a sentence; each value is between 0 and about 1."""

    late: float
    guest: float
    line: float
    held: float
    near: float

    @property
    def total(self) -> float:
        """One number by which parts are compared."""
        return self.late + self.guest + self.line / 2 + self.held + self.near


@dataclass(frozen=True, slots=True)
class Weighed:
    """A sentence weighed: its features by name, the part that matches best, and the best part elsewhere."""

    values: dict[str, float]
    best: Part
    other: Part | None
    other_values: dict[str, float]
    whole: bool


class Scale:
    """Compares one sentence with parts of episodes."""

    def __init__(self, read: Read, library: Library) -> None:
        self.read = read
        self.index = library.index
        said = tokens(library.index.guest_names.without(read.text))
        self._said = [token for token in said if token.content]
        self._weights = weights_of(self._said, library.index)
        self._library = library
        self._units: dict[str, Vectors] = {}

    def parts(self, slug: str) -> list[Part]:
        """The chapters of an episode; the whole episode if it has none."""
        spoken = self._library.of(slug)
        chapters = spoken.episode.chapters
        return [Part(spoken, own.first, own.last) for own in chapters] or [
            Part(spoken, 0, len(spoken.episode.segments))
        ]

    def met(self, parts: Sequence[Part]) -> Met:
        """How well parts together match the sentence."""
        late, guest = np.zeros(len(self.read.tokens)), np.zeros(len(self.read.tokens))
        line = near = 0.0
        keys: set[str] = set()
        for part in parts:
            units, spoken = self._of(part.spoken), part.spoken
            inside = (spoken.segment >= part.first) & (spoken.segment < part.last)
            chapters = set(spoken.chapter[inside].tolist())
            titled = inside | self._titles(spoken, part)
            late = np.maximum(late, units[:, titled].max(axis=1, initial=0.0))
            own = units[:, inside & spoken.guest]
            guest = np.maximum(guest, own.max(axis=1, initial=0.0))
            line = max(line, float((self.read.weights @ own).max(initial=0.0)))
            keys.update(*spoken.keys[part.first : part.last])
            for at in chapters - {-1}:
                keys |= spoken.titles[at]
            near = max(near, self._near(part))
        held = share_held(self._said, self._weights, keys.__contains__)
        return Met(float(self.read.weights @ late), float(self.read.weights @ guest), line, held, near)

    def _of(self, spoken: Spoken) -> Vectors:
        slug = spoken.episode.slug
        if slug not in self._units:
            self._units[slug] = spoken.met(self.read)
        return self._units[slug]

    def _titles(self, spoken: Spoken, part: Part) -> npt.NDArray[np.bool_]:
        """The units with titles of the passages in a part."""
        following = np.append(spoken.segment[1:], -1)
        return (spoken.segment < 0) & (following >= part.first) & (following < part.last)

    def _near(self, part: Part) -> float:
        touched = [at for at, own in enumerate(part.spoken.passages) if own.first < part.last and part.first < own.last]
        return float((part.spoken.vectors[touched] @ self.read.vector).max(initial=0.0)) if touched else 0.0


def weigh(reaches: Sequence[Reach], scale: Scale, library: Library) -> Weighed:
    """Weigh a sentence by the parts that its chips point to, all episodes known."""
    timed = [reach for reach in reaches if not reach.whole]
    own = [Part(library.of(reach.slug), reach.first, reach.last) for reach in timed]
    slugs = dict.fromkeys(reach.slug for reach in reaches)
    whole = {reach.slug for reach in reaches if reach.whole}
    inside = [part for slug in whole for part in scale.parts(slug)]
    others = [part for slug in slugs if slug not in whole for part in scale.parts(slug) if not _touches(part, own)]
    met = {id(part): scale.met([part]) for part in [*own, *inside, *others]}
    best = max([*own, *inside], key=lambda part: met[id(part)].total)
    chosen = own if best in own else [*own, best]
    here = scale.met(chosen) if len(chosen) > 1 else met[id(best)]
    ranked = sorted(others, key=lambda part: -met[id(part)].total)
    other = ranked[0] if ranked else None
    there = [met[id(part)] for part in others]
    values = _values(here, there, chosen)
    other_values = _values(met[id(other)], [here, *(met[id(part)] for part in ranked[1:])], [other]) if other else {}
    return Weighed(values, best, other, other_values, whole=bool(inside) or not others)


def _touches(part: Part, own: Sequence[Part]) -> bool:
    return any(part.spoken is one.spoken and part.first < one.last and one.first < part.last for one in own)


def _values(here: Met, others: Sequence[Met], parts: Sequence[Part]) -> dict[str, float]:
    """The features of a place: its own, and its lead over the others."""
    mine = asdict(here)
    leads = {
        f"lead_{name}": mine[name] - max((asdict(one)[name] for one in others), default=mine[name]) for name in mine
    }
    over = sum(one.total < here.total for one in others) / (len(others) or 1)
    words = sum(own.words for part in parts for own in part.spoken.episode.segments[part.first : part.last])
    return {**mine, **leads, "over": over, "length": float(np.log1p(words)) / 10}
