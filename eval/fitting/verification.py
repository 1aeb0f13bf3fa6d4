"""Fits the weights of `app.verification.score`, and measures how good `app.verification.verifier` is.

The claims (`make fit CLAIMS=FILE`) are lines `{"id", "question", "gold"}`: statements that the archive supports, and
the time ranges that support them; the file is not part of the project. `eval.fitting.made.statements` makes false ones
of them (another name or number, a negation, an opposite).

1. Each statement is looked up and measured.
2. Three logistic regressions are fitted, each on true statements against false ones: `Found` against other
   names and unrelated statements; `Agreed` against other numbers, negations and opposites; `told`, only for
   claims about the world, against unrelated statements and claims that nobody makes.
3. Figures are cross-validated by statement: a statement and its changes are in the same fold. The weights
   are fitted on all.

Needs the index of the real archive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import typer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from app.compose import open_archive
from app.types import Evidence
from app.verification.candidates import look_up
from app.verification.citations import cited
from app.verification.score import Agreed, Found, Measured, measure
from app.verification.verifier import LEAST_SPOKEN_OF, LEAST_SUPPORTED
from eval.fitting.made.statements import CHANGES, Made, made
from eval.fitting.regression import Flags, Numbers, Regression, fit, held_out, names_of, rows_of
from index.fitted.weights import Fitted
from ingest.settings import Settings

_FOLDS = 5
_STRENGTH = 0.5
# Foreign statements are few, and alike in what counts: nobody speaks about their subject.
_FOREIGN_WEIGHT = 3.0
# Users verify more true statements than false ones: prior odds that a statement on a known subject is true.
_TRUE_ODDS = 2.0
_NAMES = frozenset(("name", "near name", "stranger", "foreign"))
_TURNED = frozenset(("number", "negation", "opposite"))
_UNTOLD = frozenset(("foreign", "beside"))


@dataclass(frozen=True)
class Row:
    """A measured statement, and the evidence that it would cite."""

    made: Made
    measured: Measured
    cites: list[Evidence]

    def hits(self) -> list[bool]:
        """For each cited excerpt, whether it overlaps a range that supports the statement."""
        return [
            any(run.episode.slug == slug and run.start < end and begin < run.end for slug, begin, end in self.made.gold)
            for run in self.cites
        ]


def measured_rows(settings: Settings, claims: Path | None) -> list[Row]:
    """All statements, measured."""
    archive = open_archive(settings).view()
    index = archive.index
    statements = made(claims, index, lambda text: archive.search(text, k=12).passages)
    found = []
    with typer.progressbar(statements, label="Measuring") as all_of_them:
        for one in all_of_them:
            looked = look_up(one.text, archive)
            whole, parts = measure(one.text, looked, archive)
            found.append(Row(one, whole, cited(looked, parts, index)))
    return found


@dataclass(frozen=True)
class _Fit:
    """A regression fitted on some rows, and each row's probability by weights fitted without its group."""

    regression: Regression
    probabilities: Numbers


def fitted(rows: Sequence[Row], features: Numbers, among: Flags, odds: float = 1.0) -> _Fit:
    """Fit on the rows `among`, with equal total weights for true and false; `odds` are the prior odds of true."""
    true = np.array([row.made.true for row in rows])
    counts = _weights(rows, true, among)
    how = partial(fit, strength=_STRENGTH, scaled=True, odds=odds)
    groups = [row.made.group for row in rows]
    splits = GroupKFold(_FOLDS, shuffle=True, random_state=0).split(features, true, groups)
    probabilities = held_out(how, features, true, counts, splits)
    return _Fit(how(features[among], true[among], counts[among]), probabilities)


def _weights(rows: Sequence[Row], true: Flags, among: Flags) -> Numbers:
    """Row weights: n rows of one source and kind weigh together as the root of n."""
    cells = [(row.made.source, row.made.kind) for row in rows]
    counts = Counter(cell for cell, here in zip(cells, among, strict=True) if here)
    weights = np.array([counts[cell] ** -0.5 if here else 0.0 for cell, here in zip(cells, among, strict=True)])
    for side in (True, False):
        weights[true == side] *= among.sum() / 2 / weights[true == side].sum()
    weights[[source == "foreign" for source, _ in cells]] *= _FOREIGN_WEIGHT
    return weights


def fitted_scores(
    settings: Settings, claims: Path | None, about: Mapping[str, str]
) -> tuple[dict[str, Fitted], list[str]]:
    """The three regressions by name, and their cross-validated figures as lines."""
    rows = measured_rows(settings, claims)
    kinds = [row.made.kind for row in rows]
    found = fitted(rows, rows_of(row.measured.found for row in rows), _among(kinds, _NAMES))
    agreed = fitted(rows, rows_of(row.measured.agreed for row in rows), _among(kinds, _TURNED), _TRUE_ODDS)
    unscoped = np.array([row.measured.told is not None for row in rows])
    cosines = np.array([[row.measured.told or 0.0] for row in rows])
    told = fitted(rows, cosines, _among(kinds, _UNTOLD) & unscoped)
    scores = found.probabilities * agreed.probabilities * np.where(unscoped, told.probabilities, 1.0)
    verdicts = np.where(found.probabilities < LEAST_SPOKEN_OF, 0, np.where(scores < LEAST_SUPPORTED, 1, 2))
    shaped = {
        "found": found.regression.fitted(names_of(Found), about),
        "agreed": agreed.regression.fitted(names_of(Agreed), about),
        "told": told.regression.fitted(["told"], about),
    }
    return shaped, [*_table(rows, scores, verdicts), *_citations(rows, verdicts)]


def _among(kinds: Sequence[str], against: frozenset[str]) -> Flags:
    return np.array([kind == "true" or kind in against for kind in kinds])


def _table(rows: Sequence[Row], scores: Numbers, verdicts: npt.NDArray[np.int_]) -> Iterator[str]:
    """For each source and kind: the share of each verdict, and how often it scores below the true statement."""
    true = {(row.made.source, row.made.group): place for place, row in enumerate(rows) if row.made.true}
    yield f"{'source':11s} {'kind':10s} {'n':>4s}  supported partly not_found   told_apart drops  AUROC"
    for source in dict.fromkeys(row.made.source for row in rows):
        for kind in ("true", *sorted(_UNTOLD), *CHANGES):
            places = [p for p, row in enumerate(rows) if row.made.source == source and row.made.kind == kind]
            if not places:
                continue
            shares = [float(np.mean(verdicts[places] == verdict)) for verdict in (2, 1, 0)]
            line = f"{source:11s} {kind:10s} {len(places):4d}  {shares[0]:9.2f} {shares[1]:6.2f} {shares[2]:9.2f}"
            if kind in CHANGES:
                before = [true[source, rows[place].made.group] for place in places]
                own = [place for place in true.values() if rows[place].made.source == source]
                line += (
                    f"   {np.mean(scores[before] > scores[places]):10.2f}"
                    f" {np.mean(verdicts[before] > verdicts[places]):5.2f}  {_auroc(scores, own, places):.2f}"
                )
            yield line


def _auroc(scores: Numbers, true: Sequence[int], false: Sequence[int]) -> float:
    labels = [True] * len(true) + [False] * len(false)
    return float(roc_auc_score(labels, scores[[*true, *false]]))


def _citations(rows: Sequence[Row], verdicts: npt.NDArray[np.int_]) -> Iterator[str]:
    """How often the cited ranges are right, for all true statements and for those found."""
    shown: Sequence[tuple[str, Callable[[int], bool]]] = (
        ("all", lambda verdict: True),
        ("found", lambda verdict: verdict > 0),
    )
    for source in ("claims", "numbers"):
        for name, counts in shown:
            hits = [
                row.hits()
                for row, verdict in zip(rows, verdicts, strict=True)
                if row.made.source == source and row.made.true and counts(int(verdict))
            ]
            if spans := [hit for own in hits for hit in own]:
                first, one = (np.mean([any(own[:most]) for own in hits]) for most in (1, None))
                yield (
                    f"{source}, {name} ({len(hits)}): right ranges: one span {one:.3f}, the first {first:.3f}; "
                    f"of all spans, {len(spans) / len(hits):.1f} each, {np.mean(spans):.3f}"
                )
