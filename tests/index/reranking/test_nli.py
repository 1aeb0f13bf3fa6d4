"""NLI models: a tiny real one, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from rerank_fake import save_cross_encoder

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


def test_what_is_no_nli_model_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    reranker = save_cross_encoder(tmp_path / "reranker")
    with pytest.raises(NliError, match="one of several has to be `entailment`"):
        NliModel(str(reranker)).load()
    with pytest.raises(NliError, match=r"cannot be loaded.*Give a folder"):
        NliModel(str(tmp_path / "absent")).load()
