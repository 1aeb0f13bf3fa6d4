"""Fits which premises of questions are doubtful (`app.answering.premise`), and measures it.

    eval/premises/tune.jsonl, false premises of the suites -> measures -> regression -> app/answering/premise.json

    {"id", "question", "true": bool, "kind": "true" | "fact" | "contrary" | "invented", "gold": [range]}

Of false premises, `contrary` ones turn round what the guest said in `gold`; of `invented` ones the guest never spoke.
`fact` is a true premise made from a fact of a true one's answer. The files hold no transcript. True premises of the
suites are left out: the embedder was fitted on them.

A premise is doubtful below the probability that `_KEPT` of the true ones reach. Weights are fitted on `tune`; of `test`
and `people-test` only figures are given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from app.answering.finding import RANKED
from app.answering.premise import Measures, premise_of
from eval.fitting.examples import read_items
from eval.fitting.regression import Flags, Numbers, fit, held_out, names_of, rows_of
from eval.jsonl import objects
from index.archive import ArchiveView
from index.fitted.weights import Fitted

FOLDER = Path(__file__).parents[1] / "premises"
TUNE, TEST = FOLDER / "tune.jsonl", FOLDER / "test.jsonl"
TUNE_SUITES, TEST_SUITES = ("people-tune", "unanswerable"), ("people-test",)
_FALSE = ("false_premise", "false-premise")
_STRENGTH = 0.3
_FOLDS = 5
# The share of true premises that may not become doubtful.
_KEPT = 0.8


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, whether its premise is true, and of which kind it is."""

    question: str
    true: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A question that takes something for granted, and its premise's measures."""

    asked: Asked
    measures: Measures


def read_premises(path: Path, suites: Sequence[str]) -> list[Asked]:
    """The questions of a file, and those with false premises of some suites."""
    own = [Asked(line["question"], line["true"], line["kind"]) for line in objects(path)]
    return own + [Asked(item.question, False, "suite") for item in read_items(suites) if item.type in _FALSE]


def measured(view: ArchiveView, asked: Sequence[Asked], advance: Callable[[], None] = lambda: None) -> list[Measured]:
    """The questions whose premise is questioned, with its measures."""
    names, found = view.index.guest_names, []
    for one in asked:
        question = names.spelled(one.question)
        if premise := premise_of(view, question, view.search(question, RANKED)):
            found.append(Measured(one, premise.measures))
        advance()
    return found


def enough(found: Sequence[Measured]) -> bool:
    """Whether there are true and false premises for each fold."""
    true = _true(found)
    return bool(min(true.sum(), (~true).sum()) >= _FOLDS)


def fitted_on(found: Sequence[Measured], about: Mapping[str, str]) -> tuple[Fitted, list[str]]:
    """The weights with the threshold, and cross-validated figures as lines."""
    rows, true = rows_of(one.measures for one in found), _true(found)
    counts = np.where(true, len(true) / (2 * true.sum()), len(true) / (2 * (~true).sum()))
    how = partial(fit, strength=_STRENGTH, scaled=True)
    kinds = [one.asked.kind for one in found]
    apart = held_out(how, rows, true, counts, StratifiedKFold(_FOLDS, shuffle=True, random_state=0).split(rows, kinds))
    threshold = float(np.quantile(apart[true], 1 - _KEPT))
    return how(rows, true, counts).fitted(names_of(Measures), about, threshold=threshold), [
        *_figures(found, apart, threshold)
    ]


def report(found: Sequence[Measured], ready: Fitted) -> list[str]:
    """Figures of questions that nothing was fitted on, as lines."""
    probabilities = np.array([ready.probability(asdict(one.measures)) for one in found])
    return [*_figures(found, probabilities, ready.numbers["threshold"])]


def _figures(found: Sequence[Measured], probabilities: Numbers, threshold: float) -> Iterator[str]:
    true = _true(found)
    kinds: Any = np.array([one.asked.kind for one in found])
    for kind in dict.fromkeys(kinds.tolist()):
        own = kinds == kind
        line = f"{kind}: {(probabilities[own] < threshold).sum()} of {own.sum()} are doubtful"
        if not true[own].any():
            line += f", AUROC {roc_auc_score(true[own | true], probabilities[own | true]):.3f}"
        yield line
    yield f"all: AUROC {roc_auc_score(true, probabilities):.3f}"


def _true(found: Sequence[Measured]) -> Flags:
    return np.array([one.asked.true for one in found], bool)
