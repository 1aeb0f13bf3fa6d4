"""Decides whether a turn has to be asked back, and whether it continues the turns before it.

Both decisions are logistic regressions (`eval.fitting.talk`) that also read a turn's vector. With another embedder than
the one that they were fitted for, both are read from a turn's form alone (`app.language.followup`), which finds fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.dialogue.features import after, alone, dimensions, near
from app.language.followup import names_in, needs_context, points_nowhere
from index.embedder import Embedder, Vectors
from index.fitted.weights import Fitted, read_fitted

FOLDER = Path(__file__).parent
CLEAR, FOLLOWS = "clear", "follows"
# A turn that cannot be understood alone by its form (`needs_context`) continues the ones before unless improbable;
# a whole question with a subject of its own only where that is nearly sure: it would drag the old subject along.
_POSSIBLE, _SURE = 0.15, 0.9

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
            return cls(clear, weights(FOLLOWS), None)
        return cls(clear, weights(FOLLOWS), lambda text: embedder.embed_query(text).vector)

    def unclear(self, turn: str) -> bool:
        """Whether a turn, alone, cannot be answered without asking back."""
        if self.vector is None or names_in(turn):  # strange names have strange vectors
            return points_nowhere(turn)
        return self.clear.probability(of_turn(turn, self.vector)) >= self.clear.numbers["threshold"]

    def follows(self, turn: str, before: Sequence[str]) -> bool:
        """Whether a turn takes its subject from those before it (oldest first, at least one)."""
        pointing = needs_context(turn)
        if self.vector is None:
            return pointing
        least = _POSSIBLE if pointing else _SURE
        return self.follow.probability(of_next(turn, before, self.vector)) >= least


def of_turn(turn: str, vector: Vector) -> dict[str, float]:
    """The features of a turn alone."""
    return alone(turn) | dimensions(vector(turn))


def of_next(turn: str, before: Sequence[str], vector: Vector) -> dict[str, float]:
    """The features of a turn after others."""
    return of_turn(turn, vector) | after(turn, before) | near(vector(turn), [*map(vector, before)])


@cache
def weights(name: str) -> Fitted:
    """The fitted weights of a decision."""
    return read_fitted(FOLDER / f"{name}.json")
