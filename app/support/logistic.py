"""The logistic regression that the confidence, the gate and `citecast verify` judge by. Nothing here fits one."""

from __future__ import annotations

import math
from collections.abc import Sequence


def probability(bias: float, weights: Sequence[float], values: Sequence[float]) -> float:
    """1 / (1 + exp(-(bias + weights . values))); as many weights as values."""
    total = bias + sum(weight * value for weight, value in zip(weights, values, strict=True))
    return 1.0 / (1.0 + math.exp(-total))
