"""Tests a model with its own code: the code is never run, without a question, and the reason is shown."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.llm.engine import EngineUnavailable
from app.llm.transformers import Transformers
from index.embedder import Embedder
from index.minilm import EmbedderError
from index.reranking.cross_encoder import CrossEncoderReranker, RerankerError
from index.reranking.nli import NliError, NliModel


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model whose configuration names a class in a file next to it; the file writes a marker if it is run."""
    model = tmp_path / "model"
    model.mkdir()
    classes = ("AutoConfig", "AutoModel", "AutoModelForCausalLM", "AutoModelForSequenceClassification", "AutoTokenizer")
    config = {
        "model_type": "own",
        "architectures": ["OwnForSequenceClassification"],
        "auto_map": dict.fromkeys(classes, "own.Own"),
    }
    (model / "config.json").write_text(json.dumps(config))
    (model / "tokenizer_config.json").write_text(json.dumps({"auto_map": {"AutoTokenizer": ["own.Own", None]}}))
    (model / "own.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w')\nclass Own: pass\n")
    return model


LOADS: list[tuple[type[Exception], Callable[[str], object]]] = [
    (EngineUnavailable, lambda name: Transformers(name, context_tokens=512, seconds=1)),
    (EmbedderError, lambda name: Embedder(name).load()),
    (RerankerError, lambda name: CrossEncoderReranker(name).score("q", ["t"])),
    (NliError, lambda name: NliModel(name).load()),
]


@pytest.mark.parametrize(("error", "load"), LOADS, ids=["writer", "embedder", "reranker", "judge"])
def test_it_is_refused_and_not_run(
    error: type[Exception], load: Callable[[str], object], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object) -> str:
        raise AssertionError("somebody was asked on the terminal")

    monkeypatch.setattr("builtins.input", asked)
    with pytest.raises(error, match="code of its own, which is not run here"):
        load(str(folder))
    assert not (folder.parent / "mark").exists()
