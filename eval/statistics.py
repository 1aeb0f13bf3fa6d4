"""Computes how sure a figure is: bootstrap intervals, and the paired bootstrap for two systems.

1. Draw as many questions as there are, with repetition, a few thousand times.
2. Compute the figure on each draw.
3. The interval holds the middle 95 % of the results.

Everything is seeded, so a run gives the same interval each time. Nothing here
depends on what a metric means: callers leave undefined values (None) out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SAMPLES = 2000
LEVEL = 0.95

Draw = npt.NDArray[np.intp]
Figures = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairedResult:
    """What changed from `a` to `b`: the mean of b - a, its interval, and a two-sided p-value."""

    difference: float
    low: float
    high: float
    p: float


def row_means(draws: Figures) -> Figures:
    """The mean of each row."""
    return np.asarray(draws.mean(axis=1))


def bootstrap_interval(
    values: Sequence[float],
    *,
    level: float = LEVEL,
    statistic: Callable[[Figures], Figures] = row_means,
) -> tuple[float, float]:
    """The percentile interval of the mean of `values`; raises `ValueError` without values.

    `statistic` replaces the mean by another figure: it gets a matrix with one draw of
    values in each row, and returns one number for each row. Efron and Tibshirani, "An Introduction to the
    Bootstrap", 1993, chapter 13.
    """
    array = _checked(values)
    return middle(statistic(array[_draws(len(array))]), level)


def bootstrap_statistic(
    count: int,
    statistic: Callable[[Draw], float | None],
    *,
    level: float = LEVEL,
) -> tuple[float, float] | None:
    """The percentile interval of a figure that cannot be computed from one number for each row, such as an F1.

    `statistic` gets the row numbers of a draw. Draws on which it is undefined (None)
    are left out; the result is None if it is undefined on all of them.
    """
    found = drawn(count, statistic)
    return middle(found, level) if len(found) else None


def drawn(count: int, statistic: Callable[[Draw], float | None]) -> Figures:
    """A figure of `count` rows on each draw of row numbers, without the draws on which it is undefined (None)."""
    return np.array([value for draw in _draws(count) if (value := statistic(draw)) is not None])


def two_sided(differences: Figures) -> float:
    """The two-sided p-value of a difference, from its values on the draws.

    Twice the share of draws whose difference is zero or has the other sign, with one draw added to both counts
    so that it is never 0: Davison and Hinkley, "Bootstrap Methods and their Application", 1997, section 4.2.
    """
    tail = min(int((differences <= 0).sum()), int((differences >= 0).sum()))
    return min(1.0, 2 * (tail + 1) / (len(differences) + 1))


def paired_bootstrap(a: Sequence[float], b: Sequence[float], *, level: float = LEVEL) -> PairedResult:
    """Compare two systems on the same questions: `a[i]` and `b[i]` are the scores of question i.

    The questions are resampled, each with the scores of both systems: Koehn, "Statistical
    Significance Tests for Machine Translation Evaluation", EMNLP 2004. Raises `ValueError`
    for unequal lengths or no values.
    """
    differences = _checked(b) - _checked(a) if len(a) == len(b) else None
    if differences is None:
        raise ValueError(f"{len(a)} scores cannot be paired with {len(b)}")
    means = differences[_draws(len(differences))].mean(axis=1)
    return PairedResult(float(differences.mean()), *middle(means, level), two_sided(means))


def _checked(values: Sequence[float]) -> Figures:
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise ValueError("a bootstrap needs at least one value, and finite ones only")
    return array


def _draws(count: int) -> npt.NDArray[np.intp]:
    """`SAMPLES` rows of `count` row numbers each, drawn with repetition."""
    if count < 1:
        raise ValueError("a bootstrap needs at least one value")
    return np.asarray(np.random.default_rng(0).integers(0, count, (SAMPLES, count)), np.intp)


def middle(values: Figures, level: float) -> tuple[float, float]:
    """The ends of the middle part of some values, such as 95 % of them."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
