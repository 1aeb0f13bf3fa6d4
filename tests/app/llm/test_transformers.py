"""Tests `transformers` in this process, with the small real model from its GGUF file, and as a folder."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from llm_fakes import generations, said, smollm2, soon_none

from app.llm.engine import Engine, EngineError, EngineTimeout, EngineUnavailable
from app.llm.transformers import Transformers


def load(source: str | Path, seconds: float = 120.0) -> Transformers:
    return Transformers(str(source), context_tokens=1024, seconds=seconds)


@pytest.fixture(scope="module")
def llm() -> Transformers:
    return load(smollm2())


@pytest.fixture(scope="module")
def engine(llm: Transformers) -> Engine:
    engine = llm
    engine.warm_up()
    return engine


def test_it_is_known(engine: Engine) -> None:
    assert engine.name == "transformers:SmolLM2-135M-Instruct.Q4_1"
    assert engine.context_tokens == 1024
    assert not engine.constrained


def test_it_answers_and_counts(engine: Engine) -> None:
    stream = engine.stream(said("Name a colour."), max_tokens=24)
    text = "".join(stream)
    assert "colo" in text.lower()
    assert "<|" not in text
    assert stream.usage.output_tokens <= 24
    assert stream.usage.prompt_tokens > engine.count_tokens("Name a colour.") > 2


def test_it_writes_what_bare_generate_writes(llm: Transformers, engine: Engine) -> None:
    inputs = llm.encode([{"role": "user", "content": "Name three colours."}])
    bare = llm.model.generate(**inputs, max_new_tokens=16)[0][inputs["input_ids"].shape[1] :]
    text = "".join(engine.stream(said("Name three colours."), max_tokens=16))
    assert text == llm._tokenizer.decode(bare, skip_special_tokens=True)


def test_it_is_about_as_fast_as_bare_generate(llm: Transformers, engine: Engine) -> None:
    """`python -m eval.bench.language_model` measures the speed; this test finds code that slows each token down."""
    messages = [{"role": "user", "content": "Tell a story."}]
    inputs = llm.encode(messages)

    def bare() -> None:
        llm.model.generate(**inputs, max_new_tokens=24, min_new_tokens=24)

    def ours() -> None:
        assert len(list(engine.stream(said("Tell a story."), max_tokens=24))) > 5

    # Alternating, and the best of each, because of other load.
    times: dict[Any, list[float]] = {bare: [], ours: []}
    for _ in range(4):
        for work, seconds in times.items():
            began = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - began)
    assert min(times[bare]) / min(times[ours]) > 0.7


def test_closing_ends_the_generation(engine: Engine) -> None:
    stream = engine.stream(said("Tell a long story."), max_tokens=900)
    next(stream)
    assert generations() == 1
    stream.close()
    assert soon_none(20)


def test_a_stop_ends_it(engine: Engine) -> None:
    stop = threading.Event()
    stream = engine.stream(said("Tell a long story."), max_tokens=900, stop=stop)
    next(stream)
    stop.set()
    assert list(stream) == []
    assert soon_none(20)


def test_who_waits_for_another_answer_can_leave(engine: Engine) -> None:
    first = engine.stream(said("Tell a long story."), max_tokens=900)
    next(first)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    assert list(engine.stream(said("?"), max_tokens=5, stop=stop)) == []
    assert time.monotonic() - began < 5
    first.close()
    assert soon_none(20)


def test_a_prompt_beyond_the_context_is_told(engine: Engine) -> None:
    with pytest.raises(EngineError, match="CITECAST_CONTEXT_TOKENS"):
        list(engine.stream(said("word " * 1000), max_tokens=100))


def test_too_slow(llm: Transformers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llm, "seconds", 0.3)
    with pytest.raises(EngineTimeout, match="CITECAST_MODEL_SECONDS"):
        list(llm.stream(said("word " * 600), max_tokens=200))
    assert soon_none(20)


def test_the_gpu_runs_out_of_memory(llm: Transformers, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(llm.model, "forward", full)
    with pytest.raises(EngineError, match=r"GPU's memory.*CITECAST_MODEL"):
        list(engine.stream(said("?"), max_tokens=5))
    monkeypatch.undo()
    assert list(engine.stream(said("?"), max_tokens=5)), "and the next one is answered"


def test_a_model_that_fails_is_an_error(llm: Transformers, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("probability tensor contains inf")

    monkeypatch.setattr(llm.model, "forward", broken)
    with pytest.raises(EngineError, match="contains inf"):
        list(engine.stream(said("?"), max_tokens=5))


def test_a_model_without_a_chat_template_gets_plain_text(
    llm: Transformers, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm._tokenizer, "chat_template", None)
    text = llm._tokenizer.decode(llm.encode([{"role": "user", "content": "Name a colour."}])["input_ids"][0])
    assert "user: Name a colour." in text
    assert list(engine.stream(said("Name a colour."), max_tokens=5))


def test_a_folder_is_loaded(tmp_path: Path, llm: Transformers) -> None:
    config = llm.model.config.__class__(
        vocab_size=len(llm._tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=256,
    )  # fmt: skip
    llm.model.__class__(config).save_pretrained(tmp_path / "tiny")
    llm._tokenizer.save_pretrained(tmp_path / "tiny")
    engine = load(tmp_path / "tiny")
    assert (engine.name, engine.context_tokens) == ("transformers:tiny", 256)
    stream = engine.stream(said("?"), max_tokens=5)
    list(stream)
    assert stream.usage.output_tokens > 0


@pytest.mark.parametrize("content", [b"", b"<html>", None])
def test_weights_that_are_broken(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "broken.gguf"
    if content is None:
        with smollm2().open("rb") as whole:
            content = whole.read(5_000_000)
    file.write_bytes(content)
    with pytest.raises(EngineUnavailable, match=r"broken\.gguf.*CITECAST_MODEL"):
        load(file)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailable, match="CITECAST_MODEL"):
        load(tmp_path)
