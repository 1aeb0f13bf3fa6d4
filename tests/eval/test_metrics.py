"""Tests the formulas: ranking against ir-measures, refusals against scikit-learn, the rest by hand."""

from __future__ import annotations

from random import Random

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, P, Qrel, ScoredDoc, Success, nDCG
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score

from eval import metrics
from eval.metrics import Decision, Graded, SentenceSupport, Span

GOLD = [Span("a", 100, 200), Span("a", 400, 450), Span("b", 10, 20)]


def theirs(relevant: list[bool], total: int) -> dict[str, float]:
    """The values of ir-measures for a ranking with these relevant passages, and others that were not ranked."""
    found = [f"d{rank}" for rank, hit in enumerate(relevant) if hit]
    qrels = [Qrel("q", doc, 1) for doc in found + [f"x{i}" for i in range(total - len(found))]]
    run = [ScoredDoc("q", f"d{rank}", 1.0 - rank / 100) for rank in range(len(relevant))]
    wanted = [Success @ 1, Success @ 5, Success @ 10, RR @ 10, nDCG @ 10]
    return {str(measure): value for measure, value in ir_measures.calc_aggregate(wanted, qrels, run).items()}


@pytest.mark.parametrize("seed", range(25))
def test_ranking_figures_are_those_of_ir_measures(seed: int) -> None:
    random = Random(seed)
    relevant = [random.random() < 0.25 for _ in range(random.randint(1, 14))]
    total = sum(relevant) + random.randint(0, 4) or 1
    expected = theirs(relevant, total)
    assert metrics.hit_at(relevant, 1) == expected["Success@1"]
    assert metrics.hit_at(relevant, 5) == expected["Success@5"]
    assert metrics.hit_at(relevant, 10) == expected["Success@10"]
    assert metrics.reciprocal_rank(relevant, 10) == pytest.approx(expected["RR@10"])
    assert metrics.ndcg(relevant, [1.0] * total, 10) == pytest.approx(expected["nDCG@10"])


@pytest.mark.parametrize("seed", range(10))
def test_graded_figures_are_those_of_ir_measures(seed: int) -> None:
    random = Random(seed)
    grades = [random.choice([0, 0, 1, 2]) for _ in range(12)]
    rest = [2, 1]
    qrels = [Qrel("q", f"d{i}", grade) for i, grade in enumerate([*grades, *rest])]
    run = [ScoredDoc("q", f"d{rank}", 1.0 - rank / 100) for rank in range(len(grades))]
    answering = [Qrel("q", one.doc_id, int(one.relevance == 2)) for one in qrels]
    expected = ir_measures.calc_aggregate([nDCG @ 10], qrels, run)[nDCG @ 10]
    assert metrics.ndcg(list(map(float, grades)), map(float, [*grades, *rest])) == pytest.approx(expected)
    assert metrics.precision_at(grades, 5) == ir_measures.calc_aggregate([P @ 5], answering, run)[P @ 5]
    assert metrics.answers_at(grades, 3) == ir_measures.calc_aggregate([Success @ 3], answering, run)[Success @ 3]


def test_a_passage_has_the_grade_of_the_graded_one_that_it_shares_half_of() -> None:
    graded = [Graded(Span("a", 0, 100), 2), Graded(Span("a", 100, 200), 0)]
    ranking = [Span("a", 10, 60), Span("a", 40, 130), Span("a", 90, 200), Span("a", 195, 400), Span("b", 0, 100)]
    grades = metrics.grades_of(ranking, graded)
    assert grades == [2, 2, 0, None, None]
    assert [metrics.answers_at(grades[2:], 3), metrics.unjudged_at(grades[2:], 3)] == [0.0, pytest.approx(2 / 3)]


def test_those_beside_the_point_are_a_share_of_the_graded_ones() -> None:
    assert metrics.beside([2, 0, None, 1, 0]) == 0.5
    assert metrics.beside([2, 1]) == 0.0
    assert metrics.beside([None]) is None
    assert metrics.beside([]) is None


def test_calibration_error_is_the_distance_of_confidence_and_share_in_each_bin() -> None:
    sure = [Decision(due=i >= 8, refused=False, confidence=0.75) for i in range(10)]
    assert metrics.calibration_error(sure) == pytest.approx(0.05)
    both = [*sure, *(Decision(due=True, refused=True, confidence=0.25) for _ in range(10))]
    assert metrics.calibration_error(both) == pytest.approx((0.05 + 0.25) / 2)
    assert metrics.calibration_error([]) is None


def test_an_empty_ranking_finds_nothing() -> None:
    assert (metrics.hit_at([], 5), metrics.reciprocal_rank([]), metrics.ndcg([], [1.0] * 3)) == (0.0, 0.0, 0.0)


def test_ndcg_is_undefined_where_nothing_can_be_found() -> None:
    assert metrics.ndcg([0.0], []) is None


def test_overlap_needs_shared_time_of_one_episode() -> None:
    assert Span("a", 0, 10).overlaps(Span("a", 9.9, 20))
    assert not Span("a", 0, 10).overlaps(Span("a", 10, 20))
    assert not Span("a", 0, 10).overlaps(Span("b", 0, 10))


def test_relevance_goes_by_gold_ranges() -> None:
    ranking = [Span("a", 190, 300), Span("a", 200, 399), Span("b", 0, 100), Span("c", 10, 20)]
    assert metrics.relevance(ranking, GOLD) == [True, False, True, False]


def test_coverage_counts_each_gold_range_once_within_the_first_k() -> None:
    ranking = [Span("a", 90, 120), Span("a", 150, 190), Span("c", 0, 9), Span("c", 9, 18), Span("a", 0, 9)]
    late = Span("b", 0, 100)
    assert metrics.coverage([*ranking, late], GOLD, 5) == pytest.approx(1 / 3)
    assert metrics.coverage([*ranking, late], GOLD, 6) == pytest.approx(2 / 3)
    # One passage can cover two ranges.
    assert metrics.coverage([Span("a", 0, 500)], GOLD, 5) == pytest.approx(2 / 3)
    assert metrics.coverage(ranking, [], 5) is None


def test_episode_hit_asks_for_the_episode_only() -> None:
    ranking = [Span("c", 0, 1)] * 4 + [Span("b", 900, 950)]
    assert metrics.episode_hit(ranking, GOLD, 5) == 1.0
    assert metrics.episode_hit(ranking, GOLD, 4) == 0.0


def test_citations_against_gold() -> None:
    cited = [Span("a", 110, 150), Span("a", 250, 300), Span("b", 15, 40), Span("c", 0, 5)]
    assert metrics.citation_hit(cited, GOLD) == 1.0
    assert metrics.citation_precision(cited, GOLD) == 0.5
    assert metrics.citation_recall(cited, GOLD) == pytest.approx(2 / 3)
    assert metrics.citation_length(cited) == pytest.approx((40 + 50 + 25 + 5) / 4)


def test_an_answer_that_cites_nothing_has_no_precision_and_recalls_nothing() -> None:
    assert metrics.citation_hit([], GOLD) == 0.0
    assert metrics.citation_precision([], GOLD) is None
    assert metrics.citation_recall([], GOLD) == 0.0
    assert metrics.citation_iou([], GOLD) is None
    assert metrics.citation_offset([], GOLD) is None
    assert metrics.citation_length([]) is None


def test_temporal_iou_by_hand() -> None:
    assert metrics.temporal_iou(Span("a", 0, 10), Span("a", 5, 20)) == pytest.approx(5 / 20)
    assert metrics.temporal_iou(Span("a", 0, 10), Span("a", 2, 4)) == pytest.approx(2 / 10)
    assert metrics.temporal_iou(Span("a", 0, 10), Span("a", 10, 20)) == 0.0
    assert metrics.temporal_iou(Span("a", 0, 10), Span("b", 0, 10)) == 0.0


@given(
    st.tuples(st.integers(0, 50), st.integers(1, 50)),
    st.tuples(st.integers(0, 50), st.integers(1, 50)),
)
def test_temporal_iou_is_that_of_the_sets_of_seconds(one: tuple[int, int], other: tuple[int, int]) -> None:
    a, b = (set(range(start, start + length)) for start, length in (one, other))
    spans = [Span("a", start, start + length) for start, length in (one, other)]
    assert metrics.temporal_iou(*spans) == pytest.approx(len(a & b) / len(a | b))
    assert metrics.temporal_iou(spans[0], spans[0]) == 1.0


def test_citation_iou_takes_each_citations_best_gold_range() -> None:
    gold = [Span("a", 0, 10), Span("a", 20, 40)]
    cited = [Span("a", 5, 40), Span("b", 0, 10)]
    assert metrics.citation_iou(cited, gold) == pytest.approx((20 / 35 + 0) / 2)


def test_the_offset_is_to_the_nearest_gold_start_of_citations_that_are_right() -> None:
    gold = [Span("a", 100, 200), Span("a", 400, 450)]
    # 30 s after the first start; 90 s after it and 210 s before the second; 5 s before the second. The
    # fourth overlaps nothing, however near.
    cited = [Span("a", 130, 150), Span("a", 190, 230), Span("a", 395, 410), Span("a", 95, 100)]
    assert metrics.citation_offset(cited, gold) == 30.0
    assert metrics.citation_offset(cited[3:], gold) is None


def test_alce_on_the_papers_three_cases() -> None:
    # One citation that supports; two that do so only together; two of which one is irrelevant.
    one = SentenceSupport(True, (True,), (False,))
    together = SentenceSupport(True, (False, False), (False, False))
    spare = SentenceSupport(True, (True, False), (False, True))
    nothing = SentenceSupport(False, (False, False), (False, False))
    bare = SentenceSupport(False)
    assert metrics.support_recall([one, together, spare, nothing, bare]) == pytest.approx(3 / 5)
    assert metrics.support_precision([one]) == 1.0
    assert metrics.support_precision([together]) == 1.0
    assert metrics.support_precision([spare]) == 0.5
    assert metrics.support_precision([one, together, spare, nothing, bare]) == pytest.approx(4 / 7)


def test_what_the_judge_failed_on_is_left_out() -> None:
    failed = SentenceSupport(None, (None,), (False,))
    half = SentenceSupport(True, (True, None), (True, True))
    unsure = SentenceSupport(True, (False,), (None,))
    assert metrics.support_recall([failed]) is None
    assert metrics.support_precision([failed]) is None
    assert metrics.support_recall([failed, half]) == 1.0
    assert metrics.support_precision([half, unsure]) == 1.0
    assert metrics.facts_recall([True, None, False]) == 0.5
    assert metrics.facts_recall([None]) is None


DECISIONS = st.lists(
    st.builds(Decision, st.booleans(), st.booleans(), st.integers(0, 5).map(lambda n: n / 5)), min_size=1, max_size=40
)


@given(DECISIONS)
def test_refusals_are_scored_as_scikit_learn_does(decisions: list[Decision]) -> None:
    due, refused = [d.due for d in decisions], [d.refused for d in decisions]
    if any(due):
        assert metrics.refusal_recall(decisions) == pytest.approx(recall_score(due, refused))
        assert metrics.refusal_f1(decisions) == pytest.approx(f1_score(due, refused))
        precision = precision_score(due, refused) if any(refused) else None
        assert metrics.refusal_precision(decisions) == (None if precision is None else pytest.approx(precision))
    else:
        assert metrics.refusal_precision(decisions) is None
        assert metrics.refusal_recall(decisions) is None
        assert metrics.refusal_f1(decisions) is None
    if any(due) and not all(due):
        doubt = [1 - d.confidence for d in decisions]
        assert metrics.refusal_auroc(decisions) == pytest.approx(roc_auc_score(due, doubt))
    else:
        assert metrics.refusal_auroc(decisions) is None


def test_percentiles_are_interpolated() -> None:
    assert metrics.percentile([10.0, 20.0, 30.0, 40.0], 50) == 25.0
    assert metrics.percentile([10.0, 20.0], 95) == pytest.approx(19.5)
    assert metrics.percentile([], 50) is None
