"""Computes the logistic regression of confidence, gate and verification. Nothing here fits one."""

from __future__ import annotations

import math
from collections.abc import Mapping


def probability(bias: float, weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    """1 / (1 + exp(-(bias + weights . values))); a weight for each value, by name."""
    total = bias + sum(weight * values[name] for name, weight in weights.items())
    return 1.0 / (1.0 + math.exp(-total))
