"""Tests the judges: stretches by hand, both built-in judges, and a tiny real cross-encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeEmbedder
from rerank_fake import save_cross_encoder

from eval.running.judges import (
    Claim,
    EmbeddingJudge,
    JudgeError,
    LexicalJudge,
    NliJudge,
    judge_named,
    stretches,
    verdicts,
)
from index.embedder import Embedder, Encoded


def silent(_: int) -> None:
    """Nobody waits."""


def said(*lengths: int) -> str:
    """A quote of sentences with these numbers of words."""
    return " ".join(" ".join([f"S{n}", *["word"] * (length - 1)]) + "." for n, length in enumerate(lengths))


def openings(quote: str) -> list[list[str]]:
    """Which sentences each stretch holds."""
    return [[word.strip(".") for word in text.split() if word.startswith("S")] for text in stretches(quote)]


def test_stretches_are_runs_of_whole_sentences_of_12_to_95_words() -> None:
    assert openings(said(8, 5, 12)) == [["S0", "S1"], ["S0", "S1", "S2"], ["S1", "S2"], ["S2"]]
    assert openings(said(60, 35, 1)) == [["S0"], ["S0", "S1"], ["S1"], ["S1", "S2"]]
    assert openings(said(96)) == []
    assert openings(said(11)) == []
    assert openings(said(12)) == openings(said(95)) == [["S0"]]


def test_lexical_is_the_share_of_content_words_whatever_their_endings() -> None:
    judge = LexicalJudge()
    claims = [
        Claim("The scheduler schedules clusters.", ("They have scheduling of one cluster.",)),
        Claim("Fuses break in winter.", ("A fuse is small.", "It is winter.")),
        Claim("Fuses break in winter.", ("Nothing of it.",)),
        Claim("It is what it is.", ("It is.",)),
    ]
    assert judge.score(claims, silent) == [1.0, pytest.approx(2 / 3), 0.0, None]


def test_verdicts_keep_failures_apart_and_ask_no_judge_about_nothing() -> None:
    held = Claim("Fuses break.", ("A fuse breaks.",))
    failed = Claim("It is what it is.", ("It is.",))
    bare = Claim("Fuses break.", ())
    heard: list[int] = []
    found = verdicts(LexicalJudge(), [held, failed, bare, held], heard.append)
    assert found == {held: True, failed: None, bare: False}
    assert sum(heard) == 3


def test_embedding_is_the_best_cosine_with_some_stretch() -> None:
    quote = "Alpha beta gamma delta one two three four five six seven eight. " + said(40)
    exact = Claim("Alpha beta gamma delta one two three four five six seven eight.", ("Too short.", quote))
    half = Claim("Alpha beta gamma nine ten eleven.", (quote,))
    off = Claim("Quite different terms entirely.", (quote,))
    embedder = FakeEmbedder()
    scores = EmbeddingJudge(embedder, embedder).score([exact, half, off], silent)
    best, middle, low = (score or 0.0 for score in scores)
    assert best == pytest.approx(1.0, abs=1e-5)
    assert low < middle < best
    assert EmbeddingJudge(embedder, embedder).score([Claim("Alpha.", ("Too short.",))], silent) == [0.0]


def test_embedding_reads_each_text_once() -> None:
    embedder = FakeEmbedder()
    judge = EmbeddingJudge(embedder, embedder)
    claims = [Claim("Alpha beta.", (said(14, 20),)), Claim("Gamma.", (said(14, 20),))]
    judge.score(claims, silent)
    judge.score(claims, silent)
    assert len(embedder.embedded) == len(set(embedder.embedded)) == 5


class Coarse(FakeEmbedder):
    """Cosines with a small systematic error, like bfloat16's."""

    dtype = "bfloat16"

    def _encode(self, texts: Sequence[str], task: str) -> list[Encoded]:
        shift = np.zeros(self.dimension, np.float32)
        shift[0] = 0.07
        moved = [(encoded, encoded.vector + shift) for encoded in super()._encode(texts, task)]
        return [encoded._replace(vector=vector / np.linalg.norm(vector)) for encoded, vector in moved]


class Exact(FakeEmbedder):
    dtype = "float32"


def test_what_the_fast_numbers_would_decide_wrongly_is_worked_out_again() -> None:
    rng = np.random.default_rng(5)
    vocabulary = [f"w{n}" for n in range(40)]
    claims = [
        Claim(" ".join(rng.choice(vocabulary, 12)), (" ".join(rng.choice(vocabulary, 14)) + ".",)) for _ in range(400)
    ]
    exact = Exact()
    fast, right = EmbeddingJudge(Coarse(), exact), EmbeddingJudge(exact, exact)
    wanted = verdicts(right, claims, silent)
    assert sum(1 for verdict in wanted.values() if verdict) not in (0, len(wanted))
    again = Exact()
    assert verdicts(EmbeddingJudge(Coarse(), again), claims, silent) == wanted
    assert 0 < len(again.embedded) < len(exact.embedded) / 2
    assert verdicts(EmbeddingJudge(Coarse(), Coarse()), claims, silent) != wanted
    assert fast.score(claims, silent) == pytest.approx(right.score(claims, silent), abs=0.03)


def test_the_real_model_tells_a_paraphrase_from_something_else(minilm: Embedder) -> None:
    quote = (
        "We bought the cards because renting them had become the largest part of our bill. "
        "After a year and two months the purchase had paid for itself."
    )
    judge = EmbeddingJudge(minilm)
    found = verdicts(
        judge,
        [
            Claim("Buying the GPUs paid off after fourteen months.", (quote,)),
            Claim("Sourdough rests in the fridge overnight.", (quote,)),
        ],
        silent,
    )
    assert list(found.values()) == [True, False]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny cross-encoder with entailment as its second label."""
    names = ("neutral", "ENTAILMENT", "contradiction")
    return save_cross_encoder(tmp_path_factory.mktemp("nli") / "model", labels=names, positions=60)


def test_an_nli_model_from_a_folder_gives_its_probability_of_entailment(tiny: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    judge = judge_named(f"nli:{tiny}")
    shown = ("A fuse breaks.", "The keeper counts a spare fuse.")
    claims = [Claim("The keeper counts.", shown), Claim("Winter.", ("A.",))]
    inputs = AutoTokenizer.from_pretrained(tiny)(
        [" ".join(shown), "A."], ["The keeper counts.", "Winter."], padding=True, return_tensors="pt"
    )
    with torch.inference_mode():
        model: Any = AutoModelForSequenceClassification.from_pretrained(tiny).eval()
        expected = model(**inputs).logits.softmax(-1)[:, 1].tolist()
    heard: list[int] = []
    assert judge.score(claims, heard.append) == pytest.approx(expected, abs=1e-5)
    assert sum(heard) == 2


def test_a_pair_longer_than_the_model_reads_is_a_failure_not_a_no(tiny: Path) -> None:
    judge = NliJudge(str(tiny))
    assert judge.score([], silent) == []
    short, long = judge.score([Claim("Winter.", ("A fuse.",)), Claim("Winter.", ("the fuse breaks " * 20,))], silent)
    assert short is not None
    assert long is None


def test_judges_by_name(tmp_path: Path) -> None:
    assert (judge_named("lexical").name, judge_named("embedding").name) == ("lexical", "embedding")
    for name in ("faithfulness", "nli:", "nli"):
        with pytest.raises(JudgeError, match="take embedding, lexical, or nli:MODEL"):
            judge_named(name)
    with pytest.raises(JudgeError, match="cannot be loaded"):
        judge_named(f"nli:{tmp_path / 'absent'}")
