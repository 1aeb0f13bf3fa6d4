"""Aggregates scores of questions into figures of a suite, each with its bootstrap interval.

A figure is the mean over the questions on which it is defined (`eval.running.scores`), except

- `citation_offset_s`: the median, since one far citation would dominate the mean;
- `refusal_*`, `calibration_error`: computed over all questions; the positive class is "should be refused";
- `latency_*`: percentiles over all questions; without a stage's name, from
  question to answer.

A figure that is undefined on all questions is absent, never 0 or NaN.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from eval import metrics
from eval.metrics import Decision
from eval.run_file import sureness
from eval.running.scores import Row
from eval.statistics import Figures, bootstrap_interval, bootstrap_statistic, row_means

_MEDIAN = "citation_offset_s"
_REFUSAL: dict[str, Callable[[Sequence[Decision]], float | None]] = {
    "refusal_precision": metrics.refusal_precision,
    "refusal_recall": metrics.refusal_recall,
    "refusal_f1": metrics.refusal_f1,
    "refusal_auroc": metrics.refusal_auroc,
    "calibration_error": metrics.calibration_error,
}
_PERCENTILES = (50, 95)


def aggregate(rows: Sequence[Row]) -> dict[str, float]:
    """Every figure of some questions, without those that are undefined on all of them."""
    found: dict[str, float | None] = {}
    for key, values in _columns(rows).items():
        found[key] = float(np.median(values)) if key == _MEDIAN else metrics.mean(values)
    decisions = _decisions(rows)
    found |= {key: formula(decisions) for key, formula in _REFUSAL.items()}
    for stage, values in _timings(rows).items():
        found |= {_latency(stage, percent): metrics.percentile(values, percent) for percent in _PERCENTILES}
    return {key: round(value, 6) for key, value in found.items() if value is not None}


def intervals(rows: Sequence[Row]) -> dict[str, list[float]]:
    """The bootstrap interval (95 %) of every figure of `aggregate`."""
    found: dict[str, tuple[float, float] | None] = {}
    for key, values in _columns(rows).items():
        found[key] = bootstrap_interval(values, statistic=_row_percentiles(50) if key == _MEDIAN else row_means)
    decisions = _decisions(rows)
    for key, formula in _REFUSAL.items():
        if formula(decisions) is not None:
            found[key] = bootstrap_statistic(len(decisions), _drawn(formula, decisions))
    for stage, values in _timings(rows).items():
        for percent in _PERCENTILES:
            found[_latency(stage, percent)] = bootstrap_interval(values, statistic=_row_percentiles(percent))
    return {key: [round(end, 6) for end in pair] for key, pair in found.items() if pair is not None}


def _drawn(
    formula: Callable[[Sequence[Decision]], float | None], decisions: Sequence[Decision]
) -> Callable[[Iterable[int]], float | None]:
    return lambda draw: formula([decisions[i] for i in draw])


def _row_percentiles(percent: float) -> Callable[[Figures], Figures]:
    return lambda draws: np.asarray(np.percentile(draws, percent, axis=1))


def _columns(rows: Sequence[Row]) -> dict[str, list[float]]:
    """The scores of all questions by metric."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        for key, value in row.scores.items():
            found[key].append(value)
    return found


def _decisions(rows: Sequence[Row]) -> list[Decision]:
    return [
        Decision(not row.item.answerable, not row.answered, sureness(row.outcome.output) or 0.0)
        for row in rows
        if row.answers
    ]


def _timings(rows: Sequence[Row]) -> dict[str, list[float]]:
    """Milliseconds of all questions by stage."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        for stage, spent in row.outcome.output.get("timings_ms", {}).items():
            found[stage].append(float(spent))
    return found


def _latency(stage: str, percent: int) -> str:
    return f"latency_p{percent}_ms" if stage == "total" else f"latency_{stage}_p{percent}_ms"
