"""Tests models that are not NLI models; `tests/eval/running/test_judges.py` tests the scores of real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from rerank_fake import save_cross_encoder

from index.reranking.nli import NliError, NliModel, entailment_label


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
