"""Tests the judge's features by hand, on a small index with made-up matches."""

from __future__ import annotations

import numpy as np
import pytest
from builds import Built

from index.judging.features import FEATURES, features, parts_of, unknown_word
from index.late_interaction import CONTEXT_UNIT
from index.opened import Index
from index.retrieve import Retriever
from ingest.models import Role
from ingest.text import sentences


@pytest.fixture(scope="module")
def retriever(sample_built: Built, sample_index: Index) -> Retriever:
    return Retriever(sample_index, sample_built.embedder)


def of(retriever: Retriever, question: str) -> dict[str, np.ndarray]:
    """The features of a question's candidates, by name."""
    asked, candidates = retriever.candidates(question)
    rows = features(asked, candidates, retriever.index)
    assert rows.shape == (len(candidates), len(FEATURES))
    return dict(zip(FEATURES, rows.T, strict=True))


def test_parts_by_hand(sample_index: Index) -> None:
    for passage in sample_index.passages.values():
        run = sample_index.episodes[passage.episode].segments[passage.first : passage.last]
        said = [segment.words for segment in run if segment.role is Role.GUEST]
        parts = parts_of(passage, sample_index)
        assert parts.share == pytest.approx(sum(said) / sum(segment.words for segment in run))
        texts = [text for segment in run for text in sentences(segment.text)]
        by_guest = [text for segment in run if segment.role is Role.GUEST for text in sentences(segment.text)]
        assert parts.heard == (CONTEXT_UNIT, *parts.guests)
        assert [texts[unit - 1] for unit in parts.guests] == by_guest
        assert all(texts[unit - 1].endswith("?") for unit in parts.asks)


def test_every_feature_is_a_small_number(retriever: Retriever) -> None:
    for question in ("How did you bring down the bill?", "k8s", "Is it right now worth it, and who says so?"):
        for name, values in of(retriever, question).items():
            assert np.isfinite(values).all(), name
            assert (np.abs(values) <= 1.5).all(), name


def test_leads_are_the_distance_to_the_best(retriever: Retriever) -> None:
    found = of(retriever, "How did you bring down the bill for the language model?")
    for name in ("cosine", "late", "best_sentence"):
        assert found[f"lead_{name}"].tolist() == pytest.approx((found[name] - found[name].max()).tolist())


def test_features_of_the_question_are_the_same_for_all(retriever: Retriever) -> None:
    found = of(retriever, "How much does Zorblatt cost right now?")
    for name in ("length", "best_cosine", "unknown_word", "is_number"):
        assert len(set(found[name].tolist())) == 1
    assert found["is_number"][0] == 1
    assert found["unknown_word"][0] > 0.2


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("How do we deploy?", {"how"}),
        ("how many GPUs?", {"number"}),
        ("Should we deploy on Friday?", {"whether"}),
        ("What is a feature store?", {"definition"}),
        ("Slurm vs Kubernetes", {"difference"}),
        ("Why batch?", set()),
    ],
)
def test_kinds_of_questions(retriever: Retriever, question: str, kinds: set[str]) -> None:
    found = of(retriever, question)
    assert {name.removeprefix("is_") for name in FEATURES if name.startswith("is_") and found[name][0]} == kinds


@pytest.mark.parametrize(("question", "moment"), [("What does it cost right now?", 1), ("How do teams test today?", 0)])
def test_a_fact_of_the_present_is_told_from_a_practice(retriever: Retriever, question: str, moment: int) -> None:
    assert of(retriever, question)["moment"][0] == moment


def test_words_ascribed_to_somebody_else(retriever: Retriever) -> None:
    assert of(retriever, "What did Ilse Marquardt say about batching?")["stranger"][0] == 1


def test_a_word_that_the_archive_never_has(sample_index: Index) -> None:
    assert unknown_word("batching", sample_index) == 0
    assert unknown_word("zorblatt batching", sample_index) == pytest.approx(sample_index.rarity("zorblatt"))


def test_no_candidates_no_rows(retriever: Retriever) -> None:
    asked, _ = retriever.candidates("batching")
    assert features(asked, [], retriever.index).shape == (0, len(FEATURES))
