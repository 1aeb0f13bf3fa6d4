"""Compares one metric of two runs on the questions in both: difference, interval, p, wins and losses.

1. Most metrics are a mean over questions: the paired bootstrap of `eval.statistics`.
2. Refusals, latency and the citation offset are figures of all questions together (an F1, a
   percentile). They are computed again on each draw of questions, for both runs on the same draw.
3. A question is a win if run b did better than run a; `eval.metric_catalog` says which direction
   is better.

Scores are compared to four decimal places: a baseline keeps no more, and the fifth is noise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any, TypeVar

from eval.metric_catalog import Measure, measure
from eval.metrics import Decision, percentile, refusal_auroc, refusal_f1, refusal_precision, refusal_recall
from eval.run_file import Record
from eval.statistics import Draw, drawn, middle, paired_bootstrap, two_sided

T = TypeVar("T")
Pairs = Sequence[tuple[Record, Record]]
PLACES = 4

REFUSALS: dict[str, Callable[[Sequence[Decision]], float | None]] = {
    "refusal_precision": refusal_precision,
    "refusal_recall": refusal_recall,
    "refusal_f1": refusal_f1,
    "refusal_auroc": refusal_auroc,
}
_LATENCY = re.compile(r"latency_(?:(?P<stage>.+)_)?p(?P<percent>\d+)_ms")


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one metric from run a to run b on `count` questions.

    `low` and `high` enclose `difference` (b - a). `wins` and `losses` are the ids of the
    questions on which b did better and worse; the others are ties.
    """

    key: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    count: int
    wins: tuple[str, ...]
    losses: tuple[str, ...]

    @property
    def measure(self) -> Measure:
        """What the metric means."""
        return measure(self.key)

    @property
    def ties(self) -> int:
        """Number of questions on which neither run did better."""
        return self.count - len(self.wins) - len(self.losses)

    @property
    def significant(self) -> bool:
        """Whether the whole interval is on one side of 0."""
        return self.low > 0 or self.high < 0

    @property
    def fell(self) -> bool:
        """Whether the whole interval is on the worse side."""
        return self.significant and self.measure.worse(self.difference)

    def to_json(self) -> dict[str, Any]:
        """The change as one object."""
        return {
            "a": self.a,
            "b": self.b,
            "difference": self.difference,
            "interval": [self.low, self.high],
            "p": self.p,
            "questions": self.count,
            "significant": self.significant,
            "wins": list(self.wins),
            "losses": list(self.losses),
            "ties": self.ties,
        }


def change(key: str, pairs: Pairs, *, level: float) -> Change | None:
    """The change of a metric; None if no question has it in both runs."""
    if key in REFUSALS:
        return _refusals(key, pairs, level)
    held = [(a, b, old, new) for a, b in pairs for old, new in [(_value(key, a), _value(key, b))]]
    both = [(a, b) for a, b, old, new in held if old is not None and new is not None]
    before = [old for _, _, old, new in held if old is not None and new is not None]
    after = [new for _, _, old, new in held if old is not None and new is not None]
    if not both:
        return None
    sides = _sides(both, before, after, measure(key).better)
    percent = _percent(key)
    if percent is not None:
        return _pooled(key, before, after, partial(percentile, percent=percent), level, sides)
    found = paired_bootstrap(before, after, level=level)
    a, b = fmean(before), fmean(after)
    return Change(key, a, b, found.difference, found.low, found.high, found.p, len(both), *sides)


def _percent(key: str) -> float | None:
    """The percentile that the metric takes over questions; None for a mean."""
    if key == "citation_offset_s":
        return 50.0
    found = _LATENCY.fullmatch(key)
    return float(found["percent"]) if found else None


def _value(key: str, row: Record) -> float | None:
    """What one question adds to the metric."""
    if found := _LATENCY.fullmatch(key):
        return row.timings_ms.get(found["stage"] or "total")
    return round(row.scores[key], PLACES) if key in row.scores else None


def decision(row: Record) -> Decision:
    """The refusal decision of a question that was answered or refused."""
    confidence = row.confidence if row.confidence is not None else float(bool(row.answered))
    return Decision(not row.answerable, not row.answered, round(confidence, PLACES))


def _refusals(key: str, pairs: Pairs, level: float) -> Change | None:
    both = [(a, b) for a, b in pairs if a.answered is not None and b.answered is not None]
    if key == "refusal_recall":
        both = [(a, b) for a, b in both if not a.answerable]
    before, after = [decision(a) for a, _ in both], [decision(b) for _, b in both]
    sides = _sides(both, [_right(key, one) for one in before], [_right(key, one) for one in after], 1)
    return _pooled(key, before, after, REFUSALS[key], level, sides)


def _right(key: str, made: Decision) -> float:
    """Correctness of one decision: for the AUROC its confidence, negative if a refusal was due; else 1 or 0."""
    if key == "refusal_auroc":
        return -made.confidence if made.due else made.confidence
    return float(made.due == made.refused)


def _pooled(
    key: str,
    before: Sequence[T],
    after: Sequence[T],
    statistic: Callable[[Sequence[T]], float | None],
    level: float,
    sides: tuple[tuple[str, ...], tuple[str, ...]],
) -> Change | None:
    a, b = statistic(before), statistic(after)
    if a is None or b is None:
        return None

    def difference(draw: Draw) -> float | None:
        one, other = statistic([before[n] for n in draw]), statistic([after[n] for n in draw])
        return None if one is None or other is None else other - one

    found = drawn(len(before), difference)
    if not len(found):
        return None
    return Change(key, a, b, b - a, *middle(found, level), two_sided(found), len(before), *sides)


def _sides(
    pairs: Pairs, before: Sequence[float], after: Sequence[float], better: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The ids of the questions that b won, and of those that it lost."""
    gains = [(row.id, (new - old) * (better or 1)) for (row, _), old, new in zip(pairs, before, after, strict=True)]
    return tuple(name for name, gain in gains if gain > 0), tuple(name for name, gain in gains if gain < 0)
