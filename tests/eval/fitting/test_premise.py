"""Tests the fit of premises on made-up measures, and its data."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.answering.premise import Measures
from eval.fitting.premise import TEST, TEST_SUITES, TUNE, TUNE_SUITES, Asked, Measured, fitted_on, read_premises, report


def made(true: bool, unmet: float) -> Measured:
    return Measured(Asked("Why?", true, "true" if true else "contrary"), Measures(unmet))


FOUND = [made(True, 0.1 * i) for i in range(20)] + [made(False, 1.5 + 0.1 * i) for i in range(20)]


def test_four_of_five_true_premises_stay_and_what_is_unmet_counts_against_them() -> None:
    ready, lines = fitted_on(FOUND, {"data": "x"})
    assert ready.about == {"data": "x"}
    assert ready.weights["unmet"] < 0
    kept = [ready.probability({"unmet": one.measures.unmet}) >= ready.numbers["threshold"] for one in FOUND]
    assert 15 <= sum(kept[:20]) <= 17
    assert sum(kept[20:]) <= 2
    assert lines[0] == "true: 4 of 20 are doubtful"
    assert lines[1].startswith("contrary: ")


def test_the_report_of_perfect_weights_says_so() -> None:
    ready, _ = fitted_on(FOUND, {})
    lines = report([made(True, 0.0), made(False, 9.0)], ready)
    assert lines == ["true: 0 of 1 are doubtful", "contrary: 1 of 1 are doubtful, AUROC 1.000", "all: AUROC 1.000"]


@pytest.mark.parametrize(("path", "suites"), [(TUNE, TUNE_SUITES), (TEST, TEST_SUITES)])
def test_every_kind_is_in_the_data(path: Path, suites: tuple[str, ...]) -> None:
    kinds = {one.kind: one.true for one in read_premises(path, suites)}
    assert kinds == {"true": True, "fact": True, "contrary": False, "invented": False, "suite": False}


def test_no_question_is_in_both_parts() -> None:
    tune, test = ({one.question for one in read_premises(*of)} for of in ((TUNE, TUNE_SUITES), (TEST, TEST_SUITES)))
    assert not tune & test
