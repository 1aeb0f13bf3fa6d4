"""Tests intervals and the paired bootstrap: against scipy's, and on cases computed by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap

from eval.metrics import Decision, refusal_f1
from eval.statistics import SAMPLES, bootstrap_interval, bootstrap_statistic, paired_bootstrap


def test_the_interval_is_scipys_percentile_interval() -> None:
    values = np.random.default_rng(3).beta(2, 5, 80)
    theirs = scipy_bootstrap((values,), np.mean, n_resamples=SAMPLES, method="percentile", rng=0).confidence_interval
    ours = bootstrap_interval(list(values))
    assert ours == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_the_interval_is_the_same_each_time_and_narrower_for_a_lower_level() -> None:
    values = [0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]
    wide = bootstrap_interval(values)
    assert wide == bootstrap_interval(values)
    low, high = bootstrap_interval(values, level=0.5)
    assert wide[0] < low < high < wide[1]


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert bootstrap_interval([0.25] * 9) == (0.25, 0.25)


def test_another_figure_than_the_mean() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 100.0]
    low, high = bootstrap_interval(values, statistic=lambda draws: np.asarray(np.median(draws, axis=1)))
    assert 1.0 <= low <= 3.0 <= high <= 100.0


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_nothing_and_what_is_not_finite_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="at least one value"):
        bootstrap_interval(values)


def test_a_figure_of_rows_leaves_out_draws_on_which_it_is_undefined() -> None:
    decisions = [Decision(True, True, 0.1), *[Decision(False, False, 0.9)] * 3]
    # A draw without the one question to refuse has no F1; every other draw has 1.
    assert bootstrap_statistic(4, lambda draw: refusal_f1([decisions[i] for i in draw])) == (1.0, 1.0)
    assert bootstrap_statistic(4, lambda draw: None) is None


def test_the_paired_bootstrap_sees_a_constant_gain_that_separate_intervals_would_not() -> None:
    a = list(np.random.default_rng(0).uniform(0, 0.9, 50))
    b = [value + 0.05 for value in a]
    result = paired_bootstrap(a, b)
    assert result.difference == pytest.approx(0.05)
    assert (result.low, result.high) == pytest.approx((0.05, 0.05))
    assert result.p == pytest.approx(2 / 2001)
    assert bootstrap_interval(a)[1] > bootstrap_interval(b)[0]


def test_the_difference_is_from_a_to_b_and_turns_with_them() -> None:
    a, b = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0, 0.0, 1.0]
    there, back = paired_bootstrap(a, b), paired_bootstrap(b, a)
    assert there.difference == pytest.approx(-2 / 6)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.p == back.p


def test_no_difference_has_p_1() -> None:
    assert paired_bootstrap([0.5, 1.0], [0.5, 1.0]).p == 1.0


def test_p_is_about_that_of_the_sign_test_on_wins_and_losses() -> None:
    # 9 wins, 1 loss of 40: the sign test gives 0.021.
    a = [0.0] * 9 + [1.0] + [1.0] * 30
    b = [1.0] * 9 + [0.0] + [1.0] * 30
    assert 0.002 < paired_bootstrap(a, b).p < 0.04


def test_scores_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="2 scores cannot be paired with 1"):
        paired_bootstrap([1.0, 0.0], [1.0])
