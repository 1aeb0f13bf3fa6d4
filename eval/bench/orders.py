"""Orders passages by the judge, by a language model's reading, and by both, and computes how good each order is.

    readings -> scores of each order -> AUROC, answers@1, answers@3, what changes against the judge

The mix of both is a logistic regression. Nothing here searches or runs a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.model_selection import GroupKFold

from eval.fitting.regression import Flags, Numbers, fit, held_out
from eval.metrics import ANSWERS, answers_at, auroc
from eval.running.suites import Item
from eval.statistics import paired_bootstrap

TUNED_ON = "people-tune"
JUDGE, MODEL, MIX, MIX_OF_TUNE = "judge", "model", "mix", f"mix of {TUNED_ON}"
_FOLDS = 5
# Two features and hundreds of passages: hardly any penalty is needed.
_fit = partial(fit, strength=10.0, scaled=True)


@dataclass(frozen=True)
class Reading:
    """A question's first passages in the product's order, with the log-odds that judge and model give to each.

    `unsaid`: passages to which the model says neither yes nor no, which count 0; `ms`: milliseconds for each passage.
    """

    item: Item
    grades: list[int | None]
    judge: Numbers
    model: Numbers
    unsaid: int
    ms: float

    @property
    def true(self) -> Flags:
        """Which passages answer."""
        return np.array([grade == ANSWERS for grade in self.grades], bool)

    @property
    def read(self) -> Flags:
        """Which passages have a known grade."""
        return np.array([grade is not None or not self.item.answerable for grade in self.grades], bool)

    @property
    def rows(self) -> Numbers:
        """The features of the mix."""
        return np.column_stack([self.judge, self.model])

    def to_json(self) -> dict[str, Any]:
        """What was read, without words."""
        pairs = {JUDGE: self.judge.round(4).tolist(), MODEL: self.model.round(4).tolist()}
        return {"id": self.item.id, "answerable": self.item.answerable, "grades": self.grades, **pairs}


def orders(found: Sequence[Reading], tuned_on: Sequence[Reading] = ()) -> dict[str, list[Numbers]]:
    """For each order, a score for each passage of each question; a mix that cannot be fitted is left out."""
    scores = {JUDGE: [one.judge for one in found], MODEL: [one.model for one in found]}
    rows, true, counts = _stacked(found)
    cuts = np.cumsum([len(one.grades) for one in found])[:-1]
    groups = np.repeat(np.arange(len(found)), [len(one.grades) for one in found])
    if len(found) >= _FOLDS:
        splits = list(GroupKFold(_FOLDS).split(rows, true, groups))
        if all(_both(true[train], counts[train]) for train, _ in splits):
            scores[MIX] = np.split(held_out(_fit, rows, true, counts, splits), cuts)
    if tuned_on and _both(*(of_tune := _stacked(tuned_on))[1:]):
        scores[MIX_OF_TUNE] = np.split(_fit(*of_tune).probabilities(rows), cuts)
    return scores


def _stacked(found: Sequence[Reading]) -> tuple[Numbers, Flags, Numbers]:
    """Features, whether each passage answers, and its weight: 0 if nobody graded it."""
    parts = [(one.rows, one.true, one.read.astype(float)) for one in found]
    rows, true, counts = zip(*parts, strict=True)
    return np.vstack(rows), np.concatenate(true), np.concatenate(counts)


def _both(true: Flags, counts: Numbers) -> bool:
    """Whether there are passages of both kinds to fit on."""
    return len(set(true[counts > 0].tolist())) == 2


def figures(found: Sequence[Reading], scores: Mapping[str, Sequence[Numbers]]) -> dict[str, dict[str, Any]]:
    """The figures of each order, and what it changes against the judge's."""
    read, true = np.concatenate([one.read for one in found]), np.concatenate([one.true for one in found])
    hits = {name: {k: _answered(found, own, k) for k in (1, 3)} for name, own in scores.items()}
    result: dict[str, dict[str, Any]] = {}
    for name, own in scores.items():
        flat = np.concatenate(own)
        result[name] = {"auroc": auroc(flat[read & true].tolist(), flat[read & ~true].tolist())}
        result[name] |= {f"answers@{k}": float(np.mean(one)) if one else None for k, one in hits[name].items()}
        if name != JUDGE and hits[name][1]:
            result[name]["change@1"] = asdict(paired_bootstrap(hits[JUDGE][1], hits[name][1]))
    return result


def _answered(found: Sequence[Reading], scores: Sequence[Numbers], k: int) -> list[float]:
    """For each question with an answer, whether one of the first `k` passages by these scores answers it."""
    ordered = ((one, np.argsort(-own, kind="stable")) for one, own in zip(found, scores, strict=True))
    return [answers_at([one.grades[at] for at in order], k) for one, order in ordered if one.item.answerable]
