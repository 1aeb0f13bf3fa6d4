"""The one way in which weights are fitted: logistic regression, judged by weights that did not see the case.

    features, true or not -> fit -> Regression -> the code that holds its weights
                          -> held_out -> a probability for each row, by weights fitted without its fold

Nothing here knows what the features mean, or reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Regression:
    """Weights of features, and the bias."""

    weights: Numbers
    bias: float

    def probabilities(self, features: Numbers) -> Numbers:
        """How likely each row is true."""
        return np.asarray(expit(features @ self.weights + self.bias))

    def code(self, shape: str, names: Iterable[str], prefix: str = "") -> str:
        """The weights as Python: a call of `shape` with the features' names."""
        named = [f"    {name}={_three(weight)}," for name, weight in zip(names, self.weights, strict=True)]
        return "\n".join([f"{prefix}WEIGHTS = {shape}(", *named, ")", f"{prefix}BIAS = {_three(self.bias)}"])


# From features, what is true, and what each row counts, to weights.
Fit = Callable[[Numbers, Flags, Numbers], Regression]


def fit(
    features: Numbers, true: Flags, counts: Numbers, *, strength: float, scaled: bool = False, odds: float = 1.0
) -> Regression:
    """Fit with an L2 penalty (the larger `strength`, the weaker) on rows that count `counts` each.

    `scaled` brings the features to one variance before; the true side gets `odds` times the odds in the bias.
    """
    scaler = StandardScaler(with_mean=scaled, with_std=scaled)
    model = LogisticRegression(C=strength, max_iter=2000).fit(
        scaler.fit_transform(features), true, sample_weight=counts
    )
    slopes = model.coef_[0] / (scaler.scale_ if scaled else 1.0)
    mean = scaler.mean_ if scaled else np.zeros(len(slopes))
    return Regression(slopes, float(model.intercept_[0] - slopes @ mean + np.log(odds)))


def held_out(fitted: Fit, features: Numbers, true: Flags, counts: Numbers, splits: Iterable[Any]) -> Numbers:
    """For each row the probability by weights that were fitted without its fold.

    `splits` are pairs of row numbers to fit on and to judge, as scikit-learn gives them. A row that counts 0
    is judged and not learnt from.
    """
    found = np.zeros(len(features))
    for train, test in splits:
        own = train[counts[train] > 0]
        found[test] = fitted(features[own], true[own], counts[own]).probabilities(features[test])
    return found


def names_of(shape: Any) -> tuple[str, ...]:
    """The features of a dataclass, by name."""
    return tuple(field.name for field in fields(shape))


def rows_of(values: Iterable[Any]) -> Numbers:
    """Features given as dataclasses, one a row."""
    return np.array([astuple(value) for value in values], np.float64)


def _three(value: float) -> str:
    shown = f"{value:.3f}"
    return "0.0" if float(shown) == 0 else shown
