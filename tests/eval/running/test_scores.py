"""Tests which questions each score is defined on: hand-made ones, answered, refused or only ranked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from fakes import CountingProgress

from eval.metrics import Graded, Span
from eval.running.aggregates import aggregate, intervals
from eval.running.judges import Claim
from eval.running.scores import Relevance, Row, score_rows
from eval.running.suites import Item
from eval.running.systems import Outcome, Ranked

GOLD = (Span("a", 100, 200), Span("b", 0, 50))


class WordJudge:
    """Supports a claim if all its words are in the quotes; fails on claims with "unclear"."""

    name = "words"
    threshold = 0.5

    def score(self, claims: Sequence[Claim], advance: Callable[[int], None]) -> list[float | None]:
        advance(len(claims))
        return [
            None if "unclear" in claim.text else float(set(claim.text.split()) <= set(" ".join(claim.quotes).split()))
            for claim in claims
        ]


def citation(id: int, episode: str, start: float, end: float, quote: str) -> dict[str, Any]:
    return {"id": id, "episode": episode, "start": start, "end": end, "quote": quote}


def row(
    *,
    answered: bool | None = True,
    answerable: bool = True,
    gold: tuple[Span, ...] = GOLD,
    graded: tuple[Graded, ...] = (),
    nearest: Sequence[dict[str, Any]] | None = None,
    facts: tuple[str, ...] = (),
    sentences: Sequence[tuple[str, list[int]]] = (),
    citations: Sequence[dict[str, Any]] = (),
    ranking: Sequence[Span] = (),
    confidence: float = 0.5,
    total: float = 10.0,
) -> Row:
    output: dict[str, Any] = {"timings_ms": {"retrieve": total / 2, "total": total}}
    if answered is not None:
        output |= {
            "answered": answered,
            "sentences": [{"text": text, "citations": cited} for text, cited in sentences],
            "citations": list(citations),
            "confidence": confidence,
        }
    if nearest is not None:
        output |= {"outcome": "nearest", "nearest": list(nearest)}
    ranked = [Ranked(f"p{n}", span, 1.0 / (n + 1)) for n, span in enumerate(ranking)]
    item = Item("q", 1, ("What?",), answerable, gold if answerable else (), facts, "how", {"id": "q"}, graded)
    return Row(item, Outcome(output, ranked), ["p0", "p9"])


def scored(*rows: Row) -> int:
    return score_rows(rows, WordJudge(), CountingProgress(), "judging")


CITED = [citation(1, "a", 110, 150, "fuses break in winter"), citation(2, "c", 0, 10, "keepers count")]
SENTENCES = [("fuses break", [1]), ("keepers count fuses", [1, 2])]
FACTS = ("winter", "summer", "keepers")


def test_an_answered_question_gets_every_score_of_its_own() -> None:
    ranking = [Span("c", 0, 9), Span("b", 40, 60)]
    one = row(citations=CITED, sentences=SENTENCES, ranking=ranking, facts=FACTS)
    assert scored(one) == 0
    assert one.scores == {
        "hit@1": 0.0,
        "hit@5": 1.0,
        "hit@10": 1.0,
        "mrr@10": 0.5,
        "ndcg@10": pytest.approx(0.6309 / 1.6309, abs=1e-4),
        "coverage@5": 0.5,
        "episode_hit@5": 1.0,
        "citation_hit": 1.0,
        "citation_precision": 0.5,
        "citation_recall": 0.5,
        "citation_iou": pytest.approx(0.2),
        "citation_offset_s": 10.0,
        "citation_length_s": 25.0,
        "support_recall": 1.0,
        "support_precision": 1.0,
        "facts_recall": pytest.approx(2 / 3),
    }


def test_a_refusal_of_an_answerable_question_counts_0_in_hit_and_facts_and_nowhere_else() -> None:
    refused = row(answered=False, facts=("winter",), ranking=[Span("a", 100, 120)])
    scored(refused)
    assert {key: value for key, value in refused.scores.items() if "@" not in key} == {
        "citation_hit": 0.0,
        "facts_recall": 0.0,
    }
    assert refused.scores["hit@1"] == 1.0


GRADED = (Graded(Span("a", 100, 160), 2), Graded(Span("c", 0, 20), 0), Graded(Span("d", 0, 20), 1))
ANSWERING, BESIDE, TOUCHING, UNREAD = (
    citation(number, episode, start, start + 20, "x")
    for number, episode, start in ((1, "a", 110), (2, "c", 0), (3, "d", 0), (4, "e", 0))
)


@pytest.mark.parametrize(
    ("citations", "first", "any_answers", "beside"),
    [
        ([ANSWERING, BESIDE], 1.0, 1.0, 0.5),
        ([BESIDE, ANSWERING, TOUCHING, UNREAD], 0.0, 1.0, 1 / 3),
        ([TOUCHING], 0.0, 0.0, 0.0),
        ([UNREAD], 0.0, 0.0, None),
        ([citation(1, "b", 0, 50, "x")], 1.0, 1.0, 0.0),
    ],
    ids=["the first answers", "the second answers", "touches only", "nobody read it", "gold that nobody graded"],
)
def test_moments_have_the_grades_of_the_passages_that_they_overlap(
    citations: list[dict[str, Any]], first: float, any_answers: float, beside: float | None
) -> None:
    one = row(citations=citations, graded=GRADED)
    scored(one)
    assert one.scores["moment_answers@1"] == first
    assert one.scores["moment_answers"] == any_answers
    assert one.scores.get("moments_beside") == (None if beside is None else pytest.approx(beside, abs=1e-6))


def test_without_graded_passages_moments_have_no_grades() -> None:
    one = row(citations=[ANSWERING])
    scored(one)
    assert not any(key.startswith("moment") for key in one.scores)


def test_the_nearest_moments_count_as_no_answer() -> None:
    near = row(answered=False, graded=GRADED, nearest=[ANSWERING, BESIDE], facts=("x",))
    nobodys = row(answered=False, answerable=False, nearest=[BESIDE])
    scored(near, nobodys)
    assert {key: value for key, value in near.scores.items() if key.startswith(("citation", "moment", "facts"))} == {
        "citation_hit": 0.0,
        "moment_answers@1": 0.0,
        "moment_answers": 0.0,
        "facts_recall": 0.0,
    }
    found = aggregate([near, nobodys])
    assert (found["refusal_precision"], found["refusal_recall"]) == (0.5, 1.0)


def test_a_wrong_answer_to_an_unanswerable_question_is_judged_for_support_only() -> None:
    invented = row(answerable=False, citations=CITED, sentences=SENTENCES, facts=FACTS)
    scored(invented)
    assert invented.scores.keys() == {"support_recall", "support_precision"}


def test_a_system_that_only_ranks_has_ranking_scores_only() -> None:
    ranked = row(answered=None, ranking=[Span("a", 100, 120)], facts=("winter",))
    scored(ranked)
    assert "hit@1" in ranked.scores
    assert all("@" in key for key in ranked.scores)
    assert not any(key.startswith("refusal") for key in aggregate([ranked]))


def test_failures_of_the_judge_are_counted_and_left_out() -> None:
    sentences = [("fuses unclear", [1]), ("fuses break", [1])]
    one = row(citations=CITED, sentences=sentences, facts=("unclear", "winter"))
    other = row(citations=CITED, facts=("unclear",))
    assert scored(one, other) == 2
    assert (one.scores["support_recall"], one.scores["facts_recall"]) == (1.0, 1.0)
    assert "facts_recall" not in other.scores
    assert aggregate([one, other])["facts_recall"] == 1.0


def test_tokens_of_a_writing_model_are_averaged_over_the_questions_that_it_wrote() -> None:
    rows = [row(), row(answered=False), row(answerable=False)]
    for one, usage in zip(
        rows, ({"prompt_tokens": 900, "output_tokens": 80}, None, {"prompt_tokens": 700}), strict=True
    ):
        one.outcome.output["usage"] = usage
    scored(*rows)
    assert [one.scores.get("prompt_tokens") for one in rows] == [900, None, 700]
    found = aggregate(rows)
    assert (found["prompt_tokens"], found["output_tokens"]) == (800, 80)
    assert intervals(rows)["prompt_tokens"] == [700, 900]
    extractive = row()
    scored(extractive)
    assert not any(key.endswith("_tokens") for key in aggregate([extractive]))


@pytest.mark.parametrize("usage", [{"prompt_tokens": "many", "other": 5}, {"prompt_tokens": True}, [], "x"])
def test_a_usage_that_counts_nothing_is_absent(usage: Any) -> None:
    one = row()
    one.outcome.output["usage"] = usage
    scored(one)
    assert not any(key.endswith("_tokens") or key == "other" for key in one.scores)


def test_a_sentence_that_names_no_citation_is_not_supported() -> None:
    bare = row(citations=CITED, sentences=[("fuses break", []), ("fuses break", [9])])
    scored(bare)
    assert bare.scores["support_recall"] == 0.0
    assert "support_precision" not in bare.scores


def test_aggregates_are_means_medians_rates_and_percentiles() -> None:
    rows = [
        row(
            ranking=[Span("a", 100, 120)],
            citations=[citation(1, "a", 100 + offset, 190, "x")],
            total=total,
            confidence=0.9,
        )
        for offset, total in ((0, 10.0), (6, 20.0), (80, 30.0))
    ]
    rows += [
        row(answered=False, confidence=0.3, total=40.0),
        row(answered=False, answerable=False, confidence=0.1, total=50.0),
    ]
    rows += [row(answerable=False, confidence=0.6, total=60.0)]
    scored(*rows)
    found = aggregate(rows)
    assert found["hit@1"] == 0.75
    assert found["citation_hit"] == 0.75
    assert found["citation_precision"] == 1.0
    assert found["citation_offset_s"] == 6.0
    assert (found["refusal_precision"], found["refusal_recall"], found["refusal_f1"]) == (0.5, 0.5, 0.5)
    # 0.1 is under all four that should be answered, 0.6 under three of them.
    assert found["refusal_auroc"] == pytest.approx(7 / 8)
    assert (found["latency_p50_ms"], found["latency_p95_ms"]) == (35.0, 57.5)
    assert found["latency_retrieve_p50_ms"] == 17.5
    assert "facts_recall" not in found
    between = intervals(rows)
    assert between.keys() == found.keys()
    assert all(low <= found[key] <= high for key, (low, high) in between.items())


def test_relevant_passages_are_those_that_overlap_gold() -> None:
    spans = {"p0": Span("a", 0, 100), "p1": Span("a", 90, 110), "p2": Span("b", 49, 90), "p3": Span("c", 0, 50)}
    assert Relevance(spans).of(GOLD) == ["p1", "p2"]
    assert Relevance(spans).of(()) == []
