"""Reads and writes fitted weights: a logistic regression by feature names, and where it came from.

    {"about": {...}, "bias": -1.2, "numbers": {"threshold": 0.5}, "weights": {"cosine": 3.0, ...}}

`make fit` writes the files. `about` names, by hash, the questions, the archive and the embedder that the weights were
fitted on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.manifest import write_durably

Matrix = npt.NDArray[np.float64]

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights by feature, the bias, and other fitted numbers by name."""

    weights: Mapping[str, float]
    bias: float
    numbers: Mapping[str, float] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)

    def probability(self, values: Mapping[str, float]) -> float:
        """1 / (1 + exp(-(bias + weights . values))); a value for each weight, by name."""
        total = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-total))

    def probabilities(self, rows: Matrix, names: Sequence[str]) -> Matrix:
        """The probability of each row of values, whose last axis is in the order of `names`."""
        weights = np.array([self.weights[name] for name in names])
        return np.asarray(1.0 / (1.0 + np.exp(-(rows @ weights + self.bias))), np.float64)


def read_fitted(path: Path) -> Fitted:
    """The weights of one of the project's files."""
    return Fitted(**json.loads(path.read_text(encoding="utf-8")))


def write_fitted(path: Path, fitted: Fitted) -> None:
    """Write weights, rounded to four digits, in one step."""
    rounded = Fitted(_rounded(fitted.weights), round(fitted.bias, _DIGITS), _rounded(fitted.numbers), fitted.about)
    write_durably(path, (json.dumps(asdict(rounded), indent=1, sort_keys=True) + "\n").encode())


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in values.items()}
