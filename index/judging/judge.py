"""Turns the features of passages into calibrated probabilities, and these into the confidence of an answer.

Every decision reads the same numbers: the order of passages, which of them are quoted, whether there is an answer.
They are a logistic regression, fitted on passages that readers graded, for questions that the embedder was not fitted
on (`eval.fitting.judge`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.fitted.weights import Fitted, read_fitted
from index.judging.features import FEATURES, Matrix

FITTED = read_fitted(Path(__file__).with_name("fitted.json"))
# Passages that are judged, and those of them that decide whether there is an answer.
JUDGED = 24
DECIDING = 8
# From this confidence on, a question is answered: precision and recall of refusals are about equal there
# (docs/figures.md has the figures of others).
ANSWERED_FROM = 0.38
# Below it, not even the nearest passages are worth reading: hardly one such question in thirty has an answer.
NEAR_FROM = 0.2
# No probability is exactly 0 or 1.
_CERTAIN = 1e-6


def probabilities(rows: Matrix, fitted: Fitted = FITTED) -> npt.NDArray[np.float64]:
    """For each row of features, the probability that a guest answers the question there."""
    return fitted.probabilities(rows, FEATURES)


def confidence(found: Sequence[float], fitted: Fitted = FITTED) -> float:
    """The probability that one of the first passages answers, from the probability of each, best first.

    They are taken as independent (noisy-or), which promises too much where passages are alike; a second regression
    on the log-odds corrects that. 0 without passages.
    """
    if not found:
        return 0.0
    none = math.prod(1.0 - one for one in sorted(found, reverse=True)[:DECIDING])
    some = min(max(1.0 - none, _CERTAIN), 1.0 - _CERTAIN)
    odds = fitted.numbers["slope"] * math.log(some / (1.0 - some)) + fitted.numbers["intercept"]
    return 1.0 / (1.0 + math.exp(-odds))
