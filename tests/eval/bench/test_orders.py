"""Tests the orders by judge, model and both on made-up readings, and their figures."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest

from eval.bench.orders import JUDGE, MIX, MIX_OF_TUNE, MODEL, Reading, figures, orders
from eval.running.suites import Item

PASSAGES = 8


def item(answerable: bool = True) -> Item:
    return Item("q", 1, ("Why?",), answerable, (), (), "", {})


def reading(grades: Sequence[int | None], judge: list[float], model: list[float], answerable: bool = True) -> Reading:
    return Reading(item(answerable), list(grades), np.array(judge), np.array(model), 0, 1.0)


def made(count: int, seed: int, judge: float, model: float) -> list[Reading]:
    """Questions with two answers among the first passages; judge and model tell them from the others so well."""
    random = Random(seed)
    found = []
    for _ in range(count):
        answers = random.sample(range(PASSAGES), 2)
        grades: list[int | None] = [2 if at in answers else 0 for at in range(PASSAGES)]
        by_judge, by_model = (
            [random.gauss(skill * (at in answers), 1) for at in range(PASSAGES)] for skill in (judge, model)
        )
        found.append(reading(grades, by_judge, by_model))
    return found


def test_figures_are_those_of_the_order_by_each_score() -> None:
    found = [
        reading([2, 0, 0, 1], judge=[1, 2, 3, 0], model=[9, 1, 1, 1]),
        reading([None, 2, 0, 0], judge=[4, 3, 2, 1], model=[9, 1, 2, 3]),
    ]
    scores = orders(found)
    assert list(scores) == [JUDGE, MODEL]
    ours = figures(found, scores)
    assert (ours[JUDGE]["answers@1"], ours[JUDGE]["answers@3"]) == (0, 1)
    assert (ours[MODEL]["answers@1"], ours[MODEL]["answers@3"]) == (0.5, 0.5)
    # Nobody graded the first passage of the second question: it is in no AUROC. Of 2 x 5 pairs, the judge has 5 in
    # order and 2 level, the model 5 and 3.
    assert ours[JUDGE]["auroc"] == pytest.approx(0.6)
    assert ours[MODEL]["auroc"] == pytest.approx(0.65)
    assert ours[MODEL]["change@1"]["difference"] == 0.5


def test_all_passages_of_a_question_without_an_answer_are_false() -> None:
    found = [reading([2, 0], [3, 1], [3, 1]), reading([None, None], [2, 4], [0, 0], answerable=False)]
    ours = figures(found, orders(found))
    assert ours[JUDGE]["auroc"] == pytest.approx(2 / 3)
    assert ours[MODEL]["auroc"] == 1
    assert ours[JUDGE]["answers@1"] == 1  # of the one question that has an answer


def test_a_mix_is_better_than_both_where_both_know_something() -> None:
    found = made(150, seed=1, judge=1.0, model=1.0)
    ours = figures(found, orders(found, made(150, seed=2, judge=1.0, model=1.0)))
    for mix in (MIX, MIX_OF_TUNE):
        assert ours[mix]["auroc"] > max(ours[JUDGE]["auroc"], ours[MODEL]["auroc"]) + 0.03
        assert ours[mix]["change@1"]["low"] > 0


def test_a_mix_with_a_model_that_knows_nothing_is_as_good_as_the_judge() -> None:
    found = made(150, seed=3, judge=1.0, model=0.0)
    ours = figures(found, orders(found))
    assert ours[MODEL]["auroc"] == pytest.approx(0.5, abs=0.05)
    assert ours[MIX]["auroc"] == pytest.approx(ours[JUDGE]["auroc"], abs=0.02)


def test_a_mix_never_sees_the_question_that_it_orders() -> None:
    others = made(4, seed=4, judge=0.0, model=0.0)
    scores = [float(at) for at in range(PASSAGES)]
    last_answers, first_answers = (
        orders([*others, reading(grades, [0.0] * PASSAGES, scores)])[MIX] for grades in ([0] * 7 + [2], [2] + [0] * 7)
    )
    assert last_answers[-1] == pytest.approx(first_answers[-1])
    assert last_answers[0] != pytest.approx(first_answers[0])


@pytest.mark.parametrize(
    "found",
    [
        made(4, seed=5, judge=1.0, model=1.0),
        [reading([0, 1], [2, 1], [1, 2]) for _ in range(6)],
        [reading([None, None], [2, 1], [1, 2]) for _ in range(6)],
    ],
)
def test_without_enough_to_fit_on_there_is_no_mix(found: list[Reading]) -> None:
    scores = orders(found, found[:0])
    assert list(scores) == [JUDGE, MODEL]
    assert figures(found, scores)[JUDGE].keys() == {"auroc", "answers@1", "answers@3"}
