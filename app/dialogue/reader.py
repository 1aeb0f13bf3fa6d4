"""Decides whether a turn has to be asked back, and whether it continues the turns before it.

Both decisions are logistic regressions, fitted by `make fit` (`eval.fitting.talk`). With the embedder that they were
fitted for they read a turn's vector too; with another one its words alone, which finds fewer unclear questions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.dialogue.features import after, alone, dimensions, near
from app.language.followup import needs_context
from index.embedder import Embedder, Vectors
from index.fitted.weights import Fitted, read_fitted

FOLDER = Path(__file__).parent
CLEAR, FOLLOWS = "clear", "follows"
# The same decisions without vectors.
PLAIN = "-plain"
# A turn that cannot be understood alone by its form (`needs_context`) continues the ones before unless improbable;
# a whole question with a subject of its own only where that is nearly sure: it would drag the old subject along.
_POSSIBLE, _SURE = 0.2, 0.9

Vector = Callable[[str], Vectors]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads turns with fitted weights; `vector` is None if they read no vectors."""

    clear: Fitted
    follow: Fitted
    vector: Vector | None

    @classmethod
    def of(cls, embedder: Embedder) -> Reader:
        """The reader that fits an embedder."""
        clear = weights(CLEAR)
        if clear.about["embedder"] != embedder.key:
            return cls(weights(CLEAR + PLAIN), weights(FOLLOWS + PLAIN), None)
        return cls(clear, weights(FOLLOWS), lambda text: embedder.embed_query(text).vector)

    def unclear(self, turn: str) -> bool:
        """Whether a turn, alone, cannot be answered without asking back."""
        return self.clear.probability(of_turn(turn, self.vector)) >= self.clear.numbers["threshold"]

    def follows(self, turn: str, before: Sequence[str]) -> bool:
        """Whether a turn takes its subject from those before it (oldest first, at least one)."""
        least = _POSSIBLE if needs_context(turn) else _SURE
        return self.follow.probability(of_next(turn, before, self.vector)) >= least


def of_turn(turn: str, vector: Vector | None) -> dict[str, float]:
    """The features of a turn alone."""
    return alone(turn) | (dimensions(vector(turn)) if vector else {})


def of_next(turn: str, before: Sequence[str], vector: Vector | None) -> dict[str, float]:
    """The features of a turn after others."""
    found = of_turn(turn, vector) | after(turn, before)
    return found | (near(vector(turn), [*map(vector, before)]) if vector else {})


@cache
def weights(name: str) -> Fitted:
    """The fitted weights of a decision."""
    return read_fitted(FOLDER / f"{name}.json")
