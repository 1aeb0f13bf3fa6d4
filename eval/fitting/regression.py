"""Fits logistic regressions and judges them on held-out rows.

    features, labels -> fit -> Regression -> `index.fitted.weights.Fitted`
                     -> held_out -> a probability for each row, by weights fitted without its fold

Nothing here depends on what the features mean, or reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from index.fitted.weights import Fitted

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Regression:
    """Weights of features, and the bias."""

    weights: Numbers
    bias: float

    def probabilities(self, features: Numbers) -> Numbers:
        """The probability of each row to be true."""
        return np.asarray(expit(features @ self.weights + self.bias))

    def fitted(self, names: Iterable[str], about: Mapping[str, str], **numbers: float) -> Fitted:
        """The weights by the features' names, as the product reads them."""
        return Fitted(dict(zip(names, self.weights.tolist(), strict=True)), self.bias, numbers, about)


# (features, labels, weight of each row) -> regression
Fit = Callable[[Numbers, Flags, Numbers], Regression]


def fit(
    features: Numbers, true: Flags, counts: Numbers, *, strength: float, scaled: bool = False, odds: float = 1.0
) -> Regression:
    """Fit with an L2 penalty (a larger `strength` means a weaker penalty); `counts` are the weights of the rows.

    `scaled` first standardises the features; `odds` multiplies the prior odds of "true" (a shift of the bias).
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

    `splits` are pairs of row numbers (to fit on, to judge), as scikit-learn gives them. A row with weight 0
    is judged, but not used for fitting.
    """
    found = np.zeros(len(features))
    for train, test in splits:
        own = train[counts[train] > 0]
        found[test] = fitted(features[own], true[own], counts[own]).probabilities(features[test])
    return found


def names_of(shape: Any) -> tuple[str, ...]:
    """The names of a dataclass's fields."""
    return tuple(field.name for field in fields(shape))


def rows_of(values: Iterable[Any]) -> Numbers:
    """A matrix of features from dataclasses, one in each row."""
    return np.array([astuple(value) for value in values], np.float64)
