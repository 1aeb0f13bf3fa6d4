"""Tests which runs pass the gate, and that a baseline holds no words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_fake import SECRET, asked, made_up, run_of

from eval.comparing.regression import baseline_json, baseline_of, check

BASELINES = Path(__file__).parents[3] / "eval" / "baselines"


def steady(rank: int = 1, *, count: int = 10, **more: Any) -> dict[str, Any]:
    return run_of(s=[asked(f"q{n}", rank=rank, **more) for n in range(count)])


def test_the_same_answers_pass_against_a_run_and_against_its_baseline() -> None:
    run = made_up(4, count=25)
    for baseline in (run, baseline_of(run), json.loads(baseline_json(run))):
        result = check(run, baseline)
        assert not result.failed, result.text()
        assert result.text().startswith("gate: passed")


@pytest.mark.parametrize("small", [False, True])
def test_a_significant_fall_fails_and_is_named(small: bool) -> None:
    before, after = steady(rank=1), steady(rank=2)
    result = check(after, baseline_of(before) if small else before)
    assert result.failed
    assert {(suite, one.key) for suite, one in result.falls} == {("s", "hit@1"), ("s", "mrr@10")}
    assert "s got worse: hit@1 from 1.000 to 0.000 (worse on 10, better on 0 of 10 questions" in result.text()


def test_a_rise_passes() -> None:
    assert not check(steady(rank=1), steady(rank=2)).failed


def test_a_fall_that_chance_explains_passes() -> None:
    # One question of ten: the interval of the difference runs from -0.3 to 0.
    before = steady()
    after = run_of(s=[asked("q0", rank=2), *(asked(f"q{n}") for n in range(1, 10))])
    result = check(after, before)
    assert result.comparison is not None
    hit = next(one for one in result.comparison.suites["s"] if one.key == "hit@1")
    assert hit.difference == pytest.approx(-0.1)
    assert hit.high == 0
    assert not result.failed
    # A lower level makes a narrower interval, and a stricter gate.
    assert check(after, before, level=0.2).failed


def test_a_fall_that_rounding_explains_passes() -> None:
    # On every question a little worse: the interval is on one side of 0, and close to it.
    before = steady(scores={"ndcg@10": 0.8})
    assert not check(steady(scores={"ndcg@10": 0.799}), before).failed
    assert [one.key for _, one in check(steady(scores={"ndcg@10": 0.79}), before).falls] == ["ndcg@10"]
    assert not check(steady(offset=5.5), steady(offset=5)).failed


def test_an_offset_that_grows_is_a_fall_and_a_longer_quote_is_none() -> None:
    assert [one.key for _, one in check(steady(offset=40), steady(offset=5)).falls] == ["citation_offset_s"]
    longer = steady(scores={"citation_length_s": 90.0})
    assert not check(longer, steady(scores={"citation_length_s": 30.0})).failed


def test_latency_is_shown_and_fails_nothing() -> None:
    slow = steady(total=9000.0)
    slow["aggregates"]["s"]["latency_p50_ms"] = 9000.0
    result = check(slow, steady(total=10.0))
    assert not result.failed
    assert "latency_p50_ms" in result.text()
    assert "latency, shown only: s p50 9,000 ms" in check(slow, baseline_of(steady())).text()


def test_refusing_everything_fails_over_all_suites() -> None:
    # No question of `good` loses a citation score except `citation_hit`; precision of refusals shows it as well.
    def run(refused: bool) -> dict[str, Any]:
        return run_of(
            good=[asked(f"g{n}", answered=not refused) for n in range(8)],
            bad=[asked(f"b{n}", answerable=False, answered=False, confidence=0.1) for n in range(8)],
        )

    result = check(run(True), baseline_of(run(False)))
    assert {("good", "citation_hit"), ("all", "refusal_precision")} <= {(suite, one.key) for suite, one in result.falls}


def test_missing_suites_and_questions_fail_and_new_ones_do_not() -> None:
    whole = run_of(s=[asked("x"), asked("y")], t=[asked("z")])
    for part in (run_of(s=[asked("x")], t=[asked("z")]), run_of(s=[asked("x"), asked("y")])):
        result = check(part, whole)
        assert result.failed
        assert "only in A" in result.problems[0]
        grown = check(whole, part)
        assert not grown.failed
        assert "only in B" in grown.text()


def test_scores_that_went_missing_fail_where_they_are_always_defined() -> None:
    lost = steady()
    del lost["suites"]["s"][3]["scores"]["hit@5"]
    assert check(lost, steady()).problems == ("s, hit@5 of questions only in A: q3",)
    # A refusal has no citation precision: that is noted, and other metrics count it.
    refused = run_of(s=[asked("q0", answered=False), *(asked(f"q{n}") for n in range(1, 10))])
    result = check(refused, steady())
    assert not result.failed
    assert "s, citation_precision of questions only in A: q0" in result.notes
    # If no question has it any more, it is missing.
    silent = steady(answered=False)
    assert any("citation_precision" in problem for problem in check(silent, steady()).problems)


def test_a_judge_that_failed_fails_where_it_did_not_before() -> None:
    good, bad = steady(), steady() | {"judge_failures": 3}
    result = check(bad, baseline_of(good))
    assert result.problems == ("the judge failed 3 times; in the baseline it never did",)
    assert not check(bad, baseline_of(bad)).failed


def test_verdicts_of_different_judges_are_not_compared() -> None:
    good = steady() | {"settings": {"judge": "embedding"}}
    result = check(good, baseline_of(steady() | {"settings": {"judge": "lexical"}}))
    assert result.problems == ("support and facts were judged by embedding and lexical: run it with the same --judge",)
    assert not check(good, baseline_of(good)).failed
    assert not check(good, baseline_of(steady())).failed


@pytest.mark.parametrize("empty", [{}, {"suites": {}}, {"suites": {"s": []}}, {"suites": {"other": []}}])
def test_nothing_never_passes(empty: dict[str, Any]) -> None:
    for run, baseline in ((empty, steady()), (steady(), empty), (empty, empty)):
        result = check(run, baseline)
        assert result.failed
        assert result.text().startswith("gate: failed\n- ")


def test_questions_without_a_score_never_pass() -> None:
    blank = {"suites": {"s": [{"id": "x", "scores": {}}]}}
    assert check(blank, blank).problems == ("nothing was compared: no metric that counts is in both",)


def strings(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {text for child in value.values() for text in strings(child)}
    if isinstance(value, list):
        return {text for child in value for text in strings(child)}
    return {value} if isinstance(value, str) else set()


def test_a_baseline_holds_ids_numbers_and_no_words() -> None:
    run = run_of(s=[asked("x", question="Is this private?"), asked("y", answered=False)])
    run["suites"]["s"][0]["scores"]["remark"] = SECRET
    baseline = baseline_of(run)
    names = set(run["suites"]["s"][0]["scores"]) - {"remark"}
    shape = {
        "system",
        "model",
        "settings",
        "judge",
        "",
        "suites",
        "judge_failures",
        "id",
        "item",
        "answerable",
        "output",
        "answered",
    }
    shape |= {"confidence", "scores"}
    assert strings(baseline) == names | shape | {"ours", "extractive", "s", "x", "y"}
    text = baseline_json(run)
    assert SECRET not in text
    assert "private" not in text
    assert json.loads(text) == baseline


def test_a_baseline_is_small_and_has_a_line_for_each_question() -> None:
    run = made_up(1, count=30)
    text = baseline_json(run)
    assert len(text) < 300 * 60
    assert sum(line.startswith('{"id"') for line in text.splitlines()) == 60
    assert baseline_json(json.loads(text)) == text


@pytest.mark.parametrize("path", sorted(BASELINES.glob("*.json")), ids=lambda path: path.stem)
def test_committed_baselines_are_what_the_command_writes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    baseline = json.loads(text)
    assert baseline_json(baseline) == text
    # Ids and names of figures: one word each.
    assert not [word for word in strings(baseline) if len(word.split()) > 1]
    assert not check(baseline, baseline).failed
