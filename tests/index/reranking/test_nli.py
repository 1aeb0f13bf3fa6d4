"""NLI models: a tiny real one, what is none, and the gate that asks one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import FakeEmbedder, settings_for
from rerank_fake import save_cross_encoder

from app.support.check import THRESHOLD, Gate
from index.reranking.nli import NliError, NliModel, entailment_label

QUOTE = "We keep the oven warm all winter. Birch burns fast and costs more here than oak."
PARAPHRASE = "Birch costs more than oak and burns fast."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny cross-encoder whose second label is entailment."""
    import json

    folder = save_cross_encoder(tmp_path_factory.mktemp("nli") / "model", labels=3)
    config = json.loads((folder / "config.json").read_text())
    labels = ["contradiction", "entailment", "neutral"]
    config |= {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


class ScriptedNli(NliModel):
    """Gives one answer to all, and keeps what it was asked."""

    def __init__(self, answer: float | None) -> None:
        super().__init__("scripted")
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float | None]:
        self.asked += pairs
        return [self.answer] * len(pairs)


def test_a_model_from_a_folder_gives_what_transformers_gives(folder: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    pairs = [(QUOTE, PARAPHRASE), ("Ovens.", "Birch.")]
    inputs = AutoTokenizer.from_pretrained(folder)(*zip(*pairs, strict=True), padding=True, return_tensors="pt")
    with torch.inference_mode():
        model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
        expected = model(**inputs).logits.softmax(-1)[:, 1].tolist()
    assert NliModel(str(folder), dtype="float32").entails(pairs) == pytest.approx(expected, abs=1e-5)


def test_a_pair_longer_than_the_model_reads_is_a_failure(folder: Path) -> None:
    long = " ".join([QUOTE] * 40)
    short, failed = NliModel(str(folder), dtype="float32").entails([("Ovens.", "Birch."), (long, "Birch.")])
    assert short is not None
    assert failed is None
    assert NliModel(str(folder)).entails([]) == []


def test_labels_decide_what_entailment_is(tmp_path: Path) -> None:
    assert entailment_label({0: "entailment", 1: "not_entailment"}, "m") == 0
    assert entailment_label({0: "contradiction", 1: "Entailment", 2: "neutral"}, "m") == 1
    with pytest.raises(NliError, match="has the labels LABEL_0, LABEL_1"):
        entailment_label({0: "LABEL_0", 1: "LABEL_1"}, "m")
    with pytest.raises(NliError, match="one of several"):
        entailment_label({0: "entailment"}, "m")


def test_what_is_no_nli_model_is_refused_when_the_gate_is_made(tmp_path: Path) -> None:
    reranker = save_cross_encoder(tmp_path / "reranker")
    with pytest.raises(NliError, match="one of several has to be `entailment`"):
        Gate.of(settings_for(tmp_path, judge=str(reranker)), FakeEmbedder())
    with pytest.raises(NliError, match=r"cannot be loaded.*Give a folder"):
        Gate.of(settings_for(tmp_path, judge=str(tmp_path / "absent")), FakeEmbedder())


def test_the_gate_asks_the_model_of_the_settings(tmp_path: Path, folder: Path) -> None:
    plain, asking = (Gate.of(settings_for(tmp_path, judge=judge), FakeEmbedder()) for judge in ("", str(folder)))
    entailed = NliModel(str(folder)).entails([(QUOTE, PARAPHRASE)])[0]
    assert entailed is not None
    expected = (plain.check(PARAPHRASE, [QUOTE]).support * entailed) ** 0.5
    assert asking.check(PARAPHRASE, [QUOTE]).support == pytest.approx(expected, abs=1e-4)


def test_either_can_stop_a_sentence_and_neither_can_overrule_a_refusal() -> None:
    sure, unsure, broken = (Gate(FakeEmbedder(), ScriptedNli(answer)) for answer in (1.0, 0.01, None))
    alone = Gate(FakeEmbedder()).check(PARAPHRASE, [QUOTE])
    assert sure.check(PARAPHRASE, [QUOTE]).support == pytest.approx(alone.support**0.5)
    verdict = unsure.check(PARAPHRASE, [QUOTE])
    assert (verdict.shown, verdict.reasons) == (False, ("the NLI model does not see it follow",))
    assert broken.check(PARAPHRASE, [QUOTE]) == alone
    assert not sure.check("Birch costs 40 percent more than oak.", [QUOTE]).shown
    assert unsure.check("We keep the oven warm all winter.", [QUOTE]).support == 1.0
    assert sure.check("Penguins march across the ice today.", [QUOTE]).support < THRESHOLD


def test_the_model_reads_all_that_is_cited_and_the_sentence() -> None:
    nli = ScriptedNli(0.9)
    Gate(FakeEmbedder(), nli).check(PARAPHRASE, [QUOTE, " ", "Oak is what we buy."])
    assert nli.asked == [(f"{QUOTE} Oak is what we buy.", PARAPHRASE)]
