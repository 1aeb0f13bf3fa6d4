"""Tests the ranking of passages: the formulas by hand, and the whole on the sample archive with the real model."""

from __future__ import annotations

import numpy as np
import pytest
from builds import Built
from hypothesis import given
from hypothesis import strategies as st

from index.embedder import Embedder
from index.filters import Filters
from index.fusion import min_max, min_max_fusion
from index.judging.judge import JUDGED
from index.opened import Index
from index.query.recency import newer_first
from index.retrieve import (
    DEPTH,
    GUEST_LATE_WEIGHT,
    GUEST_WEIGHT,
    LATE_WEIGHT,
    GuestPart,
    Retriever,
    reorder,
)
from index.store.base import Hit
from ingest.text import STOP_WORDS

# A question to the sample archive, and the episode that answers it.
QUESTIONS = [
    ("How did you bring down the bill for the language model?", "sample-cost-control-and-caching"),
    ("Which drift alarm is worth paging somebody for?", "sample-model-monitoring-and-drift"),
    ("Should we use Slurm or Kubernetes for training jobs?", "sample-kubernetes-or-slurm-for-training"),
    ("What does continuous batching do for throughput?", "sample-serving-llms-batching-and-kv-cache"),
    ("When does a team need a feature store?", "sample-feature-stores-and-data-pipelines"),
]

NOBODY = GuestPart(0.0, [])


@pytest.fixture(scope="module")
def retriever(sample_index: Index, minilm: Embedder) -> Retriever:
    return Retriever(sample_index, minilm)


class TestFormulas:
    def test_min_max_by_hand(self) -> None:
        assert min_max([2.0, 4.0, 3.0]).tolist() == [0, 1, 0.5]
        assert min_max([5.0, 5.0]).tolist() == [1, 1]
        assert min_max([]).tolist() == []

    def test_fusion_by_hand(self) -> None:
        dense = [Hit("a", 1.0), Hit("b", 0.75), Hit("c", 0.5)]
        lexical = [Hit("c", 30.0), Hit("d", 20.0), Hit("a", 10.0)]
        fused = dict(min_max_fusion(dense, lexical, 0.5))
        assert fused == pytest.approx({"a": 0.5, "b": 0.25, "c": 0.5, "d": 0.25})
        assert [id for id, _ in min_max_fusion(dense, lexical, 0.5)] == ["a", "c", "b", "d"]
        assert dict(min_max_fusion(dense, lexical, 1.0)) == pytest.approx({"a": 1, "b": 0.5, "c": 0, "d": 0})

    def test_fusion_of_one_ranking_or_none(self) -> None:
        assert min_max_fusion([Hit("a", 3.0), Hit("b", 1.0)], [], 0.5) == [("a", 0.5), ("b", 0.0)]
        assert min_max_fusion([], [Hit("a", 3.0)], 0.5) == [("a", 0.5)]
        assert min_max_fusion([], [], 0.5) == []

    @given(st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(-1, 1)), unique_by=lambda pair: pair[0], max_size=6))
    def test_fusion_keeps_a_rankings_own_order(self, pairs: list[tuple[str, float]]) -> None:
        hits = sorted((Hit(id, score) for id, score in pairs), key=lambda hit: -hit.score)
        fused = min_max_fusion(hits, [], 1.0)
        assert {id for id, _ in fused} == {hit.id for hit in hits}
        assert all(0 <= score <= 1 for _, score in fused)
        scores = {hit.id: hit.score for hit in hits}
        ranked = [scores[id] for id, _ in fused]
        assert ranked == sorted(ranked, reverse=True)

    def test_reorder_by_hand(self) -> None:
        fused = [("a", 1.0), ("b", 0.5), ("c", 0.0)]
        # Two word pieces, the second of which counts three times the first; units are sentences.
        similarities = {
            "a": np.array([[0.0, 0.2], [0.0, 0.0]], np.float32),
            "b": np.array([[0.4, 0.0], [0.4, 0.8]], np.float32),
            "c": np.array([[1.0, 0.9], [0.2, 0.2]], np.float32),
        }
        late = {"a": 0.05, "b": 0.7, "c": 0.4}
        # All units of "a" are the host's; the guest of "b" says its second unit, that of "c" its first.
        guests_late = {"a": 0.0, "b": 0.6, "c": 0.4}
        shares = {"a": 0.0, "b": 1.0, "c": 0.5}
        units: dict[str, list[int]] = {"a": [], "b": [1], "c": [0, 9]}
        guests = {id: GuestPart(shares[id], units[id]) for id in shares}
        expected = {
            id: score
            + LATE_WEIGHT * (late[id] - 0.05) / 0.65
            + GUEST_LATE_WEIGHT * guests_late[id] / 0.6
            + GUEST_WEIGHT * shares[id]
            for id, score in fused
        }
        ranked = reorder(fused, similarities, np.array([0.25, 0.75], np.float32), guests)
        assert dict(ranked) == pytest.approx(expected, abs=1e-6)
        assert [id for id, _ in ranked] == ["b", "a", "c"]

    def test_reorder_without_word_pieces_and_without_passages(self) -> None:
        nothing = np.zeros((0, 1), np.float32)
        ranked = reorder(
            [("a", 1.0), ("b", 0.0)], {"a": nothing, "b": nothing}, nothing[:, 0], {"a": NOBODY, "b": NOBODY}
        )
        assert [id for id, _ in ranked] == ["a", "b"]
        assert reorder([], {}, nothing[:, 0], {}) == []


class TestSample:
    @pytest.mark.parametrize(("question", "episode"), QUESTIONS)
    def test_the_right_episode_comes_first(self, retriever: Retriever, question: str, episode: str) -> None:
        assert retriever.search(question).passages[0].passage.episode == episode

    def test_ranks_scores_and_what_later_stages_need(self, retriever: Retriever) -> None:
        ranking = retriever.search(QUESTIONS[0][0], 7)
        passages = ranking.passages
        assert [p.rank for p in passages] == list(range(1, 8))
        assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)
        assert len({p.passage.id for p in passages}) == 7
        assert ranking.similarities.keys() == {p.passage.id for p in passages}
        assert float(ranking.weights.sum()) == pytest.approx(1, abs=1e-5)
        for p in passages:
            units = retriever.index.tokens.of(p.passage).units
            assert ranking.similarities[p.passage.id].shape == (len(ranking.tokens), units.max() + 1)
            assert 0 <= p.score <= 1
        assert ranking.timings_ms.keys() == {"embed", "store", "order", "retrieve"}
        parts = sum(ranking.timings_ms[key] for key in ("embed", "store", "order"))
        assert parts == pytest.approx(ranking.timings_ms["retrieve"], rel=0.05, abs=1)

    def test_passages_that_nobody_judged_stay_behind_in_their_order(self, retriever: Retriever) -> None:
        question = "batching"
        asked, candidates = retriever.candidates(question)
        assert len(candidates) == JUDGED
        passages = retriever.search(question, DEPTH).passages
        assert {p.passage.id for p in passages[:JUDGED]} == {one.passage.id for one in candidates}
        assert asked.text == question

    def test_only_a_question_for_what_is_current_is_ordered_by_age_too(self, retriever: Retriever) -> None:
        for question, preferred in (("What slows training jobs down?", False), ("What still is slow nowadays?", True)):
            ranking = retriever.search(question, DEPTH)
            best = sorted(ranking.passages[:JUDGED], key=lambda one: -one.score)
            newer = newer_first(best, JUDGED, retriever.index.days)
            assert newer != best
            expected = newer if preferred else best
            assert [one.passage.id for one in ranking.passages[:JUDGED]] == [one.passage.id for one in expected]
            assert [one.rank for one in ranking.passages] == list(range(1, len(ranking.passages) + 1))

    def test_a_statement_is_not_ordered_by_age(self, retriever: Retriever, monkeypatch: pytest.MonkeyPatch) -> None:
        before = retriever.search("Slurm is still used nowadays.", judged=False).passages
        monkeypatch.setattr("index.retrieve.asks_for_current", lambda *_: False)
        assert retriever.search("Slurm is still used nowadays.", judged=False).passages == before

    def test_rare_words_count_more_than_common_ones(self, retriever: Retriever, minilm: Embedder) -> None:
        index = retriever.index
        assert "what" in STOP_WORDS
        rare = next(
            word for word, count in index.frequencies.items() if count == 1 and word.isalpha() and len(word) > 5
        )
        question = f"what {rare}"
        pieces = [question[a:b] for a, b in minilm.embed_query(question).offsets]
        weights = retriever.search(question).weights.tolist()
        assert pieces[0] == "what"
        assert len(set(weights[1:])) == 1  # each piece of a word counts as the word
        assert weights[1] > weights[0]

    def test_an_added_word_counts_half_of_one_that_is_asked_for(self, retriever: Retriever, minilm: Embedder) -> None:
        written = "k8s (Kubernetes)"
        begins = minilm.embed_query(written).offsets[:, 0].tolist()

        def share(question: str) -> float:
            """The weight of the added word's first piece, as a share of the very first piece's."""
            weights = retriever.search(question).weights
            return float(weights[begins.index(written.index("Kubernetes"))] / weights[0])

        assert share("k8s") == pytest.approx(share(written) / 2)

    @pytest.mark.parametrize("k", [1, 10, DEPTH, 1000])
    def test_k_is_a_limit(self, retriever: Retriever, k: int) -> None:
        assert len(retriever.search("batching", k).passages) == min(k, DEPTH, len(retriever.index.passages))

    def test_a_guest_who_is_named_narrows_unless_filters_do(self, retriever: Retriever) -> None:
        episodes = list(retriever.index.episodes.values())
        guest, other = episodes[0].guests[0], episodes[1].slug
        ranking = retriever.search(f"What does {guest} say about cost?", 20)
        assert ranking.named == (guest,)
        assert all(guest in retriever.index.episodes[p.passage.episode].guests for p in ranking.passages)
        filtered = retriever.search(f"What does {guest} say about cost?", 20, Filters(episodes=(other,)))
        assert filtered.named == ()
        assert {p.passage.episode for p in filtered.passages} == {other}

    def test_guests_who_are_named_take_turns(self, retriever: Retriever) -> None:
        episodes = list(retriever.index.episodes.values())
        guests = [episodes[0].guests[0], episodes[2].guests[0]]
        ranking = retriever.search(f"Compare {guests[0]} and {guests[1]} on cost", 4)
        assert ranking.named == tuple(guests)
        whose = [retriever.index.episodes[p.passage.episode].guests for p in ranking.passages]
        assert [guest in found for guest, found in zip(guests * 2, whose, strict=True)] == [True] * 4


def test_a_name_alone_is_asked_about_itself(sample_built: Built, sample_index: Index) -> None:
    guest = next(iter(sample_index.episodes.values())).guests[0]
    assert Retriever(sample_index, sample_built.embedder).search(guest).passages
