"""Tests the comparison of two runs: figures computed by hand, wins and losses, what is missing."""

from __future__ import annotations

import json

import pytest
from run_fake import HOSTILE, asked, made_up, run_of

from eval.comparing.comparison import ALL, compare_runs
from eval.comparing.paired import Change
from eval.comparing.regression import baseline_of
from eval.run_file import RunError


def changes(comparison_suite: tuple[Change, ...]) -> dict[str, Change]:
    return {one.key: one for one in comparison_suite}


def test_a_mean_its_difference_and_who_won() -> None:
    a = run_of(s=[asked("w", rank=1), asked("x", rank=2), asked("y", rank=0), asked("z", rank=4)])
    b = run_of("other", s=[asked("w", rank=1), asked("x", rank=1), asked("y", rank=5), asked("z", rank=8)])
    found = compare_runs(a, b)
    mrr = changes(found.suites["s"])["mrr@10"]
    # 1, 1/2, 0, 1/4 against 1, 1, 1/5, 1/8
    assert mrr.a == pytest.approx(1.75 / 4)
    assert mrr.b == pytest.approx(2.325 / 4)
    assert mrr.difference == pytest.approx(0.575 / 4)
    assert (mrr.wins, mrr.losses, mrr.ties) == (("x", "y"), ("z",), 1)
    # The means of four differences 0, 0.5, 0.2, -0.125, drawn with repetition, lie between the extremes.
    assert -0.125 <= mrr.low < mrr.difference < mrr.high <= 0.5
    assert not mrr.significant
    assert (found.a, found.b) == ("ours (extractive)", "other (extractive)")


def test_a_run_with_itself_differs_in_nothing() -> None:
    run = made_up(2, count=12)
    for suite in compare_runs(run, run).suites.values():
        for one in suite:
            assert (one.difference, one.low, one.high, one.wins, one.losses) == (0, 0, 0, (), ())
            assert one.p == 1.0
            assert not one.significant


def test_the_interval_of_a_change_on_every_question_is_that_change() -> None:
    a = run_of(s=[asked(f"q{n}", rank=2) for n in range(6)])
    b = run_of(s=[asked(f"q{n}", rank=1) for n in range(6)])
    mrr = changes(compare_runs(a, b).suites["s"])["mrr@10"]
    assert (mrr.low, mrr.difference, mrr.high) == (0.5, 0.5, 0.5)
    # No draw of 2,000 is on the other side: 2 * (0 + 1) / 2,001.
    assert mrr.p == pytest.approx(2 / 2001)
    assert mrr.significant
    assert not mrr.fell


def test_lower_is_better_where_it_is() -> None:
    a = run_of(s=[asked(f"q{n}", offset=5 + n, total=50 + n) for n in range(5)])
    b = run_of(s=[asked(f"q{n}", offset=25 + n, total=40 + n) for n in range(5)])
    found = changes(compare_runs(a, b).suites["s"])
    offset, latency = found["citation_offset_s"], found["latency_p50_ms"]
    # The offset of a run is the median over its questions: 7 and 27 seconds.
    assert (offset.a, offset.b, offset.difference) == (7.0, 27.0, 20.0)
    assert len(offset.losses) == 5
    assert offset.fell
    assert (latency.a, latency.b) == (52.0, 42.0)
    assert len(latency.wins) == 5
    assert not latency.fell


def test_refusals_are_figures_of_all_questions_together() -> None:
    def rows(*made: tuple[str, bool, bool, float]) -> list[dict[str, object]]:
        return [asked(n, answerable=due, answered=said, confidence=c) for n, due, said, c in made]

    a = run_of(
        s=rows(("a", True, True, 0.9), ("b", True, False, 0.3), ("c", False, False, 0.2), ("d", False, True, 0.6))
    )
    b = run_of(
        s=rows(("a", True, True, 0.9), ("b", True, True, 0.7), ("c", False, False, 0.2), ("d", False, False, 0.4))
    )
    found = changes(compare_runs(a, b).suites["s"])
    precision, recall, f1 = (found[f"refusal_{name}"] for name in ("precision", "recall", "f1"))
    # Run a refuses b and c, of which c was due, and answers d, which was due as well.
    assert (precision.a, recall.a, f1.a) == (0.5, 0.5, 0.5)
    assert (precision.b, recall.b, f1.b) == (1.0, 1.0, 1.0)
    assert precision.wins == ("b", "d")
    assert (recall.wins, recall.count) == (("d",), 2)
    # Of the four pairs of one of each kind, run a has 0.9 and 0.3 above 0.2, and 0.9 above 0.6.
    assert (found["refusal_auroc"].a, found["refusal_auroc"].b) == (0.75, 1.0)


def test_several_suites_are_compared_once_more_as_one() -> None:
    def run(refused: bool) -> dict[str, object]:
        return run_of(
            good=[asked("x", answered=not refused, confidence=0.4 if refused else 0.9)],
            bad=[asked("x", answerable=False, answered=False, confidence=0.1)],
        )

    found = compare_runs(run(False), run(True))
    assert "refusal_precision" not in changes(found.suites["good"])
    together = changes(found.suites[ALL])
    assert (together["refusal_precision"].a, together["refusal_precision"].b) == (1.0, 0.5)
    assert together["refusal_precision"].losses == ("good/x",)
    assert ALL not in compare_runs(run_of(good=[asked("x")]), run_of(good=[asked("x")])).suites


def test_only_what_both_runs_hold_is_compared_and_the_rest_is_said() -> None:
    a = run_of(s=[asked("both"), asked("only-a")], gone=[asked("x")])
    b = run_of(s=[asked("both", rank=0), asked("only-b")], new=[asked("x")])
    found = compare_runs(a, b)
    assert list(found.suites) == ["s"]
    assert changes(found.suites["s"])["hit@1"].count == 1
    text = found.text()
    assert "suites only in A: gone" in text
    assert "suites only in B: new" in text
    assert "s, questions only in A: only-a" in text
    assert "s, questions only in B: only-b" in text
    assert {"what": "suites", "only_in": "a", "names": ["gone"]} in found.to_json()["missing"]


def test_a_score_that_only_one_run_has_is_no_zero() -> None:
    a = run_of(s=[asked("x"), asked("y")])
    b = run_of(s=[asked("x"), asked("y", answered=False)])
    found = compare_runs(a, b)
    precision = changes(found.suites["s"])["citation_precision"]
    assert (precision.count, precision.difference) == (1, 0)
    assert "s, citation_precision of questions only in A: y" in found.text()
    # A judge that failed and a score that is no number are absent too.
    odd = run_of(s=[asked("x", scores={"facts_recall": None}), asked("y", scores={"facts_recall": float("nan")})])
    assert "facts_recall" not in changes(compare_runs(odd, odd).suites["s"])


def test_the_questions_that_changed_are_named_with_their_words() -> None:
    a = run_of(s=[asked("x", rank=1, question="Where are the fuses?"), asked("y", rank=3), asked("same")])
    b = run_of(s=[asked("x", rank=2, question="Where are the fuses?"), asked("y", rank=1), asked("same")])
    found = compare_runs(a, b)
    text = found.text()
    assert "2 questions changed" in text
    assert "x  Where are the fuses?  [-hit@1, -mrr@10]" in text
    assert "y  What about y?  [+hit@1, +mrr@10]" in text
    assert "What about same?" not in text
    whole = json.loads(json.dumps(found.to_json()))
    assert whole["questions"]["s"] == {"x": "Where are the fuses?", "y": "What about y?"}
    assert whole["suites"]["s"]["hit@1"]["losses"] == ["x"]


def test_a_baseline_can_be_compared_and_takes_the_words_from_the_run() -> None:
    run = made_up(2, count=12)
    other = made_up(3, count=12)
    # Everything but latency, which a baseline does not hold.
    full, small = compare_runs(run, other), compare_runs(baseline_of(run), other)
    for suite, found in small.suites.items():
        kept = [one for one in full.suites[suite] if one.measure.group != "Cost"]
        assert [one.to_json() for one in found] == [one.to_json() for one in kept]
    assert small.questions == full.questions


def test_words_of_a_suite_cannot_drive_a_terminal() -> None:
    a = run_of(s=[asked("x", question="\x1b[2J\x1b]0;owned\x07 really?\u202e")])
    b = run_of(s=[asked("x", question="\x1b[2J", rank=0)])
    text = compare_runs(a, b).text()
    assert "really?" in text
    assert all(character.isprintable() or character == "\n" for character in text)
    assert HOSTILE in compare_runs(run_of(s=[asked(HOSTILE)]), run_of(s=[asked(HOSTILE, rank=0)])).text()


@pytest.mark.parametrize("broken", [{}, {"suites": []}, {"suites": {"s": {}}}, {"suites": {"s": [{"scores": {}}]}}])
def test_what_is_no_run_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(RunError):
        compare_runs(broken, run_of(s=[asked("x")]))
