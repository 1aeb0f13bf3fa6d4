"""Fits the judge (`index.judging`) on graded passages, and prints how good it is on questions kept apart.

    questions -> candidates, features -> regression -> calibrated confidence -> index/judging/fitted.json

1. Each question is searched as in the product. A candidate is true if a reader graded it 2, or if it lies in gold and
   nobody graded it. Of the others that nobody read, those of a question without an answer are false, and the rest count
   as false with little weight.
2. The weights are fitted on `*-tune`, with the index of an embedder that was not fitted on these questions: on its
   own questions an embedder separates better than on others, and the judge would promise too much.
3. The confidence is calibrated on held-out probabilities: is one of the first passages an answer?
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.model_selection import GroupKFold

from eval.fitting.examples import passage_grades
from eval.fitting.regression import Flags, Numbers, Regression, fit, held_out
from eval.metrics import ANSWERS, Decision, calibration_error, refusal_auroc, refusal_precision, refusal_recall
from eval.running.suites import Item
from index.archive import ArchiveView
from index.fitted.weights import Fitted
from index.judging.features import FEATURES, features
from index.judging.judge import ANSWERED_FROM, DECIDING, confidence, probabilities
from index.retrieve import Retriever

_STRENGTH = 0.03
_FOLDS = 5
# What a candidate that nobody read counts, against one that a reader graded.
_UNREAD = 0.15


@dataclass(frozen=True)
class Judged:
    """A question's candidates in the product's order: features, whether each answers, whether somebody read it."""

    item: Item
    rows: Numbers
    true: Flags
    read: Flags


def judged(view: ArchiveView, items: Sequence[Item], advance: Callable[[], None] = lambda: None) -> list[Judged]:
    """Search each question and compute its candidates' features."""
    retriever = Retriever(view.index, view.embedder)
    found = []
    for item in items:
        query, candidates = retriever.candidates(item.question)
        grades = passage_grades(item, [one.passage for one in candidates])
        found.append(
            Judged(
                item,
                features(query, candidates, view.index),
                np.array([grade == ANSWERS for grade in grades], bool),
                np.array([grade is not None or not item.answerable for grade in grades], bool),
            )
        )
        advance()
    return [one for one in found if len(one.rows)]


def fitted_on(found: Sequence[Judged], about: dict[str, str]) -> Fitted:
    """The judge's weights and calibration."""
    rows, true, counts = _stacked(found)
    groups = np.repeat(np.arange(len(found)), [len(one.rows) for one in found])
    how = partial(fit, strength=_STRENGTH, scaled=True)
    apart = held_out(how, rows, true, counts, GroupKFold(_FOLDS).split(rows, true, groups))
    whole = how(rows, true, counts)
    plain = Fitted(dict(zip(FEATURES, whole.weights.tolist(), strict=True)), whole.bias)
    own = np.split(apart, np.cumsum([len(one.rows) for one in found])[:-1])
    calibrated = _calibrated(found, own)
    numbers = {"slope": float(calibrated.weights[0]), "intercept": calibrated.bias}
    return Fitted(plain.weights, plain.bias, numbers, about)


def _stacked(found: Sequence[Judged]) -> tuple[Numbers, Flags, Numbers]:
    counts = np.concatenate([np.where(one.read | one.true, 1.0, _UNREAD) for one in found])
    return np.vstack([one.rows for one in found]), np.concatenate([one.true for one in found]), counts


def _calibrated(found: Sequence[Judged], own: Sequence[Numbers]) -> Regression:
    """The regression from the noisy-or's log-odds to whether one of the deciding passages answers."""
    odds = []
    for probability in own:
        none = float(np.prod(1.0 - np.sort(probability)[::-1][:DECIDING]))
        odds.append([math.log((1.0 - none) / max(none, 1e-9))])
    return fit(np.array(odds), np.array(_answered(found, own)), np.ones(len(odds)), strength=10.0)


def _answered(found: Sequence[Judged], own: Sequence[Numbers]) -> list[bool]:
    """For each question, whether one of its deciding passages answers."""
    return [
        bool(one.true[np.argsort(-probability)[:DECIDING]].any()) for one, probability in zip(found, own, strict=True)
    ]


def report(found: Sequence[Judged], ready: Fitted) -> list[str]:
    """Figures of some questions, as lines."""
    lines = []
    graded: list[Decision] = []
    first: dict[int, list[bool]] = {1: [], 3: [], DECIDING: []}
    decisions, any_of_five = [], []
    for one in found:
        probability = probabilities(one.rows, ready)
        order = np.argsort(-probability, kind="stable")
        graded += [Decision(not one.true[i], False, float(probability[i])) for i in order if one.read[i]]
        sure = confidence(probability.tolist(), ready)
        decisions.append(Decision(not one.item.answerable, sure < ANSWERED_FROM, sure))
        any_of_five.append(Decision(not one.true[order[:5]].any(), False, sure))
        if one.item.answerable:
            for k, hits in first.items():
                hits.append(bool(one.true[order[:k]].any()))
    lines.append(
        "answers " + ", ".join(f"@{k} {np.mean(hits):.3f}" for k, hits in first.items()) + f" ({len(first[1])})"
    )
    lines.append(f"calibration error of {len(graded)} graded passages {calibration_error(graded) or 0:.3f}")
    shown = (("precision", refusal_precision), ("recall", refusal_recall), ("AUROC", refusal_auroc))
    lines.append("refusals: " + ", ".join(f"{name} {figure(decisions) or 0:.3f}" for name, figure in shown))
    lines.append(f"one of the first five answers: AUROC {refusal_auroc(any_of_five) or 0:.3f}")
    return lines
