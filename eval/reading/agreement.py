"""Computes how far readers agree with each other, and judges with readers.

1. What is asked of an answer (`eval.reading.asked`) has a value for each label, or none where it was left open.
2. Two readers are compared on the answers for which both gave a value.
3. A judge (`eval.reading.judges`) is compared with each reader on the answers that both judged: by its verdicts, and
   by its scores, where it gives them.

Figures that are undefined are None: a kappa without any variation, an AUROC without answers of both kinds.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from eval.metrics import auroc
from eval.reading.asked import BETWEEN_READERS, Asked, by_reader, values
from eval.reading.judges import Judged
from eval.reading.labels import Answer, Read

Values = Mapping[Answer, int]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two readers, or a judge and a reader, on one thing asked.

    `share`: of the `shared` answers, those with equal values. `kappa`: Cohen, Educational and Psychological
    Measurement 20(1), 1960. `weighted`: the same with linear weights, for grades. `auroc`: the chance that the judge
    scores an answer higher of which the reader says yes than one of which the reader says no.
    """

    asked: str
    one: str
    other: str
    shared: int
    share: float | None = None
    kappa: float | None = None
    weighted: float | None = None
    auroc: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The figures, without those that are undefined."""
        return {key: value for key, value in asdict(self).items() if value is not None}


def between_readers(reads: Sequence[Read]) -> list[Agreement]:
    """Each pair of readers on each thing asked; without pairs that share no answer."""
    found = [
        _agreement(asked, (one, values(asked, own)), (other, values(asked, others)))
        for (one, own), (other, others) in combinations(by_reader(reads).items(), 2)
        for asked in BETWEEN_READERS
    ]
    return [agreement for agreement in found if agreement.shared]


def with_judges(reads: Sequence[Read], judges: Sequence[Judged]) -> list[Agreement]:
    """Each judge with each reader, on what the judge judges; without pairs that share no answer."""
    found: list[Agreement] = []
    for judge in judges:
        for reader, own in by_reader(reads).items():
            said = values(judge.asked, own)
            shared = [answer for answer in judge.scores if answer in said]
            area = auroc(*([judge.scores[answer] for answer in shared if said[answer] == yes] for yes in (1, 0)))
            if judge.verdicts is None:
                found.append(Agreement(judge.asked.words, judge.name, reader, len(shared), auroc=area))
            else:
                found.append(_agreement(judge.asked, (judge.name, judge.verdicts), (reader, said), area))
    return [agreement for agreement in found if agreement.shared]


def _agreement(
    asked: Asked, one: tuple[str, Values], other: tuple[str, Values], area: float | None = None
) -> Agreement:
    shared = [answer for answer in one[1] if answer in other[1]]
    a, b = ([said[answer] for answer in shared] for _, said in (one, other))
    if not shared:
        return Agreement(asked.words, one[0], other[0], 0)
    return Agreement(
        asked=asked.words,
        one=one[0],
        other=other[0],
        shared=len(shared),
        share=sum(x == y for x, y in zip(a, b, strict=True)) / len(shared),
        kappa=kappa(a, b, asked.grades),
        weighted=kappa(a, b, asked.grades, "linear") if len(asked.grades) > 2 else None,
        auroc=area,
    )


def kappa(a: Sequence[int], b: Sequence[int], grades: Sequence[int], weights: str | None = None) -> float | None:
    """Cohen's kappa of values in pairs; None if both sides gave one and the same value throughout."""
    from sklearn.metrics import cohen_kappa_score

    with warnings.catch_warnings():
        # 0 / 0 is no figure here, and no news to the reader of the table.
        warnings.simplefilter("ignore")
        found = float(cohen_kappa_score(a, b, labels=list(grades), weights=weights))
    return found if math.isfinite(found) else None
