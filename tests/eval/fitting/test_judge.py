"""Tests examples for fitting, and the fit of the judge on made-up questions."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from eval.fitting.examples import TEST, TUNE, examples, kept_apart, passage_grades, read_items
from eval.fitting.judge import Judged, fitted_on, report
from eval.fitting.steps import first_part
from eval.metrics import Graded, Span
from eval.running.suites import Item
from index.judging.features import FEATURES
from index.judging.judge import confidence, probabilities
from ingest.models import Passage


def passage(number: int, start: float, end: float) -> Passage:
    return Passage(f"p{number}", "talk", 0, 0, 1, start, end, "Ada", f"words {number}", "title")


PASSAGES = [passage(0, 0, 60), passage(1, 60, 120), passage(2, 120, 180), passage(3, 180, 240)]


def item(*, graded: tuple[Graded, ...] = (), gold: tuple[Span, ...] = (), answerable: bool = True) -> Item:
    return Item("q", 1, ("Why?",), answerable, gold, (), "why", {}, graded)


GRADED = (Graded(Span("talk", 0, 60), 2), Graded(Span("talk", 60, 120), 1))


def test_gold_answers_where_nobody_graded() -> None:
    gold = (Span("talk", 60, 170),)
    assert passage_grades(item(graded=GRADED, gold=gold), PASSAGES) == [2, 1, 2, None]


def test_an_example_has_answering_passages_and_others() -> None:
    (one,) = examples([item(graded=GRADED)], {"talk": PASSAGES})
    assert one.answering == (PASSAGES[0].embedded_text,)
    assert one.others == (PASSAGES[1].embedded_text,)


@pytest.mark.parametrize("without", [item(graded=GRADED[1:]), item(graded=GRADED, answerable=False)])
def test_a_question_without_an_answering_passage_is_no_example(without: Item) -> None:
    assert examples([without], {"talk": PASSAGES}) == []


def test_tune_suites_are_about_other_episodes_than_test_suites() -> None:
    apart = kept_apart()
    tune, test = read_items(TUNE), read_items(TEST)
    assert apart
    assert not apart & {one.gold[0].episode for one in tune if one.gold}
    assert not {one.question for one in tune} & {one.question for one in test}


def test_the_first_part_holds_only_questions_with_an_answer() -> None:
    items = read_items(TUNE)
    first = first_part(items)
    assert 0.3 < len(first) / sum(one.answerable for one in items) < 0.5
    assert all(one.answerable for one in first)


def made(count: int, seed: int) -> list[Judged]:
    """Questions whose passages answer the more often, the higher their cosine is."""
    random, found = Random(seed), []
    for number in range(count):
        rows = np.zeros((10, len(FEATURES)))
        rows[:, FEATURES.index("cosine")] = [random.random() for _ in range(10)]
        answerable = number % 3 > 0
        chance = rows[:, FEATURES.index("cosine")] ** 4 * answerable
        true = np.array([random.random() < one for one in chance])
        found.append(Judged(item(answerable=answerable), rows, true, np.ones(10, bool)))
    return found


def test_the_fit_finds_what_counts_and_is_calibrated_on_others() -> None:
    ready = fitted_on(made(200, seed=1), {"data": "x"})
    assert max(ready.weights, key=lambda name: ready.weights[name]) == "cosine"
    assert ready.about == {"data": "x"}
    others = made(200, seed=2)
    rows = np.vstack([one.rows for one in others])
    true = np.concatenate([one.true for one in others])
    assert probabilities(rows, ready).mean() == pytest.approx(true.mean(), abs=0.03)


def test_the_report_counts_what_the_judge_does(monkeypatch: pytest.MonkeyPatch) -> None:
    ready = fitted_on(made(100, seed=1), {})
    found = made(60, seed=3)
    sure = [confidence(probabilities(one.rows, ready).tolist(), ready) for one in found]
    border = float(np.median(sure))
    monkeypatch.setattr("eval.fitting.judge.ANSWERED_FROM", border)
    lines = report(found, ready)
    best = [probabilities(one.rows, ready).argmax() for one in found if one.item.answerable]
    hits = np.mean([one.true[at] for one, at in zip((o for o in found if o.item.answerable), best, strict=True)])
    assert f"@1 {hits:.3f}" in lines[0]
    refused = sum(one < border for one in sure)
    assert 0 < refused < len(found)
