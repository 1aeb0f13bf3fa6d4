"""Joining rankings, against cases worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.fusion import reciprocal_rank_fusion

rankings = st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True), max_size=4)


def test_by_hand() -> None:
    fused = reciprocal_rank_fusion([["a", "b", "c"], ["c", "a", "d"]])
    assert [id for id, _ in fused] == ["a", "c", "b", "d"]
    scores = dict(fused)
    assert scores["a"] == pytest.approx(1 / 61 + 1 / 62)
    assert scores["c"] == pytest.approx(1 / 63 + 1 / 61)
    assert scores["b"] == pytest.approx(1 / 62)
    assert scores["d"] == pytest.approx(1 / 63)


def test_weights_and_another_k() -> None:
    fused = reciprocal_rank_fusion([["a", "b"], ["b"]], weights=[1, 3], k=1)
    assert [id for id, _ in fused] == ["b", "a"]
    assert [score for _, score in fused] == pytest.approx([1 / 3 + 3 / 2, 1 / 2])


def test_ties_stand_in_the_order_of_first_sight() -> None:
    assert [id for id, _ in reciprocal_rank_fusion([["x", "y"], ["y", "x"], ["z"]])] == ["x", "y", "z"]


def test_nothing_to_join() -> None:
    assert reciprocal_rank_fusion([]) == []
    assert reciprocal_rank_fusion([[], []]) == []


def test_a_weight_for_each_ranking() -> None:
    with pytest.raises(ValueError):
        reciprocal_rank_fusion([["a"]], weights=[1, 2])


@given(rankings)
def test_against_the_formula_written_out(lists: list[list[str]]) -> None:
    fused = dict(reciprocal_rank_fusion(lists))
    items = {item for ranking in lists for item in ranking}
    assert fused.keys() == items
    for item in items:
        assert fused[item] == pytest.approx(sum(1 / (60 + r.index(item) + 1) for r in lists if item in r))
    assert list(fused.values()) == sorted(fused.values(), reverse=True)


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.integers(1, 3))
def test_agreeing_rankings_stay_as_they_are(ranking: list[str], times: int) -> None:
    assert [id for id, _ in reciprocal_rank_fusion([ranking] * times)] == ranking
