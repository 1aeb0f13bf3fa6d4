"""Judges statements as a reader would: is one understood alone or with a lead, is it worth keeping, which kind is it.

    "statement [SEP] before [SEP] after [SEP] chapter" -> MiniLM with an adapter -> mean of the statement's word pieces
    -> one linear reading for each question -> probabilities

What stands around a statement is read along: it tells whether "it" is lost, or a condition. The lead is the title of
its chapter, which often names the subject that the guest took for granted. Adapter and readings were fitted together
(`eval.fitting.wiki.reader`) on statements that people had read. This is a model beside the embedder of the archive, and
the same for every archive. On episodes that it was not fitted on it tells what a reader keeps far better than sixty
features of the words and the sentence's vector did (docs/figures.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.evidence.injected import weights_of
from app.wiki.worksheet.candidates import Candidate
from index.embedder import Embedder, Encoded, Vectors
from index.fitted.weights import read_fitted
from index.minilm import MINILM

FOLDER = Path(__file__).parent / "fitted"
ADAPTER = FOLDER / "reader.safetensors"
ALONE, LED, WORTH = "alone", "led", "worth"
# By how much more probable the title of its chapter has to make that a statement is understood. Of those that gain less
# readers understood three of four alone, and some titles name something else: where all were shown, 4 of 27 misled.
_HELPS = 0.15
_SEPARATOR = " [SEP] "


class Kind(StrEnum):
    """What a statement is, in the wiki's words. Of 1,800 that readers kept 3 were open questions: none is proposed."""

    FACT_CLAIM = "fact_claim"
    DEFINITION = "definition"
    OPINION = "opinion"
    RECOMMENDATION = "recommendation"
    EXPERIENCE = "experience"
    TRADEOFF = "tradeoff"
    PREDICTION = "prediction"
    OPEN_QUESTION = "open_question"


class Judged(NamedTuple):
    """What a reader would say of a statement.

    The probabilities that a stranger understands it alone, understands it under the title of its chapter, and finds it
    worth keeping; its kind.
    """

    alone: float
    led: float
    worth: float
    kind: Kind

    @property
    def keep(self) -> float:
        """The probability that it is understood alone and worth keeping, as if neither depended on the other."""
        return self.alone * self.worth

    @property
    def needs_lead(self) -> bool:
        """Whether the title of its chapter should stand before it."""
        return self.led - self.alone >= _HELPS

    @property
    def keep_led(self) -> float:
        """The probability that it is worth keeping and understood, alone or with the title of its chapter."""
        return max(self.alone, self.led) * self.worth


class Reader:
    """Judges statements, each once. The model is loaded at the first use, which takes a second."""

    def __init__(self, threads: int = 0, *, folder: Path = FOLDER) -> None:
        self._embedder = Embedder(MINILM, adapter=str(folder / ADAPTER.name), threads=threads)
        self._readings = {path.stem: read_fitted(path) for path in sorted(folder.glob("*.json"))}
        self._known: dict[Candidate, Judged] = {}

    def judged(self, found: Sequence[Candidate]) -> list[Judged]:
        """The judgement of each; raises `EmbedderError`."""
        fresh = [one for one in dict.fromkeys(found) if one not in self._known]
        if fresh:
            encoded = self._embedder.embed_passages([read_text(one) for one in fresh])
            vectors = np.stack([pooled(own, len(one.statement)) for own, one in zip(encoded, fresh, strict=True)])
            self._known |= zip(fresh, self._read(vectors), strict=True)
        return [self._known[one] for one in found]

    def _read(self, vectors: Vectors) -> list[Judged]:
        odds = {name: vectors @ weights_of(own) + own.bias for name, own in self._readings.items()}
        sure = [1.0 / (1.0 + np.exp(-odds[name])) for name in (ALONE, LED, WORTH)]
        kinds = [kind for kind in Kind if kind.value in odds]
        best = np.stack([odds[kind.value] for kind in kinds]).argmax(axis=0)
        return [
            Judged(float(alone), float(led), float(worth), kinds[at])
            for alone, led, worth, at in zip(*sure, best, strict=True)
        ]


def read_text(one: Candidate) -> str:
    """What the model reads: the statement, then what stands around it; the host's words if a guest's are missing."""
    return _SEPARATOR.join((one.statement, one.before or one.asked, one.after, one.chapter.title))


def pooled(encoded: Encoded, length: int) -> Vectors:
    """The mean of the unit vectors of the word pieces in the first `length` characters, shape (dimension,)."""
    inside = (encoded.offsets[:, 1] > encoded.offsets[:, 0]) & (encoded.offsets[:, 1] <= length)
    own = encoded.tokens[inside]
    return own.mean(axis=0) if len(own) else np.zeros(encoded.tokens.shape[1], np.float32)
