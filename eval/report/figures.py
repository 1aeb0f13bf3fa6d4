"""Computes the report's figures from a run's records: points, bins, percentiles. All are pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from eval.metrics import Decision, percentile, refusal_auroc, refusal_precision, refusal_recall
from eval.run_file import Record, span_of

# Edges in seconds from gold's start; negative is early.
_OFFSETS = (-math.inf, -120.0, -60.0, -20.0, 0.0, 20.0, 60.0, 120.0, math.inf)
_BINS = 20


class Point(NamedTuple):
    """Precision and recall of refusing every question whose confidence is at or below `confidence`."""

    confidence: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class RefusalCurve:
    """The curve, the actual precision and recall, and the threshold that explains the decisions best."""

    points: tuple[Point, ...]
    precision: float | None
    recall: float | None
    auroc: float | None
    threshold: float
    unexplained: int


class Bin(NamedTuple):
    """A histogram's bar; one with an infinite edge holds everything beyond."""

    low: float
    high: float
    size: int


class Stage(NamedTuple):
    """Milliseconds of one stage over the questions."""

    name: str
    p50: float
    p95: float
    highest: float


def decisions(rows: Iterable[Record]) -> list[Decision]:
    """The refusal decisions of a run; questions without a confidence are left out."""
    return [
        Decision(not row.answerable, not row.answered, row.confidence)
        for row in rows
        if row.answered is not None and row.confidence is not None
    ]


def refusal_curve(made: Sequence[Decision]) -> RefusalCurve | None:
    """Precision and recall of refusals by threshold; None unless there are questions of both kinds."""
    auroc = refusal_auroc(made)
    if auroc is None:
        return None
    steps = sorted({decision.confidence for decision in made})
    threshold, unexplained = _threshold(made, steps)
    return RefusalCurve(
        points=tuple(_point(made, step) for step in steps),
        precision=refusal_precision(made),
        recall=refusal_recall(made),
        auroc=auroc,
        threshold=threshold,
        unexplained=unexplained,
    )


def _point(made: Sequence[Decision], step: float) -> Point:
    supposed = [Decision(d.due, d.confidence <= step, d.confidence) for d in made]
    return Point(step, refusal_precision(supposed) or 0.0, refusal_recall(supposed) or 0.0)


def _threshold(made: Sequence[Decision], steps: Sequence[float]) -> tuple[float, int]:
    """The threshold that explains most decisions, and the number of decisions it does not explain.

    A run does not say its threshold, and a refusal can have another cause than low confidence.
    The result is the middle between the two nearest confidences.
    """
    missed = [sum(d.refused != (d.confidence <= cut) for d in made) for cut in (-math.inf, *steps)]
    best = min(range(len(missed)), key=missed.__getitem__)
    return (steps[max(0, best - 1)] + steps[min(best, len(steps) - 1)]) / 2, missed[best]


def offsets(rows: Iterable[Record]) -> list[float]:
    """Seconds from the nearest gold start to the start of each citation that overlaps gold; early is negative."""
    found: list[float] = []
    for row in rows:
        for citation in row.output.get("citations") or []:
            span = span_of(citation)
            starts = [span.start - gold.start for gold in row.gold if gold.episode == span.episode]
            if row.in_gold(citation):
                found.append(min(starts, key=abs))
    return found


def offset_bins(values: Sequence[float]) -> list[Bin]:
    """A histogram of offsets; the outermost two bins hold everything beyond two minutes."""
    return histogram(values, _OFFSETS)


def latency_bins(values: Sequence[float]) -> list[Bin]:
    """Bins of equal width from 0 on; the last one holds the slow tail, so that outliers do not stretch the axis."""
    if not values:
        return []
    most = percentile(values, 98) or 0.0
    step = _round_up(most / _BINS)
    count = max(2, math.ceil(most / step) + 1)
    return histogram(values, [*(step * number for number in range(count)), math.inf])


def histogram(values: Sequence[float], edges: Sequence[float]) -> list[Bin]:
    """The number of values between each two edges, the lower edge included."""
    return [Bin(low, high, sum(low <= value < high for value in values)) for low, high in pairwise(edges)]


def edges(each: Bin, words: Callable[[float], str]) -> str:
    """The range of a bin in words."""
    if math.isinf(each.low):
        return f"before {words(each.high)}"
    return f"from {words(each.low)}" + ("" if math.isinf(each.high) else f" to {words(each.high)}")


def _round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 ..., so that an axis has round numbers."""
    scale = 10.0 ** math.floor(math.log10(max(value, 0.01)))
    return next(step * scale for step in (1, 2, 5, 10) if step * scale >= value or step == 10)


def stages(rows: Iterable[Record]) -> list[Stage]:
    """Percentiles of every stage, in the run's order, `total` last."""
    spent: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.timings_ms.items():
            spent.setdefault(name, []).append(value)
    names = sorted(spent, key="total".__eq__)
    return [
        Stage(name, percentile(spent[name], 50) or 0.0, percentile(spent[name], 95) or 0.0, max(spent[name]))
        for name in names
    ]
