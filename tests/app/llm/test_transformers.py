"""Tests `transformers` with a tiny model from a folder, and its errors; `test_real_engines.py` tests what it writes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from llm_fakes import load_transformers, said, tiny_model

from app.llm.engine import EngineError
from app.llm.transformers import Transformers


@pytest.fixture(scope="module")
def llm(tmp_path_factory: pytest.TempPathFactory) -> Transformers:
    return load_transformers(tiny_model(tmp_path_factory.mktemp("models") / "tiny", context=256))


def test_the_gpu_runs_out_of_memory(llm: Transformers, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(llm.model, "forward", full)
    with pytest.raises(EngineError, match=r"GPU's memory.*CITECAST_MODEL"):
        list(llm.stream(said("?"), max_tokens=5))
    monkeypatch.undo()
    assert list(llm.stream(said("?"), max_tokens=5)), "and the next one is answered"


def test_a_model_that_fails_is_an_error(llm: Transformers, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("probability tensor contains inf")

    monkeypatch.setattr(llm.model, "forward", broken)
    with pytest.raises(EngineError, match="contains inf"):
        list(llm.stream(said("?"), max_tokens=5))


def test_a_folder_is_loaded_and_without_a_chat_template_gets_plain_text(llm: Transformers) -> None:
    assert (llm.name, llm.context_tokens) == ("transformers:tiny", 256)
    text = llm._tokenizer.decode(llm.encode([{"role": "user", "content": "Name a colour."}])["input_ids"][0])
    assert "user: Name a colour." in text
    stream = llm.stream(said("Name a colour."), max_tokens=5)
    assert list(stream)
    assert stream.usage.output_tokens > 0
