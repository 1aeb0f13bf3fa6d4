"""Tests which questions ask for what is current, and how much newer moments are then preferred."""

from __future__ import annotations

import pytest

from index.query.recency import asks_for_current, newer_first
from ingest.models import Passage, ScoredPassage

DAYS = {"old": "2020-11-20", "middle": "2023-01-30", "new": "2025-06-01"}


def scored(episode: str, score: float, rank: int = 0) -> ScoredPassage:
    return ScoredPassage(Passage(f"{episode}-{score}", episode, 0, 0, 1, 0.0, 1.0, "Ilva", "Text.", ""), score, rank)


def order(*passages: tuple[str, float], judged: int = 24) -> list[str]:
    return [one.passage.episode for one in newer_first([scored(*one) for one in passages], judged, DAYS)]


class TestAsking:
    @pytest.mark.parametrize(
        "question",
        [
            "Which orchestrators do teams use nowadays?", "What is the latest on feature stores", "best orm these days",
            "Is Hadoop still worth learning?", "does anyone still write perl", "Why are parsers still so slow?",
            "Still on Airflow?", "What is the current thinking on data contracts?", "Which stack is best in 2025?",
            "Is it a good time to start in 2024?", "We moved to Flink. What do people run today?",
        ],
    )  # fmt: skip
    def test_what_is_current_is_asked_for(self, question: str) -> None:
        assert asks_for_current(question, DAYS)

    @pytest.mark.parametrize(
        "question",
        [
            "What is a feature store?", "How can I still get a raise?", "Can we still trust an uneven split test?",
            "I tried ten courses and still feel lost. Where do I begin?", "My boss wants a number today. May I guess?",
            "How do I tell my current employer?", "How do we keep docs current?", "Is there a way that still helps?",
            "Is it worth a try if I'm still a beginner?", "What did teams use in 2019?", "Is 2000 rows enough?",
        ],
    )  # fmt: skip
    def test_the_same_words_in_another_sense_do_not_count(self, question: str) -> None:
        assert not asks_for_current(question, DAYS)

    def test_which_years_are_not_past_depends_on_the_archive(self) -> None:
        assert asks_for_current("What changed in 2019?", {"a": "2019-05-01"})
        assert not asks_for_current("What changed in 2025?", {})


class TestOrder:
    def test_of_equally_good_moments_the_newest_comes_first(self) -> None:
        assert order(("old", 0.5), ("middle", 0.5), ("new", 0.5)) == ["new", "middle", "old"]

    def test_a_much_better_old_moment_stays_first(self) -> None:
        assert order(("old", 0.6), ("new", 0.4)) == ["old", "new"]
        assert order(("old", 0.5), ("new", 0.4)) == ["new", "old"]

    def test_an_episode_without_a_date_is_in_the_middle(self) -> None:
        assert order(("old", 0.5), ("undated", 0.5), ("new", 0.5)) == ["new", "undated", "old"]

    def test_of_equal_age_and_probability_the_order_stays(self) -> None:
        twins = [scored("new", 0.5, 1), scored("new", 0.5, 2)]
        assert newer_first(twins, 24, DAYS) == twins

    def test_what_nobody_judged_keeps_its_place_and_scores_stay(self) -> None:
        assert order(("old", 0.5), ("middle", 0.49), ("new", 0.48), judged=2) == ["middle", "old", "new"]
        assert [one.score for one in newer_first([scored("old", 0.5), scored("new", 0.5)], 24, DAYS)] == [0.5, 0.5]

    @pytest.mark.parametrize("score", [0.0, 1.0])
    def test_certainty_and_a_single_date_are_no_error(self, score: float) -> None:
        assert newer_first([scored("old", score)], 24, {"old": "2020-11-20"}) == [scored("old", score)]
        assert newer_first([scored("old", score)], 24, {}) == [scored("old", score)]
