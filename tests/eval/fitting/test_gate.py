"""Tests the fit of the gate's weights and the figures of its report, against values by hand."""

from __future__ import annotations

import numpy as np
import pytest

from app.support.check import THRESHOLD, Verdict
from app.support.features import FEATURES
from eval.fitting.gate.data import CORRUPTIONS, FAITHFUL, PAIRS, SENTENCES, Case, Judged
from eval.fitting.gate.fit import fit, threshold
from eval.fitting.gate.labelled import FOLDER, read_corruptions
from eval.fitting.gate.report import auroc, report, shown


class TestWeights:
    def test_what_is_alike_counts_for_a_sentence_and_every_sign_against_it(self) -> None:
        alike = {name for name, feature in FEATURES.items() if feature.weight > 0}
        assert alike == {"held", "meant", "worst", "cosine", "length"}

    def test_the_fit_finds_the_weights_that_made_the_data_and_no_wrong_sign(self) -> None:
        names = list(FEATURES)
        random = np.random.default_rng(0)
        features = random.uniform(size=(4000, len(names)))
        true = np.zeros(len(names))
        true[names.index("held")], true[names.index("negation")] = 6.0, -4.0
        # A sign that speaks for a sentence is chance: no weight.
        true[names.index("widened")] = 1.0
        good = random.uniform(size=4000) < 1 / (1 + np.exp(-(features @ true - 1.5)))
        found = fit(features, good, np.ones(4000)).weights
        assert found[names.index("held")] == pytest.approx(6.0, abs=0.6)
        assert found[names.index("negation")] == pytest.approx(-4.0, abs=0.6)
        assert found[names.index("widened")] == 0.0


def judged(source: str, kind: str, support: float, *, good: bool = False, weighed: bool = True) -> Judged:
    case = Case("x", source, "test", "q", "s", ("quote",), kind, good)
    features = dict.fromkeys(FEATURES, 0.0) if weighed else None
    return Judged(case, Verdict(support, support >= THRESHOLD, ()), features)


class TestFigures:
    SOME = (
        judged(SENTENCES, "supported", 1.0, good=True, weighed=False),
        judged(SENTENCES, "supported", 0.3, good=True),
        judged(SENTENCES, "unsupported", 0.9),
        judged(SENTENCES, "unsupported", 0.05, weighed=False),
        judged(SENTENCES, "partly", 0.2),
        judged(CORRUPTIONS, FAITHFUL, 0.8, good=True),
        judged(CORRUPTIONS, "number", 0.05, weighed=False),
        judged(CORRUPTIONS, "scope", 0.6),
    )

    def test_refused_sentences_stay_refused_at_any_threshold(self) -> None:
        assert shown(self.SOME, 0.0) == 6
        assert shown(self.SOME, 0.95) == 1

    def test_auroc_by_hand(self) -> None:
        assert auroc(self.SOME[:2], self.SOME[2:4]) == pytest.approx(3 / 4)

    def test_the_report_counts(self) -> None:
        text = "\n".join(report(self.SOME, "test"))
        for line in (
            "| supported | 0.50 (1/2) |",
            "| unsupported | 0.50 (1/2) |",
            "| partly | 0.00 (0/1) |",
            "| faithful | 1.00 (1/1) |",
            "| corrupted | 0.50 (1/2) |",
            "| - scope | 1.00 (1/1) |",
            "| 0.10 | 1.00 | 1.00 | 0.50 | 1.00 | 0.50 |",
        ):
            assert line in text

    def test_the_threshold_is_the_least_that_shows_little_that_is_false(self) -> None:
        some = [*self.SOME, judged(PAIRS, "scope", 0.7), judged(PAIRS, "scope", 0.1)]
        # A cross-validated probability counts before the verdict of weights that saw the case.
        assert threshold(some, {2: 0.4}) == pytest.approx(0.701)
        assert threshold(some, {}) == pytest.approx(0.901)
        assert threshold(some, {2: 1.0}) == 1.0


def test_pairs_are_for_tuning_alone() -> None:
    pairs = read_corruptions(FOLDER / "pairs.jsonl")
    assert {pair.split for pair in pairs} == {"tune"}
    assert len(pairs) > 200
